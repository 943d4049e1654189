"""A virtual card: bytes in, bytes and status word out, as a plastic card does behind its contacts or its antenna.

It keeps its passwords and counters from one power on to the next. It knows no time: whoever carries its bytes
(`slot`, `vpcd`) makes the pauses. Not for two threads at once.
"""

from __future__ import annotations

from typing import Final

from devices.cards.virtual.chip import Chip
from devices.cards.virtual.chip_data import ChipData, ChipMemory
from devices.cards.virtual.faults import Fault
from devices.cards.virtual.line import ChipLine
from devices.cards.virtual.status_words import NO_DIAGNOSIS
from devices.cards.wire.apdu import SECURED
from kiosk.errors import CardError

READ_BINARY: Final = (0xB0, 0xB1)


class VirtualCard:
    """`fault` is what goes wrong with the line; what is wrong with the card itself is in its data already."""

    def __init__(self, data: ChipData, memory: ChipMemory, fault: Fault | None = None) -> None:
        self.fault = fault
        self._data = data
        self._memory = memory
        self._chip: Chip | None = None
        self._line: ChipLine | None = None
        self._mac_changed = False

    @property
    def atr(self) -> bytes:
        """The answer to reset (ISO/IEC 7816-3 §8)."""
        return self._data.atr

    def power_on(self) -> bytes:
        """Answers with the answer to reset."""
        self._start()
        self._mac_changed = False
        return self._data.atr

    def power_off(self) -> None:
        """Forget keys, selection and what was proven; keep passwords and counters."""
        self._chip = self._line = None
        self._memory.passwords.power_off()

    def reset(self) -> bytes:
        """As power off and on."""
        self.power_off()
        return self.power_on()

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        """One APDU: data and status word.

        Raises CardError CARD-02 (no power, or taken away by its fault) or CARD-06 (a mute card: nothing will come).
        """
        chip, line = self._chip, self._line
        if chip is None or line is None:
            raise CardError("CARD-02", "the virtual card has no power")
        reads = self._reads(command)
        match self.fault:
            case Fault.MUTE:
                raise CardError("CARD-06", "the virtual card is mute")
            case Fault.UNREADABLE:
                return b"", NO_DIAGNOSIS
            case Fault.REMOVED if reads and chip.files.in_application:
                self.power_off()
                raise CardError("CARD-02", "the virtual card was taken away")
        unlocked = chip.security.unlocked
        data, status = line.transmit(command)
        if self.fault is Fault.WRONG_MAC and reads and data and not self._mac_changed:
            self._mac_changed = True
            return data[:-1] + bytes([data[-1] ^ 0x01]), status
        if self.fault is Fault.SWAPPED and unlocked is None and chip.security.unlocked is not None:
            self._start()
        return data, status

    def _start(self) -> None:
        self._chip = Chip(self._data, self._memory)
        self._line = ChipLine(self._chip.answer, extended=self.fault is not Fault.SHORT_APDU)

    @staticmethod
    def _reads(command: bytes) -> bool:
        """Whether it is a secured READ BINARY."""
        return len(command) > 1 and command[0] & SECURED == SECURED and command[1] in READ_BINARY

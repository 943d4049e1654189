"""A card that answers as its command says, and writes down when it had power; and who hears it come and go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue

from devices.cards.pcsc.service import ReaderState, ServiceContext
from devices.cards.pcsc.slot import PcscSlot
from devices.cards.virtual.vpcd import PORT, VpcdClient
from kiosk.errors import CardError

PATIENCE_S = 20.0
FIRST, SECOND = "Virtual PCD 00 00", "Virtual PCD 00 01"
SECOND_PORT = PORT + 1


def echo(data: bytes) -> bytes:
    """A command that is answered with its own data."""
    return b"\x00\xe0\x00\x00\x00" + len(data).to_bytes(2, "big") + data + b"\x00\x00"


LEAVE = b"\x00\xe1\x00\x00"  # the card is taken away instead of answering
BE_MUTE = b"\x00\xe2\x00\x00"  # no answer will come


class Plastic:
    """Has what a VirtualCard has. `power` is what happened to its power, in order."""

    fault = None

    def __init__(self, atr: bytes = bytes.fromhex("3B80800101")) -> None:
        self.atr = atr
        self.power: SimpleQueue[str] = SimpleQueue()

    def power_on(self) -> None:
        self.power.put("on")

    def power_off(self) -> None:
        self.power.put("off")

    def reset(self) -> None:
        self.power.put("reset")

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        if command.startswith(LEAVE):
            raise CardError("CARD-02")
        if command.startswith(BE_MUTE):
            raise CardError("CARD-06")
        return command[7:-2], 0x9000


@contextmanager
def lying(card: Plastic, port: int = PORT) -> Iterator[VpcdClient]:
    """The card lies in the reader; it is taken out at the end, if it is still there."""
    client = VpcdClient(card, port=port)  # type: ignore[arg-type]  # it has what it takes
    client.insert()
    try:
        yield client
    finally:
        client.remove()


class Listener:
    """What a slot tells."""

    def __init__(self, slot: PcscSlot) -> None:
        self._told: SimpleQueue[bool] = SimpleQueue()
        slot.watch(self._told.put)

    def next(self) -> bool:
        return self._told.get(timeout=PATIENCE_S)

    def silent(self) -> bool:
        return self._told.empty()


@contextmanager
def listening(reader_name: str | None = None) -> Iterator[Listener]:
    slot = PcscSlot(reader_name)
    try:
        yield Listener(slot)
    finally:
        slot.close()


def until_the_service_knows(events: int, reader: str = FIRST) -> None:
    """So many insertions and removals. pcscd looks at this kind of reader by turns, and may miss what is faster.

    A card that goes in the middle of a command is gone for clients at once, and for pcscd at its next look.
    """
    state = ReaderState(reader)
    with ServiceContext() as context:
        while state.events < events:
            [state] = context.wait((state,), int(PATIENCE_S * 1000))

"""The keyboard a 2D scanner pretends to be, without hardware: what the driver in hid.py is tested with."""

from __future__ import annotations

import errno
import json
import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from evdev import ecodes

from devices.scanners.keys import key_presses


@dataclass(frozen=True, slots=True)
class SimulatedKey:
    """One input event."""

    type: int
    code: int
    value: int


class SimulatedKeyboard:
    """A Keyboard (hid.py) on a pipe: types texts as a US-layout scanner does, and can be unplugged and plugged in."""

    def __init__(self) -> None:
        self.grabbed = 0
        self.released = threading.Event()
        self._plugged = True
        self._reader, self._writer = os.pipe()

    def open(self, path: Path) -> SimulatedKeyboard:
        """What `HidScanner` calls to open and grab the device. Raises OSError while it is unplugged."""
        if not self._plugged:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        self.grabbed += 1
        return self

    def type(self, text: str, *, enter: bool = True) -> None:
        """Send the key presses of `text`; without Enter the code stays unfinished."""
        presses = key_presses(text) if enter else key_presses(text)[:-2]
        self._send([SimulatedKey(ecodes.EV_KEY, code, value) for code, value in presses])

    def unplug(self) -> None:
        self._plugged = False
        self._send([])  # wakes the reader, as the kernel does

    def plug_in(self) -> None:
        self._plugged = True

    def fileno(self) -> int:
        return self._reader

    def read(self) -> Iterable[SimulatedKey]:
        lines = os.read(self._reader, 65536).splitlines()
        if not self._plugged:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
        return [SimulatedKey(*key) for line in lines for key in json.loads(line)]

    def close(self) -> None:
        self.grabbed = 0
        self.released.set()

    def _send(self, keys: list[SimulatedKey]) -> None:
        os.write(self._writer, json.dumps([[key.type, key.code, key.value] for key in keys]).encode() + b"\n")

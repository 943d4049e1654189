"""A 2D scanner that the kernel shows as a keyboard.

Rules
  1. The device is grabbed: what the scanner types never reaches a text field, nor a key of the terminal the scanner.
  2. Unplugged and plugged in again it goes on by itself; half a code from before is forgotten.
  3. What was scanned is told to one listener and stands in no log.

Which device is configuration (a udev name such as /dev/input/by-id/…); which keys mean which letters is keys.py's.
"""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol, cast

RETRY_S = 1.0


class KeyEvent(Protocol):
    """What evdev calls InputEvent."""

    type: int
    code: int
    value: int


class Keyboard(Protocol):
    """What a scanner needs of a grabbed evdev.InputDevice. Every method raises OSError once it is unplugged."""

    def fileno(self) -> int: ...

    def read(self) -> Iterable[KeyEvent]: ...

    def close(self) -> None: ...


def open_device(path: Path) -> Keyboard:
    """Open and grab. Raises OSError if it is not there, not ours, or grabbed by somebody else."""
    from evdev import InputDevice  # 50 ms, only for terminals that have such a scanner

    device = InputDevice(str(path))
    try:
        device.grab()
    except OSError:
        device.close()
        raise
    return cast(Keyboard, device)


class HidScanner:
    """A CodeScanner. It opens the device on its own thread, so that a missing scanner delays nobody."""

    def __init__(
        self, device: Path, *, open_keyboard: Callable[[Path], Keyboard] = open_device, retry_s: float = RETRY_S
    ) -> None:
        self._device = device
        self._open = open_keyboard
        self._retry_s = retry_s
        self._stop_reader, self._stop_writer = os.pipe()
        self._thread: threading.Thread | None = None

    def listen(self, scanned: Callable[[str], None]) -> None:
        """Calls from the scanner's thread. At most one listener."""
        self._thread = threading.Thread(target=self._run, args=(scanned,), name="scanner", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let the device go; call it once, from another thread than the scanner's."""
        os.write(self._stop_writer, b"x")
        if self._thread is not None:
            self._thread.join()
        os.close(self._stop_writer)
        os.close(self._stop_reader)

    def _run(self, scanned: Callable[[str], None]) -> None:
        while True:
            try:
                self._follow(self._open(self._device), scanned)
                return
            except OSError:
                # Not plugged in, or unplugged just now: look again until told to stop.
                if select.select([self._stop_reader], [], [], self._retry_s)[0]:
                    return

    def _follow(self, keyboard: Keyboard, scanned: Callable[[str], None]) -> None:
        """Until told to stop. Raises OSError when the scanner is unplugged."""
        from devices.scanners.keys import EV_KEY, KeyDecoder  # evdev's key names

        decoder = KeyDecoder()
        try:
            while True:
                ready, _, _ = select.select([keyboard.fileno(), self._stop_reader], [], [])
                if self._stop_reader in ready:
                    return
                for event in keyboard.read():
                    text = decoder.feed(event.code, event.value) if event.type == EV_KEY else None
                    if text is not None:
                        scanned(text)
        finally:
            keyboard.close()

"""A PC/SC service of a test's own, with vpcd's readers. Only inside `alone`: its socket and its ports are fixed.

The socket is made before the service is started and handed to it, as systemd does: whoever asks too early is
answered as soon as it is up.
"""

from __future__ import annotations

import contextlib
import select
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from devices.cards.pcsc.service import ServiceContext

FOLDER = Path("/run/pcscd")
DOOR = FOLDER / "pcscd.comm"
READERS_DIR = Path("/etc/reader.conf.d")
HEADER_BYTES = 8
# sd_listen_fds(3): the socket is the fourth file the service has open.
START = 'exec 3<&0; LISTEN_PID=$$ LISTEN_FDS=1 exec pcscd --foreground --config "$1"'


class RunningService:
    """pcscd, as long as the block lasts. `readers_dir` is where it looks for readers."""

    def __init__(self, readers_dir: Path = READERS_DIR) -> None:
        self._readers_dir = readers_dir
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.kill()

    def start(self) -> None:
        with open_door() as door:
            command = ["sh", "-c", START, "sh", self._readers_dir]
            self._process = subprocess.Popen(command, stdin=door, stderr=subprocess.DEVNULL)
        ServiceContext().release()  # it answers when its readers are there

    def kill(self) -> None:
        """It gets no time to say goodbye; nothing happens where it does not run."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextlib.contextmanager
def refusing_service() -> Iterator[None]:
    """Hangs up on everybody, as a service does whom polkit forbids to let them in."""
    with open_door() as door:
        thread = threading.Thread(target=_hang_up, args=(door,))
        thread.start()
        try:
            yield
        finally:
            door.shutdown(socket.SHUT_RDWR)
            thread.join()


def _hang_up(door: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            with door.accept()[0] as client:
                # While it asks polkit, the client has said all it has to say first: a header and its version.
                client.recv(HEADER_BYTES)
                select.select([client], [], [])


def open_door() -> socket.socket:
    """Where clients knock."""
    FOLDER.mkdir(exist_ok=True)
    DOOR.unlink(missing_ok=True)
    door = socket.socket(socket.AF_UNIX)
    door.bind(str(DOOR))
    door.listen()
    return door

"""AusweisApp for one visit: started, asked for its port, stopped, and everything it wrote wiped.

Rules
  1. It runs only inside `running`; after it the reader is free, whatever happened.
  2. It finds an own, empty home with nothing of this process's environment, and no log: it logs what it is sent.
  3. Stopped by its own process id: asked first, then ended.

It touches every card on every reader even when idle: nobody else may use PC/SC meanwhile. The folder belongs into
memory (the unit's /tmp is one); its contents are no secret to this user, and are gone afterwards.
"""

from __future__ import annotations

import logging
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from kiosk.errors import CardError

START_DEADLINE_S: Final = 15.0
STOP_DEADLINE_S: Final = 5.0
LOOK_EVERY_S: Final = 0.02
PROGRAM: Final = Path("/usr/bin/AusweisApp2")
ARGUMENTS: Final = ("--ui", "websocket", "--port", "0", "--no-logfile", "--no-loghandler", "--no-proxy")
# Its name changed with version 2.
PORT_FILES: Final = ("AusweisApp2.{pid}.port", "AusweisApp.{pid}.port")
PATHS: Final = "/usr/local/bin:/usr/bin:/bin"

log = logging.getLogger("kiosk.cards")


@contextmanager
def running(
    program: Path = PROGRAM, *, folder: Path | None = None, deadline_s: float = START_DEADLINE_S
) -> Iterator[int]:
    """The port on which AusweisApp listens for its client, as long as this lasts.

    `folder` is where its home is made, the system's temporary folder otherwise. Raises CardError CARD-24.
    """
    with tempfile.TemporaryDirectory(prefix="ausweisapp-", dir=folder, ignore_cleanup_errors=True) as home:
        begun = time.monotonic()
        process = _start(program, Path(home))
        try:
            port = _port(process, Path(home), begun + deadline_s)
            log.info("AusweisApp started in %d ms", (time.monotonic() - begun) * 1000)
            yield port
        finally:
            _stop(process)
            log.info("AusweisApp stopped after %d s", time.monotonic() - begun)


def _start(program: Path, home: Path) -> subprocess.Popen[bytes]:
    environment = {
        "HOME": str(home),
        "TMPDIR": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "QT_QPA_PLATFORM": "offscreen",
        "LANG": "C.UTF-8",
        "PATH": PATHS,
    }
    nowhere = subprocess.DEVNULL
    try:
        return subprocess.Popen(  # noqa: S603 a fixed program and fixed arguments
            [os.fspath(program), *ARGUMENTS], env=environment, cwd=home, stdin=nowhere, stdout=nowhere, stderr=nowhere
        )
    except OSError as error:
        raise CardError("CARD-24", f"{program}: {error.strerror}") from error


def _port(process: subprocess.Popen[bytes], home: Path, until: float) -> int:
    """Qt gives no notice when it listens, but the file it then writes. Raises CardError CARD-24."""
    files = [home / name.format(pid=process.pid) for name in PORT_FILES]
    while time.monotonic() < until:
        for file in files:
            if (port := _read_port(file)) is not None:
                return port
        try:
            process.wait(LOOK_EVERY_S)
        except subprocess.TimeoutExpired:
            continue
        raise CardError("CARD-24", f"AusweisApp ended at once with {process.returncode}")
    raise CardError("CARD-24", "AusweisApp tells no port")


def _read_port(file: Path) -> int | None:
    try:
        text = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return int(text) if text.isdecimal() else None


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_DEADLINE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

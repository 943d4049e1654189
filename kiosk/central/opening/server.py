"""The opening service as a process: answers the Unix socket in threads, opens arrivals in the main one.

A thread of its own seals the audit chain, so that a long opening does not delay it.

Rules
  1. The socket belongs to the owner; where the unit's umask leaves the group its rights (serve runs under
     another user of the same group) to the group as well.
  2. Every thread closes its database connection when its request is done.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socketserver
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from django.db import DatabaseError, connections

from kiosk.central import audit
from kiosk.central.logs import describe
from kiosk.central.opening import arrivals, wire
from kiosk.central.opening.desk import Desk
from kiosk.central.opening.keyring import Keyring
from kiosk.central.retention import tidy

LOG = logging.getLogger(__name__)
LOOK_EVERY_S = 1.0
TIDY_EVERY_S = 600.0
SEAL_EVERY_S = 0.5
REQUEST_TIMEOUT_S = 30


class OpeningServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Listens on the Unix socket."""

    daemon_threads = True
    desk: Desk


class Handler(socketserver.StreamRequestHandler):
    """One connection, one request."""

    timeout = REQUEST_TIMEOUT_S
    server: OpeningServer

    def handle(self) -> None:
        try:
            request = wire.read(self.rfile, wire.REQUEST_LIMIT_BYTES)
            wire.write(self.wfile, self.server.desk.answer(request))
        except (wire.WireError, OSError) as error:
            LOG.info("request broken off: %s", describe(error))
        except Exception as error:  # one request must never end the service
            LOG.error("CENTRAL-01 request failed: %s", describe(error))
            with contextlib.suppress(OSError):
                wire.write(self.wfile, {"error": "CENTRAL-01"})
        finally:
            connections.close_all()


class OpeningService:
    """Runs until `stop`; `ready` is set once it answers. `stop` and `wake` may be called from anywhere."""

    def __init__(self, keyring: Keyring, socket: Path) -> None:
        self._keyring, self._socket = keyring, socket
        self._woken, self._stopped = threading.Event(), threading.Event()
        self.ready = threading.Event()

    def wake(self) -> None:
        self._woken.set()

    def stop(self) -> None:
        self._stopped.set()
        self._woken.set()

    def run(self) -> None:
        """Blocks. The calling thread opens arrivals."""
        sealing = threading.Thread(target=self._seal, name="audit", daemon=True)
        with listening(self._socket, Desk(self._keyring, self.wake)):
            sealing.start()
            self.ready.set()
            LOG.info("opening service ready")
            _tell_systemd("READY=1")
            self._work()
        sealing.join()

    def _seal(self) -> None:
        """Twice a second, until stopped: what was recorded becomes part of the audit chain."""
        while not self._stopped.wait(SEAL_EVERY_S):
            try:
                audit.seal()
            except DatabaseError as error:
                LOG.error("CENTRAL-01 audit chain not sealed: %s", describe(error))
                connections.close_all()
        connections.close_all()

    def _work(self) -> None:
        tidied, retried = 0.0, False
        while not self._stopped.is_set():
            self._woken.clear()
            _tell_systemd("WATCHDOG=1")
            try:
                if not retried:
                    arrivals.retry_flagged()
                    retried = True
                more = arrivals.open_waiting(self._keyring)
                if time.monotonic() - tidied > TIDY_EVERY_S:
                    tidy()
                    tidied = time.monotonic()
            except DatabaseError as error:
                LOG.error("CENTRAL-01 database unusable: %s", describe(error))
                connections.close_all()
                more = 0
            if more < arrivals.AT_ONCE:
                self._woken.wait(LOOK_EVERY_S)


def run_until_signalled(service: OpeningService) -> None:
    """Run as the process's main job; SIGTERM and SIGINT end it."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: service.stop())
    service.run()


@contextlib.contextmanager
def listening(path: Path, desk: Desk) -> Iterator[None]:
    """Answer at `path` while the block runs."""
    path.parent.mkdir(mode=0o770, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    umask = os.umask(0o177)
    try:
        server = OpeningServer(str(path), Handler)
    finally:
        os.umask(umask)
    if not umask & 0o070:
        path.chmod(0o660)
    server.desk = desk
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        path.unlink(missing_ok=True)


def _tell_systemd(what: str) -> None:
    from gunicorn.systemd import sd_notify  # gunicorn speaks the protocol already; only loaded when there is one

    if os.environ.get("NOTIFY_SOCKET"):
        sd_notify(what, LOG)

"""Runs the WSGI application under gunicorn: worker processes with threads, one for SQLite, several for PostgreSQL.

gunicorn writes no access log: addresses and paths of citizens' look-ups are nobody's business. A worker that
hangs is replaced by gunicorn; systemd's watchdog is fed by the worker, so that nothing hangs unnoticed.

No client holds a thread for ever. A connection reaches a thread with its first bytes; from then on a request must
arrive within PATIENCE_S, plus the time its announced body takes at SLOWEST_BYTES_PER_S, and be answered within
ANSWER_S more. Whoever is slower is cut off.
"""

from __future__ import annotations

import contextlib
import socket
import time
from typing import Any

from django.core.wsgi import get_wsgi_application
from gunicorn.app.base import BaseApplication
from gunicorn.systemd import sd_notify
from gunicorn.workers.gthread import ThreadWorker

from kiosk.config import CentralConfig

# In all workers together: more of them wait for one another's turn in Python.
THREADS = 8
FEWEST_THREADS = 3
PATIENCE_S = 20.0
SLOWEST_BYTES_PER_S = 50_000
ANSWER_S = 120.0
SILENT_S = 10


class Application(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    """gunicorn with options from our configuration; its own files, environment and arguments are not read."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return get_wsgi_application()


class WatchedWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    """Its loop turns at least once a second: it feeds the watchdog and cuts off who is too slow."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._until: dict[Any, float] = {}

    def init_process(self) -> None:
        for listener in self.sockets:
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, SILENT_S)
        super().init_process()

    def handle(self, conn: Any) -> Any:
        """In a thread: one request of this connection."""
        self._until[conn] = time.monotonic() + PATIENCE_S
        try:
            return super().handle(conn)
        finally:
            del self._until[conn]

    def handle_request(self, req: Any, conn: Any) -> Any:
        """In the same thread, once the head is there."""
        self._until[conn] += _announced_bytes(req) / SLOWEST_BYTES_PER_S
        return super().handle_request(req, conn)

    def notify(self) -> None:
        super().notify()
        sd_notify("WATCHDOG=1", self.log)
        now = time.monotonic()
        for conn, until in list(self._until.items()):
            if now > until:
                _cut(conn.sock, socket.SHUT_RD if now < until + ANSWER_S else socket.SHUT_RDWR)


def _announced_bytes(req: Any) -> int:
    """gunicorn has checked the header."""
    return next((int(value) for name, value in req.headers if name == "CONTENT-LENGTH"), 0)


def _cut(connection: socket.socket, how: int) -> None:
    """Below TLS: SSLSocket.shutdown would leave a thread that is still answering without encryption."""
    with contextlib.suppress(OSError):
        socket.socket.shutdown(connection, how)


def run(config: CentralConfig) -> None:
    """Blocks until SIGTERM or SIGINT."""
    Application(options(config)).run()


def options(config: CentralConfig) -> dict[str, Any]:
    host = f"[{config.host}]" if ":" in config.host else config.host
    chosen: dict[str, Any] = {
        "bind": f"{host}:{config.port}",
        "worker_class": WatchedWorker,
        "workers": config.workers,
        "threads": max(THREADS // config.workers, FEWEST_THREADS),
        "timeout": 60,
        "graceful_timeout": 10,
        "keepalive": 15,
        "loglevel": "warning",
        "accesslog": None,
        "control_socket_disable": True,
        "limit_request_line": 2000,
        "limit_request_fields": 60,
        "forwarded_allow_ips": "127.0.0.1,::1" if config.behind_proxy else "",
    }
    if config.tls_certificate_file and config.tls_key_file:
        chosen |= {"certfile": str(config.tls_certificate_file), "keyfile": str(config.tls_key_file)}
    return chosen

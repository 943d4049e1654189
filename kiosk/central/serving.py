"""Runs the WSGI application under gunicorn: worker processes with threads, one for SQLite, several for PostgreSQL.

gunicorn writes no access log: addresses and paths of citizens' look-ups are nobody's business. A worker that
hangs is replaced by gunicorn; systemd's watchdog is fed by the worker, so that nothing hangs unnoticed.
"""

from __future__ import annotations

from typing import Any

from django.core.wsgi import get_wsgi_application
from gunicorn.app.base import BaseApplication
from gunicorn.systemd import sd_notify
from gunicorn.workers.gthread import ThreadWorker

from kiosk.config import CentralConfig

THREADS = 8


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
    """Its loop turns at least once a second."""

    def notify(self) -> None:
        super().notify()
        sd_notify("WATCHDOG=1", self.log)


def run(config: CentralConfig) -> None:
    """Blocks until SIGTERM or SIGINT."""
    Application(options(config)).run()


def options(config: CentralConfig) -> dict[str, Any]:
    host = f"[{config.host}]" if ":" in config.host else config.host
    chosen: dict[str, Any] = {
        "bind": f"{host}:{config.port}",
        "worker_class": WatchedWorker,
        "workers": config.workers,
        "threads": THREADS,
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

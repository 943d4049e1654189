"""Which configuration this process runs with: the bridge from CentralConfig to Django's settings.

Order: a configuration given by `use`, else the file named by KIOSK_CENTRAL_CONFIG, else one without
any file, which is enough to check types and make migrations but refuses to serve.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

from kiosk.config import CentralConfig, TownConfig, load_central
from kiosk.errors import CentralError, ConfigError

ENVIRONMENT = "KIOSK_CENTRAL_CONFIG"
LOOPBACK = ("127.0.0.1", "::1", "localhost")

# A connection lives as long as its thread. One that the database has closed costs one answer: 503, try again.
_KEPT_OPEN = {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": False}

# Django's own options beside those of libpq: the same statements all day long.
PREPARED: dict[str, Any] = {"server_side_binding": True, "prepare_threshold": 2}

_given: list[CentralConfig] = []


def use(config: CentralConfig) -> None:
    """Let Django's settings be built from `config`. Call before `django.setup`; later calls change nothing."""
    _given[:] = [config]


def current() -> CentralConfig:
    """Raises ConfigError if the file named by the environment is refused."""
    if _given:
        return _given[0]
    if path := os.environ.get(ENVIRONMENT):
        return load_central(Path(path))
    return _without_file()


def secret_key(config: CentralConfig) -> str:
    """Django's secret. Without any configuration a random one, good for this process alone.

    Raises CentralError CENTRAL-01 if a configured file cannot be read.
    """
    if not _given and ENVIRONMENT not in os.environ:
        return secrets.token_urlsafe(50)
    try:
        return config.secret_key_file.read_text(encoding="ascii").strip()
    except OSError as error:
        raise CentralError("CENTRAL-01", f"secret_key_file: {error.strerror}") from error


def secure(config: CentralConfig) -> bool:
    """Whether browsers and terminals reach this service over TLS."""
    return config.issuer.startswith("https://")


def database(config: CentralConfig) -> dict[str, Any]:
    """Django's description of the database. Raises ConfigError CONFIG-02 for a connection string libpq refuses.

    SQLite keeps its rollback journal, FULL and BEGIN IMMEDIATE: the system's SQLite has the WAL-reset bug.
    """
    if not config.postgresql:
        pragmas = "PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL;"
        options = {"timeout": 20, "transaction_mode": "IMMEDIATE", "init_command": pragmas}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": config.database, "OPTIONS": options} | _KEPT_OPEN
    from psycopg import Error
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts = conninfo_to_dict(config.postgresql)
    except Error as error:
        raise ConfigError("CONFIG-02", "postgresql: not a connection string") from error
    if "password" in parts:
        raise ConfigError("CONFIG-02", "postgresql: no password here; peer authentication or PGPASSFILE")
    name = parts.pop("dbname", "")
    options = {**parts, **PREPARED}
    return {"ENGINE": "django.db.backends.postgresql", "NAME": name, "OPTIONS": options} | _KEPT_OPEN


def check_transport(config: CentralConfig) -> None:
    """Off loopback there is no clear HTTP. Raises ConfigError CONFIG-02."""
    if config.host in LOOPBACK:
        return
    if config.tls_certificate_file is None or config.tls_key_file is None:
        raise ConfigError("CONFIG-02", f"host {config.host}: off loopback needs tls_certificate_file and tls_key_file")
    if not secure(config):
        raise ConfigError("CONFIG-02", "issuer: off loopback must start with https://")


def _without_file() -> CentralConfig:
    state = Path("state") / "central"
    return CentralConfig(
        issuer="http://127.0.0.1:8000",
        database=state / "central.sqlite3",
        service_keys_dir=state / "service-keys",
        opening_socket=state / "opening.sock",
        secret_key_file=state / "secret-key",
        town=TownConfig(name=""),
    )

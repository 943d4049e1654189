"""Configuration of a terminal and of central: frozen dataclasses, read once from TOML.

Rules
  1. An unknown key is refused, a missing one too unless it has a default, and a value that cannot work; the error
     names file, line and key path.
  2. Units stand in names (`_s`, `_mm`, `_bytes`).
  3. Secrets are never in the file: it names a file that holds one (a systemd credential, for instance).

Relative paths count from the folder of the configuration file.
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from kiosk.errors import ConfigError
from kiosk.identity import Way
from kiosk.procedures.tables import key_lines, line_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Shaped:
    """A text must match; `means` says so in words."""

    pattern: str
    means: str

    def unfit(self, value: str) -> str:
        """What the value must be and is not; "" if it is."""
        return "" if re.fullmatch(self.pattern, value) else self.means


@dataclass(frozen=True, slots=True)
class Within:
    """A number lies between two bounds, both included."""

    lowest: float
    highest: float

    def unfit(self, value: float) -> str:
        return "" if self.lowest <= value <= self.highest else f"from {self.lowest} to {self.highest}"


@dataclass(frozen=True, slots=True)
class Holding:
    """A list has this in it."""

    wanted: str

    def unfit(self, value: tuple[str, ...]) -> str:
        return "" if self.wanted in value else f"a list with {self.wanted!r} in it"


Prefix = Annotated[str, Shaped("[2-9ACDEFHJKMNPQRTVWXY]{2}", "two characters of the reference alphabet")]
Address = Annotated[
    str, Shaped(r"https?://[^\s/?#]+(/[^\s?#]*)?", "an http:// or https:// address, no query, no fragment")
]
SecureAddress = Annotated[
    str,
    Shaped(
        r"(https://[^\s/?#@]+|http://(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?)(/[^\s?#]*)?",
        "an https:// address (http:// to this machine only), no query, no fragment",
    ),
]
Port = Annotated[int, Within(0, 65_535)]
Pixels = Annotated[int, Within(320, 16_384)]
Languages = Annotated[tuple[str, ...], Holding("de")]


@dataclass(frozen=True, slots=True)
class TownConfig:
    name: str
    name_dsb: str = ""


@dataclass(frozen=True, slots=True)
class ScreenConfig:
    """`density_dpi` is the panel's real density; 0 asks the display."""

    width_px: Pixels = 1080
    height_px: Pixels = 1920
    density_dpi: Annotated[float, Within(0, 1000)] = 0.0
    fullscreen: bool = True


@dataclass(frozen=True, slots=True)
class ReaderConfig:
    """The card reader and which ways of identification this terminal offers. `simulated` needs [simulation].

    `name` begins the name of the PC/SC reader; empty is the first one. `eac_dir` holds the terminal certificates,
    which the way on_site needs, `csca_dir` the certificates of the states that sign cards.
    """

    kind: Literal["pcsc", "simulated", "none"] = "none"
    name: str = ""
    ways: tuple[Way, ...] = ()
    deadline_s: Annotated[float, Within(0.5, 60)] = 5.0
    eac_dir: Path | None = None
    csca_dir: Path | None = None


@dataclass(frozen=True, slots=True)
class OnlineConfig:
    """The way online: the town's eID server, and where AusweisApp is lent.

    `adapter_key_file` holds the public key (JWK, P-256) with which the eID server's adapter signs results.
    `developer_mode` takes test cards, and no others.
    """

    eid_server_url: SecureAddress
    adapter_key_file: Path
    ausweisapp_socket: Path = Path("/run/rathaus-kiosk-ausweisapp/lend.sock")
    developer_mode: bool = False


@dataclass(frozen=True, slots=True)
class PrinterConfig:
    """An ESC/POS printer on the network; width 512 or 576 dots for 80 mm paper, 384 for 58 mm."""

    kind: Literal["escpos-tcp", "none"] = "none"
    host: str = "127.0.0.1"
    port: Port = 9100
    width_dots: Literal[384, 512, 576] = 512
    timeout_s: Annotated[float, Within(0.1, 60)] = 5.0


@dataclass(frozen=True, slots=True)
class ScannerConfig:
    """`hid` is a 2D scanner that the kernel shows as a keyboard, grabbed at `device`."""

    kind: Literal["hid", "simulated", "none"] = "none"
    device: Path | None = None


@dataclass(frozen=True, slots=True)
class SimulationConfig:
    """Simulated devices, worked from outside over `control_socket`. The simulated printer listens on [printer]'s port.

    `receipts_dir` takes every printed receipt as PNG.
    """

    control_socket: Path
    receipts_dir: Path
    printer: bool = True
    people_dir: Path | None = None


@dataclass(frozen=True, slots=True)
class OutboxConfig:
    path: Path
    low_water_bytes: Annotated[int, Within(0, 10**15)] = 200_000_000


@dataclass(frozen=True, slots=True)
class DestinationConfig:
    """Where a procedure's destination really is: the delivery service's id for it.

    `key_thumbprints` (RFC 7638) pins the keys to seal to, for a service without a list signed by the town.
    """

    destination_id: UUID
    phone: str = ""
    key_thumbprints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeliveryConfig:
    """The delivery service. `sync_socket` joins `kiosk run` and `kiosk sync`; `keys_dir` caches public keys.

    `town_key_file` is the public key (JWK) under which the town signs its list of destination keys. The status
    addresses are those of the town's own service; a foreign one has none (""), only this terminal tells the status.
    """

    token_url: Address
    api_url: Address
    client_id: str
    client_secret_file: Path
    sync_socket: Path
    keys_dir: Path
    destinations: dict[str, DestinationConfig]
    status_url: Address = ""
    status_page_url: Address = ""
    town_key_file: Path | None = None


@dataclass(frozen=True, slots=True)
class TerminalConfig:
    """One installed terminal. `prefix` (two letters of the reference alphabet) begins its references."""

    prefix: Prefix
    state_dir: Path
    town: TownConfig
    outbox: OutboxConfig
    delivery: DeliveryConfig
    name: str = ""
    languages: Languages = ("de", "en")
    procedures_dir: Path | None = None
    staff_roster_file: Path | None = None
    screen: ScreenConfig = ScreenConfig()
    reader: ReaderConfig = ReaderConfig()
    online: OnlineConfig | None = None
    printer: PrinterConfig = PrinterConfig()
    scanner: ScannerConfig = ScannerConfig()
    simulation: SimulationConfig | None = None


@dataclass(frozen=True, slots=True)
class CentralConfig:
    """The town hall's side. `opening_socket` joins serve and open.

    The database is a SQLite file (`database`, one worker), or PostgreSQL (`postgresql`, a libpq connection string
    without a password: peer authentication or PGPASSFILE) with as many `workers` as there are cores to spare.
    `erase_decided_after_days` is the town's period, after which sealed parts of decided submissions go; 0 is never.

    `escrow_officers` are public key files; so many of them as are needed open together what lies in `escrow_dir`.
    `town_key_file` holds the public key of the signed key list.

    `issuer` is the delivery service's own URL, as its tokens name it. Off loopback the certificate is required;
    `behind_proxy` trusts X-Forwarded-For and -Proto, for a proxy on this machine that ends TLS.
    """

    issuer: Address
    service_keys_dir: Path
    opening_socket: Path
    secret_key_file: Path
    town: TownConfig
    database: Path | None = None
    postgresql: str = ""
    workers: int = 1
    erase_decided_after_days: int = 0
    department_keys_dir: Path | None = None
    key_encryption_key_file: Path | None = None
    escrow_dir: Path | None = None
    escrow_officers: tuple[Path, ...] = ()
    escrow_officers_needed: Annotated[int, Within(2, 5)] = 2
    town_key_file: Path | None = None
    procedures_dir: Path | None = None
    host: str = "127.0.0.1"
    port: Port = 8000
    allowed_hosts: tuple[str, ...] = ("127.0.0.1", "localhost")
    timezone: str = "Europe/Berlin"
    static_max_age_s: int = field(default=3600)
    tls_certificate_file: Path | None = None
    tls_key_file: Path | None = None
    behind_proxy: bool = False


def load_terminal(path: Path) -> TerminalConfig:
    """Raises ConfigError naming file, line and key path."""
    config, source = _load(TerminalConfig, path)
    if config.scanner.kind == "hid" and config.scanner.device is None:
        raise source.refuse("scanner.device", "missing key scanner.device: a scanner of kind 'hid' needs it")
    if config.reader.kind == "pcsc" and Way.ON_SITE in config.reader.ways and config.reader.eac_dir is None:
        raise source.refuse("reader.eac_dir", "missing key reader.eac_dir: the way 'on_site' needs it")
    if config.reader.kind == "pcsc" and Way.ONLINE in config.reader.ways and config.online is None:
        raise source.refuse("reader.ways", "missing key online: the way 'online' needs an eID server")
    return config


def load_central(path: Path) -> CentralConfig:
    """Raises ConfigError naming file, line and key path."""
    config, source = _load(CentralConfig, path)
    if bool(config.postgresql) == (config.database is not None):
        raise source.refuse("database", "database, postgresql: exactly one of them is needed")
    if config.workers < 1 or (config.workers > 1 and not config.postgresql):
        raise source.refuse("workers", "workers: SQLite takes one, PostgreSQL one or more")
    if bool(config.escrow_officers) != (config.escrow_dir is not None):
        raise source.refuse("escrow_officers", "escrow_officers, escrow_dir: both or none")
    if config.escrow_officers and not config.escrow_officers_needed <= len(set(config.escrow_officers)) <= 7:
        raise source.refuse("escrow_officers", "escrow_officers: as many as are needed, and not more than 7")
    return config


@dataclass(frozen=True, slots=True)
class _Source:
    """The file that is read, and the line of every key in it."""

    path: Path
    lines: Mapping[str, int]

    def refuse(self, where: str, complaint: str) -> ConfigError:
        """The error to raise about the key path `where`; a missing key has the line of the table it is missing from."""
        line = line_of(where, self.lines)
        place = f"{self.path}, line {line}" if line else str(self.path)
        return ConfigError("CONFIG-02", f"{place}: {complaint}")


def _load(kind: type[T], path: Path) -> tuple[T, _Source]:
    try:
        text = path.read_text(encoding="utf-8")
        data = tomllib.loads(text)
    except OSError as error:
        raise ConfigError("CONFIG-01", f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError("CONFIG-01", f"{path}: {error}") from error
    source = _Source(path, key_lines(text))
    return _build(kind, data, source, ""), source


def _build(kind: type[T], data: object, source: _Source, where: str) -> T:
    if not isinstance(data, dict):
        raise source.refuse(where, f"{where} must be a table")
    hints = typing.get_type_hints(kind, include_extras=True)
    known = {item.name: item for item in dataclasses.fields(typing.cast(Any, kind))}
    for key in data:
        if key not in known:
            raise source.refuse(_join(where, key), f"unknown key {_join(where, key)}")
    values: dict[str, Any] = {}
    for name, item in known.items():
        place = _join(where, name)
        if name in data:
            values[name] = _convert(hints[name], data[name], source, place)
        elif item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING:
            raise source.refuse(place, f"missing key {place}")
    return kind(**values)


def _convert(hint: Any, value: object, source: _Source, where: str) -> Any:
    origin = typing.get_origin(hint)
    arguments = typing.get_args(hint)
    if origin is Annotated:
        return _fitting(arguments[1], _convert(arguments[0], value, source, where), source, where)
    if origin in (typing.Union, types.UnionType):
        return _convert(next(a for a in arguments if a is not type(None)), value, source, where)
    if dataclasses.is_dataclass(hint):
        return _build(typing.cast(type[Any], hint), value, source, where)
    if origin is tuple and isinstance(value, list):
        return tuple(_convert(arguments[0], item, source, f"{where}[{n}]") for n, item in enumerate(value))
    if origin is dict and isinstance(value, dict):
        return {key: _convert(arguments[1], item, source, _join(where, key)) for key, item in value.items()}
    return _scalar(hint, origin, arguments, value, source, where)


def _fitting(limit: Shaped | Within | Holding, value: Any, source: _Source, where: str) -> Any:
    if unfit := limit.unfit(value):
        raise source.refuse(where, f"{where}: must be {unfit}")
    return value


def _scalar(hint: Any, origin: Any, arguments: tuple[Any, ...], value: object, source: _Source, where: str) -> Any:
    if origin is Literal and value in arguments:
        return value
    if hint is Path and isinstance(value, str):
        return (source.path.parent / value).resolve()
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if hint in (UUID, Way) and isinstance(value, str):
        try:
            return hint(value)
        except ValueError as error:
            raise source.refuse(where, f"{where}: {value!r} is not allowed") from error
    if isinstance(hint, type) and isinstance(value, hint) and not (hint is int and isinstance(value, bool)):
        return value
    wanted = ", ".join(map(repr, arguments)) if origin is Literal else getattr(hint, "__name__", str(hint))
    raise source.refuse(where, f"{where}: expected {wanted}, got {value!r}")


def _join(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key

"""Everything a demo needs around the window: a folder, two configuration files, central, delivery.

Rules
  1. Whatever exists in the folder is used again: a second start makes nothing anew.
  2. Only processes started here are stopped here.
  3. Secrets of the demo are made on first start and stay in its folder (mode 0700).

The demo's names, phones and staff are examples; a real town is set up with `kiosk central` and own files.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from kiosk.config import CentralConfig, load_central, load_terminal
from kiosk.errors import CentralError, ConfigError

TOWN = "Stadt Cottbus"
TOWN_DSB = "Město Chóśebuz"
STAFF_ID = "1001"
PREFIX = "C2"
READY_S = 60.0


def default_folder() -> Path:
    """Where the demo keeps its state: the user's state folder (XDG base directories)."""
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "rathaus-kiosk-demo"


@dataclass(frozen=True, slots=True)
class Seed:
    """What central was seeded with: where it is, who may log in, and the terminal's own access."""

    url: str
    logins: Mapping[str, str] = field(repr=False)


class Stage:
    """The demo's surroundings, as a context manager: entered, central and delivery answer; left, they are gone."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.terminal_toml = folder / "terminal.toml"
        self.central_toml = folder / "central.toml"
        self.control_socket = folder / "control.sock"
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Seed:
        refuse_taken(self.port)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._write_central()
        seed = self._seed()
        for name in self._commands:
            self.begin(name)
        self._wait_until_ready()
        return seed

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in reversed(list(self._children)):
            self.end(name)

    def begin(self, name: str) -> None:
        """Start "open", "serve" or "sync"; its words go to a log of that name."""
        log = (self.folder / f"{name}.log").open("ab")
        words = self.command(*self._commands[name])
        self._children[name] = subprocess.Popen(words, stdout=log, stderr=log, stdin=subprocess.DEVNULL)  # noqa: S603  # own program, own words

    def end(self, name: str, *, at_once: bool = False) -> None:
        """Ask the process to end and wait for it, or kill it."""
        child = self._children.pop(name)
        if at_once:
            child.kill()
        child.terminate()
        try:
            child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    @property
    def _commands(self) -> dict[str, tuple[str, ...]]:
        central, terminal = str(self.central_toml), str(self.terminal_toml)
        return {
            "open": ("central", "open", "--config", central),
            "serve": ("central", "serve", "--config", central),
            "sync": ("sync", "--config", terminal),
        }

    def command(self, *words: str) -> list[str]:
        """A command line of this program."""
        return [sys.executable, "-m", "kiosk", *words]

    def _write_central(self) -> None:
        self.central_toml.write_text(CENTRAL_TOML.format(url=self.url, port=self.port, **names()), encoding="utf-8")

    def _seed(self) -> Seed:
        from kiosk.central.commands import seed_demo

        seeded = seed_demo(self.central_config())
        secret = self.folder / "client-secret"
        secret.touch(mode=0o600)
        secret.write_text(seeded.client_secret, encoding="ascii")
        self._write_roster()
        destinations = "\n".join(
            f'[delivery.destinations.{name}]\ndestination_id = "{destination_id}"\nphone = "{seeded.phones[name]}"\n'
            for name, destination_id in seeded.destinations.items()
        )
        self.terminal_toml.write_text(
            TERMINAL_TOML.format(
                url=self.url,
                client=seeded.client_id,
                destinations=destinations,
                printer_port=self._printer_port(),
                prefix=PREFIX,
                **names(),
            ),
            encoding="utf-8",
        )
        return Seed(self.url, seeded.logins)

    def central_config(self) -> CentralConfig:
        return load_central(self.central_toml)

    def _write_roster(self) -> None:
        import pyotp

        path = self.folder / "staff.toml"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(
                f'[[staff]]\nid = "{STAFF_ID}"\ntotp_secret = "{pyotp.random_base32()}"\n', encoding="ascii"
            )

    def _printer_port(self) -> int:
        """A port of its own, kept for the next start."""
        path = self.folder / "printer-port"
        if not path.exists():
            path.write_text(str(free_port()), encoding="ascii")
        return int(path.read_text(encoding="ascii"))

    def _wait_until_ready(self) -> None:
        """Until the service answers and delivery has fetched the destinations' keys."""
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            if any(child.poll() is not None for child in self._children.values()):
                raise CentralError("CENTRAL-01", f"a process of the demo ended; its log is in {self.folder}")
            if self._ready():
                return
            time.sleep(0.05)
        raise CentralError("CENTRAL-01", f"the demo is not ready after {READY_S:.0f} s; see {self.folder}")

    def _ready(self) -> bool:
        wanted = len(load_terminal(self.terminal_toml).delivery.destinations)
        if len(list((self.folder / "keys").glob("*.json"))) < wanted:
            return False
        try:
            with socket.socket(socket.AF_UNIX) as sync:
                sync.settimeout(2)
                sync.connect(str(self.folder / "sync.sock"))
                sync.sendall(b'{"op": "health"}\n')
                return bool(json.loads(sync.makefile().readline())["online"])
        except (OSError, ValueError, KeyError):
            return False


def names() -> dict[str, str]:
    return {"town": TOWN, "town_dsb": TOWN_DSB}


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def refuse_taken(port: int) -> None:
    """Raises ConfigError if somebody listens on the port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ConfigError("CONFIG-02", f"port {port} is taken; choose another with --port") from error


CENTRAL_TOML = """# Written by the demo at every start.
issuer = "{url}"
host = "127.0.0.1"
port = {port}
database = "central.db"
service_keys_dir = "service-keys"
department_keys_dir = "department-keys"
key_encryption_key_file = "key-encryption-key"
opening_socket = "opening.sock"
secret_key_file = "secret-key"

[town]
name = "{town}"
name_dsb = "{town_dsb}"
"""

TERMINAL_TOML = """# Written by the demo at every start.
prefix = "{prefix}"
name = "Foyer (Demo)"
state_dir = "."
staff_roster_file = "staff.toml"

[town]
name = "{town}"
name_dsb = "{town_dsb}"

[screen]
fullscreen = false

[reader]
kind = "simulated"
ways = ["on_site", "travel_document", "online"]

[printer]
kind = "escpos-tcp"
port = {printer_port}

[scanner]
kind = "simulated"

[simulation]
control_socket = "control.sock"
receipts_dir = "receipts"

[outbox]
path = "outbox.db"

[delivery]
token_url = "{url}/token"
api_url = "{url}"
status_url = "{url}/status/lookup"
status_page_url = "{url}/status"
client_id = "{client}"
client_secret_file = "client-secret"
sync_socket = "sync.sock"
keys_dir = "keys"

{destinations}"""

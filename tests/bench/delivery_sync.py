"""A real `kiosk sync` with nothing to send: its memory, and what it uses of the processor while it waits."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from tests.bench.delivery_town import ROOT, Town, running, until
from tests.bench.figure import Figure

IDLE_S = 60.0
WARM_UP_S = 10.0
MB = 1_000_000

TERMINAL_TOML = """
prefix = "C2"
state_dir = "."
[town]
name = "Stadt Musterstadt"
[outbox]
path = "outbox.db"
low_water_bytes = 0
[delivery]
token_url = "{url}/token"
api_url = "{url}"
status_url = "{url}/status/lookup"
status_page_url = "{url}/status"
client_id = "{client}"
client_secret_file = "secret"
sync_socket = "sync.sock"
keys_dir = "keys"
"""
BOUND = '[delivery.destinations.{name}]\ndestination_id = "{id}"\n'


def write_terminal(town: Town, folder: Path, client: str, url: str = "") -> Path:
    """The configuration of one terminal, bound to every destination of the town, which it reaches at `url`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "secret").write_text(town.secrets[client], encoding="ascii")
    text = TERMINAL_TOML.format(url=url or town.url, client=client)
    text += "".join(BOUND.format(name=name, id=made) for name, made in town.destinations.items())
    path = folder / "terminal.toml"
    path.write_text(text, encoding="utf-8")
    return path


def start_sync(config: Path) -> psutil.Popen:
    """Its words go to sync.log beside its configuration."""
    with (config.parent / "sync.log").open("ab") as log:
        return psutil.Popen(
            [sys.executable, "-m", "kiosk", "sync", "--config", str(config)], cwd=ROOT, stdout=log, stderr=log
        )


def measure() -> list[Figure]:
    with running(1) as town:
        config = write_terminal(town, town.folder / "terminal", "bench-0")
        process = start_sync(config)
        try:
            keys = config.parent / "keys"
            until(lambda: len(list(keys.glob("*.json"))) == len(town.destinations))
            time.sleep(WARM_UP_S)
            before = process.cpu_times()
            time.sleep(IDLE_S)
            after, memory = process.cpu_times(), process.memory_full_info()
        finally:
            process.terminate()
            process.wait(20)
    used = after.user + after.system - before.user - before.system
    waited, rest = WARM_UP_S + IDLE_S, f"proportional {memory.pss / MB:.1f}, own {memory.uss / MB:.1f}"
    said = f"after {waited:.0f} s with an empty queue; {rest}"
    return [
        Figure("delivery.sync_mb", memory.rss / MB, "MB", 60, said),
        Figure("delivery.sync_idle_cpu_percent", used / IDLE_S * 100, "%", 0.3, f"over {IDLE_S:.0f} s, empty queue"),
    ]


MEASURES: dict[tuple[str, ...], Callable[[], list[Figure]]] = {
    ("delivery.sync_mb", "delivery.sync_idle_cpu_percent"): measure,
}

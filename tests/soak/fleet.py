"""Twenty terminals: each a folder with its own outbox, its own client of central and a real `kiosk sync`.

The terminals reach central over an unreliable network: `url` is that of the fault proxy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from kiosk.config import load_terminal
from kiosk.delivery.keys import KeyCache
from kiosk.delivery.tokens import public_part
from tests.bench.delivery_load import published_key
from tests.bench.delivery_sync import start_sync, write_terminal
from tests.bench.delivery_town import Town

END_S = 30.0


@dataclass
class Terminal:
    """One terminal and its running sync."""

    config_file: Path
    sync: psutil.Popen

    @property
    def outbox(self) -> Path:
        return self.config_file.parent / "outbox.db"

    def kill(self) -> None:
        """SIGKILL, and start it again, as systemd would."""
        self.sync.kill()
        self.sync.wait()
        self.sync = start_sync(self.config_file)

    def restart_if_ended(self) -> bool:
        """Whether sync had ended by itself."""
        if self.sync.poll() is None:
            return False
        self.sync = start_sync(self.config_file)
        return True


def written(town: Town, count: int, url: str) -> list[Path]:
    """The configurations of as many terminals, the destinations' keys fetched before they went into service."""
    files = [
        write_terminal(town, town.folder / f"terminal-{number}", f"bench-{number}", url) for number in range(count)
    ]
    keys = {made: public_part(published_key(town, made)) for made in town.destinations.values()}
    for file in files:
        cache = KeyCache(load_terminal(file).delivery.keys_dir)
        for destination_id, key in keys.items():
            cache.store(destination_id, key)
    return files


@contextmanager
def running(files: Sequence[Path]) -> Iterator[list[Terminal]]:
    """Every terminal's sync, ended with the block."""
    terminals = [Terminal(file, start_sync(file)) for file in files]
    try:
        yield terminals
    finally:
        for terminal in terminals:
            terminal.sync.terminate()
        for terminal in terminals:
            try:
                terminal.sync.wait(END_S)
            except psutil.TimeoutExpired:
                terminal.sync.kill()
                terminal.sync.wait()

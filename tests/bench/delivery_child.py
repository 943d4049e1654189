"""What has to happen in a Django process of its own: `python -m tests.bench.delivery_child seed|profile CONFIG …`.

`seed CONFIG CLIENTS` makes a town with two destinations and as many senders, and prints one JSON object.
`profile CONFIG OUT` serves like `kiosk central serve`; every worker leaves the profile of its request threads in OUT.
"""

from __future__ import annotations

import cProfile
import json
import os
import pstats
import sys
import threading
import time
from pathlib import Path
from typing import Any

from kiosk.central import commands
from kiosk.config import CentralConfig, load_central

SUBSCRIBER = "line-of-business"
DESTINATIONS = {"dog-tax": "Hundesteuer", "dog-register": "Hundehaltung"}


def seed(config: CentralConfig, clients: int) -> dict[str, Any]:
    """Ids of the destinations by the procedures' names for them, secrets by client."""
    commands.migrate(config)
    assert config.key_encryption_key_file is not None
    commands.make_key_encryption_key(config.key_encryption_key_file)
    from kiosk.central import town
    from kiosk.central.models import Client
    from kiosk.central.opening.keyring import Keyring

    keyring, department = Keyring.of(config), town.add_department("Steuern und Ordnung")
    made = {key: town.add_destination(department, name) for key, name in DESTINATIONS.items()}
    for destination in made.values():
        town.make_keys(destination, keyring)
    names = [f"bench-{number}" for number in range(clients)]
    accounts = [town.add_client(name, Client.Role.SENDER, made.values()) for name in names]
    accounts.append(town.add_client(SUBSCRIBER, Client.Role.SUBSCRIBER, made.values()))
    return {
        "destinations": {key: str(destination.pk) for key, destination in made.items()},
        "secrets": {account.name: account.secret for account in accounts},
    }


def profile(config: CentralConfig, out: Path) -> None:
    """Blocks until SIGTERM."""
    commands.setup(config)
    from kiosk.central import serving
    from kiosk.central.service.signing import service_key

    class ProfiledWorker(serving.WatchedWorker):
        """Counts the processor time of each thread's own requests: waiting, and others' turns, do not count."""

        profiles: dict[int, cProfile.Profile] = {}  # noqa: RUF012  # one worker, one class

        def handle(self, conn: Any) -> Any:
            own = self.profiles.setdefault(threading.get_ident(), cProfile.Profile(time.thread_time))
            own.enable()
            try:
                return super().handle(conn)
            finally:
                own.disable()

        def run(self) -> None:
            try:
                super().run()
            finally:
                if self.profiles:
                    first, *others = self.profiles.values()
                    pstats.Stats(first).add(*others).dump_stats(out / f"{os.getpid()}.profile")

    service_key()
    serving.Application(serving.options(config) | {"worker_class": ProfiledWorker}).run()


def main(what: str, config_file: str, more: str) -> None:
    config = load_central(Path(config_file))
    if what == "seed":
        sys.stdout.write(json.dumps(seed(config, int(more))))
    else:
        profile(config, Path(more))


if __name__ == "__main__":
    main(*sys.argv[1:])

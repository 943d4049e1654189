"""What goes wrong while terminals deliver: processes are killed and the database restarts, at random moments.

Whoever was killed or ended by itself is started again, as systemd would: gunicorn's workers by gunicorn, the rest here.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.bench.delivery_town import Town
from tests.postgresql import ACCOUNT, program
from tests.soak.fleet import Terminal

PAUSE_S = (0.3, 2.5)


@dataclass
class Misfortune:
    """`happened` counts by kind. `chance` decides, so that a seed gives the same kinds in the same order."""

    town: Town
    terminals: list[Terminal]
    chance: random.Random
    happened: Counter[str] = field(default_factory=Counter)

    async def go_on(self, over: Callable[[], bool]) -> None:
        """One after the other until it is over."""
        kinds = [self.kill_sync, self.kill_worker, self.kill_opening, self.kill_serving, self.restart_database]
        while not over():
            await asyncio.sleep(self.chance.uniform(*PAUSE_S))
            [strike] = self.chance.choices(kinds, weights=(8, 4, 2, 1, 2))
            await asyncio.to_thread(strike)
            await asyncio.to_thread(self.look_after)

    def kill_sync(self) -> None:
        self.chance.choice(self.terminals).kill()
        self.happened["sync killed"] += 1

    def kill_worker(self) -> None:
        """gunicorn starts another one."""
        with suppress(psutil.NoSuchProcess, IndexError):
            self.chance.choice(self.town.workers()).kill()
            self.happened["worker killed"] += 1

    def kill_opening(self) -> None:
        self._kill("open", "opening service killed")

    def kill_serving(self) -> None:
        """The master, then the workers it leaves behind, before another one listens at the same port."""
        workers = self.town.workers()
        self._kill("serve", "all of serve killed", workers)

    def restart_database(self) -> None:
        """At once, as if the machine had crashed, or in good order but with every connection cut."""
        mode = self.chance.choice(["immediate", "fast"])
        restart(self.town.cluster.folder, mode)
        self.happened[f"database restarted ({mode})"] += 1

    def look_after(self) -> None:
        """Start again what is gone."""
        for name, process in list(self.town.processes.items()):
            if process.poll() is not None:
                self.town.begin(name)
                self.happened[f"{name} ended by itself"] += 1
        for terminal in self.terminals:
            if terminal.restart_if_ended():
                self.happened["sync ended by itself"] += 1

    def _kill(self, name: str, what: str, family: Sequence[psutil.Process] = ()) -> None:
        process = self.town.processes[name]
        for victim in (process, *family):
            with suppress(psutil.NoSuchProcess):
                victim.kill()
        process.wait()
        self.town.begin(name)
        self.happened[what] += 1


def restart(folder: Path, mode: str) -> None:
    """pg_ctl restart of the cluster in `folder`. Raises CalledProcessError."""
    drop = ["setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--clear-groups"] if os.geteuid() == 0 else []
    words = [*drop, str(program("pg_ctl")), "-D", str(folder / "data"), "-l", str(folder / "log"), "-m", mode, "-w"]
    subprocess.run([*words, "restart"], check=True, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

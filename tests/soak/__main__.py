"""`make soak [terminals=20] [applications=500] [seed=1]`: nothing lost, nothing twice, whatever fails.

Terminals save applications and deliver them through a faulty network to central on PostgreSQL, while their syncs, the
service's workers, the opening service and the database are killed at random. In the end every acknowledged submission
must lie at central, once, with its bytes. One JSON line on standard output; exit status 1 if that is not so.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

import apsw
import psycopg

from tests.bench.delivery_town import ROOT, Town, founded
from tests.faults import proxy
from tests.soak import fleet
from tests.soak.misfortune import Misfortune
from tests.soak.putting import read_ledger
from tests.soak.verdict import Verdict, held_by, verdict
from tests.soak.weather import Weather

PUTTING = "tests.soak.putting"
# Misfortune ends when so few are left to arrive: the rest shows that everything comes to rest by itself.
LEFT_SHARE = 0.1
LOOK_EVERY_S = 1.0
# The longest wait between two attempts is a quarter of an hour.
SETTLED_WITHIN_S = 2400.0
SETTLED = frozenset({"delivered", "quarantined"})


@dataclass(frozen=True, slots=True)
class Plan:
    """How much. An application has two submissions."""

    terminals: int = 20
    applications: int = 500
    seed: int = 1


@dataclass
class Soak:
    """One run: a town, its terminals and what goes wrong between them."""

    plan: Plan
    town: Town
    terminals: list[fleet.Terminal]
    weather: Weather
    misfortune: Misfortune

    @property
    def ledger(self) -> Path:
        return self.town.folder / "ledger"

    async def run(self) -> Verdict:
        """Put, deliver, suffer, come to rest; then compare."""
        putting = asyncio.create_task(self._put())
        await self.misfortune.go_on(lambda: putting.done() and self._nearly_there())
        await putting
        self.weather.clear_up()
        await self._until(self._settled)
        await self._until(lambda: self.town.unopened() == 0)
        say(f"misfortunes: {dict(self.misfortune.happened)}")
        say(f"outboxes: {dict(self._states())}")
        return await asyncio.to_thread(lambda: verdict(read_ledger(self.ledger), held_by(self.town.conninfo)))

    async def _put(self) -> None:
        """In a process of its own. Raises RuntimeError if it fails."""
        numbers = (str(self.plan.applications), str(self.plan.seed))
        files = [str(terminal.config_file) for terminal in self.terminals]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", PUTTING, str(self.ledger), *numbers, *files, cwd=ROOT
        )
        if await process.wait():
            raise RuntimeError("no application could be saved any more")
        say("everything is acknowledged")

    def _nearly_there(self) -> bool:
        promised = len(read_ledger(self.ledger))
        try:
            arrived = self.town.asked("SELECT count(*) FROM central_submission WHERE state <> 'announced'")
        except psycopg.OperationalError:
            return False
        return promised - int(arrived) <= LEFT_SHARE * promised

    def _states(self) -> Counter[str]:
        """How many submissions of all outboxes are in which state."""
        found: Counter[str] = Counter()
        for terminal in self.terminals:
            outbox = apsw.Connection(str(terminal.outbox), flags=apsw.SQLITE_OPEN_READONLY)
            found.update({str(state): int(count) for state, count in outbox.execute(STATES)})
            outbox.close()
        return found

    def _settled(self) -> bool:
        return not self._states().keys() - SETTLED

    async def _until(self, done: Callable[[], bool]) -> None:
        """Or until patience is over: what did not arrive by then is missing."""
        deadline = time.monotonic() + SETTLED_WITHIN_S
        while time.monotonic() < deadline:
            await asyncio.to_thread(self.misfortune.look_after)
            if await asyncio.to_thread(done):
                return
            await asyncio.sleep(LOOK_EVERY_S)


STATES = "SELECT state, count(*) FROM submission GROUP BY state"


def soak(plan: Plan) -> Verdict:
    """Start everything, run, and leave nothing behind."""
    weather = Weather(plan.seed)
    with founded(plan.terminals) as town:
        town.begin("open")
        town.begin("serve")
        town.wait_until_ready()
        with proxy.running(("127.0.0.1", town.port), weather) as network:
            files = fleet.written(town, plan.terminals, f"http://127.0.0.1:{network.port}")
            with fleet.running(files) as terminals:
                say(f"{plan}: running")
                misfortune = Misfortune(town, terminals, random.Random(plan.seed))  # noqa: S311  # no secret
                found = asyncio.run(Soak(plan, town, terminals, weather, misfortune).run())
            struck = {str(how): count for how, count in network.struck.items()}
            say(f"connections: {struck}")
    return found


def say(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stderr.flush()


def parse(words: list[str]) -> Plan:
    """`name=number` for each field of Plan; an empty number leaves the default. Raises ValueError."""
    given = dict(word.split("=", 1) for word in words)
    if unknown := given.keys() - {item.name for item in fields(Plan)}:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    return Plan(**{name: int(text) for name, text in given.items() if text})


def main(words: list[str]) -> int:
    found = soak(parse(words))
    sys.stdout.write(found.line() + "\n")
    return 0 if found.good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What one delivery costs when central holds a thousand submissions, and when it holds a million.

The stored ones are copies of one that was really delivered and opened: every row of every table that names it, with ids
of their own; only sealed parts and tokens are short, or a million would be 40 GB. A thousand wait in the inbox, the
others are decided. Everything is asked on one connection, one call after the other, without the opening service.
KIOSK_BENCH_STORED=100000 shrinks the million.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import psycopg

from tests.bench import delivery_load as load
from tests.bench.delivery_child import SUBSCRIBER
from tests.bench.delivery_town import DURABLE, Effort, Town, running, until
from tests.bench.figure import Figure

FEW, MANY = 1_000, int(os.environ.get("KIOSK_BENCH_STORED", "1000000"))
WAITING = 1_000
ASKED, WARM_UP = 300, 20
GROWS_AT_MOST = 1.3
SETTINGS = {"max_wal_size": "8GB", "maintenance_work_mem": "512MB"}
SHORT, TOKEN_ID = "'short'", "md5('j' || t.id || n)::uuid"

Connection = psycopg.Connection[tuple[Any, ...]]
# Mean of the processor, which others on this machine hardly lengthen; median by the clock.
Cost = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Costs:
    """What one call took of the processor, workers and PostgreSQL together, and by the clock: pairs of milliseconds."""

    deliver: Cost
    list: Cost
    event_log: Cost
    list_all: Cost


def measure() -> list[Figure]:
    with running(1, settings=SETTINGS) as town:
        pool = load.make_pool(town)
        template = asyncio.run(delivered(town, pool))
        until(lambda: town.unopened() == 0)
        town.end("open")
        fill(town, template, 1, FEW)
        few = asyncio.run(costs(town, pool))
        fill(town, template, FEW + 1, MANY)
        many = asyncio.run(costs(town, pool))
    return [
        figure
        for name in ("deliver", "list", "event_log", "list_all")
        for figure in compared(name, getattr(few, name), getattr(many, name))
    ]


def compared(name: str, few: Cost, many: Cost) -> list[Figure]:
    """Three figures of one call; only the ratio has a bound."""
    bound = None if name == "list_all" else GROWS_AT_MOST
    ratio = f"{few[0]:.2f} ms with {FEW} stored, {many[0]:.2f} ms with {MANY}"
    return [
        Figure(f"delivery.{name}_ms_few", few[0], "ms", None, said(FEW, few)),
        Figure(f"delivery.{name}_ms_many", many[0], "ms", None, said(MANY, many)),
        Figure(f"delivery.{name}_growth", many[0] / few[0], "×", bound, ratio),
    ]


def said(stored: int, cost: Cost) -> str:
    return f"{stored} stored; processor time of workers and PostgreSQL, mean of {ASKED}; by the clock {cost[1]:.1f}"


async def delivered(town: Town, pool: list[load.Parcel]) -> str:
    """One whole delivery with its token; its id."""
    [terminal] = load.terminals(town, 1)
    submission_id = await terminal.deliver(pool[0])
    await terminal.receipt(submission_id, pool[0], load.service_keys(town))
    return submission_id


async def costs(town: Town, pool: list[load.Parcel]) -> Costs:
    """Deliver; list the waiting ones; read an event log that was signed before; then list with all of them waiting."""
    [terminal] = load.terminals(town, 1)
    subscriber = load.Terminal(load.Wire(town.port), SUBSCRIBER, town.secrets[SUBSCRIBER])
    some = await terminal.deliver(pool[0])
    page = f"/v2/submissions?destinationId={town.destinations[load.DESTINATION]}&offset=0&limit=100"
    deliver = await cost(town, lambda: terminal.deliver(pool[0]))
    listing = await cost(town, lambda: subscriber.get(page))
    events = await cost(town, lambda: terminal.get(f"/v2/submissions/{some}/events?offset=0&limit=100"))
    tell(town, "UPDATE central_submission SET state = 'submitted' WHERE state = 'accepted'")
    tell(town, "VACUUM ANALYZE central_submission")
    whole = await cost(town, lambda: subscriber.get(page))
    tell(town, "UPDATE central_submission SET state = 'accepted' WHERE decided_at IS NOT NULL")
    tell(town, "VACUUM FULL ANALYZE central_submission")
    return Costs(deliver, listing, events, whole)


async def cost(town: Town, call: Callable[[], Awaitable[object]]) -> Cost:
    """On one connection, one call after the other."""
    for _ in range(WARM_UP):
        await call()
    effort, samples = Effort(town), []
    for _ in range(ASKED):
        started = time.perf_counter()
        await call()
        samples.append((time.perf_counter() - started) * 1e3)
    seconds = effort.seconds()
    return (seconds["workers"] + seconds["postgresql"]) / ASKED * 1e3, statistics.median(samples)


# ---- filling ----------------------------------------------------------------------------------


def tell(town: Town, statement: str) -> None:
    with psycopg.connect(town.conninfo, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]  # our own text


def careful(town: Town, switch: str) -> None:
    """Filling need not survive a power cut; what is measured must."""
    for name in DURABLE:
        tell(town, f"ALTER SYSTEM SET {name} = {switch}")
    tell(town, "SELECT pg_reload_conf()")


def fill(town: Town, template: str, first: int, last: int) -> None:
    """Copies number `first` to `last` of what belongs to the submission `template`."""
    submission = "md5('s' || n)::uuid"
    case = "md5('c' || n)::uuid"
    careful(town, "off")
    decided = f"CASE WHEN n <= {WAITING} THEN %s ELSE %s END"
    own = {"submission_id": submission, "case_id": case}
    with psycopg.connect(town.conninfo) as connection:
        connection.execute("SET LOCAL session_replication_role = replica")  # the copies are consistent: no checks
        copy = _Copying(connection, template, first, last)
        copy.rows("central_case", "t.id = (SELECT case_id FROM central_submission WHERE id = %s)", {"id": case})
        state = {"state": decided % ("'submitted'", "'accepted'"), "decided_at": decided % ("NULL", "now()")}
        copy.rows("central_submission", "t.id = %s", {"id": submission, "case_id": case} | state)
        copy.rows("central_sealedcontent", "t.submission_id = %s", own | {"metadata": SHORT, "data": SHORT})
        copy.rows("central_opened", "t.submission_id = %s", own | {"status_index": "md5('i' || n)"})
        copy.rows("central_event", "t.submission_id = %s", own | {"id": None, "text": SHORT, "jti": TOKEN_ID})
        copy.rows("central_auditrecord", "t.subject = %s AND t.batch IS NOT NULL", {"id": None, "subject": submission})
    tell(town, "VACUUM ANALYZE")
    tell(town, "CHECKPOINT")
    careful(town, "on")


@dataclass(frozen=True)
class _Copying:
    """INSERT … SELECT of one submission's rows, once for every number."""

    connection: Connection
    template: str
    first: int
    last: int

    def rows(self, table: str, which: str, changed: dict[str, str | None]) -> None:
        """`changed` are expressions over the row `t` and the number `n`; None leaves the column to its default."""
        query = "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
        columns = [str(name) for (name,) in self.connection.execute(query, [table])]
        kept = [name for name in columns if changed.get(name, "") is not None]
        values = [changed.get(name) or f"t.{name}" for name in kept]
        into = ", ".join(f'"{name}"' for name in kept)
        numbers = "generate_series(%s::int, %s::int) n"
        text = f"INSERT INTO {table} ({into}) SELECT {', '.join(values)} FROM {table} t, {numbers} WHERE {which}"  # noqa: S608  # our own names
        self.connection.execute(text, [self.first, self.last, self.template])  # type: ignore[call-overload]  # our own


NAMES = tuple(
    f"delivery.{name}_{end}"
    for name in ("deliver", "list", "event_log", "list_all")
    for end in ("ms_few", "ms_many", "growth")
)
MEASURES: dict[tuple[str, ...], Callable[[], list[Figure]]] = {NAMES: measure}

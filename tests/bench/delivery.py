"""Deliveries to central, both sides in one run on the same cores: durable PostgreSQL, two workers, opening service.

What the load generator, the workers, PostgreSQL, the opening service and everybody else on this machine used of the
processor is said beside every rate. KIOSK_BENCH_QUEUED=5000 shrinks the queue that is drained.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import uuid4

import psycopg

from tests.bench import delivery_growth, delivery_sync
from tests.bench import delivery_load as load
from tests.bench.delivery_town import Effort, Town, running, until
from tests.bench.figure import Figure, percentile

CONNECTIONS, TERMINALS = 16, 500
SECONDS = 20.0
WARM_UP = 20
QUEUED = int(os.environ.get("KIOSK_BENCH_QUEUED", "50000"))
DRAIN_LIMIT_S = 480.0
ATTACHMENT_BYTES = 200_000
OPENED_WITHIN_S = 600.0
MB = 1_000_000
BARE = "CREATE TABLE bare (id uuid PRIMARY KEY, metadata text NOT NULL, data text NOT NULL)"


@dataclass
class Bench:
    """A running town and what was found out about it so far."""

    town: Town
    figures: list[Figure]
    said: str = ""

    def add(self, name: str, value: float, unit: str, said: str, **limit: float) -> None:
        self.figures.append(Figure(f"delivery.{name}", value, unit, limit.get("most"), said, limit.get("at_least")))

    def resident_mb(self) -> float:
        """Of the largest worker."""
        return max(float(worker.memory_info().rss) for worker in self.town.workers()) / MB

    def settle(self) -> None:
        """Until the opening service, if it runs, has looked at everything: the next figure starts from quiet."""
        if "open" in self.town.processes:
            until(lambda: self.town.unopened() == 0, OPENED_WITHIN_S)

    def rate(self, name: str, work: load.Work, pool: list[load.Parcel], at_least: float | None) -> load.Run:
        """As many as go in SECONDS at CONNECTIONS connections."""

        async def run() -> load.Run:
            crowd = load.terminals(self.town, CONNECTIONS)
            await load.of_each(WARM_UP, crowd, pool, work)
            effort = Effort(self.town)
            done = await load.for_seconds(SECONDS, crowd, pool, work)
            self.said = effort.said(len(done.each))
            return done

        self.settle()
        done = asyncio.run(run())
        limit = {} if at_least is None else {"at_least": at_least}
        said = f"{len(done.each)} deliveries at {CONNECTIONS} connections; {self.said}"
        self.add(name, done.rate, "/s", f"{said}; p50 {percentile(done.each, 0.5) * 1e3:.0f} ms", **limit)
        return done


def measure() -> list[Figure]:
    """All rates against one town, so that the workers' memory at the end is that after all of it."""
    with running(TERMINALS) as town:
        bench = Bench(town, [])
        keys = load.service_keys(town)
        plain, heavy = load.make_pool(town), load.make_pool(town, ATTACHMENT_BYTES)
        whole = bench.rate("whole_per_s", load.deliver, plain, 250)
        bench.add("whole_p99", percentile(whole.each, 0.99) * 1e3, "ms", "of the same deliveries", most=250)
        early = bench.resident_mb()
        bench.rate("with_token_per_s", load.delivering_with_token(keys), plain, 100)
        bench.rate("with_attachment_per_s", load.deliver, heavy, 120)
        bare_inserts(bench, plain)
        drain(bench, load.delivering_with_token(keys), plain)
        late = bench.resident_mb()
        bench.add("worker_mb", late, "MB", "resident, the larger of two workers, after all that", most=250)
        bench.add("worker_growth_mb", late - early, "MB", f"since the first figure, {early:.0f} MB", most=20)
        without_opening(bench, plain)
        return bench.figures


def bare_inserts(bench: Bench, pool: list[load.Parcel]) -> None:
    """The same bytes into the same PostgreSQL, each with a commit of its own, and nothing else."""
    town = bench.town
    bench.settle()
    with psycopg.connect(town.conninfo, autocommit=True) as connection:
        connection.execute(BARE)
    effort, started = Effort(town), time.perf_counter()

    def work(number: int) -> int:
        count = 0
        with psycopg.connect(town.conninfo, autocommit=True) as connection:
            while time.perf_counter() - started < SECONDS:
                parcel = pool[(number + count) % len(pool)]
                connection.execute("INSERT INTO bare VALUES (%s, %s, %s)", (uuid4(), parcel.metadata, parcel.data))
                count += 1
        return count

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        count = sum(threads.map(work, range(CONNECTIONS)))
    rate = count / (time.perf_counter() - started)
    bench.add("bare_insert_per_s", rate, "/s", f"{count} at {CONNECTIONS} connections; {effort.said(count)}")
    with psycopg.connect(town.conninfo, autocommit=True) as connection:
        connection.execute("DROP TABLE bare")


def drain(bench: Bench, work: load.Work, pool: list[load.Parcel]) -> None:
    """Every terminal sends its share of the queue, each submission to its verified token; then central is asked."""
    share = max(1, QUEUED // TERMINALS)
    bench.settle()
    effort = Effort(bench.town)

    async def run() -> tuple[load.Run, list[str]]:
        crowd = load.terminals(bench.town, TERMINALS)
        done = await load.of_each(share, crowd, pool, work)
        return done, [submission_id for terminal in crowd for submission_id in terminal.delivered]

    done, delivered = asyncio.run(run())
    said = effort.said(len(done.each))
    held = bench.town.asked(
        "SELECT count(*) FROM central_submission s JOIN central_sealedcontent c ON c.submission_id = s.id"
        " WHERE s.id = ANY(%s::uuid[]) AND s.state <> 'announced'",
        delivered,
    )
    what = f"{len(delivered)} to their verified tokens, {TERMINALS} terminals, {done.rate:.0f}/s; {said}"
    bench.add("drain_s", done.seconds, "s", what, most=DRAIN_LIMIT_S * len(delivered) / 50_000)
    bench.add("drain_lost", len(set(delivered)) - held, "", "acknowledged and not held by central", most=0)


def without_opening(bench: Bench, pool: list[load.Parcel]) -> None:
    """What the opening service takes away by opening at the same time."""
    bench.settle()
    bench.town.end("open")
    bench.rate("whole_without_opening_per_s", load.deliver, pool, None)


MEASURES: dict[tuple[str, ...], Callable[[], list[Figure]]] = {
    (
        "delivery.whole_per_s",
        "delivery.whole_p99",
        "delivery.with_token_per_s",
        "delivery.with_attachment_per_s",
        "delivery.bare_insert_per_s",
        "delivery.drain_s",
        "delivery.drain_lost",
        "delivery.worker_mb",
        "delivery.worker_growth_mb",
        "delivery.whole_without_opening_per_s",
    ): measure,
    **delivery_growth.MEASURES,
    **delivery_sync.MEASURES,
}

"""What a delivery costs where: `python -m tests.bench.delivery_profile [whole|token|attachment] [SECONDS]`.

One worker, 8 connections, no opening service. Prints the request threads' functions by processor time (cProfile, which
makes small functions look larger than they are) and PostgreSQL's statements by calls for one delivery.
"""

from __future__ import annotations

import asyncio
import io
import pstats
import sys
import tempfile
from pathlib import Path

import psycopg

from tests.bench import delivery_load as load
from tests.bench.delivery_town import CHILD, Effort, Town, founded

CONNECTIONS = 8
SHOWN = 45
SETTINGS = {"shared_preload_libraries": "pg_stat_statements"}
STATEMENTS = """
SELECT calls, total_exec_time, wal_bytes, left(regexp_replace(query, '\\s+', ' ', 'g'), 150)
FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
WHERE d.datname = 'central' ORDER BY total_exec_time DESC LIMIT 40
"""


async def loaded(town: Town, kind: str, seconds: float) -> int:
    """How many deliveries there were after a warm-up."""
    pool = load.make_pool(town, 200_000 if kind == "attachment" else 0)
    work = load.delivering_with_token(load.service_keys(town)) if kind == "token" else load.deliver
    crowd = load.terminals(town, CONNECTIONS)
    with psycopg.connect(town.conninfo, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION pg_stat_statements")
    await load.of_each(5, crowd, pool, work)
    with psycopg.connect(town.conninfo, autocommit=True) as connection:
        connection.execute("SELECT pg_stat_statements_reset()")
    effort = Effort(town)
    run = await load.for_seconds(seconds, crowd, pool, work)
    print(f"{kind}: {run.rate:.0f}/s under the profiler; {effort.said(len(run.each))}")  # noqa: T201
    return len(run.each)


def show_statements(town: Town, count: int) -> None:
    with psycopg.connect(town.conninfo, autocommit=True) as connection:
        for calls, total_ms, wal, query in connection.execute(STATEMENTS):
            print(f"{calls / count:6.2f}× {total_ms / calls:7.3f} ms {wal / calls:8.0f} WAL bytes  {query}")  # noqa: T201


def show_functions(folder: Path) -> None:
    out = io.StringIO()
    for path in folder.glob("*.profile"):
        stats = pstats.Stats(str(path), stream=out)
        for order in ("tottime", "cumulative"):
            stats.sort_stats(order).print_stats(SHOWN)
    print(out.getvalue())  # noqa: T201


def main(kind: str = "whole", seconds: str = "15") -> None:
    with founded(CONNECTIONS, 1, SETTINGS) as town, tempfile.TemporaryDirectory() as name:
        town.begin("serve", [sys.executable, "-m", CHILD, "profile", str(town.config_file), name])
        town.wait_until_ready()
        count = asyncio.run(loaded(town, kind, float(seconds)))
        show_statements(town, count)
        town.end("serve")
        show_functions(Path(name))


if __name__ == "__main__":
    main(*sys.argv[1:])

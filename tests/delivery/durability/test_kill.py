"""SIGKILL at random points: what was acknowledged arrives once, with the same digest; nothing else arrives."""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
import random
import signal
from urllib.parse import urlsplit

import pytest

from kiosk.config import load_terminal
from kiosk.delivery import inspect
from kiosk.delivery.courier import Courier
from kiosk.delivery.fitconnect import FitConnect
from kiosk.delivery.outbox import Outbox, RowState
from kiosk.delivery.tokens import public_part
from tests.faults.proxy import Fault, plan, running

from ..conftest import DESTINATION
from .killed import put_for_ever, sync

KILLS = 110 if os.environ.get("KIOSK_LONG") else 10  # of either kind

# Processes come from one that has everything imported and no threads.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([put_for_ever.__module__])


@pytest.fixture
def chance():
    return random.Random(20261122)  # noqa: S311  # no secret


def dawdle(chance):
    """Let a random little time go by, so that a kill meets any line."""
    for _ in range(chance.randrange(40_000)):
        pass


def told(listening):
    """What the process still said before it was killed."""
    while True:
        try:
            yield json.loads(listening.recv_bytes())
        except (EOFError, OSError):
            return


def test_what_a_killed_terminal_had_acknowledged_arrives_once(config, service, department_key, chance):
    """The terminal's process is killed while it saves, again and again; then everything is delivered."""
    tried, stored = {}, {}
    for _ in range(KILLS):
        listening, said = PROCESSES.Pipe(duplex=False)
        arguments = (config.outbox.path, public_part(department_key), DESTINATION, said)
        process = PROCESSES.Process(target=put_for_ever, args=arguments)
        process.start()
        said.close()
        heard = [json.loads(listening.recv_bytes()) for _ in range(chance.randrange(1, 12))]
        dawdle(chance)
        process.kill()
        process.join()
        for word, rows in [*heard, *told(listening)]:
            (tried if word == "trying" else stored).update(rows)
        assert process.exitcode == -signal.SIGKILL
    box = Outbox(config.outbox.path)
    rows = {str(row.id): row.digest for row in box.all_rows()}
    assert stored.items() <= rows.items() <= tried.items()
    assert len(stored) >= KILLS
    courier = Courier(FitConnect(config.delivery), lambda work: work(box))
    for row in box.all_rows():
        courier.deliver(row.id)
    assert_all_arrived_once(box, service)
    box.close()


def assert_all_arrived_once(box, service):
    sealed = {row.id: box.sealed(row.id) for row in box.all_rows()}
    assert {row.state for row in box.all_rows()} == {RowState.DELIVERED}
    held = [service.contents[submission] for submission in service.arrived]
    assert sorted(held) == sorted((parts.metadata, parts.data) for parts in sealed.values())
    for row in box.all_rows():
        for attachment_id, jwe in sealed[row.id].attachments.items():
            assert service.attachments[str(row.submission_id), str(attachment_id)] == jwe


@pytest.mark.parametrize("share", [0.0, 0.3], ids=["good-line", "bad-line"])
def test_what_a_killed_sync_left_behind_arrives_once(share, config_file, service, new_row, chance):
    """`kiosk sync` is killed at its n-th call of the service or soon after it, over a good line and a bad one."""
    faulty = itertools.islice(plan(7, share, seconds=0.02), KILLS * 20)
    address = ("127.0.0.1", urlsplit(service.url).port)
    with running(address, itertools.chain(faulty, itertools.repeat(Fault()))) as proxy:
        config_file.write_text(config_file.read_text().replace(service.url, f"http://127.0.0.1:{proxy.port}"))
        path = load_terminal(config_file).outbox.path
        put_count = 0
        for _ in range(KILLS // 2):
            rows = [new_row(chance.randrange(3)) for _ in range(2)]
            put_count += len(rows)
            box = Outbox(path)
            box.put(rows)
            for row in box.all_rows():
                if row.state is not RowState.DELIVERED:
                    box.retry(row.id)  # no waiting between attempts here
            box.close()
            process = PROCESSES.Process(target=sync, args=(config_file,))
            process.start()
            calls = len(service.calls) + chance.randrange(2, 20)
            service.wait_for(lambda calls=calls, n=put_count: len(service.calls) >= calls or len(service.arrived) == n)
            dawdle(chance)
            process.kill()
            process.join()
            assert process.exitcode == -signal.SIGKILL
        finish(config_file, path, service, put_count)
    box = Outbox(path)
    assert len(box.all_rows()) == put_count
    assert_all_arrived_once(box, service)
    box.close()


def finish(config_file, path, service, count):
    """A last sync that nobody kills."""
    for row in inspect.listed(path):
        inspect.retry(path, str(row.id))
    process = PROCESSES.Process(target=sync, args=(config_file,))
    process.start()
    service.wait_for(lambda: len(service.arrived) == count)
    for _ in range(2000):
        if all_proven(path):
            break
        process.join(0.02)
    process.terminate()
    process.join()
    assert process.exitcode == 0


def all_proven(path):
    return all(row.state is RowState.DELIVERED for row in inspect.listed(path))

"""Faults other offline-first systems had in the field, each as a story that ends well here."""

from __future__ import annotations

from contextlib import suppress
from uuid import uuid4

import pytest

from kiosk.delivery.courier import Courier
from kiosk.delivery.fitconnect import FitConnect
from kiosk.delivery.outbox import Outbox, RowState
from kiosk.errors import DeliveryError

ANNOUNCE = ("POST", "/v2/submissions")
ATTACHMENT = ("PUT", "/v2/submissions/[^/]+/attachments/[^/]+")
COMPLETE = ("PUT", "/v2/submissions/[^/]+")
EVENTS = ("GET", "/v2/submissions/[^/]+/events")


@pytest.fixture
def courier(config, outbox):
    return Courier(FitConnect(config.delivery), lambda work: work(outbox))


@pytest.mark.parametrize("call", [ANNOUNCE, ATTACHMENT, COMPLETE, EVENTS])
def test_nothing_is_deleted_after_a_failed_attempt(call, service, courier, outbox, new_row):
    row = new_row(1)
    outbox.put([row])
    service.fails(*call, "500")
    with pytest.raises(DeliveryError):
        courier.deliver(row.id)
    assert outbox.sealed(row.id) == row.sealed


def test_an_attachment_refused_for_ever_holds_up_its_own_submission_only(service, courier, outbox, new_row):
    bad, good = new_row(2), new_row(2)
    outbox.put([bad, good])
    service.fails(*ATTACHMENT, "413")
    with pytest.raises(DeliveryError, match="DELIV-03"):
        courier.deliver(bad.id)
    outbox.quarantine(bad.id, "DELIV-03")
    for row in outbox.due(now=0):
        courier.deliver(row.id)
    assert outbox.row(good.id).state is RowState.DELIVERED
    outbox.retry(bad.id)  # the service's limit was raised
    courier.deliver(bad.id)
    assert len(service.arrived) == 2
    assert len(service.attachments) == 4


@pytest.mark.parametrize("how", ["500", "swallow", "cut", "login"])
@pytest.mark.parametrize("call", [ATTACHMENT, COMPLETE, EVENTS])
def test_the_one_step_that_cannot_be_repeated_is_not_repeated(call, how, service, courier, outbox, new_row):
    row = new_row(1)
    outbox.put([row])
    service.fails(*call, how)
    for _ in range(3):
        try:
            courier.deliver(row.id)
        except DeliveryError:
            continue
    assert outbox.row(row.id).state is RowState.DELIVERED
    assert service.calls.count(ANNOUNCE) == 1


def test_a_technicians_retry_works_however_often_it_failed_before(outbox, new_row):
    row = new_row(0)
    outbox.put([row])
    for nth in range(300):
        outbox.postpone(row.id, "DELIV-01", until=1000.0 + nth)
    outbox.retry(row.id)
    [due] = outbox.due(now=0)
    assert (due.id, due.attempts) == (row.id, 0)


@pytest.mark.parametrize("state", [RowState.SEALED, RowState.ANNOUNCED, RowState.UPLOADING, RowState.SUBMITTED])
def test_nothing_is_stuck_in_sending_after_a_restart(state, tmp_path, new_row):
    row = new_row(0)
    box = Outbox(tmp_path / "outbox.sqlite")
    box.put([row])
    if state is not RowState.SEALED:
        box.acknowledge_announced(row.id, uuid4(), uuid4())
    for step in (RowState.UPLOADING, RowState.SUBMITTED):
        if box.row(row.id).state is not state:
            box.acknowledge(row.id, step)
    box.close()
    again = Outbox(tmp_path / "outbox.sqlite")
    assert [(due.id, due.state) for due in again.due(now=0)] == [(row.id, state)]
    again.close()


@pytest.mark.parametrize("calls", range(1, 9))  # an attempt asks the outbox eight times
def test_what_was_given_away_meanwhile_is_not_gone_on_with(calls, service, config, outbox, new_row):
    """Another terminal has it from now on: the attempt under way stops at its next word to the outbox."""
    row, asked = new_row(1), 0
    outbox.put([row])

    def ask(work):
        nonlocal asked
        asked += 1
        if asked == calls:
            outbox.hand_over([row.id])
        return work(outbox)

    with suppress(RuntimeError):
        Courier(FitConnect(config.delivery), ask).deliver(row.id)
    assert asked <= calls + 1
    outbox.postpone(row.id, "DELIV-01", until=0.0)
    assert outbox.row(row.id).handed_over
    assert outbox.due(now=0) == ()
    assert bool(service.arrived) == (calls > 5)  # then its ids went along, and the other terminal repeats the call


def test_one_bad_submission_can_be_removed_once_it_is_safe_elsewhere(outbox, new_row):
    bad, good = new_row(0), new_row(0)
    outbox.put([bad, good])
    outbox.quarantine(bad.id, "DELIV-03")
    assert not outbox.bury_handed_over(bad.id)
    outbox.hand_over([bad.id])
    assert outbox.bury_handed_over(bad.id)
    assert [row.id for row in outbox.all_rows()] == [good.id]
    assert outbox.put([bad]) == 0

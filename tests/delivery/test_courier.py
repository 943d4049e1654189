"""One submission on its way, with everything going wrong that can: it arrives, once, or it stays and says why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.delivery.courier import Courier
from kiosk.delivery.fitconnect import FitConnect
from kiosk.delivery.outbox import RowState
from kiosk.errors import DeliveryError, KioskError

ANNOUNCE = ("POST", "/v2/submissions")
ATTACHMENT = ("PUT", "/v2/submissions/[^/]+/attachments/[^/]+")
COMPLETE = ("PUT", "/v2/submissions/[^/]+")
EVENTS = ("GET", "/v2/submissions/[^/]+/events")
EVERY_CALL = [ANNOUNCE, ATTACHMENT, COMPLETE, EVENTS]
PASSING = ["cut", "swallow", "half", "500", "503", "429", "login", "login-after", "garbage", "list", "deep", "huge"]
PASSING += ["redirect", "403-page", "404-page", "422-page"]


@pytest.fixture
def courier(config, outbox):
    return Courier(FitConnect(config.delivery), lambda work: work(outbox))


@pytest.fixture
def put(outbox, new_row):
    """Puts one submission with two attachments into the outbox and gives its id."""

    def one(**more):
        row = new_row(2, **more)
        outbox.put([row])
        return row

    return one


def attempts_until_delivered(courier, outbox, row, most=6):
    """The codes of the failed attempts before it was delivered."""
    codes = []
    while outbox.row(row.id).state is not RowState.DELIVERED:
        assert len(codes) < most, codes
        try:
            courier.deliver(row.id)
        except KioskError as error:
            codes.append(error.code)
    return codes


def assert_arrived_once(service, *rows):
    assert len(service.arrived) == len(rows)
    held = [service.contents[submission] for submission in service.arrived]
    assert sorted(held) == sorted((row.sealed.metadata, row.sealed.data) for row in rows)
    for row in rows:
        for attachment_id, jwe in row.sealed.attachments.items():
            assert [service.attachments[key] for key in service.attachments if key[1] == str(attachment_id)] == [jwe]


def test_a_submission_is_delivered(service, courier, outbox, put):
    row = put()
    courier.deliver(row.id)
    assert outbox.row(row.id).state is RowState.DELIVERED
    assert_arrived_once(service, row)
    announced = service.announced[service.arrived[0]]
    assert announced["publicService"] == {"identifier": row.sealed.service.identifier, "name": row.sealed.service.name}


def test_one_access_token_serves_many_calls(service, courier, put):
    for _ in range(3):
        courier.deliver(put().id)
    assert service.calls.count(("POST", "/token")) == 1


def test_a_revoked_access_token_is_renewed(service, courier, put):
    courier.deliver(put().id)
    service.access_tokens.clear()
    courier.deliver(put().id)
    assert len(service.arrived) == 2


@pytest.mark.parametrize("how", PASSING)
@pytest.mark.parametrize("call", EVERY_CALL, ids=["announce", "attachment", "complete", "events"])
def test_a_passing_fault_at_any_call_costs_an_attempt_and_nothing_else(call, how, service, courier, outbox, put):
    service.fails(*call, how)
    row = put()
    codes = attempts_until_delivered(courier, outbox, row)
    assert set(codes) <= {"DELIV-01", "DELIV-04"}
    assert_arrived_once(service, row)


@pytest.mark.parametrize("how", ["other-bytes", "other-key", "other-submission", "no-token"])
def test_only_a_true_token_over_exactly_these_bytes_counts(how, service, courier, outbox, put):
    service.fails(*EVENTS, how, times=2)
    row = put()
    for _ in range(2):
        with pytest.raises(DeliveryError, match="DELIV-04"):
            courier.deliver(row.id)
        assert outbox.row(row.id).state is RowState.UPLOADING
    assert attempts_until_delivered(courier, outbox, row) == []
    assert_arrived_once(service, row)


def test_a_token_is_found_on_a_later_page_and_after_the_service_changed_its_key(service, courier, outbox, put):
    courier.deliver(put().id)
    row = put()
    service.fails(*EVENTS, "500")
    with pytest.raises(DeliveryError):
        courier.deliver(row.id)
    submission = str(outbox.row(row.id).submission_id)
    receipt = service.tokens[submission].pop()
    case = service.announced[submission]["caseId"]
    service.tokens[submission] += [service.sign("notify-submission", submission, case, {}) for _ in range(120)]
    service.tokens[submission].append(receipt)
    courier.deliver(row.id)
    assert outbox.row(row.id).state is RowState.DELIVERED


@pytest.mark.parametrize("how", ["400", "409", "413", "422"])
@pytest.mark.parametrize("call", [ANNOUNCE, ATTACHMENT, COMPLETE], ids=["announce", "attachment", "complete"])
def test_a_refusal_of_this_submission_says_so(call, how, service, courier, put):
    service.fails(*call, how)
    with pytest.raises(DeliveryError, match="DELIV-03"):
        courier.deliver(put().id)


def test_a_conflict_over_our_own_bytes_is_a_delivery(service, courier, outbox, put):
    row = put()
    service.fails(*COMPLETE, "swallow")
    with pytest.raises(DeliveryError, match="DELIV-01"):
        courier.deliver(row.id)
    service.fails(*COMPLETE, "409")
    courier.deliver(row.id)
    assert outbox.row(row.id).state is RowState.DELIVERED
    assert_arrived_once(service, row)


def test_attachments_that_never_arrived_are_sent_again(service, courier, outbox, put):
    service.fails(*COMPLETE, "act", act=service.attachments.clear)
    row = put()
    assert attempts_until_delivered(courier, outbox, row) == ["DELIV-01"]
    assert_arrived_once(service, row)


def test_a_refusal_after_the_service_took_it_is_a_delivery(service, courier, outbox, put):
    service.fails(*COMPLETE, "refuse-after")
    row = put()
    courier.deliver(row.id)
    assert outbox.row(row.id).state is RowState.DELIVERED
    assert_arrived_once(service, row)


def test_a_retried_submission_goes_on_under_the_ids_it_has(service, courier, outbox, put):
    """The refusal was a lie, and the log could not be read: the retry must not send it a second time."""
    service.fails(*COMPLETE, "refuse-after")
    service.fails(*EVENTS, "no-token")
    row = put()
    with pytest.raises(DeliveryError, match="DELIV-03"):
        courier.deliver(row.id)
    outbox.quarantine(row.id, "DELIV-03")
    outbox.retry(row.id)
    courier.deliver(row.id)
    assert outbox.row(row.id).state is RowState.DELIVERED
    assert_arrived_once(service, row)


@pytest.mark.parametrize("how", ["401", "403"])
def test_a_refused_terminal_is_told_apart(how, service, courier, outbox, put):
    service.fails(*ANNOUNCE, how, times=2)
    row = put()
    with pytest.raises(DeliveryError, match="DELIV-02"):
        courier.deliver(row.id)
    assert outbox.row(row.id).state is RowState.SEALED


@pytest.mark.parametrize("how", ["400", "401", "403"])
def test_a_wrong_client_secret_is_about_the_terminal_not_the_submission(how, service, courier, put):
    service.fails("POST", "/token", how)
    with pytest.raises(DeliveryError, match="DELIV-02"):
        courier.deliver(put().id)


def test_a_missing_client_secret_is_about_the_terminal(config, courier, put):
    config.delivery.client_secret_file.unlink()
    with pytest.raises(DeliveryError, match="DELIV-02"):
        courier.deliver(put().id)


@pytest.mark.parametrize("call", [ATTACHMENT, COMPLETE, EVENTS], ids=["attachment", "complete", "events"])
def test_what_the_service_forgot_is_announced_anew(call, service, courier, outbox, put):
    service.fails(*call, "forget")
    row = put()
    assert attempts_until_delivered(courier, outbox, row) == ["DELIV-01"]
    assert len(service.arrived) == 1
    assert service.contents[service.arrived[0]] == (row.sealed.metadata, row.sealed.data)


def test_retry_after_is_passed_on(service, courier, put):
    service.fails(*ANNOUNCE, "503")
    with pytest.raises(DeliveryError) as caught:
        courier.deliver(put().id)
    assert caught.value.retry_after_s == 0.0


def test_a_service_that_is_not_there_is_no_crash(config, outbox, put):
    nowhere = replace(config.delivery, api_url="http://127.0.0.1:1", token_url="http://127.0.0.1:1/token")
    courier = Courier(FitConnect(nowhere), lambda work: work(outbox))
    with pytest.raises(DeliveryError, match="DELIV-01"):
        courier.deliver(put().id)


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, 9))  # a delivery asks the outbox eight times
def test_a_process_that_ends_between_any_two_steps_delivers_exactly_once(step, after, service, config, outbox, put):
    count = 0

    def ask_until_killed(work):
        nonlocal count
        count += 1
        if count == step and not after:
            raise Killed
        result = work(outbox)
        if count == step:
            raise Killed
        return result

    row = put()
    with pytest.raises(Killed):
        Courier(FitConnect(config.delivery), ask_until_killed).deliver(row.id)
    if outbox.row(row.id).state is not RowState.DELIVERED:
        Courier(FitConnect(config.delivery), lambda work: work(outbox)).deliver(row.id)
    assert outbox.row(row.id).state is RowState.DELIVERED
    assert_arrived_once(service, row)

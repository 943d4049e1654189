"""What is removed in the course of time, and what stays so that nothing is delivered twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from kiosk.errors import CentralError

from .test_events import event, private_signature_key

Problem = Callable[[Any], str]


@pytest.fixture
def decided(terminal: Any, api: Any, parcel: Any, town: Any, keyring: Any) -> UUID:
    """A submission that the tax office has accepted."""
    submission: UUID = parcel.deliver(terminal)
    token = event(submission, private_signature_key(town.tax, keyring))
    assert api("tax-system").post_jose(f"/v2/submissions/{submission}/events", token).status_code == 204
    return submission


def erase(after: timedelta = timedelta(0)) -> int:
    from django.utils import timezone

    from kiosk.central.retention import erase_decided

    return erase_decided(timezone.now() - after)


def held(submission: UUID) -> dict[str, str]:
    from kiosk.central.models import SealedContent

    stored = SealedContent.objects.get(pk=submission)
    return {"encryptedMetadata": stored.metadata, "encryptedData": stored.data}


def test_the_sealed_parts_of_what_was_decided_long_ago_are_removed(
    api: Any, terminal: Any, parcel: Any, decided: UUID, problem: Problem
) -> None:
    from kiosk.central.models import Attachment, AuditRecord

    assert erase(timedelta(days=1)) == 0
    assert erase() == 1
    assert erase() == 0

    assert set(held(decided).values()) == {""}
    assert [stored.content for stored in Attachment.objects.all()] == [""]
    system, path = api("tax-system"), f"/v2/submissions/{decided}"
    assert problem(system.get(path)) == "submission-not-found"
    assert problem(system.get(f"{path}/attachments/{parcel.attachment_id}")) == "attachment-not-found"
    assert AuditRecord.objects.filter(action="submission.erased", subject=str(decided)).count() == 1


def test_the_log_says_so_and_stays(terminal: Any, decided: UUID) -> None:
    from kiosk.central.models import Event

    erase()

    names = ["create-submission", "submit-submission", "accept-submission", "delete-submission"]
    assert list(Event.objects.filter(submission=decided).order_by("id").values_list("name", flat=True)) == names
    assert terminal.get(f"/v2/submissions/{decided}/events").json()["totalCount"] == 4


def test_a_late_repeat_is_still_known(terminal: Any, parcel: Any, decided: UUID, problem: Problem) -> None:
    path, sent = f"/v2/submissions/{decided}", held(decided)

    erase()

    assert terminal.put(path, sent).status_code == 200
    assert problem(terminal.put(path, parcel.sealed())) == "submission-conflict"
    assert set(held(decided).values()) == {""}


def test_what_waits_is_never_removed(terminal: Any, parcel: Any) -> None:
    submission = parcel.deliver(terminal)

    assert erase() == 0
    assert all(held(submission).values())


def test_what_was_announced_only_is_gone_with_its_attachments_and_the_terminal_learns_it(
    terminal: Any, parcel: Any, problem: Problem
) -> None:
    from kiosk.central.models import Attachment, AuditRecord, Case, Event, Submission
    from kiosk.central.retention import tidy
    from kiosk.delivery.tokens import seal

    made = terminal.post("/v2/submissions", parcel.announcement()).json()
    path = f"/v2/submissions/{made['submissionId']}"
    terminal.put_jose(
        f"{path}/attachments/{parcel.attachment_id}", seal(parcel.attachment, parcel.key(), "application/pdf")
    )
    Submission.objects.update(created_at=Submission.objects.get().created_at - timedelta(hours=25))

    tidy()

    assert [model.objects.count() for model in (Submission, Attachment, Event, Case)] == [0, 0, 0, 0]
    assert problem(terminal.put(path, parcel.sealed())) == "submission-not-found"
    assert AuditRecord.objects.get(action="submission.dropped").subject == made["submissionId"]


def test_as_many_rounds_are_made_as_there_is_to_drop(
    terminal: Any, parcel: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kiosk.central import retention
    from kiosk.central.models import Submission

    monkeypatch.setattr(retention, "AT_ONCE", 2)
    for _ in range(5):
        terminal.post("/v2/submissions", parcel.announcement())
    Submission.objects.update(created_at=Submission.objects.earliest("created_at").created_at - timedelta(hours=25))

    retention.tidy()

    assert Submission.objects.count() == 0


def test_what_is_dropped_while_it_is_completed_is_not_half_there(terminal: Any, parcel: Any, town: Any) -> None:
    """The row is gone when the final call comes to change it: nothing of the parts is kept."""
    from kiosk.central.models import SealedContent, Submission
    from kiosk.central.service import deliveries
    from kiosk.central.service.problems import Refusal

    made = terminal.post("/v2/submissions", parcel.announcement() | {"announcedAttachments": []}).json()
    submission = Submission.objects.select_related("destination").get(pk=made["submissionId"])
    Submission.objects.filter(pk=submission.pk).delete()

    with pytest.raises(Refusal, match="submission-not-found"):
        deliveries.put_parts(submission, *parcel.sealed().values(), "client:terminal-1")
    assert SealedContent.objects.count() == 0


def test_the_towns_period_counts_and_without_one_everything_stays(decided: UUID, settings_of_town: Any) -> None:
    from kiosk.central.models import Submission
    from kiosk.central.retention import tidy

    long_ago = timezone.now() - timedelta(days=31)
    Submission.objects.filter(pk=decided).update(decided_at=long_ago)

    tidy()
    assert held(decided)["encryptedData"]
    settings_of_town(erase_decided_after_days=32)
    tidy()
    assert held(decided)["encryptedData"]
    settings_of_town(erase_decided_after_days=30)
    tidy()
    assert not held(decided)["encryptedData"]


@pytest.fixture
def settings_of_town() -> Any:
    """Other settings of central for one test."""
    from django.conf import settings

    usual = settings.CENTRAL

    def change(**values: Any) -> None:
        settings.CENTRAL = replace(usual, **values)

    yield change
    settings.CENTRAL = usual


def test_staff_is_told_what_was_erased(decided: UUID, town: Any, opening_desk: Any) -> None:
    from django.contrib.auth.models import User

    from kiosk.central.opening import client

    assert erase() == 1
    user = str(User.objects.get(username="steuern").pk)
    with pytest.raises(CentralError, match="CENTRAL-06"):
        client.ask("open", submission=str(decided), user=user)

"""Several rows with one statement are the rows the ORM would have written."""

from __future__ import annotations

from typing import Any

import pytest


def test_all_rows_are_there_with_what_they_were_given(town: Any) -> None:
    from django.db import transaction

    from kiosk.central import audit
    from kiosk.central.inserting import insert
    from kiosk.central.models import AuditRecord, Case, Client, Destination, Event, Submission
    from kiosk.central.service import event_log

    case = Case()
    submission = Submission(
        case=case,
        destination=Destination.objects.get(pk=town.tax),
        client=Client.objects.get(pk="terminal-1"),
        announced=["ä", 'quoted "text"'],
        public_service={"name": "%s"},
    )
    with transaction.atomic():
        insert(case, submission, event_log.new(submission, "create-submission", {"a": [1]}), audit.new("me", "did"))

    stored = Submission.objects.get(pk=submission.pk)
    assert (stored.announced, stored.public_service) == (submission.announced, {"name": "%s"})
    assert (stored.case, stored.state, stored.created_at) == (case, "announced", submission.created_at)
    assert Event.objects.get(submission=stored).payload == {"a": [1]}
    assert AuditRecord.objects.latest("id").action == "did"
    assert audit.verify() is None


def test_one_row_that_does_not_fit_leaves_none(town: Any) -> None:
    from django.db import IntegrityError, transaction

    from kiosk.central.inserting import insert
    from kiosk.central.models import Case

    known, fresh = Case.objects.create(), Case()
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(fresh, Case(pk=known.pk))
    assert not Case.objects.filter(pk=fresh.pk).exists()

"""What is dropped by itself: submissions announced and never completed, ended sessions, forgiven guesses."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from kiosk.central import audit, throttle
from kiosk.central.models import Case, Submission

COMPLETED_WITHIN = timedelta(days=1)


def tidy() -> None:
    """Everything of this module, once."""
    drop_abandoned()
    throttle.forget_old()
    Session.objects.filter(expire_date__lt=timezone.now()).delete()


def drop_abandoned() -> int:
    """Drop what was announced more than a day ago; how many there were."""
    limit = timezone.now() - COMPLETED_WITHIN
    with transaction.atomic():
        abandoned = Submission.objects.select_for_update().filter(
            state=Submission.State.ANNOUNCED, created_at__lt=limit
        )
        cases = {submission.pk: submission.case_id for submission in abandoned[:500]}
        for submission_id in cases:
            audit.record("retention", "submission.dropped", submission_id)
        Submission.objects.filter(pk__in=cases).delete()
        Case.objects.filter(pk__in=cases.values(), submissions=None).delete()
    return len(cases)

"""What is dropped by itself: submissions that were announced and never completed, and forgiven guesses."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from kiosk.central import audit, throttle
from kiosk.central.models import Case, Submission

COMPLETED_WITHIN = timedelta(days=1)


def drop_abandoned() -> int:
    """Drop what was announced more than a day ago; how many there were."""
    throttle.forget_old()
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

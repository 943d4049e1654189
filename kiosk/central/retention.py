"""What is dropped by itself: submissions announced and never completed, ended sessions, forgiven guesses.

What a department has decided goes after the town's period (`erase_decided_after_days`); without one it stays.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from kiosk.central import audit, throttle
from kiosk.central.models import Attachment, Case, SealedContent, Submission
from kiosk.central.service import event_log

COMPLETED_WITHIN = timedelta(days=1)
AT_ONCE = 500
ACTOR = "retention"


def tidy() -> None:
    """Everything of this module, once."""
    while drop_abandoned() == AT_ONCE:
        pass
    if days := settings.CENTRAL.erase_decided_after_days:
        while erase_decided(timezone.now() - timedelta(days=days)) == AT_ONCE:
            pass
    throttle.forget_old()
    Session.objects.filter(expire_date__lt=timezone.now()).delete()


def drop_abandoned() -> int:
    """Drop what was announced more than a day ago, up to AT_ONCE; how many there were.

    Nothing was delivered, so nothing stays but the audit record: who asks for it learns that it is unknown.
    """
    limit = timezone.now() - COMPLETED_WITHIN
    with transaction.atomic():
        abandoned = Submission.objects.select_for_update().filter(
            state=Submission.State.ANNOUNCED, created_at__lt=limit
        )
        cases = {submission.pk: submission.case_id for submission in abandoned[:AT_ONCE]}
        for submission_id in cases:
            audit.record(ACTOR, "submission.dropped", submission_id)
        Submission.objects.filter(pk__in=cases).delete()
        Case.objects.filter(pk__in=cases.values(), submissions=None).delete()
    return len(cases)


def erase_decided(before: datetime) -> int:
    """Remove the sealed parts of what was accepted, rejected or forwarded before then, up to AT_ONCE; how many.

    The rows, their digests and the event log stay: a terminal that repeats its final call is still answered rightly.
    """
    with transaction.atomic():
        due = Submission.objects.select_for_update().filter(decided_at__lt=before, erased_at=None)
        found = list(due.order_by("decided_at")[:AT_ONCE])
        ids = [submission.pk for submission in found]
        SealedContent.objects.filter(submission__in=ids).update(metadata="", data="")
        Attachment.objects.filter(submission__in=ids).update(content="")
        Submission.objects.filter(pk__in=ids).update(erased_at=timezone.now())
        for submission in found:
            event_log.append(submission, "delete-submission")
            audit.record(ACTOR, "submission.erased", submission.pk)
    return len(found)

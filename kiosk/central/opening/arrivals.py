"""What happens to a submission when it arrives: opened, verified, and what lists and status need written down.

Rules
  1. One that cannot be opened is flagged with its code and never holds up the others.
  2. Flagged ones are tried again when the service starts: a key may be back.
  3. What is written names nobody.
"""

from __future__ import annotations

import logging

from django.db import DatabaseError, transaction

from kiosk.central import audit
from kiosk.central.logs import describe
from kiosk.central.models import Opened, Submission
from kiosk.central.opening import opener
from kiosk.central.opening.keyring import Keyring
from kiosk.central.service import event_log
from kiosk.errors import CentralError
from kiosk.identity import Authenticity

LOG = logging.getLogger(__name__)
AT_ONCE = 50
ACTOR = "opening"
CARD_BADGES = {
    Authenticity.VERIFIED: "card-verified",
    Authenticity.UNVERIFIED: "card-unverified",
    Authenticity.FAILED: "card-failed",
}


def open_waiting(keyring: Keyring) -> int:
    """Open up to AT_ONCE submissions that nobody has looked at; how many there were."""
    waiting = Submission.objects.filter(unopened=True)
    found = list(waiting.select_related("destination").order_by("submitted_at")[:AT_ONCE])
    for submission in found:
        keep(submission, _opened(submission, keyring))
    return len(found)


def retry_flagged() -> None:
    """Forget failures, so that the next round tries again."""
    with transaction.atomic():
        flagged = list(Opened.objects.exclude(failure="").values_list("pk", flat=True))
        Submission.objects.filter(pk__in=flagged).update(unopened=True)
        Opened.objects.filter(pk__in=flagged).delete()


def keep(submission: Submission, opened: Opened) -> None:
    """Write down the result, once."""
    with transaction.atomic():
        if not Submission.objects.filter(pk=submission.pk, unopened=True).update(unopened=False):
            return
        opened.save(force_insert=True)
        if opened.failure:
            audit.record(ACTOR, "submission.flagged", submission.pk, {"code": opened.failure})
            return
        event_log.notify(submission)
        audit.record(ACTOR, "submission.verified", submission.pk)


def _opened(submission: Submission, keyring: Keyring) -> Opened:
    try:
        return derive(submission, opener.examine(submission, keyring))
    except DatabaseError:
        raise
    except CentralError as error:
        LOG.warning("%s submission %s: %s", error.code, submission.pk, error.detail)
        return Opened(submission=submission, failure=error.code)
    except Exception as error:  # one bad record must never stop the others
        LOG.error("CENTRAL-03 submission %s: %s", submission.pk, describe(error))
        return Opened(submission=submission, failure="CENTRAL-03")


def derive(submission: Submission, clear: opener.Clear) -> Opened:
    """What lists, filters and status need to know."""
    metadata, data = clear.metadata, clear.data
    return Opened(
        submission=submission,
        reference=metadata.reference[:40],
        procedure_id=data.procedure_id[:100],
        title=data.title[:300],
        terminal=metadata.terminal[:200],
        language=data.language[:20],
        badges=_badges(clear),
        status_index=metadata.status_index[:64],
        recorded_at=metadata.recorded_at,
    )


def _badges(clear: opener.Clear) -> list[str]:
    evidence = clear.metadata.identification
    badges = [CARD_BADGES[evidence.authenticity] if evidence else "no-card"]
    if any(row.contested is not None for section in clear.data.sections for row in section.rows):
        badges.append("contested")
    if clear.data.warnings:
        badges.append("warning")
    if clear.key_revoked:
        badges.append("key-revoked")
    return badges + [flag[:40] for flag in clear.data.flags[:5]]

"""The event log of a case: appended here, signed when first asked for, and subscribers' events checked.

Rules
  1. A 4096-bit signature costs milliseconds, so a delivery does not wait for it: our events are signed
     when somebody reads them, and what was read once never changes.
  2. A subscriber's event counts only with the signature of its destination, for this very submission, once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from kiosk.central import audit
from kiosk.central.inserting import insert
from kiosk.central.models import Case, DestinationKey, Event, Submission
from kiosk.central.service.bodies import check_texts
from kiosk.central.service.problems import Refusal
from kiosk.central.service.signing import service_key
from kiosk.delivery.tokens import SecurityEvent, sign_event, verification_key, verify_event
from kiosk.errors import DeliveryError

DECISIONS = {
    "accept-submission": Submission.State.ACCEPTED,
    "reject-submission": Submission.State.REJECTED,
}


def append(submission: Submission, name: str, payload: Mapping[str, Any] | None = None) -> None:
    """One event of the service itself. Runs inside the caller's transaction."""
    insert(new(submission, name, payload))


def new(submission: Submission, name: str, payload: Mapping[str, Any] | None = None) -> Event:
    """One event of the service itself, to be inserted together with what happened."""
    return Event(
        submission=submission, case_id=submission.case_id, name=name, at=timezone.now(), payload=dict(payload or {})
    )


def notify(submission: Submission) -> None:
    """The receiving side has it; said once."""
    with transaction.atomic():
        if not of(submission).filter(name="notify-submission").exists():
            append(submission, "notify-submission")


def texts(events: Iterable[Event]) -> list[str]:
    """The signed tokens of these events, signing those that are not yet."""
    return [event.text or _signed(event) for event in events]


def receive(submission: Submission, token: str, actor: str) -> None:
    """Take a subscriber's accept or reject of one submission. The same token again changes nothing.

    Raises Refusal event-invalid (signature, claims, kind) or submission-state-invalid (decided otherwise before).
    """
    receive_any([submission], token, actor)


def receive_any(submissions: Sequence[Submission], token: str, actor: str) -> None:
    """The same where the token itself says which of these it is about."""
    event = _verified(submissions, token)
    submission = _meant(submissions, event)
    _check_tags(submission, event)
    with transaction.atomic():
        if known := Event.objects.filter(jti=event.token_id).first():
            if known.text == token:
                return
            raise Refusal("event-invalid", "the token id was used before")
        changed = Submission.objects.filter(pk=submission.pk, state=Submission.State.SUBMITTED).update(
            state=DECISIONS[event.name], decided_at=timezone.now()
        )
        if not changed:
            raise Refusal("submission-state-invalid")
        _store(submission, event, token)
        audit.record(actor, event.name, submission.pk, {"jti": str(event.token_id)})


def of(subject: Submission | Case) -> QuerySet[Event]:
    """The events of one submission, or of all submissions of a case, oldest first."""
    which = {"submission": subject} if isinstance(subject, Submission) else {"case": subject}
    return Event.objects.filter(**which).order_by("id")


def _verified(submissions: Sequence[Submission], token: str) -> SecurityEvent:
    try:
        event = verify_event(token, {key.kid: verification_key(key.jwk) for key in _signature_keys(submissions)})
        check_texts(event.payload)
    except DeliveryError as error:
        raise Refusal("event-invalid", error.detail) from error
    except (ValueError, RecursionError) as error:
        raise Refusal("event-invalid", "a text that cannot be kept") from error
    return event


def _meant(submissions: Sequence[Submission], event: SecurityEvent) -> Submission:
    """The submission this event may decide. Its key must be of the destination that it says it is from."""
    meant = next((item for item in submissions if item.pk == event.submission_id), None)
    if meant is None or meant.case_id != event.case_id:
        raise Refusal("event-invalid", "names another submission")
    if event.name not in DECISIONS:
        raise Refusal("event-invalid", "only accept-submission and reject-submission are taken")
    signed_by = _signature_keys([meant]).filter(kid=event.key_id)
    if event.issuer != str(meant.destination_id) or not signed_by.exists():
        raise Refusal("event-invalid", "issued by another destination")
    return meant


def _check_tags(submission: Submission, event: SecurityEvent) -> None:
    """Who accepts with tags accepts what the service holds, and nothing else."""
    said = event.payload.get("authenticationTags")
    if event.name == "accept-submission" and said is not None:
        ours = of(submission).filter(name="submit-submission").first()
        if ours is not None and ours.payload.get("authenticationTags") != said:
            raise Refusal("event-invalid", "accepts other parts than were delivered")


def _signature_keys(submissions: Sequence[Submission]) -> QuerySet[DestinationKey]:
    return DestinationKey.objects.filter(
        destination__in={submission.destination_id for submission in submissions},
        use=DestinationKey.Use.SIGNATURE,
        retired_at=None,
    )


def _store(submission: Submission, event: SecurityEvent, token: str) -> None:
    try:
        Event.objects.create(
            submission=submission,
            case_id=submission.case_id,
            jti=event.token_id,
            name=event.name,
            issuer=event.issuer,
            at=timezone.now(),
            payload=dict(event.payload),
            text=token,
        )
    except IntegrityError as error:
        raise Refusal("event-invalid", "the token id was used before") from error


def _signed(event: Event) -> str:
    """Sign and keep; of two readers at once the first one's token is the one both get."""
    key = service_key()
    jti = uuid4()
    text = sign_event(
        event.name,
        token_id=jti,
        key=key,
        issuer=settings.CENTRAL.issuer,
        submission_id=event.submission_id,
        case_id=event.case_id,
        payload=event.payload,
    )
    if Event.objects.filter(pk=event.pk, text="").update(text=text, jti=jti):
        return text
    return Event.objects.values_list("text", flat=True).get(pk=event.pk)

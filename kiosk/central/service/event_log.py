"""The event log of a case: appended here, signed when first asked for, and subscribers' events checked.

Rules
  1. A 4096-bit signature costs milliseconds, so a delivery does not wait for it: our events are signed
     when somebody reads them, and what was read once never changes.
  2. A subscriber's event counts only with the signature of its destination, for this very case, once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from kiosk.central import audit
from kiosk.central.models import DestinationKey, Event, Submission
from kiosk.central.service.problems import Refusal
from kiosk.central.service.signing import service_key
from kiosk.delivery.tokens import SecurityEvent, public_part, sign_event, verification_key, verify_event
from kiosk.errors import DeliveryError

DECISIONS = {
    "accept-submission": Submission.State.ACCEPTED,
    "reject-submission": Submission.State.REJECTED,
}


def append(submission: Submission, name: str, payload: Mapping[str, Any] | None = None) -> None:
    """One event of the service itself. Runs inside the caller's transaction."""
    Event.objects.create(
        submission=submission, case_id=submission.case_id, name=name, at=timezone.now(), payload=dict(payload or {})
    )


def texts(events: Iterable[Event]) -> list[str]:
    """The signed tokens of these events, signing those that are not yet."""
    return [event.text or _signed(event) for event in events]


def receive(submission: Submission, token: str, actor: str) -> None:
    """Take a subscriber's accept or reject. The same token again changes nothing.

    Raises Refusal event-invalid (signature, claims, kind) or submission-state-invalid (decided otherwise before).
    """
    event = _verified(submission, token)
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


def of(submission: Submission) -> QuerySet[Event]:
    """The events of one submission, oldest first."""
    return Event.objects.filter(submission=submission).order_by("id")


def _verified(submission: Submission, token: str) -> SecurityEvent:
    try:
        keys = {key.kid: verification_key(key.jwk) for key in _signature_keys(submission)}
        event = verify_event(token, keys)
    except DeliveryError as error:
        raise Refusal("event-invalid", error.detail) from error
    if event.name not in DECISIONS:
        raise Refusal("event-invalid", "only accept-submission and reject-submission are taken")
    if event.issuer != str(submission.destination_id):
        raise Refusal("event-invalid", "issued by another destination")
    if (event.submission_id, event.case_id) != (submission.pk, submission.case_id):
        raise Refusal("event-invalid", "names another submission")
    return event


def _signature_keys(submission: Submission) -> QuerySet[DestinationKey]:
    return DestinationKey.objects.filter(
        destination=submission.destination_id, use=DestinationKey.Use.SIGNATURE, retired_at=None
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
    text = sign_event(
        event.name,
        key=key,
        issuer=settings.CENTRAL.issuer,
        submission_id=event.submission_id,
        case_id=event.case_id,
        payload=event.payload,
    )
    jti = verify_event(text, {str(key["kid"]): verification_key(public_part(key))}).token_id
    if Event.objects.filter(pk=event.pk, text="").update(text=text, jti=jti):
        return text
    return Event.objects.values_list("text", flat=True).get(pk=event.pk)

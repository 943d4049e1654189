"""What staff may ask of the opening service: read a case, fetch an attachment, accept, reject.

Rules
  1. Who asks must be active and in the department of the destination; the inbox checks that too.
  2. Every reading and every decision is recorded before its answer leaves.
  3. A reason for rejecting comes from a closed list: the event log is not sealed, free text might name somebody.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction

from kiosk.central import audit
from kiosk.central.models import Attachment, DestinationKey, SealedContent, Submission
from kiosk.central.opening import opener, wire
from kiosk.central.opening.keyring import Keyring
from kiosk.central.rejection import REASONS
from kiosk.central.service import event_log
from kiosk.central.service.problems import Refusal
from kiosk.delivery.submission import AttachmentInfo, authentication_tags
from kiosk.delivery.tokens import sign_event
from kiosk.errors import CentralError
from kiosk.identity import IdentityEvidence

Answer = dict[str, Any]


class Desk:
    """Answers one request at a time; used from several threads."""

    def __init__(self, keyring: Keyring, woken: Callable[[], None]) -> None:
        self._keyring, self._woken = keyring, woken

    def answer(self, message: wire.Message) -> Answer:
        """Never raises for what was asked; a fault of the database passes through."""
        try:
            match message:
                case {"do": "health"}:
                    return {}
                case {"do": "wake"}:
                    self._woken()
                    return {}
                case {"do": str(do), "submission": str(submission), "user": str(user)}:
                    return self._for_staff(do, _permitted(submission, user), message)
                case _:
                    return {"error": wire.DENIED}
        except wire.Denied:
            return {"error": wire.DENIED}
        except CentralError as error:
            return {"error": error.code, "detail": error.detail}

    def _for_staff(self, do: str, submission: Submission, message: wire.Message) -> Answer:
        actor = f"staff:{message['user']}"
        match message:
            case {"do": "open"}:
                return self._open(submission, actor)
            case {"do": "attachment", "attachment": str(attachment)}:
                return self._attachment(submission, attachment, actor)
            case {"do": "accept"}:
                return self._decide(submission, "accept-submission", self._acceptance(submission), actor)
            case {"do": "reject", "reason": str(reason)} if reason in REASONS:
                return self._decide(submission, "reject-submission", _rejection(submission, reason), actor)
            case _:
                raise wire.Denied(do)

    def _open(self, submission: Submission, actor: str) -> Answer:
        clear = opener.read(submission, self._keyring)
        with transaction.atomic():
            audit.record(actor, "submission.read", submission.pk)
        metadata, data = clear.metadata, clear.data
        return {
            "identification": _identification(metadata.identification),
            "related": list(metadata.related_references),
            "attachments": [_attachment_info(info) for info in metadata.attachments],
            "answered_on": data.answered_on.isoformat(),
            "procedure": {"id": data.procedure_id, "version": data.version, "title": data.title},
            "warnings": list(data.warnings),
            "sections": [
                {"title": section.title, "rows": [_row(row) for row in section.rows]} for section in data.sections
            ],
        }

    def _attachment(self, submission: Submission, attachment: str, actor: str) -> Answer:
        info, content = opener.read_attachment(submission, _uuid(attachment), self._keyring)
        with transaction.atomic():
            audit.record(actor, "attachment.read", submission.pk, {"attachment": attachment})
        return _attachment_info(info) | {"content": base64.b64encode(content).decode()}

    def _decide(self, submission: Submission, name: str, payload: Answer, actor: str) -> Answer:
        key = submission.destination.current_key(DestinationKey.Use.SIGNATURE)
        if key is None:
            raise CentralError("CENTRAL-02", "the destination has no signature key")
        token = sign_event(
            name,
            key=self._keyring.private(key.kid),
            issuer=str(submission.destination_id),
            submission_id=submission.pk,
            case_id=submission.case_id,
            payload=payload,
        )
        try:
            event_log.receive(submission, token, actor)
        except Refusal as refusal:
            return {"decided": False, "why": refusal.name}
        return {"decided": True}

    def _acceptance(self, submission: Submission) -> Answer:
        sealed = SealedContent.objects.get(submission=submission)
        attachments = dict(Attachment.objects.filter(submission=submission).values_list("attachment_id", "content"))
        return {"authenticationTags": authentication_tags(sealed.metadata, sealed.data, attachments)}


def _permitted(submission_id: str, user_id: str) -> Submission:
    """The submission, if this member of staff may see it. Raises wire.Denied."""
    if not user_id.isdecimal():
        raise wire.Denied
    user = get_user_model().objects.filter(pk=int(user_id), is_active=True).first()
    submission = (
        Submission.objects.select_related("destination")
        .filter(pk=_uuid(submission_id))
        .exclude(state=Submission.State.ANNOUNCED)
        .first()
    )
    if user is None or submission is None:
        raise wire.Denied
    if not submission.destination.department.staff.filter(pk=user.pk).exists():
        raise wire.Denied
    return submission


def _rejection(submission: Submission, reason: str) -> Answer:
    problem = {
        "type": f"urn:rathaus-kiosk:rejection:{reason}",
        "title": REASONS[reason],
        "detail": REASONS[reason],
        "instance": f"submission:{submission.pk}",
    }
    return {"problems": [problem]}


def _identification(evidence: IdentityEvidence | None) -> Answer | None:
    if evidence is None:
        return None
    confirmation = evidence.confirmation
    return {
        "way": evidence.way.value,
        "assurance": evidence.assurance.value,
        "authenticity": evidence.authenticity.value,
        "read_at": evidence.read_at.isoformat(),
        "staff_id": confirmation.staff_id if confirmation else "",
        "confirmed_at": _iso(confirmation.confirmed_at if confirmation else None),
    }


def _attachment_info(info: AttachmentInfo) -> Answer:
    return {
        "id": str(info.attachment_id),
        "filename": info.filename,
        "mime_type": info.mime_type,
        "purpose": info.purpose,
    }


def _row(row: Any) -> Answer:
    return {
        "path": row.path,
        "label": row.label,
        "text": row.text,
        "value": row.value,
        "source": row.source,
        "contested": row.contested,
    }


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise wire.Denied from error

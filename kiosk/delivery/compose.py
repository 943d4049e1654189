"""An application becomes one clear submission per department, in memory, just before it is sealed.

Rules
  1. A department gets the answers on its own list and nothing of another department; a reference of
     another department only if the citizen agreed.
  2. The data describe themselves: labels and texts in German, so that nobody needs the procedure file.
  3. The status index says nothing about the code it was made from; the code itself is never written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4, uuid5

from kiosk.application import Application, Draft
from kiosk.delivery.submission import (
    DATA_SCHEMA,
    JSON_TYPE,
    LOA_PREFIX,
    METADATA_SCHEMA,
    ClearAttachment,
    ClearSubmission,
    PublicService,
    content_hash,
    padded_json,
)
from kiosk.identity import IdentityEvidence
from kiosk.procedures.journey import journey
from kiosk.procedures.model import Destination, Words
from kiosk.procedures.summary import Row, Section, summary

PDF_TYPE = "application/pdf"


@dataclass(frozen=True, slots=True)
class Capture:
    """The circumstances of one save. `words` is German; `at` is aware."""

    terminal: str
    at: datetime
    words: Words
    share_references: bool


def build(application: Application, draft: Draft, destination: Destination, capture: Capture) -> ClearSubmission:
    """What `destination` will read. Its id follows from the draft's, so that saving twice stores once."""
    forms = _forms(draft, destination)
    data = draft.data.get(destination.id) or data_for(application, destination, capture.words)
    metadata = padded_json(_metadata(application, draft, destination, capture) | _contents(data, forms))
    return ClearSubmission(
        id=uuid5(draft.application_id, destination.id),
        destination=destination.id,
        department=destination.department,
        reference=draft.references[destination.id],
        service=PublicService(application.procedure.service_id, application.procedure.title),
        metadata=metadata,
        data=data,
        attachments=forms,
    )


def _forms(draft: Draft, destination: Destination) -> tuple[ClearAttachment, ...]:
    if destination.id not in draft.forms:
        return ()
    filename = f"{draft.references[destination.id]}.pdf"
    return (ClearAttachment(uuid4(), "form", PDF_TYPE, filename, draft.forms[destination.id]),)


def data_for(application: Application, destination: Destination, words: Words) -> bytes:
    """The answers `destination` is entitled to, as JSON that explains itself. A long procedure takes milliseconds."""
    return padded_json(_data(application, destination, words))


def _data(application: Application, destination: Destination, words: Words) -> dict[str, Any]:
    procedure = application.procedure
    sections = summary(procedure, application.answers, application.today, words, destination)
    return {
        "procedure": {
            "id": procedure.id,
            "version": procedure.version,
            "digest": procedure.digest,
            "title": words.t(procedure.title),
        },
        "destination": destination.id,
        "language": application.language,
        "answered_on": application.today.isoformat(),
        "flags": _flags(application, sections),
        "warnings": _warnings(application, sections, words),
        "sections": [{"title": section.title, "rows": [_row(row) for row in section.rows]} for section in sections],
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "path": row.path,
        "label": row.label,
        "text": row.text,
        "value": row.value,
        "source": row.source.value,
        "contested": row.contested,
    }


def _flags(application: Application, sections: Sequence[Section]) -> list[str]:
    """What a caseworker should see at a glance: the citizen's language, and a doubt about the card's data."""
    flags = [] if application.language == "de" else [f"language-{application.language}"]
    contested = any(row.contested is not None for section in sections for row in section.rows)
    return flags + ["card-contested"] * contested


def _warnings(application: Application, sections: Sequence[Section], words: Words) -> list[str]:
    paths = {row.path for section in sections for row in section.rows}
    found = journey(application.procedure, application.answers, application.today).warnings
    return [words.t(warning.text) for warning in found if warning.path in paths]


def _metadata(application: Application, draft: Draft, destination: Destination, capture: Capture) -> dict[str, Any]:
    procedure, evidence = application.procedure, application.evidence
    others = [text for key, text in draft.references.items() if key != destination.id]
    metadata: dict[str, Any] = {
        "$schema": METADATA_SCHEMA,
        "publicService": {"identifier": procedure.service_id, "name": procedure.title},
        "additionalReferenceInfo": {
            "senderReference": draft.references[destination.id],
            "applicationDate": application.today.isoformat(),
        },
        "rathausKiosk": {
            "statusIndex": draft.status_index,
            "terminal": capture.terminal,
            "recordedAt": capture.at.isoformat(),
            "identification": None if evidence is None else _identification(evidence),
            "relatedReferences": others if capture.share_references else [],
        },
    }
    if evidence is not None:
        metadata["dataSets"] = [{"levelOfAssurance": LOA_PREFIX + evidence.assurance.value}]
    return metadata


def _identification(evidence: IdentityEvidence) -> dict[str, str]:
    found = {
        "way": evidence.way.value,
        "assurance": evidence.assurance.value,
        "authenticity": evidence.authenticity.value,
        "readAt": evidence.read_at.isoformat(),
    }
    if evidence.confirmation is not None:
        found["staffId"] = evidence.confirmation.staff_id
        found["confirmedAt"] = evidence.confirmation.confirmed_at.isoformat()
    return found


def _contents(data: bytes, attachments: Sequence[ClearAttachment]) -> dict[str, Any]:
    return {
        "contentStructure": {
            "data": {
                "hash": _hash(data),
                "submissionSchema": {"schemaUri": DATA_SCHEMA, "mimeType": JSON_TYPE},
            },
            "attachments": [
                {
                    "attachmentId": str(item.attachment_id),
                    "hash": _hash(item.content),
                    "mimeType": item.mime_type,
                    "purpose": item.purpose,
                    "filename": item.filename,
                }
                for item in attachments
            ],
        }
    }


def _hash(clear: bytes) -> dict[str, str]:
    return {"type": "sha512", "content": content_hash(clear)}

"""One sealed delivery to one department: its shape, how it is sealed, and how the receiving side reads it.

Rules
  1. Three kinds of parts: metadata (FIT-Connect, schema 2.1.0, plus our object `rathausKiosk`), data
     (the answers, self-describing) and attachments; each its own JWE.
  2. The metadata carry the SHA-512 of every other part, so nothing can be swapped behind the seal.
  3. What is read here came from outside: every shape is checked, every size bounded.

How an application becomes a clear submission is compose.py's business, how it travels fitconnect.py's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, get_args
from uuid import UUID

from jwcrypto.jwk import JWK

from kiosk.delivery.tokens import authentication_tag, seal
from kiosk.errors import CentralError
from kiosk.identity import Assurance, Authenticity, IdentityEvidence, StaffConfirmation, Way

METADATA_SCHEMA = "https://schema.fitko.de/fit-connect/metadata/2.1.0/metadata.schema.json"
DATA_SCHEMA = "urn:rathaus-kiosk:schema:application-data:1"
JSON_TYPE = "application/json"
LOA_PREFIX = "http://eidas.europa.eu/LoA/"
BUCKET_BYTES = 4096
METADATA_LIMIT_BYTES = 500_000
DATA_LIMIT_BYTES = 5_000_000
ATTACHMENT_LIMIT_BYTES = 20_000_000

Purpose = Literal["form", "attachment", "report"]
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PublicService:
    """The administrative service, as the delivery service knows it (LeiKa URN and name)."""

    identifier: str
    name: str


@dataclass(frozen=True, slots=True)
class ClearAttachment:
    """One file that goes with a submission."""

    attachment_id: UUID
    purpose: Purpose
    mime_type: str
    filename: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ClearSubmission:
    """What one department will read, before it is sealed. Lives in memory only.

    `destination` is the procedure's destination id, which the configuration binds to the delivery service's.
    """

    id: UUID
    destination: str
    department: str
    reference: str
    service: PublicService
    metadata: bytes = field(repr=False)
    data: bytes = field(repr=False)
    attachments: tuple[ClearAttachment, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class SealedSubmission:
    """The sealed parts, ready to be stored and sent: compact JWEs, attachments by their id."""

    service: PublicService
    metadata: str = field(repr=False)
    data: str = field(repr=False)
    attachments: Mapping[UUID, str] = field(repr=False)

    @property
    def tags(self) -> dict[str, Any]:
        """The authentication tags as `submit-submission` names them."""
        return authentication_tags(self.metadata, self.data, self.attachments)


def seal_submission(clear: ClearSubmission, key: JWK) -> SealedSubmission:
    """Every part sealed to the destination's public key. After this the terminal cannot read it back."""
    return SealedSubmission(
        service=clear.service,
        metadata=seal(clear.metadata, key, JSON_TYPE),
        data=seal(clear.data, key, JSON_TYPE),
        attachments={part.attachment_id: seal(part.content, key, part.mime_type) for part in clear.attachments},
    )


def authentication_tags(metadata: str, data: str, attachments: Mapping[UUID, str]) -> dict[str, Any]:
    """The value of `authenticationTags` in a token over these JWEs."""
    return {
        "metadata": authentication_tag(metadata),
        "data": authentication_tag(data),
        "attachments": {str(key): authentication_tag(jwe) for key, jwe in attachments.items()},
    }


def padded_json(value: object) -> bytes:
    """UTF-8 JSON, filled up: spaces behind it change nothing."""
    return padded(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def padded(text: bytes) -> bytes:
    """`text` filled with spaces to whole 4 kB, so that its size says little."""
    return text.ljust(-(-len(text) // BUCKET_BYTES) * BUCKET_BYTES, b" ")


def content_hash(clear: bytes) -> str:
    """SHA-512 in hex, as `contentStructure` carries it."""
    return hashlib.sha512(clear).hexdigest()


# ---- the receiving side -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AttachmentInfo:
    """What the metadata say about one attachment. `digest` is its SHA-512 in hex."""

    attachment_id: UUID
    digest: str
    mime_type: str
    purpose: Purpose
    filename: str


@dataclass(frozen=True, slots=True)
class Metadata:
    """A submission's metadata as read. What only our terminals say is empty for a foreign sender."""

    data_digest: str
    service: PublicService
    attachments: tuple[AttachmentInfo, ...]
    reference: str = ""
    application_date: date | None = None
    status_index: str = ""
    terminal: str = ""
    recorded_at: datetime | None = None
    identification: IdentityEvidence | None = None
    related_references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DataRow:
    """One answer: how it reads (`text`), what it is (`value`, JSON), where it came from ("typed", "card")."""

    path: str
    label: str
    text: str = field(repr=False)
    value: object = field(repr=False)
    source: str
    contested: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class DataSection:
    title: str
    rows: tuple[DataRow, ...]


@dataclass(frozen=True, slots=True)
class Data:
    """The answers one department is entitled to, readable without the procedure file."""

    procedure_id: str
    version: str
    digest: str
    title: str
    destination: str
    language: str
    answered_on: date
    flags: tuple[str, ...]
    warnings: tuple[str, ...] = field(repr=False)
    sections: tuple[DataSection, ...] = field(repr=False)


def read_metadata(clear: bytes) -> Metadata:
    """The metadata of an opened submission, ours or a foreign sender's. Raises CentralError CENTRAL-03."""
    try:
        return _metadata(_parse(clear, METADATA_LIMIT_BYTES))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CentralError("CENTRAL-03", f"metadata malformed: {type(error).__name__}") from error


def read_data(clear: bytes) -> Data:
    """The answers of an opened submission of one of our terminals. Raises CentralError CENTRAL-03."""
    try:
        return _data(_parse(clear, DATA_LIMIT_BYTES))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CentralError("CENTRAL-03", f"data malformed: {type(error).__name__}") from error


def check_parts(metadata: Metadata, data: bytes, attachments: Mapping[UUID, bytes]) -> None:
    """Whether these clear parts are the ones the metadata speak of. Raises CentralError CENTRAL-03."""
    if content_hash(data) != metadata.data_digest:
        raise CentralError("CENTRAL-03", "data do not match their hash")
    if {info.attachment_id for info in metadata.attachments} != set(attachments):
        raise CentralError("CENTRAL-03", "attachments missing or too many")
    for info in metadata.attachments:
        if content_hash(attachments[info.attachment_id]) != info.digest:
            raise CentralError("CENTRAL-03", "an attachment does not match its hash")


def _parse(clear: bytes, limit_bytes: int) -> Json:
    if len(clear) > limit_bytes:
        raise CentralError("CENTRAL-03", f"more than {limit_bytes} bytes")
    try:
        value = json.loads(clear)
    except (ValueError, RecursionError) as error:
        raise CentralError("CENTRAL-03", "not JSON") from error
    if not isinstance(value, dict):
        raise CentralError("CENTRAL-03", "not a JSON object")
    return value


def _metadata(value: Json) -> Metadata:
    content = value["contentStructure"]
    service = value.get("publicService") or value["publicServiceType"]
    order = value.get("additionalReferenceInfo") or {}
    own = value.get("rathausKiosk") or {}
    applied, recorded = order.get("applicationDate"), own.get("recordedAt")
    return Metadata(
        data_digest=_sha512(content["data"]["hash"]),
        service=PublicService(_text(service["identifier"]), _text(service.get("name", ""))),
        attachments=tuple(_attachment(item) for item in content.get("attachments") or ()),
        reference=_text(order.get("senderReference", "")),
        application_date=date.fromisoformat(applied) if applied else None,
        status_index=_text(own.get("statusIndex", "")),
        terminal=_text(own.get("terminal", "")),
        recorded_at=_moment(recorded) if recorded else None,
        identification=_identification(own["identification"]) if own.get("identification") else None,
        related_references=tuple(_text(item) for item in own.get("relatedReferences", ())),
    )


def _attachment(item: Json) -> AttachmentInfo:
    if item["purpose"] not in get_args(Purpose):
        raise ValueError("unknown purpose")
    return AttachmentInfo(
        attachment_id=UUID(item["attachmentId"]),
        digest=_sha512(item["hash"]),
        mime_type=_text(item["mimeType"]),
        purpose=item["purpose"],
        filename=_text(item.get("filename", "")),
    )


def _identification(item: Json) -> IdentityEvidence:
    staff = item.get("staffId")
    return IdentityEvidence(
        way=Way(item["way"]),
        assurance=Assurance(item["assurance"]),
        authenticity=Authenticity(item["authenticity"]),
        read_at=_moment(item["readAt"]),
        confirmation=StaffConfirmation(_text(staff), _moment(item["confirmedAt"])) if staff else None,
    )


def _data(value: Json) -> Data:
    procedure = value["procedure"]
    return Data(
        procedure_id=_text(procedure["id"]),
        version=_text(procedure["version"]),
        digest=_text(procedure["digest"]),
        title=_text(procedure["title"]),
        destination=_text(value["destination"]),
        language=_text(value["language"]),
        answered_on=date.fromisoformat(value["answered_on"]),
        flags=tuple(_text(flag) for flag in value["flags"]),
        warnings=tuple(_text(warning) for warning in value["warnings"]),
        sections=tuple(
            DataSection(_text(section["title"]), tuple(_row(row) for row in section["rows"]))
            for section in value["sections"]
        ),
    )


def _row(row: Json) -> DataRow:
    contested = row.get("contested")
    return DataRow(
        path=_text(row["path"]),
        label=_text(row["label"]),
        text=_text(row["text"]),
        value=row["value"],
        source=_text(row["source"]),
        contested=None if contested is None else _text(contested),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text expected")
    return value


def _sha512(item: Json) -> str:
    if item["type"] != "sha512":
        raise ValueError("another hash than SHA-512")
    return _text(item["content"]).lower()


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without zone")
    return moment

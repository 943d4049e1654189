"""Opens sealed parts with a department's key and checks that they are what the metadata promise.

Clear text lives as long as the value returned. Nothing here writes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from kiosk.central.models import Attachment, DestinationKey, SealedContent, Submission
from kiosk.central.opening.keyring import Keyring
from kiosk.delivery.submission import (
    ATTACHMENT_LIMIT_BYTES,
    DATA_LIMIT_BYTES,
    METADATA_LIMIT_BYTES,
    AttachmentInfo,
    Data,
    Metadata,
    check_parts,
    content_hash,
    read_data,
    read_metadata,
)
from kiosk.delivery.tokens import open_sealed, sealed_header
from kiosk.errors import CentralError


@dataclass(frozen=True, slots=True)
class Clear:
    """One submission in clear. `key_revoked`: somebody else may be able to read it."""

    metadata: Metadata = field(repr=False)
    data: Data = field(repr=False)
    key_revoked: bool = False


def read(submission: Submission, keyring: Keyring) -> Clear:
    """Metadata and data, their hash checked. Raises CentralError CENTRAL-02 or CENTRAL-03."""
    metadata, data = _metadata_and_data(submission, _kept(submission), keyring)
    if content_hash(data) != metadata.data_digest:
        raise CentralError("CENTRAL-03", "data do not match their hash")
    return Clear(metadata, read_data(data))


def examine(submission: Submission, keyring: Keyring) -> Clear:
    """The same on arrival, with every attachment opened and its hash checked as well."""
    sealed = _kept(submission)
    metadata, data = _metadata_and_data(submission, sealed, keyring)
    attachments = {
        stored.attachment_id: _open(submission, stored.content, keyring, ATTACHMENT_LIMIT_BYTES)
        for stored in Attachment.objects.filter(submission=submission)
    }
    check_parts(metadata, data, attachments)
    return Clear(metadata, read_data(data), _sealed_to(submission, sealed.metadata).revoked_at is not None)


def read_attachment(submission: Submission, attachment_id: UUID, keyring: Keyring) -> tuple[AttachmentInfo, bytes]:
    """One attachment and what the metadata say about it. Raises CentralError CENTRAL-02 or CENTRAL-03."""
    sealed = _kept(submission)
    metadata = read_metadata(_open(submission, sealed.metadata, keyring, METADATA_LIMIT_BYTES))
    info = next((info for info in metadata.attachments if info.attachment_id == attachment_id), None)
    stored = Attachment.objects.filter(submission=submission, attachment_id=attachment_id).first()
    if info is None or stored is None:
        raise CentralError("CENTRAL-03", "no such attachment")
    content = _open(submission, stored.content, keyring, ATTACHMENT_LIMIT_BYTES)
    if content_hash(content) != info.digest:
        raise CentralError("CENTRAL-03", "an attachment does not match its hash")
    return info, content


def _kept(submission: Submission) -> SealedContent:
    """Raises CentralError CENTRAL-06 for what was erased."""
    if submission.erased_at is not None:
        raise CentralError("CENTRAL-06", "erased")
    return SealedContent.objects.get(submission=submission)


def _metadata_and_data(submission: Submission, sealed: SealedContent, keyring: Keyring) -> tuple[Metadata, bytes]:
    metadata = read_metadata(_open(submission, sealed.metadata, keyring, METADATA_LIMIT_BYTES))
    return metadata, _open(submission, sealed.data, keyring, DATA_LIMIT_BYTES)


def _open(submission: Submission, jwe: str, keyring: Keyring, limit_bytes: int) -> bytes:
    return open_sealed(jwe, keyring.private(_sealed_to(submission, jwe).kid), limit_bytes)


def _sealed_to(submission: Submission, jwe: str) -> DestinationKey:
    """The key it names. Only one of this destination opens it, whatever the header says. Raises CentralError."""
    name = str(sealed_header(jwe).get("kid"))
    keys = DestinationKey.objects.filter(destination=submission.destination_id, use=DestinationKey.Use.ENCRYPTION)
    known = next((key for key in keys if name in key.names), None)
    if known is None:
        raise CentralError("CENTRAL-03", "sealed to a key of somebody else")
    return known

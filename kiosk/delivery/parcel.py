"""The sealed parts of one submission as the bytes the outbox keeps: lines of ASCII, filled to whole 4 kB.

The first line is JSON: the public service (which is sent in clear anyway) and the attachments' ids. Each
following line is one JWE: metadata, data, then the attachments in that order. Spaces fill the end.
"""

from __future__ import annotations

import hashlib
import json
from uuid import UUID

from kiosk.delivery.submission import PublicService, SealedSubmission, padded


def pack(sealed: SealedSubmission) -> bytes:
    """The parcel of one submission; its length is a whole number of buckets."""
    head = {
        "identifier": sealed.service.identifier,
        "name": sealed.service.name,
        "attachments": [str(item) for item in sealed.attachments],
    }
    lines = [json.dumps(head), sealed.metadata, sealed.data, *sealed.attachments.values(), ""]
    return padded("\n".join(lines).encode("ascii"))


def unpack(parcel: bytes) -> SealedSubmission:
    """The submission in a parcel of our own making."""
    first, metadata, data, *rest = parcel.decode("ascii").split("\n")
    head = json.loads(first)
    ids = [UUID(item) for item in head["attachments"]]
    return SealedSubmission(
        service=PublicService(head["identifier"], head["name"]),
        metadata=metadata,
        data=data,
        attachments=dict(zip(ids, rest[: len(ids)], strict=True)),
    )


def parcel_digest(parcel: bytes) -> str:
    """SHA-256 in hex: what a tombstone remembers of the bytes."""
    return hashlib.sha256(parcel).hexdigest()

"""The sealed parts of one submission as the bytes the outbox keeps: JSON of JWEs, filled to whole 4 kB.

Nothing in a parcel is readable but the public service it is for, which is sent in clear anyway.
"""

from __future__ import annotations

import hashlib
import json
from uuid import UUID

from kiosk.delivery.submission import PublicService, SealedSubmission, padded_json


def pack(sealed: SealedSubmission) -> bytes:
    """The parcel of one submission; its length is a whole number of buckets."""
    return padded_json(
        {
            "service": {"identifier": sealed.service.identifier, "name": sealed.service.name},
            "metadata": sealed.metadata,
            "data": sealed.data,
            "attachments": {str(key): jwe for key, jwe in sealed.attachments.items()},
        }
    )


def unpack(parcel: bytes) -> SealedSubmission:
    """The submission in a parcel of our own making."""
    value = json.loads(parcel)
    return SealedSubmission(
        service=PublicService(value["service"]["identifier"], value["service"]["name"]),
        metadata=value["metadata"],
        data=value["data"],
        attachments={UUID(key): jwe for key, jwe in value["attachments"].items()},
    )


def parcel_digest(parcel: bytes) -> str:
    """SHA-256 in hex: what a tombstone remembers of the bytes."""
    return hashlib.sha256(parcel).hexdigest()

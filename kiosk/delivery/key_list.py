"""The list of destination keys that the town signs offline: a terminal seals to no key that is not on it.

Whoever takes over the delivery service, its database and its TLS key can still not give terminals a key of theirs.

Form: compact JWS, PS512, `typ` below; payload {"destinations": {<destination id>: [{"kid", "thumbprint"}]}, "issuedAt",
"validUntil"}, times as RFC 3339 with offset, thumbprints after RFC 7638 (SHA-256, base64url).

Rules
  1. Pure: fetching, keeping the newest and refusing one that is older than it (`issued_at`) is the terminal's business.
  2. Every error is DeliveryError DELIV-05: there is no key that may be used.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from jwcrypto.common import JWException, base64url_decode
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

from kiosk.errors import DeliveryError

TYPE = "rathaus-kiosk-key-list+jws"
LIST_LIMIT_BYTES = 500_000
_COMPACT_JWS = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class KeyName:
    """One public key: its id, and the thumbprint that belongs to no other key."""

    kid: str
    thumbprint: str


@dataclass(frozen=True, slots=True)
class KeyList:
    """What the town signed. Times are aware."""

    keys: Mapping[UUID, frozenset[KeyName]]
    issued_at: datetime
    valid_until: datetime

    def check(self, destination_id: UUID, public: Mapping[str, Any]) -> None:
        """Raises DeliveryError DELIV-05 unless this published key of the destination is on the list."""
        if name_of(public) not in self.keys.get(destination_id, frozenset()):
            raise DeliveryError("DELIV-05", f"the key of {destination_id} is not on the signed list")


def name_of(public: Mapping[str, Any]) -> KeyName:
    """Raises DeliveryError DELIV-05 for what is no key."""
    try:
        return KeyName(str(public["kid"]), str(JWK(**public).thumbprint()))
    except (JWException, KeyError, TypeError, ValueError) as error:
        raise DeliveryError("DELIV-05", "not a key") from error


def sign_key_list(listed: KeyList, town_key: JWK) -> str:
    """The list as the service publishes it."""
    body = {
        "destinations": format_keys(listed.keys),
        "issuedAt": listed.issued_at.isoformat(timespec="seconds"),
        "validUntil": listed.valid_until.isoformat(timespec="seconds"),
    }
    token = JWS(json.dumps(body, separators=(",", ":")))
    header = {"typ": TYPE, "alg": "PS512", "kid": town_key.get("kid")}
    token.add_signature(town_key, alg="PS512", protected=json.dumps(header))
    signed: str = token.serialize(compact=True)
    return signed


def verify_key_list(text: str, town_key: JWK, now: datetime) -> KeyList:
    """The list in `text`, signed by the town key and valid at `now` (aware).

    Raises DeliveryError DELIV-05 for another signer, algorithm, type or form, and for one that has ended.
    """
    if len(text) > LIST_LIMIT_BYTES or not _COMPACT_JWS.fullmatch(text):
        raise DeliveryError("DELIV-05", "not a signed key list")
    try:
        if json.loads(base64url_decode(text[: text.index(".")]))["typ"] != TYPE:
            raise DeliveryError("DELIV-05", "signed, but no key list")
        signed = JWS()
        signed.allowed_algs = ["PS512"]
        signed.deserialize(text, town_key, alg="PS512")
        listed = _parse(json.loads(signed.payload))
        ended = listed.valid_until <= now
    except (JWException, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise DeliveryError("DELIV-05", f"key list refused: {type(error).__name__}") from error
    if ended:
        raise DeliveryError("DELIV-05", "the signed key list has ended")
    return listed


def format_keys(keys: Mapping[UUID, Iterable[KeyName]]) -> dict[str, list[dict[str, str]]]:
    """As JSON, in a fixed order."""
    return {
        str(destination_id): [{"kid": name.kid, "thumbprint": name.thumbprint} for name in sorted(names)]
        for destination_id, names in sorted(keys.items())
    }


def parse_keys(value: Mapping[str, Any]) -> dict[UUID, frozenset[KeyName]]:
    """Raises ValueError, TypeError, KeyError or AttributeError for another form."""
    return {
        UUID(destination_id): frozenset(KeyName(_text(item["kid"]), _text(item["thumbprint"])) for item in names)
        for destination_id, names in value.items()
    }


def _parse(body: Mapping[str, Any]) -> KeyList:
    issued_at, valid_until = (datetime.fromisoformat(body[key]) for key in ("issuedAt", "validUntil"))
    if issued_at.tzinfo is None or valid_until.tzinfo is None:
        raise ValueError("a time without offset")
    return KeyList(parse_keys(body["destinations"]), issued_at, valid_until)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is expected")
    return value

"""The result of an identification: signed by the eID server's adapter, sealed to the key of one visit.

Rules
  1. ECDH-ES and A256GCM around ES256, both compact, nothing deflated, nothing longer than RESULT_LIMIT_BYTES.
  2. Everything is checked before it is believed: seal, signature, session, every name and value.
  3. Only attributes that were asked for are kept. Errors name no value.

The contract is eid_server.py's. jwcrypto is imported where it is used: 80 ms that only the online way needs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from devices.cards.ways.online.json_fields import Fields
from kiosk.errors import CardError
from kiosk.identity import Attribute

if TYPE_CHECKING:
    from jwcrypto.jwk import JWK

RESULT_LIMIT_BYTES: Final = 65_536
VALUE_LIMIT_CHARS: Final = 500
CURVE: Final = "P-256"
SEALING: Final = {"alg": "ECDH-ES", "enc": "A256GCM", "cty": "JWT"}
SIGNING: Final = {"alg": "ES256"}

_COMPACT_JWE: Final = re.compile(rb"[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
_DATE: Final = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class EidResult:
    """What the eID server read. `read_at` is aware, in UTC; `authentic`: it checked card and chip."""

    attributes: Mapping[Attribute, str] = field(repr=False)
    authentic: bool
    read_at: datetime
    expires_on: date | None = None


class KeyPair:
    """An EC key on P-256: the one of a visit, or the one with which an adapter signs."""

    __slots__ = ("_key",)

    def __init__(self) -> None:
        from jwcrypto.jwk import JWK

        self._key = JWK.generate(kty="EC", crv=CURVE)

    @property
    def public(self) -> Mapping[str, str]:
        """The public half as JWK (RFC 7517)."""
        return MappingProxyType(self._key.export_public(as_dict=True))

    def open(self, sealed: bytes) -> str:
        """What a compact JWE holds. Raises CardError CARD-25."""
        from jwcrypto.common import JWException
        from jwcrypto.jwe import JWE

        if len(sealed) > RESULT_LIMIT_BYTES or not _COMPACT_JWE.fullmatch(sealed):
            raise CardError("CARD-25", "the result is no sealed one")
        box = JWE(algs=[SEALING["alg"], SEALING["enc"]])
        try:
            box.deserialize(sealed.decode("ascii"))
            if "zip" in box.jose_header:
                raise CardError("CARD-25", "the result is deflated")
            box.decrypt(self._key)
            return str(box.payload, "ascii")
        except (JWException, ValueError, TypeError, RecursionError) as error:
            raise CardError("CARD-25", f"the result does not open: {type(error).__name__}") from None

    def sign(self, text: str) -> str:
        """A compact JWS around it."""
        from jwcrypto.jws import JWS

        token = JWS(text)
        token.add_signature(self._key, alg=SIGNING["alg"], protected=json.dumps(SIGNING))
        return str(token.serialize(compact=True))


def public_key(jwk: Mapping[str, Any]) -> JWK:
    """The key in a public JWK. Raises CardError CARD-25 for anything but a public key on P-256."""
    from jwcrypto.common import JWException
    from jwcrypto.jwk import JWK

    try:
        key = JWK(**jwk)
        fits = key.get("kty") == "EC" and key.get("crv") == CURVE and not key.has_private
    except (JWException, TypeError, ValueError) as error:
        raise CardError("CARD-25", f"no public key: {type(error).__name__}") from None
    if not fits:
        raise CardError("CARD-25", f"no public key on {CURVE}")
    return key


def seal_result(result: EidResult, session: str, visit_key: Mapping[str, str], signer: KeyPair) -> bytes:
    """The adapter's side: a signed result, sealed to the key of a visit."""
    from jwcrypto.jwe import JWE

    claims = {
        "session": session,
        "read_at": f"{result.read_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "authentic": result.authentic,
        "expires_on": result.expires_on and result.expires_on.isoformat(),
        "attributes": dict(result.attributes),
    }
    signed = signer.sign(json.dumps(claims, ensure_ascii=False))
    box = JWE(signed, protected=json.dumps(SEALING), recipient=public_key(visit_key))
    return bytes(box.serialize(compact=True), "ascii")


@dataclass(frozen=True, slots=True)
class Expected:
    """What the terminal knows beforehand: the session, what it asked for, and the adapter's public key (JWK)."""

    session: str = field(repr=False)
    attributes: frozenset[Attribute]
    adapter_key: Mapping[str, str]


def open_result(sealed: bytes, visit_key: KeyPair, expected: Expected) -> EidResult:
    """Raises CardError CARD-25 for everything that is not the result that was expected."""
    claims = _verified(visit_key.open(sealed), public_key(expected.adapter_key))
    try:
        if claims.text("session") != expected.session:
            raise CardError("CARD-25", "the result of another session")
        return EidResult(
            attributes=_attributes(claims.need("attributes"), expected.attributes),
            authentic=claims.flag("authentic"),
            read_at=datetime.strptime(claims.text("read_at"), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC),
            expires_on=_day(claims.maybe_text("expires_on")),
        )
    except (CardError, ValueError) as error:
        detail = error.detail if isinstance(error, CardError) else "a date is none"
        raise CardError("CARD-25", f"result of the eID server: {detail}") from None


def _verified(token: str, adapter_key: JWK) -> Fields:
    from jwcrypto.common import JWException
    from jwcrypto.jws import JWS

    signed = JWS()
    signed.allowed_algs = [SIGNING["alg"]]
    try:
        signed.deserialize(token, adapter_key, alg=SIGNING["alg"])
        claims = json.loads(signed.payload)
    except (JWException, ValueError, TypeError, KeyError, RecursionError) as error:
        raise CardError("CARD-25", f"the result is not signed by the adapter: {type(error).__name__}") from None
    if not isinstance(claims, dict):
        raise CardError("CARD-25", "the result is no object")
    return Fields(claims)


def _attributes(given: Fields, wanted: frozenset[Attribute]) -> Mapping[Attribute, str]:
    values = {attribute: _value(given, attribute) for attribute in sorted(wanted) if given.has(attribute)}
    return MappingProxyType(values)


def _value(given: Fields, attribute: Attribute) -> str:
    value = given.text(attribute)
    fits = len(value) <= VALUE_LIMIT_CHARS and value.isprintable()
    if attribute is Attribute.DATE_OF_BIRTH:
        fits = _DATE.fullmatch(value) is not None
    if not fits:
        raise CardError("CARD-25", f"{attribute} is malformed")
    return value


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)

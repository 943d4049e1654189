"""Sealing and signing as FIT-Connect does it: compact JWE and security event tokens (SET).

Rules
  1. Sealed means RSA-OAEP-256 and A256GCM to a key of at least 4096 bits whose use is encryption.
  2. Signed means PS512; exactly one event per token; every claim is checked before it is believed.
  3. Everything that came from outside is bounded in size before it is parsed, and what unpacks
     (`zip: DEF`, which some senders use) is bounded again while it unpacks.

Sealing proves nothing about who sealed; only a verified token of the delivery service proves that
it holds the bytes. Sources: RFC 7516, RFC 8417, the FIT-Connect documentation.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from jwcrypto import jwe as jose
from jwcrypto.common import JWException, base64url_decode
from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

from kiosk.errors import CentralError, DeliveryError

EVENT_PREFIX = "https://schema.fitko.de/fit-connect/events/"
KEY_BITS = 4096
KEY_BITS_LIMIT = 8192
SIGNATURE_BITS = 2048
TOKEN_LIMIT_BYTES = 200_000
DEFLATED_LIMIT_BYTES = 20_000_000

_CONTENT_KEY_BYTES, _VECTOR_BYTES, _TAG_BYTES = 32, 12, 16
_OAEP_256 = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
_PSS_512 = padding.PSS(mgf=padding.MGF1(hashes.SHA512()), salt_length=64)  # RFC 7518 3.5
_COMPACT_JWE = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+\.[\w-]*\.[\w-]+", re.ASCII)
_COMPACT_JWS = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)

# jwcrypto 1.6 unpacks at most 256 kB of deflated text by default: too little for an attachment.
jose.default_max_compressed_size = DEFLATED_LIMIT_BYTES


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """One verified security event token. `issued_at` is seconds since 1970, `payload` the event's own value."""

    name: str
    issuer: str
    issued_at: int
    token_id: UUID
    submission_id: UUID
    case_id: UUID
    key_id: str
    payload: Mapping[str, Any] = field(repr=False)


# ---- keys -------------------------------------------------------------------------------------


def make_encryption_key() -> JWK:
    """A new department key pair, 4096 bits, with its own random kid. Takes seconds."""
    return JWK.generate(kty="RSA", size=KEY_BITS, kid=str(uuid4()), alg="RSA-OAEP-256", key_ops=["unwrapKey"])


def make_signature_key() -> JWK:
    """A new PS512 key pair, 4096 bits, with its own random kid. Takes seconds."""
    return JWK.generate(kty="RSA", size=KEY_BITS, kid=str(uuid4()), alg="PS512", key_ops=["sign"])


def public_part(key: JWK) -> dict[str, Any]:
    """The public half of a key pair as the delivery service publishes it (kid, alg, key_ops, n, e)."""
    public: dict[str, Any] = key.export_public(as_dict=True)
    sealing = public.get("alg") == "RSA-OAEP-256"
    return public | {"key_ops": ["wrapKey"] if sealing else ["verify"]}


def encryption_key(public: Mapping[str, Any]) -> JWK:
    """A published encryption key, checked. Raises DeliveryError DELIV-05 for a weak, private or misused one."""
    return _public_key(public, "RSA-OAEP-256", "wrapKey", KEY_BITS)


def verification_key(public: Mapping[str, Any]) -> JWK:
    """A published signature key, checked. Raises DeliveryError DELIV-05 for a weak, private or misused one."""
    return _public_key(public, "PS512", "verify", SIGNATURE_BITS)


def _public_key(public: Mapping[str, Any], alg: str, operation: str, bits: int) -> JWK:
    use = "enc" if operation == "wrapKey" else "sig"
    operations = public.get("key_ops", [operation])
    if public.get("alg") != alg or not isinstance(operations, list) or operation not in operations:
        raise DeliveryError("DELIV-05", f"key is not for {alg}")
    if public.get("use", use) != use or not isinstance(public.get("kid"), str) or "d" in public:
        raise DeliveryError("DELIV-05", "key has the wrong use, has no kid, or is not public")
    try:
        key = JWK(**public)
        size = key.get_op_key(operation).key_size if public.get("kty") == "RSA" else 0
    except (JWException, TypeError, ValueError) as error:
        raise DeliveryError("DELIV-05", "not a usable public key") from error
    if not bits <= size <= KEY_BITS_LIMIT:
        raise DeliveryError("DELIV-05", f"RSA key of {size} bits, {bits} to {KEY_BITS_LIMIT} wanted")
    return key


# ---- sealing ----------------------------------------------------------------------------------


def seal(clear: bytes, key: JWK, content_type: str) -> str:
    """Seal `clear` to one department's public key: a compact JWE with kid and cty. 20 kB take about 0.2 ms.

    RFC 7516 §5.1 step by step, without jwcrypto: its JWE object costs more than the sealing, and a save waits for it.
    """
    header = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": key.get("kid"), "cty": content_type}
    protected = _base64url(json.dumps(header, separators=(",", ":")).encode())
    content_key, vector = secrets.token_bytes(_CONTENT_KEY_BYTES), secrets.token_bytes(_VECTOR_BYTES)
    wrapped = key.get_op_key("wrapKey").encrypt(content_key, _OAEP_256)
    closed = AESGCM(content_key).encrypt(vector, clear, protected)
    parts = (protected, _base64url(wrapped), _base64url(vector))
    content = (_base64url(closed[:-_TAG_BYTES]), _base64url(closed[-_TAG_BYTES:]))
    return b".".join(parts + content).decode("ascii")


def open_sealed(jwe: str, private: JWK, limit_bytes: int) -> bytes:
    """The clear bytes of a compact JWE sealed to `private`.

    Raises CentralError CENTRAL-03 if it is no such JWE, was changed, or holds more than `limit_bytes`.
    """
    _check_size(jwe, limit_bytes)
    box = JWE(algs=["RSA-OAEP-256", "A256GCM"])
    try:
        box.deserialize(jwe)
        box.decrypt(private, max_plaintext=limit_bytes)
        clear: bytes = box.payload
    except (JWException, ValueError, RecursionError) as error:
        raise CentralError("CENTRAL-03", "the seal does not open") from error
    if len(clear) > limit_bytes:
        raise CentralError("CENTRAL-03", f"more than {limit_bytes} bytes")
    return clear


def sealed_header(jwe: str) -> Mapping[str, Any]:
    """The protected header of a compact JWE (`kid` names the key, `cty` the media type), not yet authenticated.

    Raises CentralError CENTRAL-03.
    """
    if not _COMPACT_JWE.fullmatch(jwe):
        raise CentralError("CENTRAL-03", "not a compact JWE")
    try:
        header = json.loads(base64url_decode(jwe[: jwe.index(".")]))
    except (ValueError, RecursionError) as error:
        raise CentralError("CENTRAL-03", "JWE header is not JSON") from error
    if not isinstance(header, dict):
        raise CentralError("CENTRAL-03", "JWE header is not an object")
    return header


def authentication_tag(jwe: str) -> str:
    """The fifth part of a compact JWE: with it the service says which bytes it holds."""
    return jwe.rpartition(".")[2]


def _base64url(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def _check_size(jwe: str, limit_bytes: int) -> None:
    if len(jwe) > limit_bytes * 4 // 3 + 4096:
        raise CentralError("CENTRAL-03", f"more than {limit_bytes} bytes")
    if not _COMPACT_JWE.fullmatch(jwe):
        raise CentralError("CENTRAL-03", "not a compact JWE")


# ---- security event tokens --------------------------------------------------------------------


def sign_event(
    name: str,
    *,
    key: JWK,
    issuer: str,
    submission_id: UUID,
    case_id: UUID,
    payload: Mapping[str, Any],
    token_id: UUID | None = None,
) -> str:
    """A signed token that says `name` ("submit-submission") happened now to one submission. About 4 ms.

    RFC 7515 §5.1 without jwcrypto, whose objects cost a quarter of it.
    `issuer` is the delivery service's URL, or the destination's UUID for a subscriber's event.
    """
    claims = {
        "iss": issuer,
        "iat": int(time.time()),
        "jti": str(token_id or uuid4()),
        "sub": f"submission:{submission_id}",
        "txn": f"case:{case_id}",
        "events": {EVENT_PREFIX + name: dict(payload)},
    }
    header = {"typ": "secevent+jwt", "alg": "PS512", "kid": key.get("kid")}
    said = b".".join(_base64url(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    return (said + b"." + _base64url(key.get_op_key("sign").sign(said, _PSS_512, hashes.SHA512()))).decode("ascii")


def verify_event(token: str, keys: Mapping[str, JWK]) -> SecurityEvent:
    """The event in `token`, signed by one of `keys` (by kid).

    Raises DeliveryError DELIV-04 for another algorithm or type, an unknown key, a wrong signature,
    a missing claim, or not exactly one event.
    """
    try:
        key_id, key = _signer(token, keys)
        signed = JWS()
        signed.allowed_algs = ["PS512"]
        signed.deserialize(token, key, alg="PS512")
        return _event(json.loads(signed.payload), key_id)
    except (JWException, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise DeliveryError("DELIV-04", f"token refused: {type(error).__name__}") from error


def _signer(token: str, keys: Mapping[str, JWK]) -> tuple[str, JWK]:
    if len(token) > TOKEN_LIMIT_BYTES or not _COMPACT_JWS.fullmatch(token):
        raise DeliveryError("DELIV-04", "not a compact signed token")
    header = json.loads(base64url_decode(token[: token.index(".")]))
    if header["typ"] != "secevent+jwt" or header["alg"] != "PS512":
        raise DeliveryError("DELIV-04", "wrong type or algorithm")
    if header["kid"] not in keys:
        raise DeliveryError("DELIV-04", "signed by an unknown key")
    return header["kid"], keys[header["kid"]]


def _event(claims: Mapping[str, Any], key_id: str) -> SecurityEvent:
    [(event, payload)] = claims["events"].items()
    if not event.startswith(EVENT_PREFIX) or not isinstance(payload, dict):
        raise DeliveryError("DELIV-04", "unknown kind of event")
    if not isinstance(claims["iss"], str) or type(claims["iat"]) is not int:
        raise DeliveryError("DELIV-04", "claim of the wrong type")
    return SecurityEvent(
        name=event.removeprefix(EVENT_PREFIX),
        issuer=claims["iss"],
        issued_at=claims["iat"],
        token_id=UUID(claims["jti"]),
        submission_id=_named(claims["sub"], "submission:"),
        case_id=_named(claims["txn"], "case:"),
        key_id=key_id,
        payload=payload,
    )


def _named(claim: str, prefix: str) -> UUID:
    if not claim.startswith(prefix):
        raise DeliveryError("DELIV-04", "claim names something else")
    return UUID(claim.removeprefix(prefix))

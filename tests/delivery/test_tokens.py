"""Seals and signed tokens: what must open opens, everything else is refused with a code."""

from __future__ import annotations

import base64
import json
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

from kiosk.delivery.tokens import (
    EVENT_PREFIX,
    authentication_tag,
    encryption_key,
    open_sealed,
    public_part,
    seal,
    sealed_header,
    sign_event,
    verification_key,
    verify_event,
)
from kiosk.errors import CentralError, DeliveryError

ISSUER = "http://127.0.0.1:8000"


def sealed_with(clear: bytes, key: JWK, **header: str) -> str:
    return JWE(clear, protected=header, recipient=key).serialize(compact=True)


def test_what_is_sealed_opens_with_the_private_key_only(department_key, department_public):
    jwe = seal(b"Antrag", department_public, "application/json")
    assert open_sealed(jwe, department_key, 100) == b"Antrag"
    assert b"Antrag" not in jwe.encode()
    with pytest.raises(CentralError, match="CENTRAL-03"):
        open_sealed(jwe, department_public, 100)


def test_the_header_says_kid_and_media_type(department_key, department_public):
    header = sealed_header(seal(b"x", department_public, "application/pdf"))
    assert header == {
        "alg": "RSA-OAEP-256",
        "enc": "A256GCM",
        "kid": department_key["kid"],
        "cty": "application/pdf",
    }


def test_the_tag_is_the_fifth_part(department_public):
    jwe = seal(b"x", department_public, "text/plain")
    assert authentication_tag(jwe) == jwe.split(".")[4]


def test_a_deflated_seal_opens_too_but_a_bomb_does_not(department_key, department_public):
    bomb = sealed_with(b"0" * 3_000_000, department_public, alg="RSA-OAEP-256", enc="A256GCM", zip="DEF")
    assert len(bomb) < 10_000
    assert len(open_sealed(bomb, department_key, 3_000_000)) == 3_000_000
    with pytest.raises(CentralError, match="CENTRAL-03"):
        open_sealed(bomb, department_key, 2_999_999)


def test_more_than_the_limit_is_refused(department_key, department_public):
    with pytest.raises(CentralError, match="CENTRAL-03"):
        open_sealed(seal(b"0" * 1001, department_public, "text/plain"), department_key, 1000)


@pytest.mark.parametrize(
    "header", [{"alg": "RSA-OAEP", "enc": "A256GCM"}, {"alg": "RSA-OAEP-256", "enc": "A128CBC-HS256"}]
)
def test_another_algorithm_is_refused(header, department_key, department_public):
    with pytest.raises(CentralError, match="CENTRAL-03"):
        open_sealed(sealed_with(b"x", department_public, **header), department_key, 100)


@given(data=st.data())
def test_a_changed_seal_does_not_open(data, department_key, department_public):
    parts = seal(b"Antrag", department_public, "application/json").split(".")
    which = data.draw(st.integers(0, 4))
    raw = bytearray(base64.urlsafe_b64decode(parts[which] + "=="))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    parts[which] = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    with pytest.raises(CentralError, match="CENTRAL-03"):
        open_sealed(".".join(parts), department_key, 1000)


@given(st.text(max_size=200))
def test_any_text_is_refused_politely(text):
    with pytest.raises(CentralError, match="CENTRAL-03"):
        sealed_header(text)
    with pytest.raises(DeliveryError, match="DELIV-04"):
        verify_event(text, {})


# ---- keys -------------------------------------------------------------------------------------


def test_a_weak_key_is_refused():
    weak = JWK.generate(kty="RSA", size=2048, kid="k", alg="RSA-OAEP-256", key_ops=["unwrapKey"])
    with pytest.raises(DeliveryError, match="2048 bits"):
        encryption_key(public_part(weak))


@pytest.mark.parametrize(
    "change",
    [
        {"alg": "RSA1_5"},
        {"alg": None},
        {"use": "sig"},
        {"key_ops": ["verify"]},
        {"key_ops": 5},
        {"kid": None},
        {"kty": "EC"},
        {"n": "AQAB"},
        {"n": 7},
        {"e": ""},
    ],
)
def test_a_key_for_something_else_is_refused(change, department_key):
    with pytest.raises(DeliveryError, match="DELIV-05"):
        encryption_key(public_part(department_key) | change)


def test_a_published_private_key_is_refused(department_key):
    with pytest.raises(DeliveryError, match="DELIV-05"):
        encryption_key(json.loads(department_key.export_private()) | {"key_ops": ["wrapKey", "unwrapKey"]})


def test_a_signature_key_does_not_seal_and_a_sealing_key_does_not_sign(department_key, service_key):
    with pytest.raises(DeliveryError, match="DELIV-05"):
        encryption_key(public_part(service_key))
    with pytest.raises(DeliveryError, match="DELIV-05"):
        verification_key(public_part(department_key))


# ---- security event tokens --------------------------------------------------------------------


@pytest.fixture
def event(service_key):
    """A good token, its ids and the keys that prove it."""
    submission, case = uuid4(), uuid4()
    token = sign_event(
        "submit-submission",
        key=service_key,
        issuer=ISSUER,
        submission_id=submission,
        case_id=case,
        payload={"authenticationTags": {"metadata": "m", "data": "d", "attachments": {}}},
    )
    return token, submission, case


def keys(service_key: JWK) -> dict[str, JWK]:
    return {service_key["kid"]: verification_key(public_part(service_key))}


def forged(service_key: JWK, header: dict[str, object], claims: dict[str, object]) -> str:
    whole = {"typ": "secevent+jwt", "alg": "PS512", "kid": service_key["kid"]} | header
    token = JWS(json.dumps(claims))
    token.add_signature(service_key, alg=str(whole["alg"]), protected=json.dumps(whole))
    return token.serialize(compact=True)


def good_claims() -> dict[str, object]:
    return {
        "iss": ISSUER,
        "iat": 1_795_000_000,
        "jti": str(uuid4()),
        "sub": f"submission:{uuid4()}",
        "txn": f"case:{uuid4()}",
        "events": {EVENT_PREFIX + "submit-submission": {}},
    }


def test_a_token_proves_event_ids_and_payload(event, service_key):
    token, submission, case = event
    seen = verify_event(token, keys(service_key))
    assert (seen.name, seen.submission_id, seen.case_id) == ("submit-submission", submission, case)
    assert seen.payload["authenticationTags"]["metadata"] == "m"
    assert (seen.issuer, seen.key_id) == (ISSUER, service_key["kid"])


def test_a_token_by_an_unknown_key_is_refused(event):
    with pytest.raises(DeliveryError, match="DELIV-04"):
        verify_event(event[0], {})


def test_a_token_by_another_key_under_the_same_kid_is_refused(event, service_key):
    other = JWK.generate(kty="RSA", size=2048, kid=service_key["kid"], alg="PS512", key_ops=["sign"])
    with pytest.raises(DeliveryError, match="DELIV-04"):
        verify_event(event[0], {service_key["kid"]: verification_key(public_part(other))})


@pytest.mark.parametrize("header", [{"typ": "JWT"}, {"alg": "PS256"}, {"kid": "other"}])
def test_a_token_with_another_header_is_refused(header, service_key):
    signer = JWK(**json.loads(service_key.export_private()) | {"alg": header.get("alg", "PS512")})
    with pytest.raises(DeliveryError, match="DELIV-04"):
        verify_event(forged(signer, header, good_claims()), keys(service_key))


@pytest.mark.parametrize("claim", ["iss", "iat", "jti", "sub", "txn", "events"])
@pytest.mark.parametrize("value", [None, 7, "x", {}, {"a": {}, "b": {}}, [[]], True])
def test_a_token_with_a_wrong_claim_is_refused(claim, value, service_key):
    wrong = good_claims() | {claim: value}
    if isinstance(value, str) and claim == "iss":
        assert verify_event(forged(service_key, {}, wrong), keys(service_key)).issuer == value
    elif type(value) is int and claim == "iat":
        assert verify_event(forged(service_key, {}, wrong), keys(service_key)).issued_at == value
    else:
        with pytest.raises(DeliveryError, match="DELIV-04"):
            verify_event(forged(service_key, {}, wrong), keys(service_key))


@pytest.mark.parametrize("claim", ["iss", "iat", "jti", "sub", "txn", "events"])
def test_a_token_without_a_claim_is_refused(claim, service_key):
    claims = good_claims()
    del claims[claim]
    with pytest.raises(DeliveryError, match="DELIV-04"):
        verify_event(forged(service_key, {}, claims), keys(service_key))


def test_a_token_with_two_events_is_refused(service_key):
    two = {EVENT_PREFIX + "submit-submission": {}, EVENT_PREFIX + "delete-submission": {}}
    with pytest.raises(DeliveryError, match="DELIV-04"):
        verify_event(forged(service_key, {}, good_claims() | {"events": two}), keys(service_key))

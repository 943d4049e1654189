"""What the eID server's adapter seals, and what a terminal does not believe."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jwcrypto.common import base64url_decode, base64url_encode
from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK

from devices.cards.ways.online.sealed_result import (
    RESULT_LIMIT_BYTES,
    SEALING,
    EidResult,
    Expected,
    KeyPair,
    open_result,
    public_key,
    seal_result,
)
from kiosk.errors import CardError
from kiosk.identity import Attribute

VISIT, ADAPTER, STRANGER = KeyPair(), KeyPair(), KeyPair()
WANTED = frozenset({Attribute.FAMILY_NAMES, Attribute.DATE_OF_BIRTH, Attribute.STREET})
RESULT = EidResult(
    attributes={
        Attribute.FAMILY_NAMES: "Ğemüse",
        Attribute.DATE_OF_BIRTH: "1964-08",
        Attribute.STREET: "HEIDESTRAẞE 17",
    },
    authentic=True,
    read_at=datetime(2026, 3, 2, 9, 15, tzinfo=UTC),
    expires_on=date(2031, 8, 1),
)
EXPECTED = Expected("session-1", WANTED, ADAPTER.public)
CLAIMS = {
    "session": "session-1",
    "read_at": "2026-03-02T09:15:00Z",
    "authentic": True,
    "expires_on": None,
    "attributes": {},
}


def sealed(text: str, signer: KeyPair = ADAPTER, **header: str) -> bytes:
    """Sealed to the visit, as an adapter with something wrong might do it."""
    box = JWE(signer.sign(text), protected=json.dumps(SEALING | header), recipient=public_key(VISIT.public))
    return box.serialize(compact=True).encode()


def refused(data: bytes, expected: Expected = EXPECTED) -> str:
    with pytest.raises(CardError) as error:
        open_result(data, VISIT, expected)
    assert error.value.code == "CARD-25"
    return error.value.detail


def test_what_was_sealed_opens_with_the_key_of_the_visit():
    data = seal_result(RESULT, "session-1", VISIT.public, ADAPTER)

    assert open_result(data, VISIT, EXPECTED) == RESULT


def test_nothing_can_be_read_on_the_way():
    data = seal_result(RESULT, "session-1", VISIT.public, ADAPTER)

    assert b"session-1" not in data
    assert "HEIDE" not in repr(RESULT)


def test_what_was_not_asked_for_is_not_kept():
    data = seal_result(RESULT, "session-1", VISIT.public, ADAPTER)

    opened = open_result(data, VISIT, replace(EXPECTED, attributes=frozenset({Attribute.STREET})))

    assert opened.attributes == {Attribute.STREET: "HEIDESTRAẞE 17"}


def test_identity_alone_has_no_attributes():
    assert open_result(sealed(json.dumps(CLAIMS)), VISIT, EXPECTED).attributes == {}


def test_the_key_of_another_visit_opens_nothing():
    refused(seal_result(RESULT, "session-1", STRANGER.public, ADAPTER))


def test_a_stranger_who_seals_is_not_believed():
    assert "not signed" in refused(seal_result(RESULT, "session-1", VISIT.public, STRANGER))


def test_the_result_of_another_session_is_not_believed():
    assert "another session" in refused(seal_result(RESULT, "session-2", VISIT.public, ADAPTER))


def test_an_unsigned_result_is_not_believed():
    bare = JWE(json.dumps(CLAIMS), protected=json.dumps(SEALING), recipient=public_key(VISIT.public))

    assert "not signed" in refused(bare.serialize(compact=True).encode())


def test_a_deflated_result_is_not_unpacked():
    assert "deflated" in refused(sealed(json.dumps(CLAIMS), zip="DEF"))


@pytest.mark.parametrize("enc", ["A128CBC-HS256", "A128GCM"])
def test_another_way_of_sealing_is_refused(enc):
    refused(sealed(json.dumps(CLAIMS), enc=enc))


@pytest.mark.parametrize(
    "change",
    [
        {"session": None},
        {"session": 7},
        {"read_at": "yesterday"},
        {"read_at": None},
        {"authentic": "yes"},
        {"expires_on": "never"},
        {"attributes": None},
        {"attributes": ["street"]},
        {"attributes": {"street": 17}},
        {"attributes": {"street": "x" * 501}},
        {"attributes": {"street": "two\nlines"}},
        {"attributes": {"date_of_birth": "12.08.1964"}},
    ],
    ids=repr,
)
def test_a_malformed_result_is_refused(change):
    refused(sealed(json.dumps(CLAIMS | change)))


@pytest.mark.parametrize("text", ["[]", "null", "nonsense", "[" * 10_000], ids=lambda text: text[:9])
def test_a_result_that_is_no_object_is_refused(text):
    refused(sealed(text))


@given(st.binary(max_size=200))
def test_no_bytes_bring_it_down(data):
    refused(data)


@given(st.sampled_from([0, 2, 3, 4]), st.integers(0, 10_000), st.integers(1, 255))
def test_a_changed_byte_is_noticed(part, place, change):
    parts = seal_result(RESULT, "session-1", VISIT.public, ADAPTER).decode().split(".")
    raw = bytearray(base64url_decode(parts[part]))
    raw[place % len(raw)] ^= change
    parts[part] = base64url_encode(bytes(raw))

    refused(".".join(parts).encode())


def test_what_is_too_long_is_not_opened():
    refused(b"e30.." + b"x" * RESULT_LIMIT_BYTES + b".x.x")


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "EC", "crv": "P-256", "x": "!", "y": "!"},
        json.loads(JWK.generate(kty="EC", crv="P-384").export_public()),
        json.loads(JWK.generate(kty="EC", crv="P-256").export_private()),
        json.loads(JWK.generate(kty="oct", size=256).export()),
    ],
    ids=["empty", "no point", "another curve", "private", "symmetric"],
)
def test_only_a_public_key_of_the_one_kind_is_taken(jwk):
    with pytest.raises(CardError) as error:
        public_key(jwk)

    assert error.value.code == "CARD-25"


def test_a_value_of_the_result_is_in_no_error():
    assert "HEIDE" not in refused(sealed(json.dumps(CLAIMS | {"attributes": {"street": "HEIDESTRAẞE\n"}})))

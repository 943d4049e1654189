"""The signed key list: only what the town signed, for keys, and while it is valid."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

from kiosk.delivery.key_list import TYPE, KeyList, KeyName, name_of, sign_key_list, verify_key_list
from kiosk.delivery.tokens import make_encryption_key, make_signature_key, public_part, sign_event, verification_key
from kiosk.errors import DeliveryError

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DESTINATION = UUID("7f0c2d60-6c5d-4c3a-9a55-0d1f0c6f0a11")


@pytest.fixture(scope="module")
def town_key() -> JWK:
    return make_signature_key()


@pytest.fixture(scope="module")
def public(town_key: JWK) -> JWK:
    return verification_key(public_part(town_key))


@pytest.fixture(scope="module")
def department_key() -> JWK:
    return make_encryption_key()


def listing(*keys: JWK) -> KeyList:
    names = frozenset(name_of(public_part(key)) for key in keys)
    return KeyList({DESTINATION: names}, NOW, NOW + timedelta(days=30))


def signed(body: object, key: JWK, **header: str) -> str:
    token = JWS(json.dumps(body))
    token.add_signature(key, protected=json.dumps({"typ": TYPE, "alg": "PS512"} | header))
    return str(token.serialize(compact=True))


def refused(text: str, public: JWK, now: datetime = NOW) -> str:
    with pytest.raises(DeliveryError) as caught:
        verify_key_list(text, public, now)
    return caught.value.code


def test_what_the_town_signed_is_read_back(town_key: JWK, public: JWK, department_key: JWK) -> None:
    listed = listing(department_key)

    assert verify_key_list(sign_key_list(listed, town_key), public, NOW) == listed


def test_a_listed_key_may_be_used_and_no_other(department_key: JWK, town_key: JWK) -> None:
    listed, theirs = listing(department_key), public_part(department_key)

    listed.check(DESTINATION, theirs)
    disguised = public_part(town_key) | {"kid": theirs["kid"]}
    for destination, key in ((uuid4(), theirs), (DESTINATION, disguised), (DESTINATION, {"kid": "x"})):
        with pytest.raises(DeliveryError) as caught:
            listed.check(destination, key)
        assert caught.value.code == "DELIV-05"


def test_one_signed_by_somebody_else_is_refused(public: JWK, department_key: JWK) -> None:
    assert refused(sign_key_list(listing(department_key), make_signature_key()), public) == "DELIV-05"


def test_one_that_has_ended_is_refused(town_key: JWK, public: JWK, department_key: JWK) -> None:
    text = sign_key_list(listing(department_key), town_key)

    verify_key_list(text, public, NOW + timedelta(days=29))
    assert refused(text, public, NOW + timedelta(days=30)) == "DELIV-05"


def test_what_the_same_key_signed_for_another_purpose_is_no_list(town_key: JWK, public: JWK) -> None:
    event = sign_event(
        "accept-submission", key=town_key, issuer="x", submission_id=uuid4(), case_id=uuid4(), payload={}
    )

    assert refused(event, public) == "DELIV-05"


def test_another_algorithm_is_refused(town_key: JWK, public: JWK) -> None:
    body = {"destinations": {}, "issuedAt": NOW.isoformat(), "validUntil": (NOW + timedelta(1)).isoformat()}
    key = JWK(**(json.loads(town_key.export_private()) | {"alg": "PS256"}))
    header, _, rest = signed(body, key, alg="PS256").partition(".")

    assert verify_key_list(signed(body, town_key), public, NOW).keys == {}
    assert refused(f"{header}.{rest}", public) == "DELIV-05"


@pytest.mark.parametrize(
    "change",
    [
        {"validUntil": "2026-12-22T12:00:00"},
        {"validUntil": 5},
        {"destinations": []},
        {"destinations": {"no-uuid": []}},
        {"destinations": {str(DESTINATION): [{"kid": 1, "thumbprint": "x"}]}},
        {"destinations": {str(DESTINATION): ["x"]}},
    ],
)
def test_another_form_is_refused_even_signed(town_key: JWK, public: JWK, change: dict[str, object]) -> None:
    body = {"destinations": {}, "issuedAt": NOW.isoformat(), "validUntil": (NOW + timedelta(1)).isoformat()}

    assert refused(signed(body | change, town_key), public) == "DELIV-05"
    assert refused(signed(list(body), town_key), public) == "DELIV-05"


@given(st.text(max_size=200) | st.from_regex(r"\A[A-Za-z0-9_-]{1,60}\.[A-Za-z0-9_-]{1,60}\.[A-Za-z0-9_-]{1,60}\Z"))
def test_no_text_is_more_than_refused(text: str) -> None:
    assert refused(text, _ANY_KEY) == "DELIV-05"


_ANY_KEY = JWK.generate(kty="RSA", size=2048, alg="PS512")


@given(st.dictionaries(st.uuids(), st.frozensets(st.builds(KeyName, st.text(), st.text()), max_size=3), max_size=4))
def test_every_list_comes_back_as_it_was(keys: dict[UUID, frozenset[KeyName]]) -> None:
    listed = replace(KeyList({}, NOW, NOW + timedelta(days=1)), keys=keys)

    assert verify_key_list(sign_key_list(listed, _ANY_KEY), _ANY_KEY, NOW) == listed

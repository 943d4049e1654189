"""What no client should send: refused with a problem document, in both versions, whatever the database."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jwcrypto.common import base64url_encode

from kiosk.central.service.bodies import read_json
from kiosk.central.service.problems import Refusal
from kiosk.delivery.tokens import open_sealed, seal
from kiosk.errors import CentralError

Problem = Callable[[Any], str]
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("text", [r"\u0000", r"a\u0000b", r"\ud800", r"\udc00\ud800"], ids=ascii)
@pytest.mark.parametrize("place", ["identifier", "name"])
def test_a_text_that_no_database_keeps_is_refused(
    terminal: Any, parcel: Any, problem: Problem, text: str, place: str
) -> None:
    body = json.dumps(parcel.announcement() | {"publicService": {"identifier": "urn:x", "name": "x", place: "HERE"}})

    answer = terminal.raw("POST", "/v2/submissions", body.replace("HERE", text).encode())

    assert (answer.status_code, problem(answer)) == (400, "invalid-json")


def test_it_is_refused_as_a_key_and_at_any_depth(terminal: Any, problem: Problem) -> None:
    for body in (rb'{"\u0000": 1}', rb'{"a": [[{"b": ["\ud800"]}]]}', rb'{"a": [' + rb"[" * 400 + rb'"\u0000"'):
        assert problem(terminal.raw("POST", "/v2/submissions", body)) == "invalid-json"


def test_an_escaped_backslash_is_no_nul(terminal: Any, parcel: Any) -> None:
    named = {"publicService": parcel.announcement()["publicService"] | {"name": "\\u0000 ä \\ud800 😀"}}

    assert terminal.post("/v2/submissions", parcel.announcement() | named).status_code == 201


@given(st.text())
def test_every_text_that_is_one_is_taken(text: str) -> None:
    from django.test import RequestFactory

    def read(body: str) -> Any:
        return read_json(RequestFactory().post("/", body.encode(), content_type="application/json"))

    if "\0" in text:
        with pytest.raises(Refusal):
            read(json.dumps({"a": text}))
    else:
        assert read(json.dumps({"a": text})) == read(json.dumps({"a": text}, ensure_ascii=False)) == {"a": text}


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize(
    "path",
    [
        "submissions/../../etc/passwd",
        "submissions/..%2f..%2fetc%2fpasswd",
        "submissions/%00",
        "submissions/%ff%fe",
        "submissions/00000000-0000-0000-0000-00000000000G",
        "submissions/00000000-0000-0000-0000-000000000000/attachments/../x",
        "cases/x/events",
        "destinations/",
        "nothing",
        "",
    ],
)
def test_an_address_that_is_none_is_not_found(terminal: Any, problem: Problem, version: str, path: str) -> None:
    answer = terminal.get(f"/{version}/{path}")

    assert (answer.status_code, problem(answer)) == (404, "not-found")


@pytest.mark.parametrize("kid", ["%00", "%ff", "..%2f..%2fx", "x" * 300, "a%20b", "%F0%9F%98%80"])
def test_a_key_id_that_is_none_is_not_found(http: Any, town: Any, problem: Problem, kid: str) -> None:
    answer = http.get(f"/v2/destinations/{town.tax}/keys/{kid}")

    assert answer.status_code == 404
    assert problem(answer) in ("key-not-found", "not-found")


@pytest.mark.parametrize(
    "query", ["offset=-1", "limit=0", "limit=501", "offset=x", "limit=%00", "offset=1e3", "limit="]
)
def test_a_page_that_is_none_is_refused(http: Any, town: Any, problem: Problem, query: str) -> None:
    assert problem(http.get(f"/v2/destinations/{town.tax}/keys?{query}")) == "bad-request"


@pytest.mark.parametrize("client_id", ["%00", "terminal-1%00", "%ff", "..%2f", "x" * 5000, "%F0%9F%98%80"])
def test_a_client_that_cannot_be_is_unknown(http: Any, client_id: str) -> None:
    body = f"grant_type=client_credentials&client_id={client_id}&client_secret=x"

    assert http.post("/token", body, content_type=FORM).status_code in (400, 401)


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "OPTIONS", "TRACE", "PUT", "BREW"])
def test_another_method_is_refused_and_the_right_ones_are_named(terminal: Any, problem: Problem, method: str) -> None:
    answer = terminal.raw(method, "/v1/submissions")

    assert (answer.status_code, problem(answer), answer["Allow"]) == (405, "method-not-allowed", "GET, POST")


def announced(terminal: Any, parcel: Any) -> str:
    made = terminal.post("/v2/submissions", parcel.announcement() | {"announcedAttachments": []}).json()
    return f"/v2/submissions/{made['submissionId']}"


def with_header(jwe: str, header: object) -> str:
    """The same, but another protected header: it could not be opened, which the door cannot know."""
    return base64url_encode(json.dumps(header)) + jwe[jwe.index(".") :]


def test_a_key_id_in_a_seal_is_only_ever_compared(terminal: Any, parcel: Any, problem: Problem) -> None:
    path, right, jwe = announced(terminal, parcel), parcel.sealed(), parcel.sealed()["encryptedData"]
    head = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "cty": "application/json"}

    for kid in ("\0", "\ud800", None, 5, ["x"], {"a": 1}, "x" * 1000, str(uuid4())):
        answer = terminal.put(path, right | {"encryptedData": with_header(jwe, head | {"kid": kid})})
        assert problem(answer) == "encryption-invalid", kid


def test_a_key_of_another_destination_is_none_of_this_one(
    terminal: Any, town: Any, parcel: Any, problem: Problem
) -> None:
    from dataclasses import replace

    path, foreign = announced(terminal, parcel), replace(parcel, destination_id=town.order)

    assert problem(terminal.put(path, foreign.sealed())) == "encryption-invalid"
    named_by_thumbprint = with_header(
        parcel.sealed()["encryptedData"],
        {"alg": "RSA-OAEP-256", "enc": "A256GCM", "cty": "x", "kid": foreign.key().thumbprint()},
    )
    assert problem(terminal.put(path, parcel.sealed() | {"encryptedData": named_by_thumbprint})) == "encryption-invalid"


def test_a_key_may_be_named_by_its_thumbprint(terminal: Any, parcel: Any) -> None:
    path, right = announced(terminal, parcel), parcel.sealed()
    head = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "cty": "application/json", "kid": parcel.key().thumbprint()}

    answer = terminal.put(path, right | {"encryptedData": with_header(right["encryptedData"], head)})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [{"alg": "none"}, {"alg": "dir"}, {"alg": "RSA1_5"}, {"enc": "A128GCM"}, {"zip": "GZIP"}, {"cty": 5}],
    ids=str,
)
def test_a_seal_of_another_kind_is_refused_for_an_attachment_too(
    terminal: Any, parcel: Any, problem: Problem, wrong: dict[str, Any]
) -> None:
    made = terminal.post("/v2/submissions", parcel.announcement()).json()
    path = f"/v2/submissions/{made['submissionId']}/attachments/{parcel.attachment_id}"
    key = parcel.key()
    head = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "cty": "application/pdf", "kid": key["kid"]} | wrong

    answer = terminal.put_jose(path, with_header(seal(b"x", key, "application/pdf"), head))

    assert (answer.status_code, problem(answer)) == (422, "encryption-invalid")


def test_a_bomb_is_taken_sealed_and_never_unpacked(
    terminal: Any, api: Any, parcel: Any, keyring: Any, open_arrivals: Callable[[], int]
) -> None:
    from kiosk.central.models import Opened

    bomb = deflated_jwe(zlib.compress(b" " * 100_000_000, 9)[2:-4], parcel.key())
    path = announced(terminal, parcel)

    assert terminal.put(path, parcel.sealed() | {"encryptedData": bomb}).status_code == 200
    assert open_arrivals() == 1
    assert Opened.objects.get().failure == "CENTRAL-03"
    with pytest.raises(CentralError):
        open_sealed(bomb, keyring.private(parcel.key()["kid"]), 5_000_000)


def deflated_jwe(deflated: bytes, key: Any) -> str:
    """`seal`, but of bytes that are deflated already, and said to be."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from kiosk.delivery.tokens import _OAEP_256

    head = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "zip": "DEF", "kid": key["kid"], "cty": "application/json"}
    protected, content_key, vector = base64url_encode(json.dumps(head)), bytes(range(32)), bytes(12)
    wrapped = key.get_op_key("wrapKey").encrypt(content_key, _OAEP_256)
    closed = AESGCM(content_key).encrypt(vector, deflated, protected.encode())
    parts = (wrapped, vector, closed[:-16], closed[-16:])
    return ".".join([protected, *(base64url_encode(part) for part in parts)])

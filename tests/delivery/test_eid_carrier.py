"""What sync carries to the eID server and back, what it refuses to carry, and what it says about it: nothing."""

from __future__ import annotations

import ipaddress
import json
import logging
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from kiosk.delivery.eid_carrier import ANSWER_LIMIT_BYTES, DEADLINE_S, EidCarrier
from tests.delivery.eid_service import Answer, eid_service

KEY = {"kty": "EC", "crv": "P-256", "x": "x" * 43, "y": "y" * 43}
SESSION = "Einzig-_Session01"
OPEN = {"op": "eid-session", "key": KEY, "attributes": ["city", "family_names"]}
FETCH = {"op": "eid-result", "session": SESSION}
REFUSED = {"error": "CARD-25"}
JSON, JOSE = {"Content-Type": "application/json; charset=utf-8"}, {"Content-Type": "application/jose"}
OPENED = {"tc_token_url": "https://eid.example/tctoken?x=1", "session": SESSION}
NOT_YET = Answer(202)


def created(content: object) -> Answer:
    return Answer(201, json.dumps(content).encode(), JSON)


@pytest.fixture
def service():
    with eid_service() as running:
        yield running


@pytest.fixture
def carrier(service):
    return EidCarrier(service.url, pause=lambda seconds: None)


def test_a_session_is_opened_with_a_key_and_names_of_attributes(service, carrier):
    service.says(created(OPENED | {"more": 1}))

    assert carrier.answer(OPEN) == OPENED

    [(method, path, body)] = service.asked
    assert (method, path) == ("POST", "/eid/sessions")
    assert json.loads(body) == {"attributes": ["city", "family_names"], "key": KEY}


def test_a_result_is_asked_for_until_it_is_there(service, carrier):
    service.says(NOT_YET, NOT_YET, Answer(200, b"a.b.c.d.e", JOSE))

    assert carrier.answer(FETCH) == {"result": "a.b.c.d.e"}

    assert [(method, path) for method, path, _ in service.asked] == [("GET", f"/eid/sessions/{SESSION}/result")] * 3


def test_a_result_that_never_comes_is_given_up(service):
    service.says(NOT_YET)
    now = [0.0]

    def pause(seconds):
        now[0] += seconds

    assert EidCarrier(service.url, pause, lambda: now[0]).answer(FETCH) == REFUSED
    assert now == [DEADLINE_S]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, json.dumps(OPENED).encode(), JSON),
        Answer(201, json.dumps(OPENED).encode(), {"Content-Type": "text/html"}),
        Answer(201, b"{", JSON),
        Answer(201, b"[" * 50_000, JSON),
        Answer(201, b"x" * (ANSWER_LIMIT_BYTES + 1), JSON),
        Answer(302, b"", {"Location": "http://127.0.0.1:1/"}),
        Answer(400),
        Answer(503, b"", {"Retry-After": "1"}),
        created([]),
        created({"session": SESSION}),
        created(OPENED | {"tc_token_url": 7}),
        created(OPENED | {"session": ""}),
        created(OPENED | {"session": "a/b"}),
        created(OPENED | {"session": "s" * 129}),
    ],
)
def test_what_is_no_session_is_refused(service, carrier, answer):
    service.says(answer)
    assert carrier.answer(OPEN) == REFUSED
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, b"a.b", {"Content-Type": "text/plain"}),
        Answer(200, "ä".encode(), JOSE),
        Answer(200, b"x" * (ANSWER_LIMIT_BYTES + 1), JOSE),
        Answer(301, b"", {"Location": "http://127.0.0.1:1/"}),
        Answer(404),
        Answer(409),
    ],
)
def test_what_is_no_result_is_refused(service, carrier, answer):
    service.says(answer)
    assert carrier.answer(FETCH) == REFUSED
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    "question",
    [
        FETCH | {"session": "../../elsewhere"},
        FETCH | {"session": f"{SESSION}\n"},
        FETCH | {"session": None},
        OPEN | {"key": KEY | {"d": "d" * 43}},
        OPEN | {"key": KEY | {"x": "short"}},
        OPEN | {"key": [KEY]},
        OPEN | {"attributes": "city"},
        OPEN | {"attributes": ["shoe_size"]},
    ],
)
def test_what_has_no_place_there_does_not_leave_the_machine(service, carrier, question):
    assert carrier.answer(question) == REFUSED
    assert service.asked == []


anything = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x, max_size=3))


@given(st.dictionaries(st.sampled_from(["op", "key", "attributes", "session"]), anything))
def test_any_question_has_an_answer(question):
    assert EidCarrier("http://127.0.0.1:1", pause=lambda seconds: None).answer(question) == REFUSED


def test_a_server_that_is_not_there_is_named_by_the_kind_of_error(carrier, service, caplog):
    caplog.set_level(logging.DEBUG, "kiosk.sync")
    gone = EidCarrier("http://127.0.0.1:1")
    assert gone.answer(OPEN) == REFUSED
    assert "ConnectionError" in caplog.text


def test_no_session_is_in_a_log(service, carrier, caplog):
    caplog.set_level(logging.INFO)
    malformed = Answer(200, b"a.b.c.d.e", JOSE | {"X-Broken\n: y": "z"})
    service.says(created(OPENED), malformed, Answer(404))
    for question in (OPEN, FETCH, FETCH):
        carrier.answer(question)
    assert "eid-result" in caplog.text
    assert SESSION not in caplog.text
    assert "tctoken" not in caplog.text


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A server certificate for 127.0.0.1 that nobody signed but itself, and the context of its server."""
    folder, key = tmp_path_factory.mktemp("tls"), ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "eid")]), datetime.now(UTC)
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(here, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "key").write_bytes(key.private_bytes(pem, private, serialization.NoEncryption()))
    (folder / "certificate").write_bytes(made.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate", folder / "key")
    return folder / "certificate", context


def test_only_a_server_whom_the_system_trusts_is_spoken_to(certificate, monkeypatch):
    trusted, tls = certificate
    with eid_service(tls) as service:
        service.says(created(OPENED))
        assert EidCarrier(service.url).answer(OPEN) == REFUSED
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        assert EidCarrier(service.url).answer(OPEN) == OPENED
    assert len(service.asked) == 1

"""The OpenAPI document is true: it names what is there, and every answer is one that it promises.

Few examples by default, many with KIOSK_LONG=1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st
from jwcrypto.jwk import JWK
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig

from kiosk.delivery.tokens import seal

from .conftest import SERVICE
from .test_events import event, private_signature_key

HOST = {"Host": "127.0.0.1"}
EXAMPLES = max(8, settings.default.max_examples // 10)
# A schema cannot say who may do what and what is sealed to which key, nor that nothing at all has no length.
CHECKS = {
    "positive_data_acceptance": {"expected-statuses": ["2xx", 400, 401, 403, 404, 409, 422, 429]},
    "negative_data_rejection": {"expected-statuses": [400, 401, 403, 404, 411, 413, 415, 422, 429]},
}


@schemathesis.serializer("application/jose")
def as_it_is(context: schemathesis.SerializationContext, value: object) -> bytes:
    """A token is its own text; whatever else is asked for is no token anyway."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


def addresses() -> Iterator[str]:
    """Every path of the service's URL table, as OpenAPI writes it: `<uuid:case_id>` is `{caseId}`."""
    from kiosk.central.service.urls import urlpatterns

    def camel(match: re.Match[str]) -> str:
        return "{" + re.sub(r"_(\w)", lambda part: part[1].upper(), match[1]) + "}"

    def below(patterns: Any, prefix: str) -> Iterator[str]:
        for item in patterns:
            route = prefix + re.sub(r"<\w+:(\w+)>", camel, str(item.pattern))
            if hasattr(item, "url_patterns"):
                yield from below(item.url_patterns, route)
            else:
                yield route

    return below(urlpatterns, "/")


@dataclass(frozen=True)
class Asked:
    """The document, loaded, and ids that are known: of a delivered submission and of its destination."""

    schema: Any
    known: dict[str, str]

    def operations(self) -> Iterator[Any]:
        return (found.ok() for found in self.schema.get_all_operations())

    def call(self, client: Any, method: str, path: str, **parts: Any) -> Any:
        """One call of a client, its answer compared with the document. Path parameters that are known are filled in."""
        named = {name: value for name, value in self.known.items() if f"{{{name}}}" in path}
        query, body = parts.pop("query", {}), parts
        case = self.schema[path][method].Case(path_parameters=named, query=query, **body)
        return self.answer(case, client.headers)

    def answer(self, case: Any, headers: Mapping[str, str]) -> Any:
        """Ask, and compare the answer with the document."""
        return case.call_and_validate(headers=HOST | dict(headers))


@pytest.fixture
def delivered(terminal: Any, parcel: Any) -> UUID:
    return parcel.deliver(terminal)


@pytest.fixture
def asked(town: Any, delivered: UUID, parcel: Any) -> Asked:
    from django.core.handlers.wsgi import WSGIHandler

    from kiosk.central.models import Submission

    case = str(Submission.objects.get(pk=delivered).case_id)
    known = {"submissionId": str(delivered), "caseId": case, "destinationId": str(town.tax)}
    known |= {"attachmentId": str(parcel.attachment_id), "kid": parcel.key()["kid"]}
    config = SchemathesisConfig.from_dict({"checks": CHECKS})
    return Asked(schemathesis.openapi.from_wsgi("/openapi.json", WSGIHandler(), headers=HOST, config=config), known)


@pytest.fixture
def signature_key(town: Any, keyring: Any) -> JWK:
    return private_signature_key(town.tax, keyring)


def test_it_names_every_path_and_method_and_no_other(http: Any) -> None:
    told = http.get("/openapi.json").json()["paths"]

    assert set(told) == set(addresses())
    for path, methods in told.items():
        allowed = http.generic("TRACE", re.sub(r"{\w+}", str(UUID(int=0)), path))["Allow"]
        assert {method.upper() for method in methods if method != "parameters"} == set(allowed.split(", ")), path


def test_everybody_may_read_it(http: Any) -> None:
    answer = http.get("/openapi.json")

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer.json()["openapi"] == "3.1.0"


def test_both_versions_have_the_same_calls_under_other_names(http: Any) -> None:
    told = http.get("/openapi.json").json()
    first, second = ({path[4:] for path in told["paths"] if path.startswith(f"/v{number}/")} for number in (1, 2))

    assert first == second
    assert "serviceType" in told["components"]["schemas"]["Announcement-v1"]["properties"]
    assert "publicService" in told["components"]["schemas"]["Announcement-v2"]["properties"]


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_whole_delivery_is_answered_as_the_document_says(
    version: str, asked: Asked, terminal: Any, api: Any, parcel: Any, signature_key: JWK
) -> None:
    def does(who: Any, method: str, path: str, **parts: Any) -> Any:
        return asked.call(who, method, f"/{version}/{path}", **parts)

    system, service = api("tax-system"), {"v1": "serviceType", "v2": "publicService"}[version]
    announcement = parcel.announcement() | {service: SERVICE}
    made = does(terminal, "POST", "submissions", body=announcement, media_type="application/json").json()
    asked.known.update(made)
    jwe = seal(parcel.attachment, parcel.key(), "application/pdf")
    attachment, submission = "submissions/{submissionId}/attachments/{attachmentId}", "submissions/{submissionId}"
    does(terminal, "PUT", attachment, body=jwe, media_type="application/jose")
    sent = does(terminal, "PUT", submission, body=parcel.sealed(), media_type="application/json").json()
    assert sent[service] == SERVICE

    for path in ("destinations/{destinationId}/keys", "destinations/{destinationId}/keys/{kid}"):
        assert does(terminal, "GET", path).status_code == 200
    assert does(terminal, "GET", "destinations/{destinationId}").json()["encryptionKid"] == asked.known["kid"]
    assert does(system, "GET", "submissions", query={"limit": 1}).json()["totalCount"] == 2
    assert does(system, "GET", submission).json()["attachments"] == [str(parcel.attachment_id)]
    assert does(system, "GET", attachment).text == jwe
    token = event(UUID(made["submissionId"]), signature_key)
    does(system, "POST", f"{submission}/events", body=token, media_type="application/jose")
    does(system, "POST", "cases/{caseId}/events", body=token, media_type="application/jose")
    log = [does(terminal, "GET", path).json() for path in (f"{submission}/events", "cases/{caseId}/events")]
    assert log[0] == log[1]
    assert log[0]["eventLog"][-1] == token


def cases(operation: Any, mode: GenerationMode, known: Mapping[str, str]) -> st.SearchStrategy[Any] | None:
    """Requests with any ids and with known ones; None where nothing can be wrong about a request."""
    named = {item.name: known[item.name] for item in operation.path_parameters}
    more = mode is GenerationMode.POSITIVE or list(operation.query) or list(operation.body)
    found = [operation.as_strategy(generation_mode=mode, path_parameters=named)] if named and more else []
    if named or more:
        found.append(operation.as_strategy(generation_mode=mode))
    return st.one_of(found) if found else None


@pytest.mark.parametrize("role", ["terminal-1", "tax-system"])
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_whatever_is_asked_the_answer_is_one_of_those_that_are_promised(
    asked: Asked, api: Any, role: str, mode: GenerationMode
) -> None:
    headers = api(role).headers
    for operation in asked.operations():
        if (possible := cases(operation, mode, asked.known)) is None:
            continue

        @settings(max_examples=EXAMPLES)
        @given(case=possible)
        def ask(case: Any) -> None:
            asked.answer(case, headers)

        ask()

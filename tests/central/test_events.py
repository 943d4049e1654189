"""Events of subscribers: only the destination's own signature, for this case, once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from jwcrypto.common import base64url_decode, base64url_encode
from jwcrypto.jwk import JWK

from kiosk.delivery.tokens import make_signature_key, sign_event

Problem = Callable[[Any], str]


@pytest.fixture
def system(api: Callable[[str], Any]) -> Any:
    """The tax office's line-of-business system."""
    return api("tax-system")


@pytest.fixture
def signature_key(town: Any, keyring: Any) -> JWK:
    return private_signature_key(town.tax, keyring)


def private_signature_key(destination_id: UUID, keyring: Any) -> JWK:
    from kiosk.central.models import Destination, DestinationKey

    current = Destination.objects.get(pk=destination_id).current_key(DestinationKey.Use.SIGNATURE)
    return keyring.private(current.kid)


def event(about: UUID, key: JWK, name: str = "accept-submission", **changes: Any) -> str:
    """A token about this submission as its destination signs it; `changes` make it wrong."""
    from kiosk.central.models import Submission

    submission = Submission.objects.get(pk=about)
    payload: Mapping[str, Any] = {}
    claims = {
        "issuer": str(submission.destination_id),
        "submission_id": submission.pk,
        "case_id": submission.case_id,
        "payload": payload,
    }
    return sign_event(name, key=key, **(claims | changes))


def state_of(submission_id: UUID) -> str:
    from kiosk.central.models import Submission

    return str(Submission.objects.get(pk=submission_id).state)


def test_the_line_of_business_system_accepts(terminal: Any, system: Any, parcel: Any, signature_key: JWK) -> None:
    submission = parcel.deliver(terminal)
    token = event(submission, signature_key)

    assert system.post_jose(f"/v2/submissions/{submission}/events", token).status_code == 204

    assert state_of(submission) == "accepted"
    assert terminal.get(f"/v2/submissions/{submission}/events").json()["eventLog"][-1] == token


def test_it_may_also_speak_about_the_case(terminal: Any, system: Any, parcel: Any, signature_key: JWK) -> None:
    from kiosk.central.models import Submission

    submission = parcel.deliver(terminal)
    case = Submission.objects.get(pk=submission).case_id
    token = event(submission, signature_key, "reject-submission")

    assert system.post_jose(f"/v2/cases/{case}/events", token).status_code == 204

    assert state_of(submission) == "rejected"
    log = terminal.get(f"/v2/cases/{case}/events").json()
    assert (log["totalCount"], log["eventLog"][-1]) == (3, token)


def test_the_log_comes_in_pages(terminal: Any, parcel: Any) -> None:
    submission = parcel.deliver(terminal)

    page = terminal.get(f"/v2/submissions/{submission}/events", offset="1", limit="1").json()

    assert (page["offset"], page["count"], page["totalCount"]) == (1, 1, 2)


def test_the_same_token_again_changes_nothing(terminal: Any, system: Any, parcel: Any, signature_key: JWK) -> None:
    submission = parcel.deliver(terminal)
    path, token = f"/v2/submissions/{submission}/events", event(submission, signature_key)

    assert [system.post_jose(path, token).status_code for _ in range(3)] == [204, 204, 204]

    assert terminal.get(path).json()["totalCount"] == 3


def test_a_decision_stands(terminal: Any, system: Any, parcel: Any, signature_key: JWK, problem: Problem) -> None:
    submission = parcel.deliver(terminal)
    path = f"/v2/submissions/{submission}/events"
    system.post_jose(path, event(submission, signature_key))

    answer = system.post_jose(path, event(submission, signature_key, "reject-submission"))

    assert (answer.status_code, problem(answer)) == (409, "submission-state-invalid")
    assert state_of(submission) == "accepted"


@pytest.mark.parametrize(
    "changes",
    [{"issuer": str(UUID(int=3))}, {"submission_id": uuid4()}, {"case_id": uuid4()}, {"name": "submit-submission"}],
    ids=["issuer", "submission", "case", "kind"],
)
def test_a_token_about_something_else_is_refused(
    terminal: Any, system: Any, parcel: Any, signature_key: JWK, problem: Problem, changes: dict[str, Any]
) -> None:
    submission = parcel.deliver(terminal)

    answer = system.post_jose(f"/v2/submissions/{submission}/events", event(submission, signature_key, **changes))

    assert (answer.status_code, problem(answer)) == (422, "event-invalid")
    assert state_of(submission) == "submitted"


def test_a_token_signed_by_another_key_is_refused(
    terminal: Any, system: Any, parcel: Any, town: Any, keyring: Any, problem: Problem
) -> None:
    submission = parcel.deliver(terminal)
    own = make_signature_key()
    other_department = private_signature_key(town.order, keyring)

    for key in (own, other_department):
        answer = system.post_jose(f"/v2/submissions/{submission}/events", event(submission, key))
        assert problem(answer) == "event-invalid"
    assert state_of(submission) == "submitted"


def test_a_token_of_another_case_cannot_be_replayed(
    terminal: Any, system: Any, town: Any, parcel: Any, signature_key: JWK, problem: Problem
) -> None:
    from dataclasses import replace

    first = parcel.deliver(terminal)
    second = replace(parcel, attachment_id=uuid4()).deliver(terminal)
    token = event(first, signature_key)

    assert problem(system.post_jose(f"/v2/submissions/{second}/events", token)) == "event-invalid"
    assert state_of(second) == "submitted"


def test_a_token_id_counts_once(terminal: Any, system: Any, parcel: Any, signature_key: JWK, problem: Problem) -> None:
    from dataclasses import replace

    from kiosk.central.models import Event

    first = parcel.deliver(terminal)
    second = replace(parcel, attachment_id=uuid4()).deliver(terminal)
    system.post_jose(f"/v2/submissions/{first}/events", event(first, signature_key))
    token = event(second, signature_key)
    Event.objects.filter(name="accept-submission").update(jti=claims_of(token)["jti"])

    answer = system.post_jose(f"/v2/submissions/{second}/events", token)

    assert (answer.status_code, problem(answer)) == (422, "event-invalid")
    assert state_of(second) == "submitted"


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = json.loads(base64url_decode(token.split(".")[1]))
    return claims


def test_a_retired_key_signs_nothing_more(
    terminal: Any, system: Any, town: Any, parcel: Any, signature_key: JWK, problem: Problem
) -> None:
    from kiosk.central.models import DestinationKey

    submission = parcel.deliver(terminal)
    DestinationKey.objects.filter(kid=signature_key["kid"]).update(retired_at=datetime.now(UTC))

    answer = system.post_jose(f"/v2/submissions/{submission}/events", event(submission, signature_key))

    assert (answer.status_code, problem(answer)) == (422, "event-invalid")
    assert state_of(submission) == "submitted"


@pytest.mark.parametrize(
    "header",
    [{"typ": "JWT"}, {"alg": "RS512"}, {"alg": "none"}, {"kid": "\0"}, {"kid": None}, {"kid": ["x"]}, {"typ": None}],
    ids=str,
)
def test_a_token_of_another_kind_is_refused(
    terminal: Any, system: Any, parcel: Any, signature_key: JWK, problem: Problem, header: dict[str, Any]
) -> None:
    submission = parcel.deliver(terminal)
    head = {"typ": "secevent+jwt", "alg": "PS512", "kid": signature_key["kid"]} | header
    claims, signature = event(submission, signature_key).split(".")[1:]
    token = f"{base64url_encode(json.dumps(head))}.{claims}.{signature}"

    answer = system.post_jose(f"/v2/submissions/{submission}/events", token)

    assert (answer.status_code, problem(answer)) == (422, "event-invalid")
    assert state_of(submission) == "submitted"


def test_who_accepts_with_tags_accepts_what_the_service_holds(
    terminal: Any, system: Any, parcel: Any, signature_key: JWK, problem: Problem
) -> None:
    from kiosk.central.models import Event

    submission = parcel.deliver(terminal)
    path = f"/v2/submissions/{submission}/events"
    ours = Event.objects.get(submission=submission, name="submit-submission").payload
    others = {"authenticationTags": ours["authenticationTags"] | {"data": "AAAAAAAAAAAAAAAAAAAAAA"}}

    assert problem(system.post_jose(path, event(submission, signature_key, payload=others))) == "event-invalid"
    assert system.post_jose(path, event(submission, signature_key, payload=ours)).status_code == 204


def nested(depth: int) -> Any:
    return {"a": nested(depth - 1)} if depth else 1


@pytest.mark.parametrize("detail", ["\0", "a\0b", "\ud800", nested(600)], ids=["nul", "inside", "half", "deep"])
def test_a_reason_that_no_database_keeps_is_refused(
    terminal: Any, system: Any, parcel: Any, signature_key: JWK, problem: Problem, detail: Any
) -> None:
    submission = parcel.deliver(terminal)
    token = event(submission, signature_key, "reject-submission", payload={"problems": [{"detail": detail}]})

    answer = system.post_jose(f"/v2/submissions/{submission}/events", token)

    assert (answer.status_code, problem(answer)) == (422, "event-invalid")


def test_whoever_collects_a_submission_was_notified_of_it_once(terminal: Any, system: Any, parcel: Any) -> None:
    from kiosk.central.models import Event

    submission = parcel.deliver(terminal)

    for _ in range(2):
        assert system.get(f"/v2/submissions/{submission}").status_code == 200

    assert Event.objects.filter(submission=submission, name="notify-submission").count() == 1


def test_rubbish_is_refused(terminal: Any, system: Any, parcel: Any, problem: Problem) -> None:
    path = f"/v2/submissions/{parcel.deliver(terminal)}/events"

    assert problem(system.post_jose(path, "a.b.c")) == "event-invalid"
    assert problem(system.post_jose(path, "x" * 200_001)) == "content-too-large"
    assert problem(system.post(path, {})) == "unsupported-media-type"


def test_only_a_subscriber_decides(terminal: Any, parcel: Any, signature_key: JWK, problem: Problem) -> None:
    submission = parcel.deliver(terminal)

    answer = terminal.post_jose(f"/v2/submissions/{submission}/events", event(submission, signature_key))

    assert problem(answer) == "access-denied"


def test_an_unknown_case_is_named_as_such(terminal: Any, problem: Problem) -> None:
    assert problem(terminal.get(f"/v2/cases/{uuid4()}/events")) == "case-not-found"

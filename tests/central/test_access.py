"""Who may call the delivery service."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

FORM = "application/x-www-form-urlencoded"


def ask(http: Any, client_id: str, secret: str, grant: str = "client_credentials") -> Any:
    body = f"grant_type={grant}&client_id={client_id}&client_secret={secret}"
    return http.post("/token", body, content_type=FORM)


def test_a_known_client_gets_a_bearer_token_for_its_destinations(http: Any, town: Any) -> None:
    answer = ask(http, "terminal-1", town.secrets["terminal-1"])

    assert answer.status_code == 200
    body = answer.json()
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == 600
    assert set(body["scope"].split()) == {f"send:destination:{town.tax}", f"send:destination:{town.order}"}
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("client_id", ["terminal-1", "nobody", ""])
def test_a_wrong_secret_or_client_is_refused_alike(http: Any, client_id: str) -> None:
    answer = ask(http, client_id, "wrong")

    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})


def test_another_grant_is_refused(http: Any, town: Any) -> None:
    answer = ask(http, "terminal-1", town.secrets["terminal-1"], "password")

    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


def test_the_secret_does_not_travel_by_basic(http: Any, town: Any) -> None:
    from base64 import b64encode

    basic = b64encode(f"terminal-1:{town.secrets['terminal-1']}".encode()).decode()
    answer = http.post(
        "/token", "grant_type=client_credentials", content_type=FORM, headers={"Authorization": f"Basic {basic}"}
    )

    assert answer.status_code == 401


def test_guessing_secrets_is_slowed_down_even_for_the_right_one(http: Any, town: Any, problem: Any) -> None:
    for _ in range(11):
        ask(http, "terminal-1", "wrong")

    answer = ask(http, "terminal-1", town.secrets["terminal-1"])

    assert (answer.status_code, problem(answer)) == (429, "too-many-requests")
    assert int(answer["Retry-After"]) > 0


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer x", "Bearer InRlcm1pbmFsLTEi:1vXXXX:abc", "Basic eDp5"])
def test_without_a_valid_token_nothing_is_answered(http: Any, header: str | None, problem: Any) -> None:
    answer = http.post("/v2/submissions", "{}", "application/json", headers={"Authorization": header} if header else {})

    assert (answer.status_code, problem(answer)) == (401, "invalid-token")


def test_a_token_in_the_query_does_not_count(http: Any, api: Callable[[str], Any], town: Any) -> None:
    token = api("terminal-1").headers["Authorization"].removeprefix("Bearer ")

    assert http.get(f"/v2/destinations/{town.tax}", {"access_token": token}).status_code == 401


def test_a_token_ends_after_ten_minutes(http: Any, town: Any) -> None:
    from kiosk.central.service.oauth import SALT

    def status_of(age_s: int) -> int:
        headers = {"Authorization": f"Bearer {signed_before(age_s, SALT)}"}
        return int(http.get(f"/v2/destinations/{town.tax}", headers=headers).status_code)

    assert (status_of(590), status_of(610)) == (200, 401)


def signed_before(age_s: int, salt: str) -> str:
    """A token of terminal-1 as it was signed `age_s` seconds ago."""
    from django.core import signing

    class Earlier(signing.TimestampSigner):
        def timestamp(self) -> str:
            return signing.b62_encode(int(time.time()) - age_s)

    return Earlier(salt=salt).sign_object("terminal-1")


def test_a_revoked_client_is_refused_within_a_second(terminal: Any, town: Any) -> None:
    from kiosk.central.service import registry
    from kiosk.central.town import revoke_client

    assert revoke_client("terminal-1")
    registry.forget()

    assert terminal.get(f"/v2/destinations/{town.tax}").status_code == 401


def test_the_secret_is_not_in_the_database(town: Any) -> None:
    from kiosk.central.models import Client

    stored = Client.objects.get(pk="terminal-1")

    assert town.secrets["terminal-1"] not in repr(vars(stored))


def test_a_client_that_never_stops_is_slowed_down_and_others_are_not(
    api: Callable[[str], Any], town: Any, problem: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kiosk.central import throttle

    monkeypatch.setattr(throttle, "_left", {})
    monkeypatch.setattr(throttle, "CALLS_AT_ONCE", 3.0)
    monkeypatch.setattr(throttle, "CALLS_PER_S", 0.001)
    busy, quiet = api("terminal-1"), api("terminal-2")
    path = f"/v2/destinations/{town.tax}"

    assert [busy.get(path).status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = busy.get(path)
    assert (problem(answer), int(answer["Retry-After"]) > 0) == ("too-many-requests", True)
    assert quiet.get(path).status_code == 200


def test_a_client_may_go_on_after_a_pause(town: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from kiosk.central import throttle

    now = 1000.0
    monkeypatch.setattr(throttle, "_left", {})
    monkeypatch.setattr(throttle.time, "monotonic", lambda: now)
    spent = [throttle.spend("terminal-1") for _ in range(int(throttle.CALLS_AT_ONCE) + 1)]
    assert (sum(wait == 0 for wait in spent), spent[-1]) == (throttle.CALLS_AT_ONCE, 1)

    now += 1.0

    assert sum(throttle.spend("terminal-1") == 0 for _ in range(10_000)) == throttle.CALLS_PER_S


def test_a_token_of_another_terminal_opens_nothing_of_this_one(
    terminal: Any, api: Callable[[str], Any], parcel: Any, problem: Any
) -> None:
    other = api("terminal-2")
    made = terminal.post("/v2/submissions", parcel.announcement()).json()
    path = f"/v2/submissions/{made['submissionId']}"

    for answer in (
        other.put(path, parcel.sealed()),
        other.put_jose(f"{path}/attachments/{parcel.attachment_id}", "a.b.c.d.e"),
        other.get(f"{path}/events"),
        other.get(f"/v2/cases/{made['caseId']}/events"),
    ):
        assert (answer.status_code, problem(answer)) == (403, "access-denied")


def test_a_terminal_whose_link_was_taken_away_sends_nothing_more(
    terminal: Any, town: Any, parcel: Any, problem: Any
) -> None:
    from kiosk.central.models import Client
    from kiosk.central.service import registry

    made = terminal.post("/v2/submissions", parcel.announcement() | {"announcedAttachments": []}).json()
    Client.objects.get(pk="terminal-1").destinations.clear()
    registry.forget()  # a second goes by

    assert problem(terminal.put(f"/v2/submissions/{made['submissionId']}", parcel.sealed())) == "access-denied"
    assert problem(terminal.post("/v2/submissions", parcel.announcement())) == "access-denied"


@pytest.mark.parametrize("scope", ["send:destination:other", "everything", "%00"])
def test_a_scope_that_is_not_the_clients_is_refused(http: Any, town: Any, scope: str) -> None:
    secret = town.secrets["terminal-1"]
    body = f"grant_type=client_credentials&client_id=terminal-1&client_secret={secret}&scope={scope}"

    answer = http.post("/token", body, content_type=FORM)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")

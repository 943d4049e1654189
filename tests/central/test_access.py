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


def test_a_revoked_client_is_refused_at_once(terminal: Any, town: Any) -> None:
    from kiosk.central.town import revoke_client

    assert revoke_client("terminal-1")

    assert terminal.get(f"/v2/destinations/{town.tax}").status_code == 401


def test_the_secret_is_not_in_the_database(town: Any) -> None:
    from kiosk.central.models import Client

    stored = Client.objects.get(pk="terminal-1")

    assert town.secrets["terminal-1"] not in repr(vars(stored))

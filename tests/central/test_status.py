"""Where is my application: by the application code, and by nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from kiosk.delivery.reference import mint_code, status_token

from .conftest import Parcel

Problem = Callable[[Any], str]


def look_up(http: Any, token: object, **more: Any) -> Any:
    return http.post("/status/lookup", json.dumps({"token": token}), content_type="application/json", **more)


def test_the_code_leads_to_every_departments_answer(
    http: Any, terminal: Any, town: Any, open_arrivals: Callable[[], int]
) -> None:
    code = mint_code()
    Parcel(town.tax, "C2-7K4M-9PW", code).deliver(terminal)
    Parcel(town.order, "C2-AAAA-AAA", code).deliver(terminal)
    open_arrivals()

    entries = look_up(http, status_token(code)).json()["entries"]

    assert {(entry["department"], entry["phone"], entry["reference"]) for entry in entries} == {
        ("Steuern und Abgaben", "030 23125 001", "C2-7K4M-9PW"),
        ("Öffentliche Ordnung", "030 23125 002", "C2-AAAA-AAA"),
    }
    assert {entry["state"] for entry in entries} == {"arrived"}
    assert all(set(entry) == {"department", "state", "since", "phone", "reference"} for entry in entries)


@pytest.mark.parametrize(("do", "state"), [("accept", "accepted"), ("reject", "rejected")])
def test_a_decision_changes_the_answer(
    http: Any, terminal: Any, parcel: Parcel, open_arrivals: Any, opening_desk: Any, do: str, state: str
) -> None:
    from django.contrib.auth.models import User

    submission = parcel.deliver(terminal)
    open_arrivals()
    http.force_login(User.objects.get(username="steuern"), "django.contrib.auth.backends.ModelBackend")
    http.post(f"/inbox/{submission}/{do}", {"reason": "duplicate"})

    [entry] = look_up(http, status_token(parcel.code)).json()["entries"]

    assert entry["state"] == state


def test_before_it_was_opened_central_knows_nothing(http: Any, terminal: Any, parcel: Parcel, problem: Problem) -> None:
    parcel.deliver(terminal)

    answer = look_up(http, status_token(parcel.code))

    assert (answer.status_code, problem(answer)) == (404, "code-not-found")


def test_a_reference_opens_nothing(http: Any, terminal: Any, parcel: Parcel, open_arrivals: Any) -> None:
    parcel.deliver(terminal)
    open_arrivals()

    assert look_up(http, parcel.reference).status_code == 400
    assert look_up(http, "0" * 64).status_code == 404


@pytest.mark.parametrize("token", [None, "", 7, ["a"], "x" * 64, "A" * 64, "0" * 65])
def test_a_malformed_token_is_refused(http: Any, town: Any, token: object, problem: Problem) -> None:
    assert problem(look_up(http, token)) == "bad-request"


def test_guesses_are_slowed_more_and_more(http: Any, town: Any, problem: Problem) -> None:
    from kiosk.central.models import Guess

    assert [look_up(http, "0" * 64).status_code for _ in range(11)] == [404] * 11

    waits = []
    for _ in range(3):
        answer = look_up(http, "0" * 64)
        assert (answer.status_code, problem(answer)) == (429, "too-many-requests")
        waits.append(int(answer["Retry-After"]))
        Guess.objects.update(until="2000-01-01T00:00:00Z")
        look_up(http, "0" * 64)

    assert waits == [2, 4, 8]


def test_the_right_code_waits_too_and_forgives_nothing(
    http: Any, terminal: Any, parcel: Parcel, open_arrivals: Any
) -> None:
    parcel.deliver(terminal)
    open_arrivals()
    for _ in range(11):
        look_up(http, "0" * 64)

    assert look_up(http, status_token(parcel.code)).status_code == 429


def test_another_address_is_not_slowed_and_no_address_is_stored(http: Any, town: Any) -> None:
    from kiosk.central.models import Guess

    for _ in range(12):
        look_up(http, "0" * 64, REMOTE_ADDR="192.0.2.7")

    assert look_up(http, "0" * 64, REMOTE_ADDR="192.0.2.8").status_code == 404
    assert "192.0.2" not in "".join(Guess.objects.values_list("key", flat=True))


def test_time_forgives(http: Any, town: Any) -> None:
    from django.utils import timezone

    from kiosk.central.models import Guess
    from kiosk.central.throttle import forget_old

    for _ in range(12):
        look_up(http, "0" * 64)
    earlier = timezone.now() - timedelta(hours=2)
    Guess.objects.update(last_at=earlier, until=earlier)

    look_up(http, "0" * 64)
    assert Guess.objects.get().misses == 1
    Guess.objects.update(last_at=earlier)
    forget_old()
    assert not Guess.objects.exists()


def test_bad_bodies_are_problem_documents(http: Any, town: Any, problem: Problem) -> None:
    assert problem(http.post("/status/lookup", "{", content_type="application/json")) == "invalid-json"
    assert problem(http.post("/status/lookup", {"token": "x"})) == "unsupported-media-type"
    assert problem(http.get("/status/lookup")) == "method-not-allowed"


def test_the_public_page_keeps_the_code_in_the_browser(http: Any, town: Any) -> None:
    html = http.get("/status").content.decode()

    assert "<noscript>" in html
    assert 'data-rounds="200000"' in html
    assert 'action="' not in html
    assert 'name="code"' not in html


@pytest.mark.parametrize(
    ("query", "accepted", "language"),
    [("?lang=de", "en", "de"), ("?lang=en", "de", "en"), ("", "en-GB,en;q=0.9", "en"), ("?lang=xx", "fr;q=0.9", "de")],
)
def test_the_public_page_speaks_the_asked_language(
    http: Any, town: Any, query: str, accepted: str, language: str
) -> None:
    html = http.get(f"/status{query}", headers={"Accept-Language": accepted}).content.decode()

    assert f'<html lang="{language}">' in html


def test_two_submissions_of_one_department_are_two_entries(
    http: Any, terminal: Any, parcel: Parcel, open_arrivals: Any
) -> None:
    parcel.deliver(terminal)
    replace(parcel, attachment_id=uuid4(), reference="C2-AAAA-AAA").deliver(terminal)
    open_arrivals()

    assert len(look_up(http, status_token(parcel.code)).json()["entries"]) == 2

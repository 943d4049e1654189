"""The inbox as a caseworker uses it: what is listed, read, decided, and what stays invisible."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from bs4 import BeautifulSoup

from kiosk.delivery.submission import padded_json

from .conftest import PASSWORD_OF, PDF, Parcel, clear_data, rows


def login(http: Any, name: str, password: str | None = None) -> Any:
    return http.post("/login", {"username": name, "password": password or PASSWORD_OF[name]})


def page(answer: Any) -> BeautifulSoup:
    assert answer.status_code == 200, answer.status_code
    return BeautifulSoup(answer.content, "html.parser")


@pytest.fixture
def tax(http: Any) -> Any:
    """A browser in which the tax office is logged in."""
    assert login(http, "steuern").status_code == 302
    return http


@pytest.fixture
def arrived(terminal: Any, parcel: Parcel, open_arrivals: Callable[[], int], opening_desk: Any) -> UUID:
    """A submission that was opened on arrival, with the opening service running."""
    submission = parcel.deliver(terminal)
    open_arrivals()
    return submission


class TestLogin:
    def test_nothing_is_shown_without_one(self, http: Any, arrived: UUID) -> None:
        for path in ("/inbox", f"/inbox/{arrived}", f"/inbox/{arrived}/attachments/{uuid4()}"):
            answer = http.get(path)
            assert (answer.status_code, answer["Location"]) == (302, f"/login?next={path}")
        assert http.post(f"/inbox/{arrived}/accept").status_code == 302

    def test_a_wrong_password_says_so_without_naming_which(self, http: Any, town: Any) -> None:
        texts = [page(login(http, name, "wrong")).select_one("#errors").text for name in ("steuern", "nobody")]

        assert texts[0] == texts[1]
        assert "Kennung oder Passwort" in texts[0]

    def test_guessing_is_locked_after_five_tries_even_for_the_right_password(self, http: Any, town: Any) -> None:
        for _ in range(5):
            last = login(http, "steuern", "wrong")

        assert last.status_code == 429
        assert "fünf Minuten" in last.content.decode()
        assert login(http, "steuern").status_code == 429

    def test_logging_out_ends_it(self, tax: Any) -> None:
        assert tax.post("/logout").status_code == 302

        assert tax.get("/inbox").status_code == 302

    def test_the_cookie_is_for_the_browser_alone(self, tax: Any) -> None:
        cookie = tax.cookies["sessionid"]

        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"


class TestList:
    def test_a_new_submission_is_there_with_its_doubts(
        self, tax: Any, terminal: Any, parcel: Parcel, open_arrivals: Any, opening_desk: Any
    ) -> None:
        data = clear_data(sections=rows(contested="Ada Muster"), flags=["language-dsb"])
        replace(parcel, data=padded_json(data), identification=None).deliver(terminal)
        open_arrivals()

        html = page(tax.get("/inbox"))

        [line] = html.select(".list li a")
        assert line.strong.text == "Hund anmelden"
        assert line.select_one(".reference").text == "C2-7K4M-9PW"
        assert [badge.text for badge in line.select(".badge")] == [
            "Ohne Ausweis",
            "Angabe bestritten",
            "Sprache: Dolnoserbski",
        ]
        assert [number.text for number in html.select(".views .number")] == ["1", "0", "0", "0"]

    def test_one_that_is_not_opened_yet_and_one_that_cannot_be_are_both_listed(
        self, tax: Any, terminal: Any, parcel: Parcel, open_arrivals: Any, opening_desk: Any
    ) -> None:
        replace(parcel, data=b"no JSON", attachment_id=uuid4()).deliver(terminal)
        open_arrivals()
        parcel.deliver(terminal)

        badges = [badge.text for badge in page(tax.get("/inbox")).select(".list .badge")]

        assert badges == ["Wird noch geöffnet", "Lässt sich nicht öffnen"]

    def test_it_is_narrowed_by_procedure_and_by_card(
        self, tax: Any, terminal: Any, parcel: Parcel, open_arrivals: Any, opening_desk: Any
    ) -> None:
        parcel.deliver(terminal)
        replace(parcel, identification=None, attachment_id=uuid4()).deliver(terminal)
        open_arrivals()

        def listed(query: str) -> int:
            return len(page(tax.get(f"/inbox?{query}")).select(".list li"))

        assert listed("view=new") == 2
        assert listed("view=new&card=none") == 1
        assert listed("view=new&procedure=hund-anmelden") == 2
        assert listed("view=new&procedure=other") == 0
        assert listed("view=accepted") == 0

    def test_a_long_list_comes_in_pages(
        self, tax: Any, terminal: Any, parcel: Parcel, town: Any, opening_desk: Any
    ) -> None:
        from django.utils import timezone

        from kiosk.central.models import Case, Submission

        for _ in range(51):
            Submission.objects.create(
                case=Case.objects.create(),
                destination_id=town.tax,
                client_id="terminal-1",
                state="submitted",
                submitted_at=timezone.now(),
            )

        first, second = page(tax.get("/inbox")), page(tax.get("/inbox?page=2"))

        assert (len(first.select(".list li")), len(second.select(".list li"))) == (50, 1)
        assert "Seite 1 von 2" in first.select_one(".pages").text

    def test_an_unknown_view_does_not_exist(self, tax: Any) -> None:
        assert tax.get("/inbox?view=secret").status_code == 404

    def test_an_opening_service_that_is_down_is_said(self, tax: Any) -> None:
        note = page(tax.get("/inbox")).select_one("main .note")

        assert "Öffnungsdienst antwortet nicht" in note.text
        assert "CENTRAL-04" in note.text


class TestCase:
    def test_it_shows_every_answer_with_its_path_and_source(self, tax: Any, arrived: UUID) -> None:
        html = page(tax.get(f"/inbox/{arrived}"))

        values = {value["data-path"]: value.text for value in html.select("[data-path]")}
        assert values == {"name": "Ada Beispiel", "dogs.1.name": "Mila", "dogs.1.chip": ""}
        name = html.select_one('[data-path="name"]').parent
        assert name.select_one(".source").text == "vom Ausweis"
        evidence = html.select_one(".evidence").text
        assert "Vor-Ort-Auslesen mit CAN" in evidence
        assert "substanziell" in evidence
        assert "Personal 17" in evidence
        assert html.select_one("article")["data-reference"] == "C2-7K4M-9PW"
        assert html.select_one(".list [aria-current]")["href"] == f"/inbox/{arrived}"

    def test_a_contested_value_keeps_the_cards_and_shows_the_citizens(
        self, tax: Any, terminal: Any, parcel: Parcel, open_arrivals: Any, opening_desk: Any
    ) -> None:
        data = clear_data(sections=rows(contested="Ada Muster"), warnings=["Die Frist ist überschritten."])
        submission = replace(parcel, data=padded_json(data), related=("C2-AAAA-AAA",)).deliver(terminal)
        open_arrivals()

        html = page(tax.get(f"/inbox/{submission}"))

        assert html.select_one('[data-path="name"]').text == "Ada Beispiel"
        assert html.select_one('[data-contested="name"]').text == "Ada Muster"
        assert "Die Frist ist überschritten." in html.select_one(".note.doubt").text
        assert "C2-AAAA-AAA" in html.text

    def test_what_a_citizen_wrote_stays_text(
        self, tax: Any, terminal: Any, parcel: Parcel, open_arrivals: Any, opening_desk: Any
    ) -> None:
        nasty = '<script>alert(1)</script> \u202eabc 🐕 "&amp;'
        data = clear_data(sections=rows(text=nasty))
        submission = replace(parcel, data=padded_json(data)).deliver(terminal)
        open_arrivals()

        html = page(tax.get(f"/inbox/{submission}"))

        assert html.select_one('[data-path="name"]').text == nasty
        assert not html.select("script")

    def test_the_history_tells_what_happened_newest_first(self, tax: Any, arrived: UUID) -> None:
        tax.post(f"/inbox/{arrived}/reject", {"reason": "duplicate"})

        told = [item.text for item in page(tax.get(f"/inbox/{arrived}")).select(".history li")]

        assert "abgelehnt: Der Antrag liegt schon vor" in told[0]
        assert "Siegel und Prüfsummen stimmen" in told[1]
        assert "zugestellt, Empfang signiert" in told[2]
        assert "am Terminal verbindlich abgesendet" in told[3]

    def test_the_form_is_a_download_that_runs_nothing(self, tax: Any, arrived: UUID, parcel: Parcel) -> None:
        link = page(tax.get(f"/inbox/{arrived}")).select_one(".files a")

        answer = tax.get(link["href"])

        assert answer.content == PDF
        assert answer["Content-Type"] == "application/pdf"
        assert answer["Content-Disposition"] == 'attachment; filename="Antrag.pdf"'
        assert "sandbox" in answer["Content-Security-Policy"]

    def test_one_that_cannot_be_opened_says_so_and_offers_nothing(
        self, tax: Any, terminal: Any, parcel: Parcel, open_arrivals: Any, opening_desk: Any
    ) -> None:
        submission = replace(parcel, data=b"no JSON").deliver(terminal)
        open_arrivals()

        html = page(tax.get(f"/inbox/{submission}"))

        assert "CENTRAL-03" in html.select_one(".case .note").text
        assert not html.select(".actions")

    def test_without_the_opening_service_the_page_still_answers(
        self, tax: Any, terminal: Any, parcel: Parcel, open_arrivals: Any
    ) -> None:
        submission = parcel.deliver(terminal)
        open_arrivals()

        html = page(tax.get(f"/inbox/{submission}"))

        assert "CENTRAL-04" in html.select_one(".case .note").text
        assert tax.get(f"/inbox/{submission}/attachments/{parcel.attachment_id}").status_code == 503


class TestDecision:
    def test_accepting(self, tax: Any, arrived: UUID) -> None:
        html = page(tax.post(f"/inbox/{arrived}/accept", follow=True))

        assert html.select_one(".note.good").text == "Vorgang übernommen."
        assert html.select_one("article")["data-state"] == "accepted"
        assert not html.select(".actions")
        assert [number.text for number in html.select(".views .number")] == ["0", "1", "0", "0"]

    def test_rejecting_needs_a_reason(self, tax: Any, arrived: UUID) -> None:
        html = page(tax.post(f"/inbox/{arrived}/reject", {"reason": "just so"}, follow=True))
        assert "Bitte einen Grund wählen" in html.select_one(".note.danger").text

        html = page(tax.post(f"/inbox/{arrived}/reject", {"reason": "incomplete"}, follow=True))
        assert html.select_one("article")["data-state"] == "rejected"

    def test_a_second_decision_is_told(self, tax: Any, arrived: UUID) -> None:
        tax.post(f"/inbox/{arrived}/accept")

        html = page(tax.post(f"/inbox/{arrived}/reject", {"reason": "duplicate"}, follow=True))

        assert "schon entschieden" in html.text
        assert html.select_one("article")["data-state"] == "accepted"

    def test_it_is_no_link(self, tax: Any, arrived: UUID) -> None:
        assert tax.get(f"/inbox/{arrived}/accept").status_code == 405

    def test_it_needs_the_pages_own_token(self, town: Any, arrived: UUID) -> None:
        from django.test import Client

        strict = Client(enforce_csrf_checks=True)
        strict.force_login(staff("steuern"))

        answer = strict.post(f"/inbox/{arrived}/accept")

        assert answer.status_code == 403
        assert "zu lange offen" in answer.content.decode()

    def test_a_service_that_went_away_changes_nothing(self, tax: Any, terminal: Any, parcel: Parcel) -> None:
        submission = parcel.deliver(terminal)

        html = page(tax.post(f"/inbox/{submission}/accept", follow=True))

        assert "Öffnungsdienst antwortet nicht" in html.select_one(".note.danger").text
        assert html.select_one("article")["data-state"] == "submitted"


def staff(name: str) -> Any:
    from django.contrib.auth.models import User

    return User.objects.get(username=name)


def page_without_token(answer: Any) -> str:
    html = BeautifulSoup(answer.content, "html.parser")
    for token in html.select("[name=csrfmiddlewaretoken]"):
        token.decompose()
    return str(html)


class TestAnotherDepartment:
    def test_its_cases_do_not_exist(self, http: Any, arrived: UUID, parcel: Parcel) -> None:
        login(http, "ordnung")

        assert http.get(f"/inbox/{arrived}").status_code == 404
        assert http.get(f"/inbox/{arrived}/attachments/{parcel.attachment_id}").status_code == 404
        assert http.post(f"/inbox/{arrived}/accept").status_code == 404
        assert http.post(f"/inbox/{arrived}/reject", {"reason": "duplicate"}).status_code == 404
        assert not page(http.get("/inbox")).select(".list li")

    def test_the_answer_is_the_same_as_for_a_case_that_never_was(self, http: Any, arrived: UUID) -> None:
        login(http, "ordnung")

        foreign, unknown = (page_without_token(http.get(f"/inbox/{case}")) for case in (arrived, uuid4()))

        assert foreign == unknown

    def test_an_account_without_department_sees_nothing(self, http: Any, arrived: UUID) -> None:
        from kiosk.central.models import Department

        for department in Department.objects.all():
            department.staff.clear()
        login(http, "steuern")

        assert not page(http.get("/inbox")).select(".list li")
        assert http.get(f"/inbox/{arrived}").status_code == 404


class TestPages:
    @pytest.mark.parametrize("path", ["/login", "/status", "/inbox"])
    def test_every_page_forbids_foreign_scripts_frames_and_caches(self, tax: Any, path: str) -> None:
        tax.logout()
        answer = tax.get(path, follow=True)

        assert "script-src 'self'" in answer["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        assert answer["X-Frame-Options"] == "DENY"
        assert "no-store" in answer["Cache-Control"]
        assert answer["Referrer-Policy"] == "same-origin"

    def test_no_page_has_an_inline_script_style_or_foreign_address(self, tax: Any, arrived: UUID) -> None:
        for path in ("/inbox", f"/inbox/{arrived}", "/status"):
            html = page(tax.get(path))
            assert not [script for script in html.select("script") if not script.get("src")]
            assert not html.select("style, [style], [onclick]")
            sources = [tag.get("src") or tag.get("href") for tag in html.select("[src], [href]")]
            assert not [source for source in sources if source.startswith(("http", "//"))]

    def test_every_control_has_a_name_and_every_page_one_main_heading(self, tax: Any, arrived: UUID) -> None:
        for path in ("/inbox", f"/inbox/{arrived}", "/status"):
            html = page(tax.get(path))
            assert html.html["lang"] == "de"
            assert len(html.select("h1")) == 1
            assert len(html.select("main")) == 1
            assert all(control.text.strip() for control in html.select("button, a, summary"))
            labelled = {label.get("for") for label in html.select("label")}
            fields = html.select("input:not([type=hidden]):not([type=radio])")
            assert all(field["id"] in labelled for field in fields)

    def test_a_broken_database_is_a_plain_page_that_names_nobody(self, tax: Any) -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE django_session")

        answer = tax.get("/inbox")

        assert answer.status_code == 500
        assert "Das hat nicht geklappt" in answer.content.decode()

    def test_an_unknown_address_is_a_plain_page(self, http: Any, town: Any) -> None:
        answer = http.get("/nowhere")

        assert answer.status_code == 404
        assert "Nicht gefunden" in answer.content.decode()

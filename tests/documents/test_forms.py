"""The department's form: what it says, what it keeps from the wrong department, and that it is tagged."""

from __future__ import annotations

import pickle
import subprocess
from dataclasses import replace
from io import BytesIO

import pytest
from pypdf import PdfReader

from kiosk.documents.forms import form_html, render_form
from kiosk.errors import DocumentError
from kiosk.procedures.model import Answer

REFERENCE = "C2-7K4M-9PW"


def squeezed(text: str) -> str:
    """Without any white space: wrapping must not change what is read."""
    return "".join(text.replace("\xad", "").split())


@pytest.fixture
def pdf(application, town) -> bytes:
    return render_form(application, application.procedure.destinations[0], REFERENCE, town)


@pytest.fixture
def text(pdf) -> str:
    return squeezed("".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages))


def test_it_names_town_department_reference_and_day(text):
    for expected in ("Stadt Cottbus", "Město Chóśebuz", "Steuern und Abgaben", REFERENCE, "22. November 2026"):
        assert squeezed(expected) in text


def test_a_value_of_200_letters_is_there_to_the_last(text, application):
    value = application.answers["family_name"].value
    assert len(value) >= 180
    assert squeezed(value) in text


def test_the_card_as_source_and_the_contested_value_are_named(text):
    assert squeezed("vom Ausweis, bestritten") in text
    assert squeezed("Laut antragstellender Person richtig: Beispiel") in text
    assert squeezed("1950vom Ausweis") in text


def test_way_assurance_and_confirmation_are_named(text):
    for expected in ("Vor-Ort-Auslesen des Ausweises (§ 18a PAuswG)", "hoch", "geprüft, echt", "Personal 17"):
        assert squeezed(expected) in text


def test_the_fee_shows_its_date_and_source(text):
    assert squeezed("30,50 € Stand: 14. November 2026. erfundene Gebührentafel") in text


def test_every_round_of_a_group_is_there_under_its_own_heading(text):
    assert "Hund1Rufname" in text
    assert "Hund2RufnameŁapka" in text


def test_every_page_has_its_number(text):
    assert "Seite1von2" in text
    assert "Seite2von2" in text


def test_a_department_sees_its_own_rows_only(text, application):
    assert squeezed(application.answers["given_names"].value) not in text
    assert "Bemerkung" not in text


def test_a_warning_goes_only_to_the_department_whose_answer_it_is_about(application, town):
    changed = {**application.answers, "born": Answer("2026-11-01")}
    late = replace(application, answers=changed)
    tax, order = application.procedure.destinations
    entitled = replace(tax, fields=(*tax.fields, "dogs.*.since"))
    assert "Der Hund ist älter als die Person." in form_html(late, entitled, REFERENCE, town)
    assert "Der Hund ist älter" not in form_html(late, order, REFERENCE, town)


def test_what_a_citizen_types_is_text_never_markup(application, town, text):
    html = form_html(application, application.procedure.destinations[0], REFERENCE, town)
    assert "&lt;b&gt;Bello&lt;/b&gt; &amp; Söhne" in html
    assert squeezed("<b>Bello</b> & Söhne") in text


def test_without_a_card_it_says_so(application, town):
    html = form_html(replace(application, evidence=None), application.procedure.destinations[0], REFERENCE, town)
    assert "ohne Ausweis" in html


def test_it_is_tagged_german_and_titled(pdf):
    reader = PdfReader(BytesIO(pdf))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "de"
    assert root["/StructTreeRoot"]
    assert reader.metadata.title == f"Hund anmelden, Vorgangsnummer {REFERENCE}"


def test_every_letter_has_a_glyph_of_noto_sans(pdf):
    fonts = subprocess.run(["pdffonts", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    names = [line.split()[0] for line in fonts.splitlines()[2:]]
    assert names
    assert all("Noto-Sans" in name or "NotoSans" in name for name in names)


def test_its_arguments_travel_to_another_process(application, town, pdf):
    travelled, there = pickle.loads(pickle.dumps((application, town)))  # noqa: S301 - our own bytes
    again = render_form(travelled, travelled.procedure.destinations[0], REFERENCE, there)
    assert len(PdfReader(BytesIO(again)).pages) == len(PdfReader(BytesIO(pdf)).pages)


def test_a_renderer_in_trouble_is_an_error_without_the_answers(application, town):
    lone_surrogate = {**application.answers, "family_name": Answer("Geheim\ud800")}
    broken = replace(application, answers=lone_surrogate)
    with pytest.raises(DocumentError) as caught:
        render_form(broken, application.procedure.destinations[0], REFERENCE, town)
    assert caught.value.code == "DOC-01"
    assert "Geheim" not in str(caught.value)

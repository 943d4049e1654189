"""A small procedure of its own for documents, so that they do not depend on a real town's files."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from kiosk.application import Application, Receipt
from kiosk.documents.receipt import ReceiptTown
from kiosk.identity import Assurance, Authenticity, IdentityEvidence, StaffConfirmation, Way
from kiosk.language import Language, load
from kiosk.procedures.fields import Address, Choice, Date, LongText, Name, Option, YesNo
from kiosk.procedures.model import Answer, Check, Destination, Fee, Group, Page, Procedure, Source

LONG_NAME = "Maximiliana Ŵilhelmine " + "Musterhausen-Beispielberg-" * 6 + "Źěłańska-Pśikład"


@pytest.fixture
def town() -> ReceiptTown:
    return ReceiptTown("Stadt Cottbus", "Město Chóśebuz")


@pytest.fixture
def german() -> Language:
    return load("de")


@pytest.fixture
def english() -> Language:
    texts = {
        "Hund anmelden": "Register a dog",
        "Steuern und Abgaben": "Taxes and duties",
        "Gebühr": "Fee",
        "Erfasst am": "Recorded on",
    }
    return Language("en", "English", texts, reviewed=True)


@pytest.fixture
def procedure() -> Procedure:
    return Procedure(
        id="hund-probe",
        version="1",
        digest="0123456789abcdef" * 4,
        title="Hund anmelden",
        summary="",
        icon="dog",
        service_id="urn:example:probe",
        leika_key="",
        card=True,
        notice="",
        pages=(
            Page(
                "person",
                "Wer sind Sie?",
                "Ihre Person",
                (
                    Name(id="family_name", label="Familienname", maximum=250),
                    Name(id="given_names", label="Vornamen"),
                    Date(id="born", label="Geburtsdatum"),
                    Address(id="address", label="Anschrift"),
                ),
            ),
            Page("dog", "Wie heißt der Hund?", "Der Hund", (Name(id="name", label="Rufname"),), group="dogs"),
            Page("since", "Seit wann?", "Der Hund", (Date(id="since", label="Gehalten seit"),), group="dogs"),
            Page("more", "Noch ein Hund?", "Der Hund", (YesNo(id="more", label="Noch ein Hund?"),), group="dogs"),
            Page(
                "kind",
                "Was für ein Antrag?",
                "Der Antrag",
                (
                    Choice(id="kind", label="Art", options=(Option("new", "neu"), Option("change", "Änderung"))),
                    LongText(id="remark", label="Bemerkung"),
                ),
            ),
        ),
        groups={"dogs": Group("dogs", "Hund {number}", "Noch ein Hund?", 1, 5)},
        checks=(
            Check("not_before", "dogs.*.since", "born", severity="warning", text="Der Hund ist älter als die Person."),
        ),
        destinations=(
            Destination(
                "tax", "Steuern und Abgaben", "Steuer", ("family_name", "born", "address", "dogs.*.name", "kind")
            ),
            Destination("order", "Öffentliche Ordnung", "Register", ("family_name", "given_names", "remark")),
        ),
        fee=Fee("kind", {"new": 3050, "change": 0}, "2026-11-14", "erfundene Gebührentafel"),
    )


@pytest.fixture
def application(procedure: Procedure) -> Application:
    answers = {
        "family_name": Answer(LONG_NAME, Source.CARD, contested="Beispiel"),
        "given_names": Answer("Měto", Source.CARD),
        "born": Answer("1950", Source.CARD),
        "address": Answer("Beispielstraße 12\n03046\nCottbus", Source.CARD),
        "dogs.1.name": Answer("<b>Bello</b> & Söhne"),
        "dogs.1.since": Answer("2026-03-01"),
        "dogs.1.more": Answer("yes"),
        "dogs.2.name": Answer("Łapka"),
        "dogs.2.since": Answer("2026-04-01"),
        "dogs.2.more": Answer("no"),
        "kind": Answer("new"),
        "remark": Answer("Eine Bemerkung, die nur die Ordnung angeht. " * 12),
    }
    read_at = datetime(2026, 11, 22, 13, 5, tzinfo=UTC)
    evidence = IdentityEvidence(
        Way.ON_SITE, Assurance.HIGH, Authenticity.VERIFIED, read_at, StaffConfirmation("17", read_at)
    )
    return Application(procedure, answers, "dsb", date(2026, 11, 22), evidence)


@pytest.fixture
def receipt(procedure: Procedure) -> Receipt:
    return Receipt(
        code="7K4M9-PWD3T-XHWQ",
        references=(("Steuern und Abgaben", "C2-7K4M-9PW"), ("Öffentliche Ordnung", "C2-3HXD-V4T")),
        procedure=procedure,
        saved_at=datetime(2026, 11, 22, 13, 7, tzinfo=UTC),
        language="en",
        fee_cents=3050,
    )

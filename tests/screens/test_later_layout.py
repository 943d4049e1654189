"""Card, review, sending, end and status: nothing cut, targets large enough, every stop of the ring in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from kivy.uix.label import Label

from kiosk.application import CaseState, PrintOutcome, Receipt, StatusEntry
from kiosk.identity import ReadPhase, StaffConfirmation, Way
from kiosk.online import EnterCan, EnterPin, EnterPuk, InsertCard, RemoveCard, ShowCertificate
from kiosk.procedures.journey import contest
from kiosk.visit.model import (
    Confirming,
    Consenting,
    Finished,
    Identifying,
    IdentifyingOnline,
    IdentifyingPhase,
    LookingUp,
    Reviewing,
)
from screens.focus import focus
from screens.theme import TARGET_MM, theme
from screens.widgets.keyboard import Key

SLACK_PX = 1.5
MOMENT = datetime(2026, 11, 22, 13, 7, tzinfo=UTC)
CERTIFICATE = ShowCertificate(
    "Stadt Musterstadt, Bürgeramt und Ordnungsamt", "Probe CA", "Ausweisen am Terminal", None, ("GivenNames", "Address")
)
CONFIRMATION = StaffConfirmation("17", MOMENT)
CARD = {
    "family_names": "Wolkenstein-Hohenfels " * 8 + "Schönhausenbergenthalwal",
    "given_names": "Maximiliana Friederike Alexandrina Wilhelmine Theodora Kunigunde Hildegard Adelheid",
    "birth_name": "",
    "doctoral_degree": "",
    "date_of_birth": "1964",
    "place_of_birth": "Musterhausen an der langen Bezeichnung, Landkreis Beispielberg",
    "street": "Straße der erfundenen Musterpersönlichkeiten 117 b, Hinterhaus, 4. Obergeschoss",
    "postcode": "03046",
    "city": "Cottbus/Chóśebuz",
}
LOOKS = {
    "portrait": ((1080, 1920), {}, "de"),
    "portrait-large-contrast": ((1080, 1920), {"large": True, "contrast": True}, "en"),
    "portrait-large-low": ((1080, 1920), {"large": True, "low": True}, "de"),
    "portrait-low": ((1080, 1920), {"low": True}, "en"),
    "landscape": ((1920, 1080), {}, "en"),
    "landscape-large": ((1920, 1080), {"large": True}, "de"),
}


@pytest.fixture(scope="module")
def filled(application):
    dog = application("hund-anmelden", CARD)
    contested = contest(
        dog.procedure, dog.answers, "family_names", CARD["family_names"][::-1].strip().title()[:110].strip()
    )
    return {"dog": replace(dog, answers=contested), "parking": application("bewohnerparkausweis", CARD)}


@pytest.fixture
def every(filled, session):
    """One state for every look of these screens, by name: every(session)."""

    def make(session):
        dog = session.offer.procedures["hund-anmelden"]
        card = {
            phase.value: Identifying(
                session, 2000.0, dog, phase, confirmation=CONFIRMATION, read_phase=ReadPhase.CHECKING
            )
            for phase in IdentifyingPhase
        }
        travelling = replace(card["insert"], way=Way.TRAVEL_DOCUMENT, confirmation=None)
        card["mrz"] = replace(travelling, phase=IdentifyingPhase.MRZ)
        wrong = replace(card["can"], problem="CARD-03", tries_left=2)
        application = replace(filled["dog"], language=session.language)
        parking = replace(filled["parking"], language=session.language)
        references = (("Steuern und Abgaben", "C2-7K4M-9PW"), ("Öffentliche Ordnung", "C2-3TXH-WQ4"))
        receipt = Receipt("7K4M9-PWD3T-XHWQ", references, dog, MOMENT, session.language, 6000)
        entries = tuple(
            StatusEntry("Steuern und Abgaben", state, MOMENT, "030 23125 001", "C2-7K4M-9PW") for state in CaseState
        )
        return card | {
            "can-wrong": wrong,
            "online": IdentifyingOnline(session, 2000.0, dog),
            "online-certificate": IdentifyingOnline(session, 2000.0, dog, CERTIFICATE),
            "online-insert": IdentifyingOnline(session, 2000.0, dog, InsertCard()),
            "online-pin": IdentifyingOnline(session, 2000.0, dog, EnterPin(2), wrong="CARD-17"),
            "online-pin-on-reader": IdentifyingOnline(session, 2000.0, dog, EnterPin(3, on_reader=True)),
            "online-can": IdentifyingOnline(session, 2000.0, dog, EnterCan()),
            "online-puk": IdentifyingOnline(session, 2000.0, dog, EnterPuk()),
            "online-remove": IdentifyingOnline(session, 2000.0, dog, RemoveCard()),
            "insert-passport": travelling,
            "can-passport": replace(travelling, phase=IdentifyingPhase.CAN),
            "mrz-wrong": replace(travelling, phase=IdentifyingPhase.MRZ, problem="CARD-28"),
            "way-problem": replace(card["way"], problem="CARD-05", confirmation=None),
            "confirming": Confirming(session, 2000.0, dog, problem="STAFF-02"),
            "confirming-waiting": Confirming(session, 2000.0, dog, waiting=True),
            "review": Reviewing(session, 2000.0, application, problem="DOC-01"),
            "review-parking": Reviewing(session, 2000.0, parking),
            "consent": Consenting(session, 2000.0, application, problem="OUTBOX-01"),
            "consent-waiting": Consenting(session, 2000.0, parking, waiting=True),
            "finished": Finished(replace(session, card_present=True), 2000.0, receipt, PrintOutcome.PRINTED),
            "finished-no-paper": Finished(session, 2000.0, receipt, PrintOutcome.UNKNOWN, "PRINT-04"),
            "status": LookingUp(session, 2000.0),
            "status-unknown": LookingUp(session, 2000.0, entries=()),
            "status-waiting": LookingUp(session, 2000.0, waiting=True),
            "status-found": LookingUp(session, 2000.0, entries=entries),
        }

    return make


def all_widgets(bench):
    return [widget for layer in bench.app.stage.front() for widget in layer.walk(restrict=True)]


def cut(widget):
    """Whether words do not fit into their place, or stick out of it sideways."""
    width, height = widget.texture_size
    sticks_out = widget.x < -SLACK_PX or widget.right > theme.width + SLACK_PX
    return width > widget.width + SLACK_PX or height > widget.height + SLACK_PX or sticks_out


def overlapping_neighbours(parent):
    """Pairs of children of one column that stand on each other."""
    shown = [child for child in parent.children if child.height > 1 and child.width > 1]
    for number, one in enumerate(shown):
        for other in shown[number + 1 :]:
            beside = min(one.right, other.right) - max(one.x, other.x)
            above = min(one.top, other.top) - max(one.y, other.y)
            if beside > SLACK_PX and above > SLACK_PX:
                yield one, other


@pytest.mark.parametrize("look", LOOKS)
def test_nothing_is_cut_and_targets_are_20_mm(make_bench, session, every, in_look, look):
    panel, wanted, language = LOOKS[look]
    bench = make_bench(*panel)
    found = []
    for name, state in every(replace(in_look(session, **wanted), language=language)).items():
        bench.show(state)
        bench.settle()
        found += [f"{name}: the sign {icon} stands alone" for icon in bench.lone_signs()]
        for widget in all_widgets(bench):
            if isinstance(widget, Label) and not isinstance(widget, Key) and widget.text and cut(widget):
                found.append(f"{name}: {widget.text!r} {widget.texture_size} in {widget.size}")
        for widget in bench.screen.walk(restrict=True):
            found += [f"{name}: {one} on {other}" for one, other in overlapping_neighbours(widget) if widget.children]
        small = [w for w in bench.widgets() if w.focusable and min(w.size) < theme.mm(TARGET_MM) - 1]
        found += [f"{name}: {widget.node_id} is small: {widget.size}" for widget in small]
    assert not found, "\n".join(found)


def test_every_stop_of_the_ring_has_words_and_the_ring_comes_round(bench, session, every):
    for name, state in every(session).items():
        bench.show(state)
        focus.take(None)
        focus.step(1)
        first, visited = focus.current, []
        while focus.current not in visited:
            visited.append(focus.current)
            focus.step(1)
        assert focus.current is first, name
        assert set(visited) >= set(focus.ring()), name
        assert all(widget.node().label for widget in visited), name


def test_names_are_unique_on_a_screen(bench, session, every):
    for name, state in every(session).items():
        bench.show(state)
        ids = [node.id for node in bench.nodes() if node.id]
        assert len(ids) == len(set(ids)), (name, sorted(i for i in ids if ids.count(i) > 1))


def test_in_english_no_german_is_left(bench, session, every, languages):
    """Every text of these screens has a translation: what is shown in German is shown in English otherwise."""
    german = dict(every(session))
    english = every(replace(session, language="en"))
    for name, state in german.items():
        bench.show(state)
        said = {
            node.label for node in bench.nodes() if " " in node.label and node.role in ("text", "heading", "button")
        }
        bench.show(english[name])
        also = {node.label for node in bench.nodes()}
        same = {text for text in said & also if not text.startswith(("Stadt", "Město"))}
        assert not same, (name, same)


def test_another_language_keeps_what_is_typed(bench, session, every):
    bench.show(every(session)["can"])
    bench.type("407")
    bench.show(every(replace(session, language="en"))["can"])

    assert bench.find("can").text == "407"
    assert bench.find("continue").text == "Read the card"

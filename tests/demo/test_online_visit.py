"""A whole visit on the online way, with the devices the demo has: AusweisApp and eID server played, the card a virtual
one that judges the PIN itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping

import pytest

from devices.cards.people import load_people
from kiosk.config import load_terminal
from kiosk.demo.scripted import ANSWERS
from kiosk.demo.stage import PREFIX, TERMINAL_TOML, TOWN, names
from kiosk.identity import Assurance, Attribute, Authenticity, CardKind, Secret, Way
from kiosk.online import EnterPin, InsertCard, OnlineAnswer, ShowCertificate
from kiosk.procedures.journey import journey
from kiosk.procedures.loader import load_all
from kiosk.runtime import Ports
from kiosk.terminal import WallClock, build_offer
from kiosk.terminal_devices import Devices, open_devices
from kiosk.visit.machine import first_state
from kiosk.visit.model import (
    Answering,
    AnswersGiven,
    BackWanted,
    Consenting,
    Finished,
    Identifying,
    IdentifyingOnline,
    IdentifyingPhase,
    NoticeAgreed,
    OnlineAnswered,
    ProcedureChosen,
    ReviewAccepted,
    Reviewing,
    SubmissionConfirmed,
    WayChosen,
)
from tests.runtime.conftest import Preparer, Receipts, Roster, Scene, Status, Store

ERIKA = load_people()["erika"]
WRONG = "000000"
DESTINATIONS = "".join(
    f'[delivery.destinations.{name}]\ndestination_id = "6f1d2b7e-3a53-4b0c-9a55-0f2c9a4f7a0{number}"\n'
    for number, name in enumerate(("dog-tax", "dog-register", "resident-parking", "defects"))
)


@pytest.fixture
def config(tmp_path_factory: pytest.TempPathFactory):
    """The demo's own terminal, beside a central that is not there."""
    path = tmp_path_factory.mktemp("demo") / "terminal.toml"
    central = {"url": "http://127.0.0.1:1", "client": "demo", "destinations": DESTINATIONS}
    path.write_text(TERMINAL_TOML.format(printer_port=0, prefix=PREFIX, **central, **names()), encoding="utf-8")
    return load_terminal(path)


@pytest.fixture
def devices(config) -> Iterator[Devices]:
    opened = open_devices(config)
    yield opened
    opened.simulation.close()


@pytest.fixture
def visit(config, devices):
    """Plays a story on the demo's terminal; what is stored and printed is said by doubles."""
    cards = devices.cards
    ports = Ports(
        cards=cards.place,
        reader=cards.reader,
        online=cards.online,
        roster=Roster(),
        preparer=Preparer(),
        store=Store(),
        receipts=Receipts(),
        status=Status(),
        scanner=devices.scanner,
        clock=WallClock(),
    )
    offered = build_offer(config, load_all(), cards.ways)

    def play(story) -> None:
        async def whole() -> None:
            scene = Scene(first_state(offered, ports.clock.monotonic(), ports.clock.today()), ports)
            scene.runtime.start()
            scene.runtime.tick()
            await scene.until_true(lambda: scene.runtime.watching)
            await story(scene)
            await scene.runtime.close()

        asyncio.run(whole())

    return play


async def up_to_the_pin(scene: Scene, devices: Devices) -> None:
    """The citizen chooses the way, agrees, and lays the card down."""
    scene.does(ProcedureChosen("hund-anmelden"), NoticeAgreed(), WayChosen(Way.ONLINE))
    await scene.until_true(lambda: isinstance(asked(scene), ShowCertificate))
    scene.does(OnlineAnswered(OnlineAnswer()))
    await scene.until(IdentifyingOnline, question=InsertCard())
    devices.simulation.do({"do": "insert", "person": "erika"})
    await scene.until(IdentifyingOnline, question=EnterPin(3))


def asked(scene: Scene) -> object:
    return getattr(scene.runtime.state, "question", None)


def types(scene: Scene, digits: str) -> None:
    scene.does(OnlineAnswered(OnlineAnswer(Secret(digits))))


def answers_of(state: Answering) -> Mapping[str, str]:
    """What the scripted citizen answers on this page, beside what the card said."""
    step = journey(state.procedure, state.answers, state.session.today).step(state.step_key)
    known = {step.path(item): state.answers.get(step.path(item)) for item in step.fields}
    typed = {path: ANSWERS.get(path, "") for path in known}
    return {path: typed[path] or (answer.value if answer else "") for path, answer in known.items()}


def test_a_citizen_with_card_and_pin_registers_a_dog(visit, devices, caplog) -> None:
    async def story(scene: Scene) -> None:
        await up_to_the_pin(scene, devices)
        certificate = next(s.question for s in scene.shown if isinstance(getattr(s, "question", None), ShowCertificate))
        assert certificate.subject == TOWN
        assert "FamilyName" in certificate.rights
        types(scene, ERIKA.pin)
        await scene.until(Answering)
        assert scene.runtime.state.answers["family_names"].value == ERIKA.attributes[Attribute.FAMILY_NAMES]
        while isinstance(state := scene.runtime.state, Answering):
            scene.does(AnswersGiven(state.step_key, answers_of(state)))
            assert scene.runtime.state is not state
            assert not getattr(scene.runtime.state, "problems", {})
        await scene.until_true(lambda: getattr(scene.runtime.state, "draft", None) is not None)
        assert isinstance(scene.runtime.state, Reviewing)
        evidence = scene.runtime.state.application.evidence
        assert (evidence.way, evidence.assurance) == (Way.ONLINE, Assurance.HIGH)
        assert (evidence.authenticity, evidence.confirmation) == (Authenticity.VERIFIED, None)
        scene.does(ReviewAccepted())
        assert isinstance(scene.runtime.state, Consenting)
        scene.does(SubmissionConfirmed())
        await scene.until(Finished)

    caplog.set_level(logging.DEBUG)
    visit(story)
    said = caplog.text
    assert not [secret for secret in (ERIKA.pin, "Beispiel", "Musterstadt") if secret in said]


def test_a_wrong_pin_counts_on_the_card_and_the_last_try_is_left(visit, devices) -> None:
    async def story(scene: Scene) -> None:
        await up_to_the_pin(scene, devices)
        types(scene, WRONG)
        await scene.until(IdentifyingOnline, question=EnterPin(2), wrong="CARD-17")
        types(scene, WRONG)
        await scene.until(Identifying, problem="CARD-18", tries_left=1)

    visit(story)


def test_whoever_turns_to_another_way_at_once_finds_the_reader_free(visit, devices) -> None:
    async def story(scene: Scene) -> None:
        await up_to_the_pin(scene, devices)
        devices.simulation.do({"do": "insert", "person": "zofia"})
        scene.does(BackWanted(), WayChosen(Way.TRAVEL_DOCUMENT))
        await scene.until(Identifying, phase=IdentifyingPhase.MRZ, kind=CardKind.PASSPORT)

    visit(story)


def test_the_demo_offers_every_way(devices) -> None:
    assert devices.cards.ways == frozenset(Way)

"""The online way asks back while it goes on, and is gone when nobody waits for it."""

from __future__ import annotations

import logging

from kiosk.identity import CardKind, Secret, Way
from kiosk.online import EnterPin, OnlineAnswer
from kiosk.visit.model import (
    Answering,
    BackWanted,
    CardInserted,
    Ended,
    Identifying,
    IdentifyingOnline,
    IdentifyingPhase,
    NoticeAgreed,
    OnlineAnswered,
    ProcedureChosen,
    WayChosen,
)

PIN = "314159"


async def up_to_the_pin(scene):
    scene.does(ProcedureChosen("hund-anmelden"), NoticeAgreed(), WayChosen(Way.ONLINE))
    await scene.until(IdentifyingOnline, question=EnterPin(3))


def test_the_pin_reaches_the_way_and_nothing_else(play, ports, caplog):
    async def story(scene):
        await up_to_the_pin(scene)
        scene.does(OnlineAnswered(OnlineAnswer(Secret(PIN))))
        await scene.until(Answering)
        assert ports.online.given == [PIN]

    caplog.set_level(logging.DEBUG)
    play(story)
    assert PIN not in caplog.text


def test_a_way_that_is_turned_away_from_ends(play, ports):
    async def story(scene):
        await up_to_the_pin(scene)
        scene.does(BackWanted())
        await scene.until_true(ports.online.ended.is_set)
        await scene.until_true(lambda: not scene.runtime.crew.busy("online"))
        assert scene.is_shown(Identifying, {"phase": IdentifyingPhase.WAY, "problem": ""})

    play(story)


def test_a_long_way_that_was_turned_away_from_may_be_gone_again_at_once(play, ports):
    async def story(scene):
        await up_to_the_pin(scene)
        scene.waits(60)
        scene.does(BackWanted(), WayChosen(Way.ONLINE))
        await scene.until(IdentifyingOnline, question=EnterPin(3))

    play(story)


def test_the_end_of_the_visit_ends_the_way(play, ports):
    async def story(scene):
        await up_to_the_pin(scene)
        scene.does(Ended())
        await scene.until_true(ports.online.ended.is_set)

    play(story)


def test_nobody_answers_for_minutes_and_the_way_ends_with_the_visit(play, ports):
    async def story(scene):
        await up_to_the_pin(scene)
        scene.waits(91)
        scene.waits(21)
        await scene.until_true(ports.online.ended.is_set)

    play(story)


def test_where_there_is_no_online_way_it_says_so(play):
    async def story(scene):
        scene.does(ProcedureChosen("hund-anmelden"), NoticeAgreed(), WayChosen(Way.ONLINE))
        await scene.until(Identifying, problem="CARD-24")

    play(story, online=None)


def test_a_travel_document_is_looked_at_before_anything_is_asked(play, ports):
    async def story(scene):
        await scene.until_true(lambda: scene.runtime.watching)
        scene.does(ProcedureChosen("hund-anmelden"), NoticeAgreed(), WayChosen(Way.TRAVEL_DOCUMENT), CardInserted())
        await scene.until(Identifying, phase=IdentifyingPhase.MRZ, kind=CardKind.PASSPORT)
        assert ports.reader.calls == []

    play(story)

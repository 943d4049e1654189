"""One finger, one action: double taps, sliding off, scrolling, taps on what is no longer there."""

from __future__ import annotations

from dataclasses import replace

from kivy.tests.common import UnitTestTouch

from kiosk.visit.model import AnswersGiven, Ended, LanguageChosen, Look, LookChosen, ProcedureChosen, StatusWanted
from screens.theme import theme


def test_a_double_tap_sends_one_event(bench, idle):
    bench.show(idle)
    bench.tap("hund-anmelden")

    bench.tap("hund-anmelden", hurried=True)

    assert bench.sent == [ProcedureChosen("hund-anmelden")]


def test_a_hurried_tap_does_not_reach_the_next_page(bench, session, ask):
    bench.show(ask(session, "applicant"))
    bench.tap("continue")
    bench.show(ask(session, "name"))

    bench.tap("continue", hurried=True)

    assert [event.step_key for event in bench.sent] == ["applicant"]


def test_letters_may_repeat_quickly(bench, session, ask):
    bench.show(ask(session, "dogs.1.dog-name"))
    keyboard = bench.app.stage.frame.keyboard
    key = keyboard.keys[1][0]

    bench.tap_widget(key)
    bench.tap_widget(key, hurried=True)

    assert bench.find("dogs.1.dog_name").text == "Aa"


def test_the_action_happens_when_the_finger_leaves(bench, idle):
    bench.show(idle)
    tile = bench.find("status")
    touch = UnitTestTouch(*tile.center)
    touch.touch_down()
    assert tile.pressed
    assert bench.sent == []

    touch.touch_up()

    assert bench.sent == [StatusWanted()]


def test_sliding_off_cancels(bench, idle):
    bench.show(idle)
    tile = bench.find("status")
    touch = UnitTestTouch(*tile.center)
    touch.touch_down()
    touch.touch_move(tile.center_x, tile.y - 60)
    touch.touch_up()

    assert bench.sent == []
    assert not tile.pressed


def test_dragging_a_long_page_scrolls_and_presses_nothing(bench, session, states):
    bench.show(states(session)["informing"])
    area = bench.screen.area
    assert area.overflow
    touch = UnitTestTouch(area.center_x, area.view.y + 40)
    touch.touch_down()
    touch.touch_move(area.center_x, area.view.y + 40 + theme.mm(60))
    touch.touch_up()

    assert area.offset > 0
    assert bench.sent == []


def test_paging_needs_no_drag(bench, session, states):
    bench.show(states(session)["informing"])
    area = bench.screen.area
    assert area.page_up.spent

    for _ in range(10):
        if area.page_down.spent:
            break
        bench.tap("page-down")

    assert area.offset == area.rest
    bench.tap("page-up")
    assert area.offset < area.rest


def test_what_a_dialog_covers_cannot_be_touched(bench, session, ask):
    bench.show(ask(session, "applicant"))
    forward = bench.find("continue")
    bench.tap("end")

    bench.tap_widget(forward)

    assert bench.sent == []
    bench.tap("end-dialog.2")
    assert bench.sent == [Ended()]


def test_language_and_look_are_one_tap_away_everywhere(bench, session, states):
    for name, state in states(session).items():
        bench.sent.clear()
        bench.show(state)
        bench.tap("contrast")
        bench.tap("language")

        assert bench.sent == [LookChosen(Look(contrast=True)), LanguageChosen("en")], name


def test_typed_text_and_focus_survive_language_contrast_and_the_warning(bench, session, ask, states):
    page = ask(session, "birth")
    bench.show(page)
    bench.tap("birth_place")
    bench.type("Lübben (Spreewald)")
    field = bench.find("birth_place")

    english = replace(session, language="en", look=Look(contrast=True, large=True))
    bench.show(replace(page, session=english))
    assert bench.find("birth_place") is field
    assert field.text == "Lübben (Spreewald)"
    assert field.focused

    interrupted = states(session)["interrupted"]
    bench.show(replace(interrupted, previous=page))
    bench.show(page)

    assert bench.find("birth_place") is field
    assert field.text == "Lübben (Spreewald)"
    assert field.focused
    bench.tap("continue")
    assert bench.sent == [AnswersGiven("birth", {"birth_date": "", "birth_place": "Lübben (Spreewald)"})]

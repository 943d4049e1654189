"""The dialogue with AusweisApp as stories: what it says, what the citizen answers, what is sent and asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from devices.cards.ways.online import commands as say
from devices.cards.ways.online import messages as sdk
from devices.cards.ways.online.dialogue import advance, begin
from devices.cards.ways.online.dialogue_state import Authentication, Dialogue, EnterNewPin, PinChange
from devices.cards.ways.online.failures import MINOR, OK
from kiosk.errors import CardError
from kiosk.identity import ReadPhase, Secret
from kiosk.online import EnterCan, EnterPin, EnterPuk, InsertCard, OnlineAnswer, RemoveCard, ShowCertificate

PIN = "481516"
ADDRESS = "https://eid.example/tctoken"
EMPTY = sdk.Reader("reader")
KEYS = sdk.Reader("reader with keys", keypad=True)
STARTED, LEVEL = sdk.Auth(), sdk.ApiLevel(2, (1, 2))
RIGHTS = sdk.AccessRights(("Address",), ("Address",))
CERTIFICATE = sdk.Certificate("Musterstadt", "Test DVCA", "Antrag", valid_until=date(2027, 1, 31))
SUCCESS = sdk.Auth(result=sdk.Result(OK), url="https://eid.example/done")


def holding(tries: int | None = 3, reader: sdk.Reader = EMPTY, **about: bool) -> sdk.Reader:
    return replace(reader, card=sdk.Card(tries_left=tries, **about))


def digits(text: str = PIN) -> OnlineAnswer:
    return OnlineAnswer(Secret(text))


class Story:
    """A dialogue and everything it sent, asked and told, in order."""

    def __init__(self, dialogue: Dialogue) -> None:
        self.sent: list[say.Command] = []
        self.asked: list[object] = []
        self.phases: list[ReadPhase] = []
        self.done = False
        self._take(begin(dialogue))

    def goes(self, *events: object) -> Story:
        for event in events:
            self._take(advance(self.state, event))
        return self

    def ends(self, event: object) -> CardError:
        with pytest.raises(CardError) as ended:
            advance(self.state, event)
        return ended.value

    def _take(self, step) -> None:
        self.state, self.done = step.state, step.done
        self.sent += step.send
        self.asked += [step.ask] if step.ask else []
        self.phases += [step.phase] if step.phase else []


@pytest.fixture
def story() -> Story:
    return Story(Dialogue(Authentication(ADDRESS, frozenset({"Address"}))))


@pytest.fixture
def shown(story) -> Story:
    """The citizen sees who wants what."""
    return story.goes(LEVEL, STARTED, RIGHTS, CERTIFICATE)


@pytest.fixture
def agreed(shown) -> Story:
    return shown.goes(OnlineAnswer())


def test_from_the_certificate_to_the_result(story):
    story.goes(LEVEL, STARTED, RIGHTS, CERTIFICATE, OnlineAnswer())
    story.goes(sdk.InsertCard(), holding(), sdk.EnterPin(holding()), digits(), SUCCESS)

    assert [type(command) for command in story.sent] == [
        say.SetApiLevel,
        say.RunAuth,
        say.GetCertificate,
        say.Accept,
        say.SetPin,
    ]
    assert story.asked == [
        ShowCertificate("Musterstadt", "Test DVCA", "Antrag", date(2027, 1, 31), ("Address",)),
        InsertCard(),
        EnterPin(tries_left=3),
        RemoveCard(),
    ]
    assert story.phases == [ReadPhase.SECURING]
    assert story.done


def test_a_card_that_lies_there_already_is_not_asked_for(agreed):
    agreed.goes(holding(), sdk.EnterPin(holding()))

    assert agreed.asked[-1] == EnterPin(tries_left=3)


def test_nobody_is_told_to_take_away_a_card_that_is_gone(agreed):
    agreed.goes(holding(), sdk.EnterPin(holding()), digits(), EMPTY, SUCCESS)

    assert agreed.asked[-1] == EnterPin(tries_left=3)


def test_an_empty_reader_beside_it_says_nothing_about_the_card(agreed):
    agreed.goes(holding(), sdk.EnterPin(holding()), digits(), sdk.Reader("Simulator"), SUCCESS)

    assert agreed.asked[-1] == RemoveCard()


def test_of_the_optional_rights_only_the_wanted_ones_are_left(story):
    story.goes(LEVEL, STARTED)
    story.goes(sdk.AccessRights(("GivenNames", "Address", "CanAllowed"), ("Address", "CanAllowed"), ("GivenNames",)))
    assert story.sent[-1] == say.SetAccessRights(("Address",))

    story.goes(sdk.AccessRights(("GivenNames", "Address"), ("Address", "CanAllowed"), ("GivenNames",)), CERTIFICATE)

    assert story.sent[-1] == say.GetCertificate()
    assert story.asked[-1].rights == ("GivenNames", "Address")


def test_rights_are_chosen_once_and_ausweisapp_that_insists_on_more_reads_nothing(story):
    insisting = sdk.AccessRights(("GivenNames", "Address"), ("GivenNames", "Address"))
    story.goes(LEVEL, STARTED, insisting)

    assert story.ends(insisting).code == "CARD-24"
    assert story.sent[-1] == say.SetAccessRights(("Address",))


def test_rights_that_are_fewer_than_chosen_are_enough(story):
    fewer = sdk.AccessRights((), ("Address",))
    story.goes(LEVEL, STARTED, fewer, fewer)

    assert story.sent[-2:] == [say.SetAccessRights(("Address",)), say.GetCertificate()]


@pytest.mark.parametrize("right", ["CanAllowed", "PinManagement", "WriteAddress"])
def test_a_provider_that_must_write_or_do_without_the_pin_is_refused(story, right):
    story.goes(LEVEL, STARTED)

    assert story.ends(sdk.AccessRights((right,), (), (right,))).code == "CARD-25"


def test_a_wrong_pin_is_asked_for_again_with_what_is_left(agreed):
    agreed.goes(sdk.EnterPin(holding(3)), digits("000000"), sdk.EnterPin(holding(2)))

    assert agreed.asked[-1] == EnterPin(tries_left=2)
    assert [type(command) for command in agreed.sent].count(say.SetPin) == 1


def test_the_last_try_is_not_spent(agreed):
    agreed.goes(sdk.EnterPin(holding(2)), digits("000000"))

    ended = agreed.ends(sdk.EnterCan(holding(1)))

    assert (ended.code, ended.tries_left) == ("CARD-18", 1)


def test_the_last_try_is_not_spent_even_if_ausweisapp_wants_no_can(agreed):
    assert agreed.ends(sdk.EnterPin(holding(1))).code == "CARD-18"


def test_somebody_who_agreed_may_spend_the_last_try_after_the_can():
    story = Story(Dialogue(Authentication(ADDRESS), spend_last_try=True))
    story.goes(LEVEL, STARTED, sdk.AccessRights(()), CERTIFICATE, OnlineAnswer())

    story.goes(sdk.EnterCan(holding(1)), digits("500540"), sdk.EnterPin(holding(1)), digits(), SUCCESS)

    assert story.asked[1:3] == [EnterCan(), EnterPin(tries_left=1)]
    assert story.done


def test_a_provider_that_wants_the_can_in_place_of_the_pin_is_refused(agreed):
    assert agreed.ends(sdk.EnterCan(holding(3))).code == "CARD-25"


def test_after_three_wrong_pins_the_puk_opens_the_card(agreed):
    agreed.goes(sdk.EnterPuk(holding(0)), digits("0123456789"), sdk.EnterPin(holding(3)))

    assert agreed.asked[-2:] == [EnterPuk(), EnterPin(tries_left=3)]


def test_a_puk_that_was_used_up_ends_it(agreed):
    assert agreed.ends(sdk.EnterPuk(holding(0, inoperative=True))).code == "CARD-19"


def test_a_card_that_is_switched_off_ends_it_when_it_is_laid_down(agreed):
    agreed.goes(sdk.InsertCard())

    assert agreed.ends(holding(deactivated=True)).code == "CARD-20"


def test_a_card_that_is_switched_off_ends_it_even_if_ausweisapp_is_silent_about_it(agreed):
    assert agreed.ends(holding(deactivated=True)).code == "CARD-20"


def test_a_card_that_is_switched_off_ends_it_when_the_citizen_agrees(shown):
    shown.goes(holding(deactivated=True))

    assert shown.ends(OnlineAnswer()).code == "CARD-20"


def test_a_card_that_is_switched_off_may_be_changed_for_another_until_then(shown):
    shown.goes(holding(deactivated=True), EMPTY, holding(), OnlineAnswer())

    assert shown.sent[-1] == say.Accept()


def test_a_card_that_is_switched_off_ends_a_change_of_the_pin_at_once():
    story = Story(Dialogue(PinChange())).goes(holding(deactivated=True), LEVEL)

    assert story.ends(sdk.ChangePin()).code == "CARD-20"


def test_on_a_reader_with_keys_the_pin_is_typed_there(agreed):
    agreed.goes(sdk.EnterPin(holding(3, KEYS)))

    assert agreed.asked[-1] == EnterPin(tries_left=3, on_reader=True)
    assert agreed.sent[-1] == say.SetPin(None)

    agreed.goes(digits())
    assert agreed.sent[-1] == say.SetPin(None)


def test_digits_typed_for_a_card_that_was_taken_away_are_not_tried_on_the_next_one(agreed):
    agreed.goes(sdk.EnterPin(holding(3)), EMPTY, digits())
    assert agreed.asked[-1] == InsertCard()
    assert agreed.sent[-1] == say.Accept()

    agreed.goes(holding(2), digits())
    assert agreed.asked[-1] == EnterPin(tries_left=2)
    assert type(agreed.sent[-1]) is say.SetPin


@pytest.mark.parametrize(("message", "question"), [(sdk.EnterCan, EnterCan()), (sdk.EnterPuk, EnterPuk())])
def test_can_and_puk_are_asked_for_again_with_the_next_card(message, question):
    story = Story(Dialogue(PinChange(), spend_last_try=True))
    story.goes(LEVEL, sdk.ChangePin(), message(holding(1)), EMPTY, holding(1))

    assert story.asked == [question, InsertCard(), question]


@pytest.mark.parametrize(
    ("card", "code"),
    [(holding(1), "CARD-18"), (holding(0), "CARD-19"), (holding(3, deactivated=True), "CARD-20")],
    ids=["one try left", "blocked", "switched off"],
)
def test_the_next_card_may_be_one_that_ends_it(agreed, card, code):
    agreed.goes(sdk.EnterPin(holding(3)), EMPTY)

    assert agreed.ends(card).code == code


def test_a_card_taken_from_a_reader_with_keys_is_asked_for_by_ausweisapp(agreed):
    agreed.goes(sdk.EnterPin(holding(3, KEYS)), KEYS)
    assert agreed.asked[-1] == EnterPin(tries_left=3, on_reader=True)

    agreed.goes(sdk.InsertCard(), holding(3, KEYS), sdk.EnterPin(holding(3, KEYS)))
    assert agreed.asked[-2:] == [InsertCard(), EnterPin(tries_left=3, on_reader=True)]


def test_digits_that_crossed_with_a_card_taken_away_end_it(agreed):
    agreed.goes(sdk.EnterPin(holding(3)), digits(), EMPTY)

    assert agreed.ends(sdk.InsertCard()).code == "CARD-02"


@pytest.mark.parametrize("answer", [OnlineAnswer(), digits()], ids=["agreed", "digits"])
def test_an_answer_to_no_question_is_dropped(story, answer):
    before = story.state

    assert story.goes(LEVEL, answer).state == before
    assert [type(command) for command in story.sent] == [say.SetApiLevel, say.RunAuth]


def test_to_agree_is_no_pin(agreed):
    agreed.goes(sdk.EnterPin(holding(3)), OnlineAnswer())

    assert agreed.sent[-1] == say.Accept()


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (sdk.Auth(error="Validation of tcTokenURL failed"), "CARD-25"),
        (sdk.Auth(result=sdk.Result(OK + "!", f"{MINOR}/sal#cancellationByUser")), "CARD-26"),
        (sdk.AccessRights((), error="?"), "CARD-25"),
        (sdk.BadState("RUN_AUTH"), "CARD-24"),
        (sdk.Invalid(), "CARD-24"),
        (sdk.UnknownCommand("RUN_AUTH"), "CARD-24"),
        (sdk.InternalError(), "CARD-24"),
        (sdk.ApiLevel(2, error="Unknown level"), "CARD-24"),
        (sdk.ApiLevel(1), "CARD-24"),
        (sdk.EnterNewPin(holding()), "CARD-24"),
    ],
    ids=repr,
)
def test_what_ends_it(story, message, code):
    assert story.ends(message).code == code


@pytest.mark.parametrize(
    "message",
    [sdk.Status("AUTH", 80), sdk.Info("AusweisApp2", "1.26.2"), sdk.ReaderList(()), sdk.Unknown("PAUSE")],
    ids=repr,
)
def test_what_changes_nothing(shown, message):
    before = shown.state

    assert shown.goes(message).state == before
    assert len(shown.asked) == 1


def test_a_change_of_the_pin():
    story = Story(Dialogue(PinChange()))
    story.goes(LEVEL, sdk.ChangePin(), sdk.InsertCard(), sdk.EnterPin(holding()), digits())
    story.goes(sdk.EnterNewPin(holding()), digits("123457"), EMPTY, sdk.ChangePin(success=True))

    assert story.asked == [InsertCard(), EnterPin(tries_left=3), EnterNewPin()]
    assert [type(command) for command in story.sent[1:]] == [say.RunChangePin, say.SetPin, say.SetNewPin]
    assert story.done


def test_a_change_of_the_pin_that_was_cancelled():
    story = Story(Dialogue(PinChange())).goes(LEVEL, sdk.ChangePin())

    assert story.ends(sdk.ChangePin(success=False, reason="User_Cancelled")).code == "CARD-26"


def test_a_change_of_the_pin_that_wanted_no_new_one_is_not_believed():
    story = Story(Dialogue(PinChange())).goes(LEVEL, sdk.ChangePin(), sdk.EnterPin(holding()), digits(), EMPTY)

    assert story.ends(sdk.ChangePin(success=True)).code == "CARD-04"


def test_no_state_and_no_command_shows_the_pin(agreed):
    agreed.goes(sdk.EnterPin(holding()), digits(), sdk.EnterPin(holding(2)), digits())

    assert PIN not in repr((agreed.state, agreed.sent, agreed.asked))

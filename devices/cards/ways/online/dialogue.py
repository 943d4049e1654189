"""What a message of AusweisApp, or an answer of the citizen, leads to: a command, a question, a phase, or the end.

Rules
  1. Pure: nothing here waits, sends or asks; `advance` says what is to be sent and asked.
  2. No PIN, CAN or PUK is kept: it goes from an answer into one command, and asked again it is typed again.
  3. The last PIN try is not spent: with one left it ends with CARD-18, unless `spend_last_try` was set, which is for
     somebody who was asked. AusweisApp then wants the CAN first.
  4. Of the rights a provider leaves open only the wanted ones stay; a right to write, or to go without PIN, ends it.
  5. An answer to a question that is no longer asked is dropped.
  6. Digits are for the card that lay there when they were typed. AusweisApp would wait for them without a card, and
     try them on whatever card is laid down next: they are asked for again with the next card, and where they were
     sent already it ends with CARD-02.

Order of an authentication (AusweisApp SDK, "Workflow"): SET_API_LEVEL, RUN_AUTH -> AUTH, ACCESS_RIGHTS ->
SET_ACCESS_RIGHTS, GET_CERTIFICATE -> CERTIFICATE, ACCEPT -> INSERT_CARD, ENTER_PIN -> SET_PIN -> AUTH with the result.
A change of the PIN is the technician's trial of reader, card and AusweisApp where there is no eID server.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from devices.cards.ways.online import commands as say
from devices.cards.ways.online import messages as sdk
from devices.cards.ways.online.dialogue_state import (
    Authentication,
    Dialogue,
    Digits,
    EnterNewPin,
    Event,
    PinChange,
    Question,
    Step,
)
from devices.cards.ways.online.failures import OK, change_failure, failure
from devices.cards.ways.online.rights import REFUSED
from kiosk.errors import CardError
from kiosk.identity import ReadPhase, Secret
from kiosk.online import (
    EnterCan,
    EnterPin,
    EnterPuk,
    InsertCard,
    OnlineAnswer,
    RemoveCard,
    ShowCertificate,
)

API_LEVEL: Final = 2  # the highest one of 1.26; later ones keep it


def begin(state: Dialogue) -> Step:
    return Step(state, (say.SetApiLevel(API_LEVEL),))


def advance(state: Dialogue, event: Event) -> Step:
    """Raises CardError if this is how it ends; AusweisApp is then to be told CANCEL, if it goes on."""
    rule = RULES.get(type(event))
    return Step(state) if rule is None else rule(state, event)


# ---- the beginning and the end ------------------------------------------------------------------


def _level_set(state: Dialogue, event: sdk.ApiLevel) -> Step:
    if event.error or event.current != API_LEVEL:
        raise CardError("CARD-24", f"AusweisApp does not speak level {API_LEVEL}")
    match state.task:
        case Authentication() as task:
            return Step(state, (say.RunAuth(task.tc_token_url, task.developer_mode),))
        case PinChange():
            return Step(state, (say.RunChangePin(),))


def _authenticated(state: Dialogue, event: sdk.Auth) -> Step:
    """AUTH at the beginning carries nothing, at the end a result."""
    if event.error:
        raise CardError("CARD-25", "AusweisApp refuses the address of the TC token")
    if event.result is None:
        return Step(state)
    if event.result.major != OK:
        raise failure(event.result)
    return _finished(state)


def _pin_changed(state: Dialogue, event: sdk.ChangePin) -> Step:
    """AusweisApp 1.26.2 says success too where the card went away, or was too quick, before a new PIN was wanted."""
    if event.success is None:
        return Step(_wanting_card(state))
    if not event.success or not state.unlocked:
        raise change_failure(event.reason)
    return _finished(state)


def _finished(state: Dialogue) -> Step:
    question = None if state.reader is None else RemoveCard()
    return Step(replace(state, asked=None), ask=question, done=True)


# ---- who wants what -----------------------------------------------------------------------------


def _rights_wanted(state: Dialogue, event: sdk.AccessRights) -> Step:
    if event.error:
        raise CardError("CARD-25", "AusweisApp refuses the choice of rights")
    wanted = state.task.rights if isinstance(state.task, Authentication) else frozenset()
    chosen = tuple(right for right in event.optional if right in wanted - REFUSED)
    allowed = {*event.required, *chosen}
    if set(event.effective) != allowed and not state.narrowed:
        return Step(replace(state, narrowed=True), (say.SetAccessRights(chosen),))
    if not allowed.issuperset(event.effective):
        raise CardError("CARD-24", "AusweisApp keeps rights that nobody wants")
    if REFUSED.intersection(event.effective):
        raise CardError("CARD-25", "the provider's certificate wants to write, or to do without the PIN")
    return Step(replace(state, rights=event.effective), (say.GetCertificate(),))


def _certificate_shown(state: Dialogue, event: sdk.Certificate) -> Step:
    question = ShowCertificate(event.subject, event.issuer, event.purpose, event.valid_until, state.rights)
    return _asking(state, question)


# ---- the card and its secrets -------------------------------------------------------------------


def _reader_changed(state: Dialogue, event: sdk.Reader) -> Step:
    if event.card is None:
        return _card_gone(state, event)
    if state.card_wanted:
        _refuse_switched_off(event)
    there = replace(state, reader=event)
    return Step(there) if state.held is None else _asked_again(there, event, state.held)


def _card_gone(state: Dialogue, event: sdk.Reader) -> Step:
    if state.reader is None or state.reader.name != event.name:
        return Step(state)
    away = replace(state, reader=None)
    match state.asked:
        case (EnterPin() | EnterCan() | EnterPuk() | EnterNewPin()) as question if not question.on_reader:
            step = _asking(away, InsertCard())
            return replace(step, state=replace(step.state, held=question))
        case _:
            return Step(away)


def _asked_again(state: Dialogue, reader: sdk.Reader, question: Digits) -> Step:
    if not isinstance(question, EnterPin):
        return _asking(state, question)
    tries = _tries_left(reader)
    _guard_last_try(state, tries)
    if tries == 0:
        raise CardError("CARD-19")
    return _asking(state, EnterPin(tries))


def _card_wanted(state: Dialogue, event: sdk.InsertCard) -> Step:
    if state.typed:
        raise CardError("CARD-02")
    return _asking(state, InsertCard())


def _pin_wanted(state: Dialogue, event: sdk.EnterPin) -> Step:
    tries = _tries_left(event.reader)
    _guard_last_try(state, tries)
    return _wanted(state, event.reader, EnterPin(tries, on_reader=event.reader.keypad))


def _can_wanted(state: Dialogue, event: sdk.EnterCan) -> Step:
    tries = _tries_left(event.reader)
    _guard_last_try(state, tries)
    if isinstance(state.task, Authentication) and tries != 1:
        raise CardError("CARD-25", "the provider wants the CAN in place of the PIN")
    return _wanted(state, event.reader, EnterCan(on_reader=event.reader.keypad))


def _puk_wanted(state: Dialogue, event: sdk.EnterPuk) -> Step:
    if event.reader.card is not None and event.reader.card.inoperative:
        raise CardError("CARD-19", "the PUK was used up")
    return _wanted(state, event.reader, EnterPuk(on_reader=event.reader.keypad))


def _new_pin_wanted(state: Dialogue, event: sdk.EnterNewPin) -> Step:
    if isinstance(state.task, Authentication):
        raise CardError("CARD-24", "AusweisApp wants a new PIN where none is changed")
    return _wanted(replace(state, unlocked=True), event.reader, EnterNewPin(on_reader=event.reader.keypad))


def _wanted(state: Dialogue, reader: sdk.Reader, question: Digits) -> Step:
    """On a reader with keys AusweisApp is told at once to let the person type there."""
    asking = _asking(replace(state, reader=reader), question)
    return replace(asking, send=(_handed(question, None),)) if question.on_reader else asking


def _tries_left(reader: sdk.Reader) -> int | None:
    return None if reader.card is None else reader.card.tries_left


def _wanting_card(state: Dialogue) -> Dialogue:
    """AusweisApp may say nothing of a card that is switched off, and wait for another one in silence."""
    _refuse_switched_off(state.reader)
    return replace(state, card_wanted=True)


def _refuse_switched_off(reader: sdk.Reader | None) -> None:
    if reader is not None and reader.card is not None and reader.card.deactivated:
        raise CardError("CARD-20")


def _guard_last_try(state: Dialogue, tries: int | None) -> None:
    if tries == 1 and not state.spend_last_try:
        raise CardError("CARD-18", tries_left=1)


# ---- the citizen's answers ----------------------------------------------------------------------


def _answered(state: Dialogue, event: OnlineAnswer) -> Step:
    going_on = replace(state, asked=None)
    match state.asked, event.digits:
        case ShowCertificate(), _:
            return Step(_wanting_card(going_on), (say.Accept(),))
        case (EnterPin() | EnterCan() | EnterPuk() | EnterNewPin()) as question, Secret() as digits:
            if not question.on_reader:
                return Step(replace(going_on, typed=True), (_handed(question, digits),), phase=ReadPhase.SECURING)
    return Step(state)


def _handed(question: Digits, digits: Secret | None) -> say.Command:
    match question:
        case EnterPin():
            return say.SetPin(digits)
        case EnterCan():
            return say.SetCan(digits)
        case EnterPuk():
            return say.SetPuk(digits)
        case EnterNewPin():
            return say.SetNewPin(digits)


def _asking(state: Dialogue, question: Question) -> Step:
    return Step(replace(state, asked=question, held=None, typed=False), ask=question)


# ---- what went wrong in between -----------------------------------------------------------------


def _bad_state(state: Dialogue, event: sdk.BadState) -> Step:
    raise CardError("CARD-24", "AusweisApp is in another state than it should be")


def _not_understood(state: Dialogue, event: sdk.Message) -> Step:
    raise CardError("CARD-24", f"AusweisApp answers {type(event).__name__}")


Rule = Callable[[Dialogue, Any], Step]

# Not in the table: READER_LIST, INFO, STATUS and unknown messages, which change nothing.
RULES: Mapping[type, Rule] = MappingProxyType(
    {
        OnlineAnswer: _answered,
        sdk.ApiLevel: _level_set,
        sdk.Auth: _authenticated,
        sdk.ChangePin: _pin_changed,
        sdk.AccessRights: _rights_wanted,
        sdk.Certificate: _certificate_shown,
        sdk.Reader: _reader_changed,
        sdk.InsertCard: _card_wanted,
        sdk.EnterPin: _pin_wanted,
        sdk.EnterCan: _can_wanted,
        sdk.EnterPuk: _puk_wanted,
        sdk.EnterNewPin: _new_pin_wanted,
        sdk.BadState: _bad_state,
        sdk.Invalid: _not_understood,
        sdk.UnknownCommand: _not_understood,
        sdk.InternalError: _not_understood,
    }
)

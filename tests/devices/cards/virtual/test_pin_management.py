"""PIN changed, unblocked and switched off, as AusweisApp and a town hall's terminal do it."""

from __future__ import annotations

import pytest

from devices.cards.protocols.pace_status import tries_left
from devices.cards.protocols.passwords import PasswordKind
from devices.cards.virtual.faults import Fault
from devices.cards.wire.apdu import Command
from devices.cards.wire.connection import expect, send
from kiosk.errors import CardError

CAN, PIN, PUK = PasswordKind.CAN, PasswordKind.PIN, PasswordKind.PUK
UNBLOCK = Command(0x00, 0x2C, 0x03, 0x03)
PIN_MANAGEMENT = 1 << 5


def change(pin: bytes) -> Command:
    return Command(0x00, 0x2C, 0x02, 0x03, pin)


def switch(*, on: bool) -> Command:
    return Command(0x00, 0x44 if on else 0x04, 0x10, 0x03)


@pytest.fixture
def erika(meet):
    return meet("erika")


def test_who_entered_the_pin_may_change_it(erika):
    expect(erika.unlock(PIN).connection, change(b"121212"))
    erika.again()
    with pytest.raises(CardError, match="CARD-17"):
        erika.unlock(PIN)
    erika.unlock(PIN, "121212")


def test_a_suspended_pin_may_be_changed_after_the_can(meet):
    terminal = meet("erika", Fault.PIN_SUSPENDED)
    resumed = terminal.unlock(CAN).connection
    expect(terminal.unlock(PIN, within=resumed, spend_last_try=True).connection, change(b"121212"))
    terminal.again()
    terminal.unlock(PIN, "121212")


@pytest.mark.parametrize("kind", [CAN, PUK])
def test_another_password_does_not_change_the_pin(erika, kind):
    assert send(erika.unlock(kind).connection, change(b"121212"))[1] == 0x6982
    erika.again()
    erika.unlock(PIN)


def test_nothing_is_changed_without_a_password(erika):
    assert send(erika.card, change(b"121212"))[1] == 0x6982
    assert send(erika.card, UNBLOCK)[1] == 0x6982
    assert send(erika.card, switch(on=False))[1] == 0x6982


@pytest.mark.parametrize("pin", [b"12345", b"1234567", b"12345a", b"\xff" * 6])
def test_a_pin_has_six_digits(erika, pin):
    connection = erika.unlock(PIN).connection
    assert send(connection, change(pin))[1] == 0x6A80
    erika.again()
    erika.unlock(PIN)


def test_the_puk_unblocks(meet):
    terminal = meet("erika", Fault.PIN_SUSPENDED)
    expect(terminal.unlock(PUK).connection, UNBLOCK)
    terminal.again()
    assert tries_left(terminal.card, terminal.info, PIN) == 3
    terminal.unlock(PIN)


def test_entering_the_puk_alone_unblocks_nothing(meet):
    terminal = meet("erika", Fault.PIN_SUSPENDED)
    terminal.unlock(PUK)
    terminal.again()
    assert tries_left(terminal.card, terminal.info, PIN) == 1


@pytest.mark.parametrize("kind", [CAN, PIN])
def test_another_password_does_not_unblock(erika, kind):
    assert send(erika.unlock(kind).connection, UNBLOCK)[1] == 0x6982


@pytest.mark.parametrize(("p1", "p2"), [(0x02, 0x02), (0x00, 0x03), (0x03, 0x04)])
def test_other_references_and_modes_are_not_known(erika, p1, p2):
    connection = erika.unlock(PIN).connection
    assert send(connection, Command(0x00, 0x2C, p1, p2, b"121212"))[1] == 0x6A86


def test_the_online_function_is_switched_by_a_terminal_with_the_right(erika):
    connection = erika.prove(rights=PIN_MANAGEMENT)
    expect(connection, switch(on=False))
    erika.again()
    with pytest.raises(CardError, match="CARD-20"):
        erika.unlock(PIN)
    expect(erika.prove(rights=PIN_MANAGEMENT), switch(on=True))
    erika.again()
    erika.unlock(PIN)


def test_a_terminal_with_the_right_unblocks_and_changes_without_password(meet):
    terminal = meet("erika", Fault.PIN_SUSPENDED)
    connection = terminal.prove(rights=PIN_MANAGEMENT)
    expect(connection, UNBLOCK)
    expect(connection, change(b"121212"))
    terminal.again()
    terminal.unlock(PIN, "121212")


def test_a_new_pin_has_all_its_tries(meet):
    terminal = meet("erika", Fault.PIN_SUSPENDED)
    expect(terminal.prove(rights=PIN_MANAGEMENT), change(b"121212"))
    terminal.again()
    assert tries_left(terminal.card, terminal.info, PIN) == 3


def test_a_terminal_without_the_right_switches_nothing(erika):
    assert send(erika.prove(groups=(4, 5)), switch(on=False))[1] == 0x6982


def test_a_passport_has_nothing_to_switch(meet):
    assert send(meet("zofia").card, switch(on=False))[1] == 0x6D00

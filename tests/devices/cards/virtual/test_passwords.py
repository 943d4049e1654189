"""What a wrong password costs: the counters of a virtual card, tried by real runs of PACE."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.cards.protocols.chip_passwords import PIN_TRIES, PUK_USES
from devices.cards.protocols.pace_status import tries_left
from devices.cards.protocols.passwords import PasswordKind
from devices.cards.virtual.faults import Fault
from devices.cards.wire.apdu import Command
from devices.cards.wire.connection import expect
from kiosk.errors import CardError

MRZ, CAN, PIN, PUK = PasswordKind
UNBLOCK = Command(0x00, 0x2C, 0x03, 0x03)


@pytest.fixture
def erika(meet):
    return meet("erika")


def wrong(terminal, kind: PasswordKind) -> CardError:
    with pytest.raises(CardError) as raised:
        terminal.unlock(kind, "000000", spend_last_try=True)
    return raised.value


@pytest.mark.parametrize("kind", PasswordKind)
def test_the_right_password_unlocks(erika, kind):
    erika.unlock(kind)
    assert erika.card._chip.security.unlocked is kind


@pytest.mark.parametrize(("kind", "code"), [(MRZ, "CARD-28"), (CAN, "CARD-03")])
def test_what_is_printed_never_blocks(erika, kind, code):
    for _ in range(12):
        error = wrong(erika, kind)
        assert (error.code, error.tries_left) == (code, None)
    erika.unlock(kind)


def test_a_pin_counts_down_and_the_right_one_counts_up(erika):
    assert wrong(erika, PIN).tries_left == 2
    assert tries_left(erika.card, erika.info, PIN) == 2
    erika.unlock(PIN)
    erika.again()
    assert tries_left(erika.card, erika.info, PIN) == PIN_TRIES


def test_the_last_try_is_suspended_until_the_can(erika):
    wrong(erika, PIN)
    assert wrong(erika, PIN).tries_left == 1
    with pytest.raises(CardError) as raised:
        erika.unlock(PIN, spend_last_try=True)
    assert raised.value.code != "CARD-17"
    assert tries_left(erika.card, erika.info, PIN) == 1
    resumed = erika.unlock(CAN).connection
    erika.unlock(PIN, within=resumed, spend_last_try=True)
    erika.again()
    assert tries_left(erika.card, erika.info, PIN) == PIN_TRIES


def test_a_resumed_pin_may_be_entered_outside_the_channel_of_the_can_too(erika):
    wrong(erika, PIN)
    wrong(erika, PIN)
    erika.unlock(CAN)
    erika.unlock(PIN, spend_last_try=True)


def test_a_wrong_last_try_blocks_and_only_the_puk_helps(erika):
    wrong(erika, PIN)
    wrong(erika, PIN)
    erika.unlock(CAN)
    assert wrong(erika, PIN).code == "CARD-19"
    erika.unlock(CAN)
    with pytest.raises(CardError, match="CARD-19"):
        erika.unlock(PIN)
    expect(erika.unlock(PUK).connection, UNBLOCK)
    erika.again()
    erika.unlock(PIN)


def test_the_can_counts_no_longer_after_power_off(erika):
    wrong(erika, PIN)
    wrong(erika, PIN)
    erika.unlock(CAN)
    erika.again()
    with pytest.raises(CardError):
        erika.unlock(PIN, spend_last_try=True)
    assert tries_left(erika.card, erika.info, PIN) == 1


def test_counters_outlive_power_off(erika):
    wrong(erika, PIN)
    erika.again()
    assert tries_left(erika.card, erika.info, PIN) == 2


def test_a_puk_is_blocked_after_ten_wrong_ones(erika):
    for _ in range(PUK_USES):
        assert wrong(erika, PUK).code in ("CARD-17", "CARD-19", "CARD-29")
    with pytest.raises(CardError, match="CARD-19"):
        erika.unlock(PUK)


def test_a_puk_is_blocked_after_ten_uses(erika):
    connection = erika.unlock(PUK).connection
    for _ in range(PUK_USES):
        expect(connection, UNBLOCK)
    erika.again()
    with pytest.raises(CardError, match="CARD-19"):
        erika.unlock(PUK)


def test_a_passport_has_no_pin(meet):
    with pytest.raises(CardError, match="CARD-16"):
        meet("zofia").unlock(PIN, "123456")


def test_a_switched_off_online_function_is_told_and_leaves_the_can(meet):
    terminal = meet("erika", Fault.DEACTIVATED)
    with pytest.raises(CardError, match="CARD-20"):
        terminal.unlock(PIN)
    terminal.unlock(CAN)


def test_a_suspended_pin_is_told(meet):
    terminal = meet("erika", Fault.PIN_SUSPENDED)
    assert tries_left(terminal.card, terminal.info, PIN) == 1
    with pytest.raises(CardError, match="CARD-18"):
        terminal.unlock(PIN)


def test_nothing_is_said_of_passwords_and_keys(erika):
    erika.unlock(PIN)
    said = repr([erika.card, erika.card._memory, erika.card._data, erika.card._chip.security])
    assert not any(erika.secret(kind) in said for kind in PasswordKind)


class Rules:
    """The counters as the rules have them, in as few words as possible."""

    def __init__(self) -> None:
        self.pin, self.puk, self.resumed = PIN_TRIES, PUK_USES, False

    def may_unlock(self, kind: PasswordKind, *, right: bool) -> bool:
        match kind:
            case PasswordKind.CAN:
                self.resumed |= right
            case PasswordKind.PIN:
                if self.pin == 0 or (self.pin == 1 and not self.resumed):
                    return False
                self.pin = PIN_TRIES if right else self.pin - 1
                self.resumed &= right
            case PasswordKind.PUK:
                if self.puk == 0:
                    return False
                self.puk -= not right
        return right

    def unblock(self) -> None:
        self.pin, self.puk = PIN_TRIES, self.puk - 1


def unlocks(terminal, kind: PasswordKind, *, right: bool) -> bool:
    try:
        terminal.unlock(kind, "" if right else "000000", spend_last_try=True)
    except CardError:
        return False
    return True


STEPS = st.lists(st.tuples(st.sampled_from([CAN, PIN, PIN, PUK, "unblock", "again"]), st.booleans()), max_size=8)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_is_tried_the_counters_are_as_the_rules_say(meet, steps):
    terminal, rules = meet("erika"), Rules()
    for kind, right in steps:
        match kind:
            case "again":
                terminal.again()
                rules.resumed = False
            case "unblock" if rules.may_unlock(PUK, right=True):
                expect(terminal.unlock(PUK).connection, UNBLOCK)
                rules.unblock()
            case PasswordKind():
                assert unlocks(terminal, kind, right=right) == rules.may_unlock(kind, right=right)
        passwords = terminal.card._memory.passwords
        assert (passwords.pin_left, passwords.puk_left) == (rules.pin, rules.puk)
        assert passwords.pin_left >= 0
        assert passwords.puk_left >= 0

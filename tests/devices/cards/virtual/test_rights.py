"""What a terminal may read of the eID application: what it asked for, was certified for, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.cards.applications import eid, lds
from devices.cards.crypto.groups import standard_group
from devices.cards.people import eid_holder
from devices.cards.pki.chat import CAN_ALLOWED, chat_for, read_right
from devices.cards.protocols.passwords import PasswordKind
from devices.cards.protocols.randomness import draw_key
from devices.cards.protocols.terminal_authentication import TerminalProof, authenticate_terminal
from devices.cards.wire.apdu import Command
from devices.cards.wire.connection import Connection, send
from devices.cards.wire.files import select_application, select_master_file
from kiosk.errors import CardError

CAN, PIN = PasswordKind.CAN, PasswordKind.PIN
GROUPS = (1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 13, 17)


def readable(connection: Connection) -> set[int]:
    """Data groups the card gives out."""
    select_application(connection, eid.APPLICATION_ID)
    return {group for group in range(1, 23) if send(connection, read(group))[1] in (0x9000, 0x6282)}


def read(sfi: int) -> Command:
    return Command(0x00, 0xB0, 0x80 | sfi, 0x00, le=1)


def test_what_was_asked_for_is_read(meet):
    terminal = meet("erika")
    connection = terminal.prove(groups=GROUPS)
    select_application(connection, eid.APPLICATION_ID)
    built = eid.build_data_groups(eid_holder(terminal.person))
    for number, data in built.items():
        answer, status = send(connection, Command(0x00, 0xB0, 0x80 | number, 0x00, le=223))
        assert (answer, status) == (data, 0x6282)
    assert set(built) == set(GROUPS)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.frozensets(st.sampled_from(GROUPS)), certified=st.frozensets(st.sampled_from(GROUPS)))
def test_only_what_is_asked_for_and_certified_can_be_read(meet, asked, certified):
    rights = sum(read_right(group) for group in certified) | CAN_ALLOWED
    assert readable(meet("erika").prove(groups=asked, certified=rights)) == asked & certified


@pytest.mark.parametrize("kind", [CAN, PIN, PasswordKind.PUK])
def test_a_password_alone_opens_no_data_group(meet, kind):
    assert readable(meet("erika").unlock(kind).connection) == set()


def test_nothing_is_read_before_chip_authentication(meet):
    terminal = meet("erika")
    chat = chat_for(GROUPS, can_allowed=True)
    outcome = terminal.unlock(CAN, chat=chat)
    own = draw_key(standard_group(13))
    chain = terminal.pki.chain(chat.rights)
    authenticate_terminal(outcome.connection, chain, terminal.pki.signer, TerminalProof(outcome.id_picc, own))
    assert readable(outcome.connection) == set()


def test_the_locked_card_shows_its_access_and_its_index_and_nothing_else(meet):
    card = meet("erika").card
    assert send(card, read(0x1C))[1] == 0x9000
    assert send(card, read(0x1E))[1] == 0x9000
    assert send(card, read(0x1D))[1] == 0x6982
    assert readable(card) == set()


def test_card_security_needs_a_terminal_that_proved_its_rights(meet):
    connection = meet("erika").unlock(CAN).connection
    assert send(connection, read(0x1D))[1] == 0x6982


def test_the_can_needs_a_terminal_that_asks_for_the_right_to_it(meet):
    with pytest.raises(CardError, match="CARD-14"):
        meet("erika").unlock(CAN, chat=chat_for((4, 5)))


def test_the_can_needs_a_terminal_that_is_certified_for_it(meet):
    with pytest.raises(CardError, match="CARD-13"):
        meet("erika").prove(groups=(4, 5), certified=read_right(4) | read_right(5))


def test_a_pin_needs_no_right_to_the_can(meet):
    terminal = meet("erika")
    chat = chat_for((4, 5))
    outcome = terminal.unlock(PIN, chat=chat)
    own = draw_key(standard_group(13))
    chain = terminal.pki.chain(chat.rights)
    authenticate_terminal(outcome.connection, chain, terminal.pki.signer, TerminalProof(outcome.id_picc, own))


def test_certificates_say_nothing_before_a_chat_was_shown(meet):
    terminal = meet("erika")
    outcome = terminal.unlock(CAN)
    proof = TerminalProof(outcome.id_picc, draw_key(standard_group(13)))
    with pytest.raises(CardError, match="CARD-13"):
        authenticate_terminal(outcome.connection, terminal.pki.chain(0), terminal.pki.signer, proof)


def test_a_plain_command_ends_what_was_proven(meet):
    terminal = meet("erika")
    connection = terminal.prove(groups=(4,))
    select_master_file(terminal.card)
    with pytest.raises(CardError, match="CARD-08"):
        select_master_file(connection)
    assert readable(terminal.card) == set()


def test_unlocking_again_ends_what_was_proven(meet):
    terminal = meet("erika")
    connection = terminal.prove(groups=(4,))
    assert readable(terminal.unlock(CAN, within=connection).connection) == set()


def test_the_travel_application_of_an_identity_card_opens_to_inspection_systems_only(meet):
    terminal = meet("erika")
    ways = (
        lambda: terminal.card,
        lambda: terminal.unlock(PasswordKind.MRZ).connection,
        lambda: terminal.prove(groups=GROUPS),
    )
    for way in ways:
        connection = way()
        select_application(connection, lds.APPLICATION_ID)
        assert {send(connection, read(sfi))[1] for sfi in (0x01, 0x1E)} == {0x6982}


def test_a_unionsbuergerkarte_has_no_travel_application(meet):
    terminal = meet("chloe")
    with pytest.raises(CardError):
        select_application(terminal.card, lds.APPLICATION_ID)
    assert readable(terminal.prove(groups=GROUPS)) == set(GROUPS)

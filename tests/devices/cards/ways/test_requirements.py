"""What a terminal lacks for a kind of card is said in words, and the first thing first."""

from __future__ import annotations

from devices.cards.pki.csca import CscaStore
from devices.cards.pki.terminal_store import TerminalStore
from devices.cards.ways.configured import Certificates, load_certificates
from devices.cards.ways.requirements import (
    NO_CAN_RIGHT,
    NO_CERTIFICATE,
    NO_SIGNER_KNOWN,
    NO_STATES,
    Requirement,
    requirements,
)
from kiosk.identity import CardKind, Way

NOTHING = load_certificates(None, None)


def on_site(certificates: Certificates) -> Requirement:
    [found] = [item for item in requirements(CardKind.GERMAN, certificates) if item.way is Way.ON_SITE]
    return found


def test_a_terminal_with_everything_lacks_nothing(desk):
    certificates = Certificates(desk.terminal, desk.trust)
    assert not any(item.lacks for kind in CardKind for item in requirements(kind, certificates))


def test_without_certificates_a_german_card_wants_one(desk):
    assert on_site(NOTHING).lacks == NO_CERTIFICATE
    assert on_site(Certificates(TerminalStore(None), desk.trust)).lacks == NO_CERTIFICATE


def test_a_certificate_without_the_can_does_not_do(desk, certified):
    assert on_site(Certificates(certified([3], can_allowed=False), desk.trust)).lacks == NO_CAN_RIGHT


def test_a_terminal_that_knows_no_state_trusts_no_card(desk):
    assert on_site(Certificates(desk.terminal, CscaStore())).lacks == NO_SIGNER_KNOWN


def test_travel_documents_are_read_without_certificates_and_stay_unverified():
    for kind in (CardKind.EU_CARD, CardKind.PASSPORT):
        [found] = requirements(kind, NOTHING)
        assert (found.way, found.lacks) == (Way.TRAVEL_DOCUMENT, NO_STATES)


def test_what_is_no_document_needs_nothing():
    assert requirements(CardKind.UNKNOWN, NOTHING) == ()

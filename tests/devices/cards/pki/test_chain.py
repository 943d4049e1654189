"""From a card's trust anchor down to the terminal: the right order, and every chain that must be refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from devices.cards.pki.chain import check_chain, order_chain
from devices.cards.pki.chat import ROLE_SIGNATURE_TERMINAL, HolderRole
from devices.cards.pki.making import DOCUMENT_VERIFIER, FIRST_CVCA, SECOND_CVCA, TERMINAL
from devices.cards.pki.making_terminals import TerminalOrder, certify
from devices.cards.pki.private_keys import draw_ec_key
from tests.devices.cards.pki.conftest import NOW
from tests.devices.cards.pki.refusals import code_of, refusal

TODAY = NOW.date()
A_DAY = timedelta(days=1)
KEYS = {name: draw_ec_key("brainpoolP256r1") for name in (FIRST_CVCA, SECOND_CVCA, DOCUMENT_VERIFIER, TERMINAL)}
ROLES = {
    FIRST_CVCA: HolderRole.CVCA,
    SECOND_CVCA: HolderRole.CVCA,
    DOCUMENT_VERIFIER: HolderRole.DOMESTIC_DOCUMENT_VERIFIER,
    TERMINAL: HolderRole.TERMINAL,
}


def made(holder: str, issuer: str, **changes):
    """A certificate that is right but for the changes to its order."""
    order = TerminalOrder(holder, KEYS[holder], ROLES[holder], TODAY - A_DAY, TODAY + A_DAY)
    return certify(replace(order, **changes), issuer, KEYS[issuer])


ROOT, NEW_ROOT = made(FIRST_CVCA, FIRST_CVCA), made(SECOND_CVCA, SECOND_CVCA)
LINK = made(SECOND_CVCA, FIRST_CVCA)
VERIFIER = made(DOCUMENT_VERIFIER, SECOND_CVCA)
OWN = made(TERMINAL, DOCUMENT_VERIFIER)
EVERYTHING = (OWN, ROOT, VERIFIER, NEW_ROOT, LINK)


class TestOrder:
    def test_it_begins_below_the_cards_trust_anchor(self):
        assert order_chain(EVERYTHING, SECOND_CVCA, TODAY) == (VERIFIER, OWN)

    def test_a_card_that_knows_the_old_anchor_gets_the_link(self):
        assert order_chain(EVERYTHING, FIRST_CVCA, TODAY) == (LINK, VERIFIER, OWN)

    def test_an_unknown_anchor_gets_nothing(self):
        assert order_chain(EVERYTHING, "DETESTCVCA00003", TODAY) == ()
        assert order_chain((), FIRST_CVCA, TODAY) == ()

    def test_without_the_link_there_is_no_chain_from_the_old_anchor(self):
        assert order_chain((OWN, ROOT, VERIFIER, NEW_ROOT), FIRST_CVCA, TODAY) == ()

    def test_what_holds_today_goes_before_what_is_newer(self):
        later = made(TERMINAL, DOCUMENT_VERIFIER, effective=TODAY + A_DAY)
        assert order_chain((*EVERYTHING, later), SECOND_CVCA, TODAY)[-1] == OWN

    def test_the_newer_of_two_that_hold_is_taken(self):
        newer = made(TERMINAL, DOCUMENT_VERIFIER, effective=TODAY)
        assert order_chain((*EVERYTHING, newer), SECOND_CVCA, TODAY)[-1] == newer

    def test_an_old_link_certificate_is_no_hindrance(self):
        old = made(SECOND_CVCA, FIRST_CVCA, expires=TODAY - A_DAY)
        chain = order_chain((OWN, VERIFIER, old), FIRST_CVCA, TODAY)
        assert chain == (old, VERIFIER, OWN)
        check_chain(ROOT, chain, TODAY)

    def test_two_authorities_that_sign_each_other_are_left_again(self):
        back = made(FIRST_CVCA, SECOND_CVCA)
        assert order_chain((*EVERYTHING, back), "DETESTCVCA00003", TODAY) == ()


class TestCheck:
    def test_a_whole_chain_is_accepted(self):
        check_chain(NEW_ROOT, (VERIFIER, OWN), TODAY)
        check_chain(ROOT, (LINK, VERIFIER, OWN), TODAY)

    @pytest.mark.parametrize("day", [TODAY - A_DAY, TODAY + A_DAY], ids=["first", "last"])
    def test_both_days_of_the_validity_are_in_it(self, day):
        check_chain(NEW_ROOT, (VERIFIER, OWN), day)

    @pytest.mark.parametrize(
        ("dates", "said"),
        [
            ({"effective": date(2020, 1, 1), "expires": TODAY - A_DAY}, "expired on 2026-11-24"),
            ({"effective": TODAY + A_DAY}, "valid from 2026-11-26"),
        ],
        ids=["expired", "not yet valid"],
    )
    @pytest.mark.parametrize("number", [0, 1], ids=["document verifier", "terminal"])
    def test_a_certificate_that_is_not_valid_is_named(self, dates, said, number):
        chain = [VERIFIER, OWN]
        chain[number] = made(chain[number].chr, chain[number].car, **dates)
        error = refusal(lambda: check_chain(NEW_ROOT, chain, TODAY))
        assert (error.code, error.detail) == ("EAC-02", f"{chain[number].chr}: {said}")

    @pytest.mark.parametrize(
        ("anchor", "chain"),
        [
            (NEW_ROOT, (made(TERMINAL, SECOND_CVCA),)),
            (NEW_ROOT, (VERIFIER, made(SECOND_CVCA, DOCUMENT_VERIFIER), VERIFIER, OWN)),
            (NEW_ROOT, (VERIFIER, made(DOCUMENT_VERIFIER, DOCUMENT_VERIFIER), OWN)),
            (NEW_ROOT, (VERIFIER, OWN, made(DOCUMENT_VERIFIER, TERMINAL))),
            (NEW_ROOT, (made(DOCUMENT_VERIFIER, SECOND_CVCA, role=HolderRole.TERMINAL), OWN)),
        ],
        ids=["CVCA signs terminal", "DV signs CVCA", "DV signs DV", "terminal signs", "terminal for DV"],
    )
    def test_a_wrong_role_is_refused(self, anchor, chain):
        error = refusal(lambda: check_chain(anchor, chain, TODAY))
        assert (error.code, "role" in error.detail) == ("EAC-02", True)

    def test_another_terminal_type_is_refused(self):
        other = made(TERMINAL, DOCUMENT_VERIFIER, role_oid=ROLE_SIGNATURE_TERMINAL, rights=0)
        assert code_of(lambda: check_chain(NEW_ROOT, (VERIFIER, other), TODAY)) == "EAC-02"

    def test_a_forged_signature_is_refused(self):
        order = TerminalOrder(TERMINAL, KEYS[TERMINAL], HolderRole.TERMINAL, TODAY, TODAY)
        forged = certify(order, DOCUMENT_VERIFIER, draw_ec_key("brainpoolP256r1"))
        error = refusal(lambda: check_chain(NEW_ROOT, (VERIFIER, forged), TODAY))
        assert (error.code, TERMINAL in error.detail) == ("EAC-02", True)

    def test_an_anchor_of_another_name_is_refused(self):
        assert code_of(lambda: check_chain(ROOT, (VERIFIER, OWN), TODAY)) == "EAC-02"

    @pytest.mark.parametrize("chain", [(), (VERIFIER,), (LINK, VERIFIER)])
    def test_a_chain_ends_with_a_terminal(self, chain):
        anchor = ROOT if LINK in chain else NEW_ROOT
        assert code_of(lambda: check_chain(anchor, chain, TODAY)) == "EAC-02"

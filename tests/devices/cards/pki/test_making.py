"""The test PKI: kept in a folder it is the same again, and what it makes is what the product accepts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from devices.cards.pki.chain import check_chain
from devices.cards.pki.chat import chat_for
from devices.cards.pki.cms import verify_signed_data
from devices.cards.pki.csca import CscaStore
from devices.cards.pki.findings import examine_states, examine_terminal
from devices.cards.pki.making import SignerFlaw, open_specimen_pki
from devices.cards.pki.terminal_store import TerminalStore
from kiosk.identity import Authenticity
from tests.devices.cards.pki.conftest import NOW
from tests.devices.cards.pki.refusals import code_of

TODAY = NOW.date()


def test_it_is_complete(tmp_path):
    open_specimen_pki(tmp_path, TODAY)
    assert examine_terminal(TerminalStore(tmp_path / "eac", NOW.date), TODAY) == ()
    assert examine_states(CscaStore(tmp_path / "csca"), NOW) == ()


def test_opened_again_it_is_the_same(tmp_path):
    first, later = open_specimen_pki(tmp_path, TODAY), open_specimen_pki(tmp_path, TODAY + timedelta(days=100))
    assert later.made_on == TODAY
    message = later.sign_card_security(b"content")
    found = verify_signed_data(message, CscaStore(tmp_path / "csca"), NOW)
    assert found.authenticity is Authenticity.VERIFIED
    check_chain(first.anchors()[0], later.chain(), TODAY)
    store = TerminalStore(tmp_path / "eac", NOW.date)
    own = store.chain_for([anchor.chr for anchor in later.anchors()])[-1]
    own.public_key.completed(later.anchors()[0].public_key).verify(later.signer.sign(b"x"), b"x")


def test_its_keys_are_for_their_owner_only(tmp_path):
    open_specimen_pki(tmp_path, TODAY)
    assert {path.stat().st_mode & 0o077 for path in tmp_path.rglob("*.pkcs8")} == {0}


@pytest.mark.parametrize("name", ["keys/csca.pkcs8", "made_on"])
def test_one_that_was_damaged_is_said_to_be(tmp_path, name):
    open_specimen_pki(tmp_path, TODAY)
    (tmp_path / name).write_bytes(b"nothing")
    assert code_of(lambda: open_specimen_pki(tmp_path, TODAY)) == "EAC-01"


def test_a_terminal_may_do_what_was_ordered(pki):
    chat = chat_for((4, 5), can_allowed=True)
    assert pki.chain(chat.rights)[-1].chat == chat


def test_no_private_key_is_shown(pki):
    assert "keys" not in repr(pki)


@pytest.mark.parametrize("flaw", SignerFlaw)
def test_a_flaw_is_the_signers_and_nobody_elses(pki, flaw):
    flawed = pki.flawed(flaw)
    assert flawed.csca().certificate.key == pki.csca().certificate.key
    assert flawed.anchors()[0].public_key == pki.anchors()[0].public_key
    assert pki.flaw is None

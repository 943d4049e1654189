"""A signature counts for what it was made over: EF.CardSecurity is no EF.SOD, and the reverse."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from devices.cards.pki.making import CARD_SECURITY, SECURITY_OBJECT, SpecimenPki
from devices.cards.pki.making_documents import sign_message
from devices.cards.protocols.security_infos import ChipPublicKey, SecurityInfos, standard_algorithm
from devices.cards.virtual.slot import VirtualSlot
from devices.cards.ways.unlocking import _mapping_key as mapping_key
from kiosk.errors import CardError
from kiosk.identity import Secret, Way

from .conftest import NOW
from .test_travel_document import key_of


@dataclass(frozen=True, slots=True)
class MixedUp(SpecimenPki):
    """Signs each file as if it were the other one."""

    def sign_card_security(self, infos: bytes) -> bytes:
        return sign_message(infos, SECURITY_OBJECT, self.document_signer())

    def sign_security_object(self, content: bytes) -> bytes:
        return sign_message(content, CARD_SECURITY, self.document_signer())


@pytest.fixture
def mixed_up(desk, pki):
    slot = VirtualSlot(wait=lambda seconds: None, today=NOW.date, pki=lambda: MixedUp(pki.keys, pki.made_on))
    desk.record.slot = slot
    yield desk
    slot.close()


def test_a_signed_card_security_in_place_of_the_sod_is_refused(mixed_up):
    assert mixed_up.refused(Way.TRAVEL_DOCUMENT, key_of(mixed_up.lay("zofia"))) == "CARD-10"


def test_a_signed_sod_in_place_of_the_card_security_is_refused(mixed_up):
    assert mixed_up.refused(Way.ON_SITE, Secret(mixed_up.lay("erika").can)) == "CARD-10"


def test_the_mapping_is_checked_against_the_chips_key_in_the_group_of_pace():
    """P-256 and brainpoolP256r1 by their standardised numbers (TR-03110-3 A.2.1.1), and one that nobody knows."""
    keys = {number: ChipPublicKey(None, standard_algorithm(number), b"\x04") for number in (12, 13)}
    foreign = ChipPublicKey(None, b"\x30\x00", b"\x04")
    infos = replace(SecurityInfos(), chip_authentication_keys=(foreign, *keys.values()))
    for key in keys.values():
        assert mapping_key(infos, key.group) is key
    with pytest.raises(CardError, match="CARD-09"):
        mapping_key(replace(infos, chip_authentication_keys=(foreign,)), keys[12].group)

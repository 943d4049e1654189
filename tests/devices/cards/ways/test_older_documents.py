"""Documents older than today's, and stranger ones: without PACE, without a proof of the chip, with files kept back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from devices.cards.applications import lds
from devices.cards.applications.mrz import Mrz
from devices.cards.applications.security_object import build_security_object
from devices.cards.people import printed_zone
from devices.cards.pki.making import SpecimenPki
from devices.cards.protocols.active_authentication import ChipActiveAuthentication, EcSigningKey
from devices.cards.protocols.chip_passwords import ChipPasswords
from devices.cards.protocols.passwords import PasswordKind
from devices.cards.protocols.security_info_building import build_security_infos
from devices.cards.protocols.security_infos import ActiveAuthenticationInfo, SecurityInfos
from devices.cards.virtual.card import VirtualCard
from devices.cards.virtual.chip_data import ChipData, ChipMemory
from devices.cards.virtual.file_system import Access, CardFile, Directory
from devices.cards.virtual.keys import draw_chip_key
from devices.cards.virtual.travel_card import ECDSA_SHA256, travel_card
from devices.cards.ways.opened import OpenedCard, open_card
from devices.cards.ways.travel_document import TravelDocument
from kiosk.errors import CardError
from kiosk.identity import Assurance, Attribute, Authenticity, CardKind, IdentityData, MrzKey, Secret, Way
from kiosk.ports import ReadRequest

SOD_SFI = 0x1D


@pytest.fixture
def zofia(slot, pki) -> ChipData:
    return travel_card(slot.people["zofia"], None, pki)


@pytest.fixture
def zone(slot) -> Mrz:
    return printed_zone(slot.people["zofia"])


@pytest.fixture
def key(slot) -> MrzKey:
    person = slot.people["zofia"]
    born = person.attributes[Attribute.DATE_OF_BIRTH]
    return MrzKey(person.document_number, born, person.expires_on)


@pytest.fixture
def read(desk, zone) -> Callable[..., IdentityData]:
    """Read a chip as it is put together here."""

    def read(data: ChipData, key: MrzKey | Secret, kind: CardKind | None = None) -> IdentityData:
        passwords = ChipPasswords({PasswordKind.MRZ: Secret(zone.information)})
        chip = VirtualCard(data, ChipMemory(passwords, date(2026, 11, 25)))
        chip.power_on()
        opened = open_card(chip)
        card = OpenedCard(opened.connection, replace(opened.seen, kind=kind or opened.seen.kind), opened.chunk)
        request = ReadRequest(Way.TRAVEL_DOCUMENT, key, frozenset(Attribute))
        return TravelDocument(desk.trust).read(card, request, lambda phase: None)

    return read


def without_pace(data: ChipData) -> ChipData:
    return replace(data, directories=(Directory(()), data.directories[1]), infos=SecurityInfos())


def with_groups(pki: SpecimenPki, data: ChipData, *numbers: int) -> ChipData:
    """A travel document with these of its data groups, signed anew."""
    files = data.directories[1].files
    groups = {file.sfi: file.content for file in files if file.sfi in numbers}
    sod = lds.build_sod(pki.sign_security_object(build_security_object(groups)))
    kept = [file for file in files if file.sfi in numbers]
    application = Directory((*kept, CardFile(0x011D, SOD_SFI, sod, Access.UNLOCKED)), lds.APPLICATION_ID)
    return replace(data, directories=(data.directories[0], application))


def with_file(data: ChipData, group: int, content: bytes) -> ChipData:
    files = tuple(replace(file, content=content) if file.sfi == group else file for file in data.directories[1].files)
    return replace(data, directories=(data.directories[0], Directory(files, lds.APPLICATION_ID)))


def signing_only(pki: SpecimenPki, data: ChipData) -> ChipData:
    """DG14 announces active authentication and nothing else."""
    announced = lds.wrap(14, build_security_infos([ActiveAuthenticationInfo(1, ECDSA_SHA256)], ()))
    return with_groups(pki, with_file(data, 14, announced), 1, 11, 14, 15)


def refused(read, *arguments) -> str:
    with pytest.raises(CardError) as caught:
        read(*arguments)
    return caught.value.code


def test_a_passport_older_than_pace_is_unlocked_by_bac(read, zofia, key):
    identity = read(without_pace(zofia), key)
    assert identity.attributes[Attribute.FAMILY_NAMES] == "Przykładowska-Wzór"
    assert identity.assurance is Assurance.SUBSTANTIAL


def test_bac_with_wrong_data(read, zofia, key):
    assert refused(read, without_pace(zofia), replace(key, document_number="PROBA0002")) == "CARD-28"


def test_a_document_that_knows_no_can_says_so(read, zofia):
    assert refused(read, without_pace(zofia), Secret("662607")) == "CARD-16"


def test_without_chip_authentication_the_chip_signs(read, zofia, key, pki):
    assert read(signing_only(pki, zofia), key).assurance is Assurance.SUBSTANTIAL


def test_a_copy_cannot_sign(read, zofia, key, pki):
    other = draw_chip_key(None)
    copied = ChipActiveAuthentication(EcSigningKey(other.group, other.private), "sha256")
    assert refused(read, replace(signing_only(pki, zofia), active_authentication=copied), key) == "CARD-09"


def test_a_chip_that_announces_a_proof_must_give_it(read, zofia, key):
    assert refused(read, replace(zofia, chip_authentication=None), key) == "CARD-09"


def test_a_chip_that_proves_nothing_gives_data_of_low_assurance(read, zofia, key, pki):
    identity = read(with_groups(pki, zofia, 1, 11), key)
    assert (identity.assurance, identity.authenticity) == (Assurance.LOW, Authenticity.VERIFIED)


def test_without_dg11_the_zone_gives_the_names(read, zofia, key, pki):
    names = read(with_groups(pki, zofia, 1), key).attributes
    assert names[Attribute.FAMILY_NAMES] == "PRZYKLADOWSKA WZOR"
    assert names[Attribute.DATE_OF_BIRTH] == "1979-09-30"


def test_a_group_that_was_not_signed_is_not_there(read, zofia, key, pki):
    """DG11 lies on the chip, but nobody signed it."""
    signed = with_groups(pki, zofia, 1)
    files = (*signed.directories[1].files, *(file for file in zofia.directories[1].files if file.sfi == 11))
    strange = replace(signed, directories=(zofia.directories[0], Directory(files, lds.APPLICATION_ID)))
    assert Attribute.PLACE_OF_BIRTH not in read(strange, key).attributes


@pytest.mark.parametrize("kept", [1, SOD_SFI])
def test_a_file_kept_for_authenticated_terminals_is_no_read_error(read, zofia, key, kept):
    files = tuple(
        replace(file, access=Access.INSPECTION) if file.sfi == kept else file for file in zofia.directories[1].files
    )
    careful = replace(zofia, directories=(zofia.directories[0], Directory(files, lds.APPLICATION_ID)))
    assert refused(read, careful, key) == "CARD-12"


def test_a_document_without_a_security_object_is_none(read, zofia, key):
    files = tuple(file for file in zofia.directories[1].files if file.sfi != SOD_SFI)
    bare = replace(zofia, directories=(zofia.directories[0], Directory(files, lds.APPLICATION_ID)))
    assert refused(read, bare, key) == "CARD-16"


def test_an_expired_document(read, zofia, zone, key, pki):
    old = with_file(zofia, 1, lds.build_dg1(replace(zone, date_of_expiry="201231")))
    assert refused(read, with_groups(pki, old, 1), key) == "CARD-05"


def test_what_is_no_document_is_not_unlocked(read, zofia, key):
    assert refused(read, zofia, key, CardKind.UNKNOWN) == "CARD-16"

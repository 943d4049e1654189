"""What a virtual card with an eID application holds: German identity card and Unionsbürgerkarte (TR-03110-4, TR-03127).

The identity card has a travel document's application too. Its files are refused to every terminal but an inspection
system, which is what a reader of travel documents meets on a real one.
"""

from __future__ import annotations

from typing import Final

from devices.cards.applications import eid, lds
from devices.cards.people import Document, Person, eid_holder, printed_zone
from devices.cards.pki.making import SpecimenPki
from devices.cards.protocols import oids
from devices.cards.protocols.chip_authentication import ChipChipAuthentication
from devices.cards.protocols.security_info_building import Announced, build_security_infos
from devices.cards.protocols.security_infos import (
    ChipAuthenticationInfo,
    DomainParameters,
    PaceInfo,
    parse_security_infos,
    standard_algorithm,
)
from devices.cards.virtual.chip_data import ChipData, answer_to_reset
from devices.cards.virtual.faults import Fault, forged
from devices.cards.virtual.file_system import Access, CardFile, Directory
from devices.cards.virtual.keys import BRAINPOOL_P256, ChipKey, draw_chip_key
from devices.cards.wire import tlv

# Card capabilities (ISO/IEC 7816-4 §12.1.1): extended length and command chaining are understood.
HISTORICAL_BYTES: Final = bytes.fromhex("8031F873F741E0829000")
CARD_ACCESS, CARD_SECURITY, DIRECTORY = (0x011C, 0x1C), (0x011D, 0x1D), (0x2F00, 0x1E)
COM, DG1 = (0x011E, 0x1E), (0x0101, 0x01)
KEY_ID: Final = 41
NIST_P384: Final = 15
NOBODY_KNOWS: Final = 31

GENERIC, INTEGRATED = b"\x02", b"\x04"
AES_128, AES_256 = b"\x02", b"\x04"
CHIP_AUTHENTICATION: Final = oids.ID_CA_ECDH + AES_128

# Applications of an identity card as its EF.DIR lists them: signature's information, travel document, eID, signature.
SIGNATURE: Final = bytes.fromhex("A000000167455349474E")
SIGNATURE_INFORMATION: Final = bytes.fromhex("E828BD080F") + SIGNATURE
SIGNATURE_LABEL: Final = b"CIA zu DF.eSign"


def eid_card(person: Person, fault: Fault | None, pki: SpecimenPki) -> ChipData:
    """Everything but passwords, which are the holder's."""
    key = draw_chip_key(fault)
    announced = _announced(fault)
    access = build_security_infos(announced + _announced_to_nobody(fault))
    security = pki.sign_card_security(build_security_infos([*announced, key.announced(KEY_ID)]))
    if fault is Fault.FORGED_SOD:
        security = forged(security)
    master_file = Directory(
        (
            CardFile(*CARD_ACCESS, access),
            CardFile(*CARD_SECURITY, security, Access.TERMINAL),
            CardFile(*DIRECTORY, _directory(person)),
        )
    )
    applications = [_eid_application(person)]
    if person.document is Document.IDENTITY_CARD:
        applications.append(_travel_application(person))
    return ChipData(
        answer_to_reset(HISTORICAL_BYTES),
        (master_file, *applications),
        parse_security_infos(access),
        chip_authentication=_chip_side(key),
    )


def _chip_side(key: ChipKey) -> ChipChipAuthentication:
    return ChipChipAuthentication(ChipAuthenticationInfo(CHIP_AUTHENTICATION, 2, KEY_ID), key.group, key.private)


def pace_info(mapping: bytes, suite: bytes, parameter_id: int) -> PaceInfo:
    return PaceInfo(oids.ID_PACE + mapping + suite, 2, parameter_id)


def _announced(fault: Fault | None) -> list[Announced]:
    infos: list[Announced] = [
        pace_info(GENERIC, AES_128, BRAINPOOL_P256),
        ChipAuthenticationInfo(CHIP_AUTHENTICATION, 2, KEY_ID),
        DomainParameters(oids.ID_CA_ECDH, standard_algorithm(BRAINPOOL_P256), KEY_ID),
    ]
    if fault is Fault.SEVERAL_PACE_INFOS:
        infos += several_pace_infos()
    return infos


def several_pace_infos() -> list[Announced]:
    """More ways to unlock than one, the last with a group that is not assigned."""
    return [
        pace_info(INTEGRATED, AES_128, BRAINPOOL_P256),
        pace_info(GENERIC, AES_256, NIST_P384),
        pace_info(GENERIC, AES_128, NOBODY_KNOWS),
    ]


def _announced_to_nobody(fault: Fault | None) -> list[Announced]:
    """What only the unsigned file says where data do not match."""
    return [pace_info(INTEGRATED, AES_256, BRAINPOOL_P256)] if fault is Fault.HASH_MISMATCH else []


def _eid_application(person: Person) -> Directory:
    groups = eid.build_data_groups(eid_holder(person))
    files = tuple(CardFile(0x0100 | number, number, data, Access.DATA_GROUP) for number, data in groups.items())
    return Directory(files, eid.APPLICATION_ID)


def _travel_application(person: Person) -> Directory:
    files = (
        CardFile(*COM, lds.build_com(lds.Com((1, 2))), Access.INSPECTION),
        CardFile(*DG1, lds.build_dg1(printed_zone(person)), Access.INSPECTION),
    )
    return Directory(files, lds.APPLICATION_ID)


def _directory(person: Person) -> bytes:
    if person.document is Document.UNION_CARD:
        return application_template(eid.APPLICATION_ID)
    reference = tlv.encode_all((0x50, SIGNATURE_LABEL), (0x51, b""), (0x73, tlv.encode(0x4F, SIGNATURE)))
    return (
        application_template(SIGNATURE_INFORMATION, reference)
        + application_template(lds.APPLICATION_ID)
        + application_template(eid.APPLICATION_ID)
        + application_template(SIGNATURE)
    )


def application_template(aid: bytes, more: bytes = b"") -> bytes:
    """An entry of EF.DIR (ISO/IEC 7816-4 §12.2.1)."""
    return tlv.encode(0x61, tlv.encode(0x4F, aid) + more)

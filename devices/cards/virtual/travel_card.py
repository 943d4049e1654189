"""What a virtual travel document holds: passport and identity card of another EU state (ICAO 9303-10 and -11).

They differ as real ones do. The passport knows BAC beside PACE, has no EF.DIR and answers active authentication; the
identity card maps with chip authentication (PACE-CAM) and lists its application. Both do chip authentication.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from devices.cards.applications import lds
from devices.cards.applications.drawn_face import drawn_face
from devices.cards.applications.face import FaceEncoding, ImageFormat, build_dg2
from devices.cards.applications.security_object import build_security_object
from devices.cards.people import Document, Person, printed_zone
from devices.cards.pki.making import SpecimenPki
from devices.cards.protocols import oids
from devices.cards.protocols.active_authentication import ChipActiveAuthentication, EcSigningKey
from devices.cards.protocols.chip_authentication import ChipChipAuthentication
from devices.cards.protocols.security_info_building import Announced, build_security_infos
from devices.cards.protocols.security_infos import (
    ActiveAuthenticationInfo,
    ChipAuthenticationInfo,
    parse_security_infos,
)
from devices.cards.virtual.chip_data import ChipData, answer_to_reset
from devices.cards.virtual.eid_card import (
    AES_128,
    AES_256,
    CARD_ACCESS,
    CARD_SECURITY,
    COM,
    DIRECTORY,
    GENERIC,
    application_template,
    pace_info,
    several_pace_infos,
)
from devices.cards.virtual.faults import Fault, forged
from devices.cards.virtual.file_system import Access, CardFile, Directory
from devices.cards.virtual.keys import BRAINPOOL_P256, ChipKey, draw_chip_key, public_key_info
from devices.cards.wire.object_identifiers import encode_oid
from kiosk.identity import Attribute, Secret

HISTORICAL_BYTES: Final = bytes.fromhex("0031C173C8400000")
SOD: Final = (0x011D, 0x1D)
CHIP_MAPPING: Final = b"\x06"
CHIP_AUTHENTICATION: Final = oids.ID_CA_ECDH + AES_128
ECDSA_SHA256: Final = encode_oid("0.4.0.127.0.7.1.1.4.1.3")


@dataclass(frozen=True, slots=True)
class _Keys:
    chip: ChipKey
    active: ChipKey | None


def travel_card(person: Person, fault: Fault | None, pki: SpecimenPki) -> ChipData:
    """Everything but passwords, which are printed."""
    passport = person.document is Document.PASSPORT
    keys = _Keys(draw_chip_key(fault), draw_chip_key(fault) if passport else None)
    announced = _announced(fault, passport=passport)
    access = build_security_infos(announced, ())
    groups = _data_groups(person, keys, announced)
    signed = pki.sign_security_object(build_security_object(groups))
    if fault is Fault.FORGED_SOD:
        signed = forged(signed)
    if fault is Fault.HASH_MISMATCH:
        groups[1] = lds.build_dg1(replace(printed_zone(person), given_names="ANDERS"))
    application = _application(groups, lds.build_sod(signed))
    master_file = [CardFile(*CARD_ACCESS, access)]
    if not passport:
        security = pki.sign_card_security(build_security_infos([*announced, keys.chip.announced(None)], ()))
        master_file.append(CardFile(*CARD_SECURITY, security, Access.UNLOCKED))
        master_file.append(CardFile(*DIRECTORY, application_template(lds.APPLICATION_ID)))
    return ChipData(
        answer_to_reset(HISTORICAL_BYTES),
        (Directory(tuple(master_file)), application),
        parse_security_infos(access),
        ChipChipAuthentication(_CHIP_AUTHENTICATION_INFO, keys.chip.group, keys.chip.private),
        _active(keys.active),
        None if passport else keys.chip.private,
        Secret(printed_zone(person).information) if passport else None,
    )


_CHIP_AUTHENTICATION_INFO: Final = ChipAuthenticationInfo(CHIP_AUTHENTICATION, 1, None)


def _announced(fault: Fault | None, *, passport: bool) -> list[Announced]:
    infos: list[Announced] = [pace_info(GENERIC, AES_128, BRAINPOOL_P256)]
    if not passport:
        infos.append(pace_info(CHIP_MAPPING, AES_256, BRAINPOOL_P256))
    if fault is Fault.SEVERAL_PACE_INFOS:
        infos += several_pace_infos()
    return infos


def _active(key: ChipKey | None) -> ChipActiveAuthentication | None:
    return None if key is None else ChipActiveAuthentication(EcSigningKey(key.group, key.private), "sha256")


def _data_groups(person: Person, keys: _Keys, announced: list[Announced]) -> dict[int, bytes]:
    """DG1, DG2, DG11, DG12, DG14 and, with a key for it, DG15."""
    infos = [*announced, _CHIP_AUTHENTICATION_INFO, keys.chip.announced(None)]
    if keys.active is not None:
        infos.append(ActiveAuthenticationInfo(1, ECDSA_SHA256))
    groups = {
        1: lds.build_dg1(printed_zone(person)),
        2: _face(person.document),
        11: lds.build_dg11(_details(person.attributes)),
        12: lds.build_dg12(lds.DocumentDetails(issuing_authority="PROBE")),
        14: lds.wrap(14, build_security_infos(infos, ())),
    }
    if keys.active is not None:
        groups[15] = lds.wrap(15, public_key_info(keys.active))
    return groups


@cache
def _face(document: Document) -> bytes:
    """DG2: one picture for all, in either of the encodings that are met."""
    if document is Document.PASSPORT:
        return build_dg2(drawn_face(ImageFormat.JPEG_2000), FaceEncoding.ISO_19794)
    return build_dg2(drawn_face(ImageFormat.JPEG), FaceEncoding.ISO_39794)


def _details(attributes: Mapping[Attribute, str]) -> lds.HolderDetails:
    return lds.HolderDetails(
        attributes[Attribute.FAMILY_NAMES],
        attributes[Attribute.GIVEN_NAMES],
        attributes[Attribute.DATE_OF_BIRTH],
        attributes.get(Attribute.PLACE_OF_BIRTH, ""),
    )


def _application(groups: Mapping[int, bytes], sod: bytes) -> Directory:
    files = [CardFile(0x0100 | number, number, data, Access.UNLOCKED) for number, data in groups.items()]
    files.append(CardFile(*COM, lds.build_com(lds.Com(tuple(sorted(groups)))), Access.UNLOCKED))
    files.append(CardFile(*SOD, sod, Access.UNLOCKED))
    return Directory(tuple(files), lds.APPLICATION_ID)

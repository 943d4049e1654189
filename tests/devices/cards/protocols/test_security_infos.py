"""SecurityInfos: published files, round trips, and bytes nobody wrote on purpose."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.cards.crypto.groups import standard_group
from devices.cards.crypto.suite import Cipher
from devices.cards.protocols import oids
from devices.cards.protocols.oids import Mapping
from devices.cards.protocols.security_info_building import build_security_info, build_security_infos
from devices.cards.protocols.security_infos import (
    ActiveAuthenticationInfo,
    ChipAuthenticationInfo,
    ChipPublicKey,
    DomainParameters,
    PaceInfo,
    parse_security_infos,
    standard_algorithm,
)
from devices.cards.wire import tlv
from devices.cards.wire.object_identifiers import encode_oid
from kiosk.errors import CardError

ECDSA_SHA256 = encode_oid("0.4.0.127.0.7.1.1.4.1.3")
INFOS = (
    PaceInfo(oids.ID_PACE + b"\x02\x02", 2, 13),
    PaceInfo(oids.ID_PACE + b"\x06\x04", 2, None),
    DomainParameters(oids.ID_PACE + b"\x02", standard_algorithm(12), 64),
    ChipAuthenticationInfo(oids.ID_CA_ECDH + b"\x02", 2, 300),
    ChipAuthenticationInfo(oids.ID_CA_DH + b"\x01", 1, None),
    DomainParameters(oids.ID_CA_ECDH, standard_algorithm(13), None),
    ChipPublicKey(7, standard_algorithm(13), b"\x04" + bytes(64)),
    ChipPublicKey(None, standard_algorithm(0), b"\x8f" + bytes(126), elliptic=False),
    ActiveAuthenticationInfo(1, ECDSA_SHA256),
)


def test_a_published_card_access_is_read(vectors: Any) -> None:
    infos = parse_security_infos(vectors("eac2_ecdh")["ef_card_access"])
    (pace,) = infos.pace
    assert (pace.protocol.mapping, pace.protocol.cipher, pace.parameter_id) == (Mapping.GENERIC, Cipher.AES_128, 13)
    assert infos.terminal_authentication_versions == (2,)
    assert [(info.version, info.key_id) for info in infos.chip_authentication] == [(2, 1)]
    assert [(domain.key_id, domain.group) for domain in infos.chip_authentication_domain] == [(1, standard_group(13))]
    assert infos.chip_authentication_keys == ()


@pytest.mark.parametrize(("name", "parameter_id"), [("eac2_ecdh", 13), ("eac2_dh", 0)])
def test_a_published_card_security_brings_the_chips_key(vectors: Any, name: str, parameter_id: int) -> None:
    numbers = vectors(name)
    access = parse_security_infos(numbers["ef_card_access"])
    security = parse_security_infos(numbers["ef_card_security_security_infos"])
    (key,) = security.chip_authentication_keys
    assert (key.key_id, key.public) == (1, numbers["chip_authentication"]["chip_public"])
    assert key.group == standard_group(parameter_id)
    assert security.pace == access.pace
    assert {build_security_info(info) for info in access.pace} <= access.raw & security.raw


@pytest.mark.parametrize("name", ["pace_gm_ecdh", "pace_gm_dh", "pace_cam_ecdh"])
def test_a_published_pace_info_is_built(vectors: Any, name: str) -> None:
    numbers = vectors(name)
    info = PaceInfo(numbers["oid"], 2, numbers["parameter_id"][0])
    assert build_security_info(info) == numbers["pace_info"]


def test_what_is_built_is_read() -> None:
    infos = parse_security_infos(build_security_infos(INFOS, terminal_authentication=(1, 2)))
    read = (
        *infos.pace,
        *infos.pace_domain,
        *infos.chip_authentication,
        *infos.chip_authentication_domain,
        *infos.chip_authentication_keys,
    )
    assert set(read) | {infos.active_authentication} == set(INFOS)
    assert sorted(infos.terminal_authentication_versions) == [1, 2]
    assert {build_security_info(info) for info in INFOS} < infos.raw


def test_an_info_of_an_unknown_kind_is_ignored_but_compared() -> None:
    unknown = tlv.encode(0x30, tlv.encode(0x06, b"\x2a\x03\x04") + b"\x05\x00")
    card_info = tlv.encode(0x30, tlv.encode(0x06, oids.ID_CARD_INFO) + tlv.encode(0x16, b"https://example.org"))
    known = build_security_info(INFOS[0])
    infos = parse_security_infos(tlv.encode(0x31, unknown + card_info + known))
    assert infos.pace == INFOS[:1]
    assert infos.raw == {unknown, card_info, known}


def test_a_file_padded_with_zeros_is_read() -> None:
    assert parse_security_infos(build_security_infos(INFOS[:1]) + bytes(9)).pace == INFOS[:1]


def test_a_key_in_an_unknown_group_is_kept_until_it_is_used() -> None:
    data = build_security_infos([ChipPublicKey(1, standard_algorithm(31), b"\x04" + bytes(64))])
    (key,) = parse_security_infos(data).chip_authentication_keys
    with pytest.raises(CardError) as refusal:
        _ = key.group
    assert refusal.value.code == "CARD-16"


OID = tlv.encode(0x06, oids.ID_PACE + b"\x02\x02")
KEY = tlv.encode(0x06, oids.ID_PK_ECDH)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        OID,
        b"\x02\x01\x02" + OID,
        OID + b"\x04\x01\x02",
        OID + b"\x02\x00",
        OID + b"\x02\x01\x80",
        OID + b"\x02\x09" + b"\x01" * 9,
        OID + b"\x02\x01\x02\x04\x01\x0d",
        KEY + b"\x02\x01\x02",
        KEY + b"\x30\x00",
        KEY + b"\x30\x06\x30\x00\x03\x02\x00\x04",
        KEY + tlv.encode(0x30, tlv.encode(0x30, standard_algorithm(13)) + b"\x03\x02\x01\x04"),
        KEY + tlv.encode(0x30, tlv.encode(0x30, standard_algorithm(13)) + b"\x03\x01\x00"),
        tlv.encode(0x06, oids.ID_CA_ECDH) + b"\x30\x00",
        tlv.encode(0x06, oids.ID_ACTIVE_AUTHENTICATION) + b"\x02\x01\x01",
        tlv.encode(0x06, oids.ID_TA) + b"\x30\x00",
    ],
)
def test_a_malformed_info_of_a_known_kind_refuses_the_file(content: bytes) -> None:
    with pytest.raises(CardError) as refusal:
        parse_security_infos(tlv.encode(0x31, tlv.encode(0x30, content)))
    assert refusal.value.code == "CARD-07"


def test_a_flood_of_infos_is_refused() -> None:
    with pytest.raises(CardError) as refusal:
        parse_security_infos(tlv.encode(0x31, build_security_info(INFOS[0]) * 65))
    assert refusal.value.code == "CARD-07"


def refusals(data: bytes) -> set[str]:
    """Codes that reading a file and using all its groups ends with."""
    try:
        infos = parse_security_infos(data)
    except CardError as error:
        return {error.code} if error.code == "CARD-07" else {"parsing", error.code}
    items = (*infos.pace_domain, *infos.chip_authentication_domain, *infos.chip_authentication_keys)
    return {code for item in items if (code := group_refusal(item))}


def group_refusal(item: DomainParameters | ChipPublicKey) -> str | None:
    try:
        _ = item.group
    except CardError as error:
        return error.code
    return None


def allowed(data: bytes) -> None:
    assert refusals(data) <= {"CARD-07", "CARD-16"}


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    allowed(data)
    allowed(tlv.encode(0x31, tlv.encode(0x30, KEY + data)))
    allowed(tlv.encode(0x31, tlv.encode(0x30, data)))


WHOLE = build_security_infos(INFOS)


@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=6), st.integers(0))
def test_no_spoilt_file_raises_anything_else(changes: list[tuple[int, int]], cut: int) -> None:
    spoilt = bytearray(WHOLE)
    for position, byte in changes:
        spoilt[position] = byte
    allowed(bytes(spoilt))
    allowed(bytes(spoilt[: cut % len(spoilt)]))

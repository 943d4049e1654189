"""EF.CardAccess counts for what EF.CardSecurity, which is signed, says too."""

from __future__ import annotations

from dataclasses import replace

import pytest

from devices.cards.protocols import oids
from devices.cards.protocols.security_info_building import build_security_infos
from devices.cards.protocols.security_infos import (
    ChipAuthenticationInfo,
    DomainParameters,
    PaceInfo,
    SecurityInfos,
    parse_security_infos,
    standard_algorithm,
)
from devices.cards.ways.card_security import same_protocols

# Source: BSI, worked example for EAC version 2 with ECDH: EF.CardAccess, and the content of EF.CardSecurity.
CARD_ACCESS = bytes.fromhex(
    "3181c6300d060804007f00070202020201023012060a04007f000702020302020201020201013012060a04007f00"
    "07020204020202010202010d301c060904007f000702020302300c060704007f0007010202010d020101302f0608"
    "04007f0007020206162368747470733a2f2f7777772e686a702d636f6e73756c74696e672e636f6d2f686f6d6530"
    "3e060804007f000702020831323012060a04007f00070202030202020102020102301c060904007f000702020302"
    "300c060704007f0007010202010d020102"
)
CARD_SECURITY = bytes.fromhex(
    "31820137300d060804007f00070202020201023012060a04007f000702020302020201020201013012060a04007f"
    "0007020204020202010202010d301c060904007f000702020302300c060704007f0007010202010d020101302f06"
    "0804007f0007020206162368747470733a2f2f7777772e686a702d636f6e73756c74696e672e636f6d2f686f6d65"
    "3017060a04007f0007020205020330090201010201010101003017060a04007f0007020205020330090201010201"
    "020101ff3019060904007f000702020502300c060704007f0007010202010d3062060904007f0007020201023052"
    "300c060704007f0007010202010d03420004a44ebe5451df7aadb01e459b8c928a87746a57927c8c28a6775c97a7"
    "e1fe8d9a46ff4a1cc7e4d1389aea19758e4f75c28c598fd734aebeb135337cf95be12e94020101"
)
STRONG = PaceInfo(oids.ID_PACE + b"\x02\x04", 2, 16)
WEAK = PaceInfo(oids.ID_PACE + b"\x02\x01", 2, 12)


def infos(
    *announced: PaceInfo | ChipAuthenticationInfo | DomainParameters, versions: tuple[int, ...] = (2,)
) -> SecurityInfos:
    return parse_security_infos(build_security_infos(announced, versions))


def test_the_files_of_the_worked_example_agree():
    access, security = parse_security_infos(CARD_ACCESS), parse_security_infos(CARD_SECURITY)
    assert same_protocols(access, security)
    assert access.raw - security.raw, "each file says things the other does not"


def test_a_strong_protocol_taken_out_of_the_open_file_is_noticed():
    assert not same_protocols(infos(WEAK), infos(WEAK, STRONG))


def test_a_weak_protocol_put_into_the_open_file_is_noticed():
    assert not same_protocols(infos(WEAK, STRONG), infos(STRONG))


@pytest.mark.parametrize(
    "added",
    [
        ChipAuthenticationInfo(oids.ID_CA_ECDH + b"\x02", 2, 41),
        DomainParameters(oids.ID_CA_ECDH, standard_algorithm(13), 41),
        DomainParameters(oids.ID_PACE + b"\x02", standard_algorithm(13), 41),
    ],
)
def test_whatever_nobody_signed_is_noticed(added):
    assert not same_protocols(infos(STRONG, added), infos(STRONG))


def test_a_version_of_terminal_authentication_nobody_signed_is_noticed():
    assert not same_protocols(infos(STRONG, versions=(1, 2)), infos(STRONG))


def test_the_signed_file_may_have_more_ways_of_chip_authentication():
    more = ChipAuthenticationInfo(oids.ID_CA_ECDH + b"\x04", 2, 45)
    assert same_protocols(infos(STRONG), infos(STRONG, more))


def test_the_order_of_infos_says_nothing():
    access = infos(STRONG, WEAK)
    assert same_protocols(access, replace(access, pace=access.pace[::-1]))

"""Object identifiers as bytes."""

from __future__ import annotations

import pytest

from devices.cards.crypto.suite import Cipher
from devices.cards.protocols import oids
from devices.cards.protocols.oids import Mapping, PaceProtocol
from devices.cards.wire.object_identifiers import encode_oid


@pytest.mark.parametrize(
    ("dotted", "encoded"),
    [
        ("0.4.0.127.0.7.2.2.4.2.2", "04007f00070202040202"),
        ("2.23.136.1.1.5", "678108010105"),
        ("1.2.840.113549.1.1.1", "2a864886f70d010101"),
    ],
)
def test_identifiers_are_encoded(dotted: str, encoded: str) -> None:
    assert encode_oid(dotted).hex() == encoded


def test_a_pace_identifier_says_mapping_group_and_cipher() -> None:
    protocol = oids.PACE_PROTOCOLS[bytes.fromhex("04007f00070202040604")]
    assert protocol == PaceProtocol(Mapping.CHIP_AUTHENTICATION, True, Cipher.AES_256)
    assert oids.PACE_PROTOCOLS[bytes.fromhex("04007f00070202040101")].elliptic is False


def test_chip_authentication_mapping_has_no_3des() -> None:
    assert bytes.fromhex("04007f00070202040601") not in oids.PACE_PROTOCOLS
    assert len(oids.PACE_PROTOCOLS) == 19
    assert len(oids.CHIP_AUTHENTICATION_PROTOCOLS) == 8

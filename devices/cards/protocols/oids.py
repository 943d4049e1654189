"""Object identifiers of the card protocols: encoded as they stand in DER and in APDUs, without tag and length.

Sources: TR-03110-3 A and C; ICAO 9303-11 §9.2. Names follow the standards.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from devices.cards.crypto.suite import Cipher
from devices.cards.wire.object_identifiers import encode_oid


class Mapping(Enum):
    """How PACE turns the nonce into a generator (TR-03110-2 §3.2, ICAO 9303-11 §4.4.3.3)."""

    GENERIC = "GM"
    INTEGRATED = "IM"
    CHIP_AUTHENTICATION = "CAM"


@dataclass(frozen=True, slots=True)
class PaceProtocol:
    """What a PACE object identifier says."""

    mapping: Mapping
    elliptic: bool
    cipher: Cipher


@dataclass(frozen=True, slots=True)
class ChipAuthenticationProtocol:
    """What a chip authentication object identifier says."""

    elliptic: bool
    cipher: Cipher


_BSI: Final = "0.4.0.127.0.7"
ID_PK_DH: Final = encode_oid(f"{_BSI}.2.2.1.1")
ID_PK_ECDH: Final = encode_oid(f"{_BSI}.2.2.1.2")
ID_TA: Final = encode_oid(f"{_BSI}.2.2.2")
ID_CA_DH: Final = encode_oid(f"{_BSI}.2.2.3.1")
ID_CA_ECDH: Final = encode_oid(f"{_BSI}.2.2.3.2")
ID_PACE: Final = encode_oid(f"{_BSI}.2.2.4")
ID_CARD_INFO: Final = encode_oid(f"{_BSI}.2.2.6")
ID_ACTIVE_AUTHENTICATION: Final = encode_oid("2.23.136.1.1.5")

STANDARDIZED_DOMAIN_PARAMETERS: Final = encode_oid(f"{_BSI}.1.2")

_CIPHERS: Final = {1: Cipher.TDES, 2: Cipher.AES_128, 3: Cipher.AES_192, 4: Cipher.AES_256}
_MAPPINGS: Final = {
    1: (Mapping.GENERIC, False),
    2: (Mapping.GENERIC, True),
    3: (Mapping.INTEGRATED, False),
    4: (Mapping.INTEGRATED, True),
    6: (Mapping.CHIP_AUTHENTICATION, True),
}

PACE_PROTOCOLS: Final[dict[bytes, PaceProtocol]] = {
    encode_oid(f"{_BSI}.2.2.4.{arc}.{suite}"): PaceProtocol(mapping, elliptic, cipher)
    for arc, (mapping, elliptic) in _MAPPINGS.items()
    for suite, cipher in _CIPHERS.items()
    if mapping is not Mapping.CHIP_AUTHENTICATION or cipher is not Cipher.TDES
}
PACE_DOMAINS: Final = frozenset(encode_oid(f"{_BSI}.2.2.4.{arc}") for arc in _MAPPINGS)

CHIP_AUTHENTICATION_PROTOCOLS: Final[dict[bytes, ChipAuthenticationProtocol]] = {
    encode_oid(f"{_BSI}.2.2.3.{arc}.{suite}"): ChipAuthenticationProtocol(arc == 2, cipher)
    for arc in (1, 2)
    for suite, cipher in _CIPHERS.items()
}

ECDSA_PLAIN_HASHES: Final[dict[bytes, str]] = {
    encode_oid(f"{_BSI}.1.1.4.1.{arc}"): name
    for arc, name in {1: "sha1", 2: "sha224", 3: "sha256", 4: "sha384", 5: "sha512"}.items()
}

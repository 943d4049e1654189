"""The LDS security object: the hash every data group must have (ICAO 9303-10 §4.6.2, appendix D).

It is the signed content of EF.SOD; the signature around it is checked in pki/cms.py.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from devices.cards.wire import tlv
from kiosk.errors import CardError

CONTENT_TYPE_OID: Final = "2.23.136.1.1.1"
SEQUENCE, INTEGER, OCTETS, OID, NULL = 0x30, 0x02, 0x04, 0x06, 0x05
DATA_GROUPS: Final = range(1, 17)
MAX_BYTES: Final = 16384
# Encoded object identifiers of the hash functions (RFC 5754, RFC 3279 for SHA-1).
HASHES: Final[Mapping[bytes, str]] = {
    bytes.fromhex("2B0E03021A"): "sha1",
    bytes.fromhex("608648016503040204"): "sha224",
    bytes.fromhex("608648016503040201"): "sha256",
    bytes.fromhex("608648016503040202"): "sha384",
    bytes.fromhex("608648016503040203"): "sha512",
}


@dataclass(frozen=True, slots=True)
class SecurityObject:
    """`algorithm` as hashlib names it; `hashes` by number of the data group."""

    algorithm: str
    hashes: Mapping[int, bytes] = field(repr=False)

    def matches(self, group: int, data: bytes) -> bool:
        """Whether the whole file of a data group is the one that was signed; False for one that is not listed."""
        expected = self.hashes.get(group)
        return expected is not None and hmac.compare_digest(expected, _hash(self.algorithm, data))


def parse_security_object(content: bytes) -> SecurityObject:
    """Raises CardError CARD-07."""
    if len(content) > MAX_BYTES:
        raise CardError("CARD-07", "the security object is too long")
    parts = tlv.parse(tlv.need(content, SEQUENCE))
    # Version 1 has a version of the LDS behind the table, which says nothing about the data.
    if [part.tag for part in parts[:3]] != [INTEGER, SEQUENCE, SEQUENCE]:
        raise CardError("CARD-07", "malformed security object")
    algorithm = HASHES.get(tlv.need(parts[1].value, OID))
    if algorithm is None:
        raise CardError("CARD-07", "a hash function no travel document may use")
    hashes: dict[int, bytes] = {}
    for entry in tlv.parse(parts[2].value):
        group, digest = _entry(entry)
        if group in hashes or len(digest) != hashlib.new(algorithm, usedforsecurity=False).digest_size:
            raise CardError("CARD-07", "malformed security object")
        hashes[group] = digest
    return SecurityObject(algorithm, hashes)


def build_security_object(groups: Mapping[int, bytes], algorithm: str = "sha256") -> bytes:
    """From the whole files of the data groups."""
    oid = next(oid for oid, name in HASHES.items() if name == algorithm)
    entries = b"".join(
        tlv.encode(
            SEQUENCE, tlv.encode(INTEGER, bytes([number])) + tlv.encode(OCTETS, _hash(algorithm, groups[number]))
        )
        for number in sorted(groups)
    )
    return tlv.encode(
        SEQUENCE,
        tlv.encode(INTEGER, b"\x00")
        + tlv.encode(SEQUENCE, tlv.encode(OID, oid) + tlv.encode(NULL, b""))
        + tlv.encode(SEQUENCE, entries),
    )


def _entry(entry: tlv.Tlv) -> tuple[int, bytes]:
    number = tlv.need(entry.value, INTEGER) if entry.tag == SEQUENCE else b""
    if len(number) != 1 or number[0] not in DATA_GROUPS:
        raise CardError("CARD-07", "the security object lists no data group")
    return number[0], tlv.need(entry.value, OCTETS)


def _hash(algorithm: str, data: bytes) -> bytes:
    return hashlib.new(algorithm, data, usedforsecurity=False).digest()

"""SecurityInfos a virtual card announces: the encoding of what `security_infos` parses."""

from __future__ import annotations

from collections.abc import Iterable

from devices.cards.protocols import oids
from devices.cards.protocols.security_infos import (
    BIT_STRING,
    OBJECT_IDENTIFIER,
    SEQUENCE,
    SET,
    ActiveAuthenticationInfo,
    ChipAuthenticationInfo,
    ChipPublicKey,
    DomainParameters,
    PaceInfo,
    encode_integer,
)
from devices.cards.wire import tlv

Announced = PaceInfo | DomainParameters | ChipAuthenticationInfo | ChipPublicKey | ActiveAuthenticationInfo


def build_security_infos(infos: Iterable[Announced], terminal_authentication: Iterable[int] = (2,)) -> bytes:
    """The whole SET, tag 31: `infos` and a TerminalAuthenticationInfo for each version."""
    members = [_info(oids.ID_TA, encode_integer(version)) for version in terminal_authentication]
    members += [build_security_info(info) for info in infos]
    return tlv.encode(SET, b"".join(sorted(members)))


def build_security_info(info: Announced) -> bytes:
    """One SecurityInfo, tag 30."""
    match info:
        case PaceInfo(oid, version, parameter_id):
            return _info(oid, encode_integer(version), _optional(parameter_id))
        case DomainParameters(oid, algorithm, key_id):
            return _info(oid, tlv.encode(SEQUENCE, algorithm), _optional(key_id))
        case ChipAuthenticationInfo(oid, version, key_id):
            return _info(oid, encode_integer(version), _optional(key_id))
        case ChipPublicKey(key_id, elliptic=elliptic):
            return _info(oids.ID_PK_ECDH if elliptic else oids.ID_PK_DH, _public_key(info), _optional(key_id))
        case ActiveAuthenticationInfo(version, signature_algorithm):
            algorithm_oid = tlv.encode(OBJECT_IDENTIFIER, signature_algorithm)
            return _info(oids.ID_ACTIVE_AUTHENTICATION, encode_integer(version), algorithm_oid)


def _public_key(key: ChipPublicKey) -> bytes:
    public = key.public if key.elliptic else encode_integer(int.from_bytes(key.public, "big"))
    bits = tlv.encode(BIT_STRING, b"\x00" + public)
    return tlv.encode(SEQUENCE, tlv.encode(SEQUENCE, key.algorithm) + bits)


def _info(oid: bytes, required: bytes, optional: bytes = b"") -> bytes:
    return tlv.encode(SEQUENCE, tlv.encode(OBJECT_IDENTIFIER, oid) + required + optional)


def _optional(value: int | None) -> bytes:
    return b"" if value is None else encode_integer(value)

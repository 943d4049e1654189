"""What a card announces about its protocols: the SecurityInfos of EF.CardAccess, EF.CardSecurity and DG14.

Rules
  1. An info of an unknown kind is ignored; one of a known kind that is malformed refuses the whole file.
  2. Domain parameters stay encoded until they are used: a card may announce groups nobody here knows.

Sources: TR-03110-3 A.1.1, ICAO 9303-11 §9.2. Whether the infos are signed is the business of who read them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from devices.cards.crypto.groups import Group, group_of_parameters, standard_group
from devices.cards.protocols import oids
from devices.cards.wire import tlv
from devices.cards.wire.tlv import Tlv
from kiosk.errors import CardError

SEQUENCE: Final = 0x30
SET: Final = 0x31
INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OBJECT_IDENTIFIER: Final = 0x06
MOST_INFOS: Final = 64


@dataclass(frozen=True, slots=True)
class PaceInfo:
    """PACEInfo. `parameter_id` is a standardised group below 32, else it points to PACEDomainParameterInfo."""

    oid: bytes
    version: int
    parameter_id: int | None

    @property
    def protocol(self) -> oids.PaceProtocol:
        return oids.PACE_PROTOCOLS[self.oid]


@dataclass(frozen=True, slots=True)
class DomainParameters:
    """PACE- or ChipAuthenticationDomainParameterInfo; `algorithm` is the content of an AlgorithmIdentifier."""

    oid: bytes
    algorithm: bytes
    key_id: int | None

    @property
    def group(self) -> Group:
        """Raises CardError CARD-16 for a group that is not supported, CARD-07 for a malformed one."""
        return group_of_algorithm(self.algorithm)


@dataclass(frozen=True, slots=True)
class ChipAuthenticationInfo:
    """ChipAuthenticationInfo, with the key it belongs to where the card has several."""

    oid: bytes
    version: int
    key_id: int | None

    @property
    def protocol(self) -> oids.ChipAuthenticationProtocol:
        return oids.CHIP_AUTHENTICATION_PROTOCOLS[self.oid]


@dataclass(frozen=True, slots=True)
class ChipPublicKey:
    """ChipAuthenticationPublicKeyInfo: `public` is an uncompressed point, or an integer without leading zeros."""

    key_id: int | None
    algorithm: bytes
    public: bytes
    elliptic: bool = True

    @property
    def group(self) -> Group:
        """Raises CardError CARD-16 for a group that is not supported, CARD-07 for a malformed one."""
        return group_of_algorithm(self.algorithm)


@dataclass(frozen=True, slots=True)
class ActiveAuthenticationInfo:
    """`signature_algorithm` is an object identifier of plain ECDSA."""

    version: int
    signature_algorithm: bytes


@dataclass(frozen=True, slots=True)
class SecurityInfos:
    """Parsed. `raw` has each info as it stands in the file, for comparing one file with another."""

    pace: tuple[PaceInfo, ...] = ()
    pace_domain: tuple[DomainParameters, ...] = ()
    chip_authentication: tuple[ChipAuthenticationInfo, ...] = ()
    chip_authentication_domain: tuple[DomainParameters, ...] = ()
    chip_authentication_keys: tuple[ChipPublicKey, ...] = ()
    terminal_authentication_versions: tuple[int, ...] = ()
    active_authentication: ActiveAuthenticationInfo | None = None
    raw: frozenset[bytes] = frozenset()


Info = PaceInfo | DomainParameters | ChipAuthenticationInfo | ChipPublicKey | ActiveAuthenticationInfo | int


def parse_security_infos(data: bytes) -> SecurityInfos:
    """From the whole SET, tag 31. Raises CardError CARD-07."""
    outer, rest = tlv.first(data)
    if outer.tag != SET or rest.strip(b"\x00"):
        raise _malformed("no set of SecurityInfo")
    members = tlv.parse(outer.value)
    if len(members) > MOST_INFOS or any(member.tag != SEQUENCE for member in members):
        raise _malformed("members of SecurityInfos")
    infos = [info for member in members if (info := _parse_info(tlv.parse(member.value))) is not None]
    return SecurityInfos(
        pace=tuple(info for info in infos if isinstance(info, PaceInfo)),
        pace_domain=_domains(infos, oids.PACE_DOMAINS),
        chip_authentication=tuple(info for info in infos if isinstance(info, ChipAuthenticationInfo)),
        chip_authentication_domain=_domains(infos, frozenset((oids.ID_CA_DH, oids.ID_CA_ECDH))),
        chip_authentication_keys=tuple(info for info in infos if isinstance(info, ChipPublicKey)),
        terminal_authentication_versions=tuple(info for info in infos if isinstance(info, int)),
        active_authentication=next((info for info in infos if isinstance(info, ActiveAuthenticationInfo)), None),
        raw=frozenset(tlv.encode(SEQUENCE, member.value) for member in members),
    )


def group_of_algorithm(algorithm: bytes) -> Group:
    """Group of an AlgorithmIdentifier's content. Raises CardError CARD-16 (unknown group) or CARD-07."""
    oid, parameters = _pair(tlv.parse(algorithm))
    if oid == oids.STANDARDIZED_DOMAIN_PARAMETERS:
        return standard_group(_integer(parameters))
    return group_of_parameters(tlv.encode(parameters.tag, parameters.value))


def standard_algorithm(parameter_id: int) -> bytes:
    """Content of the AlgorithmIdentifier that names a standardised group."""
    return tlv.encode(OBJECT_IDENTIFIER, oids.STANDARDIZED_DOMAIN_PARAMETERS) + encode_integer(parameter_id)


def encode_integer(value: int) -> bytes:
    """DER INTEGER of a number from zero on."""
    return tlv.encode(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def encode_reference(number: int) -> bytes:
    """A key's or group's number as APDUs carry it: the shortest bytes."""
    return number.to_bytes(max(1, (number.bit_length() + 7) // 8), "big")


def _domains(infos: list[Info], kinds: frozenset[bytes]) -> tuple[DomainParameters, ...]:
    return tuple(info for info in infos if isinstance(info, DomainParameters) and info.oid in kinds)


def _parse_info(fields: tuple[Tlv, ...]) -> Info | None:
    if len(fields) < 2 or fields[0].tag != OBJECT_IDENTIFIER:
        raise _malformed("SecurityInfo")
    oid = fields[0].value
    parse = _PARSERS.get(oid)
    return parse(oid, fields[1:]) if parse else None


def _parse_pace(oid: bytes, fields: tuple[Tlv, ...]) -> PaceInfo:
    return PaceInfo(oid, _integer(fields[0]), _optional_integer(fields))


def _parse_domain(oid: bytes, fields: tuple[Tlv, ...]) -> DomainParameters:
    _expect(fields[0], SEQUENCE)
    _pair(tlv.parse(fields[0].value))
    return DomainParameters(oid, fields[0].value, _optional_integer(fields))


def _parse_chip_authentication(oid: bytes, fields: tuple[Tlv, ...]) -> ChipAuthenticationInfo:
    return ChipAuthenticationInfo(oid, _integer(fields[0]), _optional_integer(fields))


def _parse_chip_key(oid: bytes, fields: tuple[Tlv, ...]) -> ChipPublicKey:
    _expect(fields[0], SEQUENCE)
    algorithm, public = parse_public_key(fields[0].value)
    elliptic = oid == oids.ID_PK_ECDH
    if not elliptic:
        public = tlv.need(public, INTEGER).lstrip(b"\x00")
    return ChipPublicKey(_optional_integer(fields), algorithm, public, elliptic)


def parse_public_key(content: bytes) -> tuple[bytes, bytes]:
    """Algorithm and key of a SubjectPublicKeyInfo's content. Raises CardError CARD-07."""
    fields = tlv.parse(content)
    if len(fields) != 2:
        raise _malformed("SubjectPublicKeyInfo")
    algorithm, key = fields
    _expect(algorithm, SEQUENCE)
    _expect(key, BIT_STRING)
    _pair(tlv.parse(algorithm.value))
    if key.value[:1] != b"\x00" or len(key.value) < 2:
        raise _malformed("public key")
    return algorithm.value, key.value[1:]


def _parse_terminal_authentication(oid: bytes, fields: tuple[Tlv, ...]) -> int:
    return _integer(fields[0])


def _parse_active_authentication(oid: bytes, fields: tuple[Tlv, ...]) -> ActiveAuthenticationInfo:
    if len(fields) < 2:
        raise _malformed("ActiveAuthenticationInfo")
    _expect(fields[1], OBJECT_IDENTIFIER)
    return ActiveAuthenticationInfo(_integer(fields[0]), fields[1].value)


_PARSERS: Final[dict[bytes, Callable[[bytes, tuple[Tlv, ...]], Info]]] = {
    **dict.fromkeys(oids.PACE_PROTOCOLS, _parse_pace),
    **dict.fromkeys((*oids.PACE_DOMAINS, oids.ID_CA_DH, oids.ID_CA_ECDH), _parse_domain),
    **dict.fromkeys(oids.CHIP_AUTHENTICATION_PROTOCOLS, _parse_chip_authentication),
    **dict.fromkeys((oids.ID_PK_DH, oids.ID_PK_ECDH), _parse_chip_key),
    oids.ID_TA: _parse_terminal_authentication,
    oids.ID_ACTIVE_AUTHENTICATION: _parse_active_authentication,
}


def _pair(fields: tuple[Tlv, ...]) -> tuple[bytes, Tlv]:
    if len(fields) != 2:
        raise _malformed("AlgorithmIdentifier")
    _expect(fields[0], OBJECT_IDENTIFIER)
    return fields[0].value, fields[1]


def _integer(field: Tlv) -> int:
    _expect(field, INTEGER)
    if not 1 <= len(field.value) <= 8 or field.value[0] & 0x80:
        raise _malformed("integer")
    return int.from_bytes(field.value, "big")


def _optional_integer(fields: tuple[Tlv, ...]) -> int | None:
    return _integer(fields[1]) if len(fields) > 1 else None


def _expect(field: Tlv, tag: int) -> None:
    if field.tag != tag:
        raise _malformed(f"tag {field.tag:X} where {tag:X} should be")


def _malformed(what: str) -> CardError:
    return CardError("CARD-07", f"SecurityInfos: {what}")

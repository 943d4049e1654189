"""Password Authenticated Connection Establishment, the terminal's side (TR-03110-2 §3.2, ICAO 9303-11 §4.4).

Rules
  1. Nothing is retried here: a wrong password costs one try and ends the run.
  2. Equal ephemeral keys, points that are none and a wrong token of the card end the run, before anything is read.
  3. Keys and passwords appear in no message.

A run ends with a secured connection. What proves the chip genuine (terminal and chip authentication) comes after it.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field, replace
from typing import Final

from devices.cards.crypto.groups import EcGroup, Group, standard_group
from devices.cards.crypto.secure_messaging import Secured
from devices.cards.crypto.suite import SessionKeys, decrypt_cbc, encrypt_block, session_keys, unpad
from devices.cards.protocols.authentication_token import token
from devices.cards.protocols.oids import Mapping
from devices.cards.protocols.pace_status import check_nonce, check_set_at, refusal, set_at
from devices.cards.protocols.passwords import Password
from devices.cards.protocols.randomness import SYSTEM, EphemeralKey, Randomness, draw_key
from devices.cards.protocols.security_infos import ChipPublicKey, PaceInfo
from devices.cards.wire import tlv
from devices.cards.wire.apdu import OK, Command
from devices.cards.wire.connection import Connection, expect, send
from kiosk.errors import CardError

DYNAMIC_DATA: Final = 0x7C
NONCE: Final = 0x80
MAPPING: Final = (0x81, 0x82)
KEY_AGREEMENT: Final = (0x83, 0x84)
TERMINAL_TOKEN: Final = 0x85
CHIP_TOKEN: Final = 0x86
CARS: Final = (0x87, 0x88)
CHIP_AUTHENTICATION_DATA: Final = 0x8A
LONGEST_NONCE: Final = 64
LONGEST_CAR: Final = 16


@dataclass(frozen=True, slots=True)
class PaceRequest:
    """What to unlock with. `chat` is a whole CHAT (tag 7F4C) where terminal authentication is to follow.

    `group` only where the info's parameters are no standardised ones (`pace_choice.pace_group`).
    """

    info: PaceInfo
    password: Password
    chat: bytes | None = None
    spend_last_try: bool = False
    group: Group | None = None

    @property
    def domain(self) -> Group:
        """Raises CardError CARD-16 for a group that is not supported."""
        if self.group is not None:
            return self.group
        if self.info.parameter_id is None:
            raise CardError("CARD-16", "PACE without a named group")
        return standard_group(self.info.parameter_id)


@dataclass(frozen=True, slots=True)
class PaceOutcome:
    """An unlocked card: `connection` is secured, the ephemeral public keys are those of the mapped `group`.

    `cars` names the trust anchors of terminal authentication, the most recent first. `chip_authentication_data` is
    CA_IC of chip authentication mapping, to be checked with `check_chip_mapping` once the chip's key is known signed.
    """

    connection: Secured = field(repr=False)
    group: Group
    terminal_public: bytes
    chip_public: bytes
    cars: tuple[str, ...] = ()
    chip_authentication_data: bytes | None = field(default=None, repr=False)
    chip_mapping_public: bytes | None = None

    @property
    def id_picc(self) -> bytes:
        """The chip's identifier for terminal authentication: Comp of its ephemeral key (TR-03110-2 §3.4)."""
        return self.group.compress(self.chip_public)


@dataclass(frozen=True, slots=True)
class _Mapped:
    """The group after mapping, and the card's public key of the mapping where it has one."""

    group: Group
    chip_public: bytes | None = None


def run_pace(connection: Connection, request: PaceRequest, randomness: Randomness = SYSTEM) -> PaceOutcome:
    """Unlock the card. Asks MSE:Set AT first and goes no further where a try must not be spent.

    Raises CardError CARD-03 (wrong CAN), -28 (wrong MRZ), -17 (wrong PIN), -18, -19, -20, -14, -16, -09 or -07.
    """
    _, status = send(connection, set_at(request.info, request.password.kind, request.chat))
    check_set_at(
        status, request.password.kind, with_chat=request.chat is not None, spend_last_try=request.spend_last_try
    )
    mapped = _map(connection, request, _read_nonce(connection, request), randomness)
    own = draw_key(mapped.group, randomness)
    chip_public = _exchange(connection, KEY_AGREEMENT, own.public)
    if mapped.group.compress(chip_public) == own.compressed:
        raise CardError("CARD-09", "PACE: equal ephemeral keys")
    keys = session_keys(request.info.protocol.cipher, mapped.group.agree(own.private, chip_public))
    answer = _authenticate(connection, request, keys, _Run(own, chip_public))
    return PaceOutcome(
        connection.renewed(keys) if isinstance(connection, Secured) else Secured(connection, keys),
        mapped.group,
        own.public,
        chip_public,
        _cars(answer),
        _chip_authentication_data(answer, request, keys),
        mapped.chip_public,
    )


def check_chip_mapping(outcome: PaceOutcome, key: ChipPublicKey) -> None:
    """Chip authentication mapping: the chip knows the private key of `key` (ICAO 9303-11 §4.4.3.3.3).

    The key must come from a file whose signature was verified. Raises CardError CARD-09.
    """
    group = key.group
    if outcome.chip_authentication_data is None or outcome.chip_mapping_public is None:
        raise CardError("CARD-09", "no chip authentication mapping")
    if not isinstance(group, EcGroup):
        raise CardError("CARD-16", "chip authentication mapping needs a curve")
    factor = int.from_bytes(outcome.chip_authentication_data, "big")
    if not 0 < factor < group.order:
        raise CardError("CARD-09", "chip authentication mapping")
    expected = replace(group, generator=group.decode(key.public)).public(factor)
    if not hmac.compare_digest(expected, outcome.chip_mapping_public):
        raise CardError("CARD-09", "chip authentication mapping")


@dataclass(frozen=True, slots=True)
class _Run:
    own: EphemeralKey
    chip_public: bytes


def _read_nonce(connection: Connection, request: PaceRequest) -> bytes:
    cipher = request.info.protocol.cipher
    answer, status = send(connection, _step(b""))
    check_nonce(status, request.password.kind)
    encrypted = tlv.need(answer, DYNAMIC_DATA, NONCE)
    if not encrypted or len(encrypted) % cipher.block_size or len(encrypted) > LONGEST_NONCE:
        raise CardError("CARD-07", "PACE nonce")
    return decrypt_cbc(cipher, request.password.key(cipher), bytes(cipher.block_size), encrypted)


def _map(connection: Connection, request: PaceRequest, nonce: bytes, randomness: Randomness) -> _Mapped:
    domain, protocol = request.domain, request.info.protocol
    if protocol.mapping is Mapping.INTEGRATED:
        own_nonce = randomness.nonce(protocol.cipher.key_length)
        expect(connection, _step(tlv.encode(MAPPING[0], own_nonce)))
        return _Mapped(domain.integrated_map(nonce, own_nonce, protocol.cipher))
    own = draw_key(domain, randomness)
    chip_public = _exchange(connection, MAPPING, own.public)
    return _Mapped(domain.generic_map(nonce, own.private, chip_public), chip_public)


def _exchange(connection: Connection, tags: tuple[int, int], public: bytes) -> bytes:
    answer = expect(connection, _step(tlv.encode(tags[0], public)))
    return tlv.need(answer, DYNAMIC_DATA, tags[1])


def _authenticate(connection: Connection, request: PaceRequest, keys: SessionKeys, run: _Run) -> bytes:
    """Exchange the tokens; the card's last answer."""
    oid, group = request.info.oid, run.own.group
    own_token = token(keys, oid, group, run.chip_public)
    answer, status = send(connection, _step(tlv.encode(TERMINAL_TOKEN, own_token), last=True))
    if status != OK:
        raise refusal(status, request.password.kind)
    answer = tlv.need(answer, DYNAMIC_DATA)
    if not hmac.compare_digest(tlv.need(answer, CHIP_TOKEN), token(keys, oid, group, run.own.public)):
        raise CardError("CARD-09", "PACE: token of the card")
    return answer


def _cars(answer: bytes) -> tuple[str, ...]:
    found = [car for tag in CARS if (car := tlv.find(answer, tag)) is not None]
    if any(not 1 <= len(car) <= LONGEST_CAR for car in found):
        raise CardError("CARD-07", "certification authority reference")
    return tuple(car.decode("latin-1") for car in found)


def _chip_authentication_data(answer: bytes, request: PaceRequest, keys: SessionKeys) -> bytes | None:
    """CA_IC, decrypted (ICAO 9303-11 §4.4.3.5)."""
    if request.info.protocol.mapping is not Mapping.CHIP_AUTHENTICATION:
        return None
    encrypted = tlv.need(answer, CHIP_AUTHENTICATION_DATA)
    if not encrypted or len(encrypted) % keys.cipher.block_size:
        raise CardError("CARD-07", "chip authentication data")
    return unpad(decrypt_cbc(keys.cipher, keys.encryption, chip_authentication_iv(keys), encrypted))


def chip_authentication_iv(keys: SessionKeys) -> bytes:
    """The encryption of minus one."""
    return encrypt_block(keys.cipher, keys.encryption, b"\xff" * keys.cipher.block_size)


def _step(content: bytes, *, last: bool = False) -> Command:
    """GENERAL AUTHENTICATE, chained to the next one unless it is the last."""
    return Command(0x00 if last else 0x10, 0x86, 0x00, 0x00, tlv.encode(DYNAMIC_DATA, content), le=256)

"""Chip authentication, both sides: version 2 of the eID application, version 1 of travel documents.

Rules
  1. The chip's public key must come from a file whose signature was verified; who calls sees to it.
  2. Success replaces the session's keys; from then on the secured channel ends in the genuine chip.
  3. Version 1 proves nothing until the first answer under the new keys came; it is asked for here, at once.

Sources: TR-03110-2 §3.4 (version 2), ICAO 9303-11 §6.2 (version 1).
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import Final

from devices.cards.crypto.groups import Group
from devices.cards.crypto.secure_messaging import Secured
from devices.cards.crypto.suite import Cipher, SessionKeys, session_keys
from devices.cards.protocols import oids
from devices.cards.protocols.authentication_token import token
from devices.cards.protocols.randomness import SYSTEM, EphemeralKey, Randomness
from devices.cards.protocols.security_infos import (
    ChipAuthenticationInfo,
    ChipPublicKey,
    SecurityInfos,
    encode_reference,
)
from devices.cards.wire import tlv
from devices.cards.wire.apdu import Command
from devices.cards.wire.connection import expect
from kiosk.errors import CardError

DYNAMIC_DATA: Final = 0x7C
TERMINAL_KEY: Final = 0x80
NONCE: Final = 0x81
TOKEN: Final = 0x82
KEY_REFERENCE: Final = 0x84
PLAIN_TERMINAL_KEY: Final = 0x91
NONCE_LENGTH: Final = 8
DG14: Final = b"\x01\x0e"
NOT_GENUINE: Final = "CARD-09"


@dataclass(frozen=True, slots=True)
class ChipAuthentication:
    """One way to authenticate the chip: the protocol and the chip's static key for it."""

    info: ChipAuthenticationInfo
    key: ChipPublicKey


def choose_chip_authentication(infos: SecurityInfos, version: int) -> ChipAuthentication:
    """The strongest announced protocol of a version that has its key. Raises CardError CARD-16 where there is none.

    A travel document that announces a key and no protocol means 3DES (ICAO 9303-11 §9.2).
    """
    found = [
        ChipAuthentication(info, key)
        for key in infos.chip_authentication_keys
        for info in infos.chip_authentication or (_unannounced(key),)
        if info.version == version and info.key_id in (None, key.key_id) and info.protocol.elliptic == key.elliptic
    ]
    if not found:
        raise CardError("CARD-16", f"no chip authentication version {version}")
    return max(found, key=lambda item: list(Cipher).index(item.info.protocol.cipher))


def run_chip_authentication(connection: Secured, choice: ChipAuthentication, own: EphemeralKey) -> Secured:
    """Version 2, after terminal authentication with the same `own` key. Returns the connection under new keys.

    Raises CardError CARD-09 for a chip without the private key, CARD-08 for broken secure messaging.
    """
    expect(connection, _set_at(choice), code=NOT_GENUINE)
    answer = tlv.need(expect(connection, _general_authenticate(own.public), code=NOT_GENUINE), DYNAMIC_DATA)
    nonce, their_token = tlv.need(answer, NONCE), tlv.need(answer, TOKEN)
    info = choice.info
    secret = own.group.agree(own.private, choice.key.public)
    keys = session_keys(info.protocol.cipher, secret, nonce)
    if not hmac.compare_digest(their_token, token(keys, info.oid, own.group, own.public)):
        raise CardError(NOT_GENUINE, "chip authentication: token of the card")
    return connection.renewed(keys)


def run_chip_authentication_v1(connection: Secured, choice: ChipAuthentication, own: EphemeralKey) -> Secured:
    """Version 1, of a travel document. Selects DG14 again under the new keys, which proves that the chip has them.

    Raises CardError CARD-09 for a chip without the private key.
    """
    if choice.info.protocol.cipher is Cipher.TDES:
        expect(connection, _set_kat(choice, own.public), code=NOT_GENUINE)
    else:
        expect(connection, _set_at(choice), code=NOT_GENUINE)
        expect(connection, _general_authenticate(own.public), code=NOT_GENUINE)
    secret = own.group.agree(own.private, choice.key.public)
    renewed = connection.renewed(session_keys(choice.info.protocol.cipher, secret))
    try:
        expect(renewed, Command(0x00, 0xA4, 0x02, 0x0C, DG14), code=NOT_GENUINE)
    except CardError as error:
        if error.code in ("CARD-07", "CARD-08"):
            raise CardError(NOT_GENUINE, "chip authentication: first answer under the new keys") from error
        raise
    return renewed


def _unannounced(key: ChipPublicKey) -> ChipAuthenticationInfo:
    family = oids.ID_CA_ECDH if key.elliptic else oids.ID_CA_DH
    return ChipAuthenticationInfo(family + b"\x01", 1, key.key_id)


@dataclass(frozen=True, slots=True)
class ChipAnswer:
    """What a chip answers, and the keys it goes on with after the answer was sent."""

    data: bytes
    keys: SessionKeys = field(repr=False)


@dataclass(frozen=True, slots=True)
class ChipChipAuthentication:
    """The chip's side with one static key pair. Every method raises CardError CARD-07 for a key that is none."""

    info: ChipAuthenticationInfo
    group: Group
    private: int = field(repr=False)
    randomness: Randomness = SYSTEM

    def answer(self, data: bytes, compressed: bytes) -> ChipAnswer:
        """GENERAL AUTHENTICATE of version 2; `compressed` is what terminal authentication was bound to.

        Raises CardError CARD-13 for another key than that one.
        """
        public = tlv.need(data, DYNAMIC_DATA, TERMINAL_KEY)
        secret = self.group.agree(self.private, public)
        if not hmac.compare_digest(self.group.compress(public), compressed):
            raise CardError("CARD-13", "another ephemeral key than terminal authentication's")
        nonce = self.randomness.nonce(NONCE_LENGTH)
        keys = session_keys(self.info.protocol.cipher, secret, nonce)
        proof = token(keys, self.info.oid, self.group, public)
        return ChipAnswer(tlv.encode(DYNAMIC_DATA, tlv.encode(NONCE, nonce) + tlv.encode(TOKEN, proof)), keys)

    def answer_v1(self, data: bytes) -> ChipAnswer:
        """GENERAL AUTHENTICATE of version 1 with AES."""
        keys = self._agree(tlv.need(data, DYNAMIC_DATA, TERMINAL_KEY))
        return ChipAnswer(tlv.encode(DYNAMIC_DATA, b""), keys)

    def answer_kat(self, data: bytes) -> ChipAnswer:
        """MSE:Set KAT of version 1 with 3DES."""
        return ChipAnswer(b"", self._agree(tlv.need(data, PLAIN_TERMINAL_KEY)))

    def _agree(self, public: bytes) -> SessionKeys:
        return session_keys(self.info.protocol.cipher, self.group.agree(self.private, public))


def _set_at(choice: ChipAuthentication) -> Command:
    return Command(0x00, 0x22, 0x41, 0xA4, tlv.encode(0x80, choice.info.oid) + _key_reference(choice))


def _set_kat(choice: ChipAuthentication, public: bytes) -> Command:
    return Command(0x00, 0x22, 0x41, 0xA6, tlv.encode(PLAIN_TERMINAL_KEY, public) + _key_reference(choice))


def _key_reference(choice: ChipAuthentication) -> bytes:
    key_id = choice.key.key_id
    return b"" if key_id is None else tlv.encode(KEY_REFERENCE, encode_reference(key_id))


def _general_authenticate(public: bytes) -> Command:
    data = tlv.encode(DYNAMIC_DATA, tlv.encode(TERMINAL_KEY, public))
    return Command(0x00, 0x86, 0x00, 0x00, data, le=256)

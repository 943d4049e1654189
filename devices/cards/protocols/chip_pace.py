"""Password Authenticated Connection Establishment, the chip's side (TR-03110-2 §3.2, ICAO 9303-11 §4.4).

`parse_set_at` reads what a terminal chose; `ChipPace` then answers four GENERAL AUTHENTICATE. Which password may be
tried, and what a wrong one costs, is counted by `chip_passwords`.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from devices.cards.crypto.groups import Group
from devices.cards.crypto.suite import Cipher, SessionKeys, encrypt_cbc, pad, session_keys
from devices.cards.pki.chat import TAG as CHAT_TAG
from devices.cards.pki.chat import Chat, parse_chat
from devices.cards.protocols import pace
from devices.cards.protocols.authentication_token import token
from devices.cards.protocols.oids import Mapping
from devices.cards.protocols.passwords import PasswordKind
from devices.cards.protocols.randomness import SYSTEM, EphemeralKey, Randomness, draw_key
from devices.cards.protocols.security_infos import PaceInfo, SecurityInfos, encode_reference
from devices.cards.wire import tlv
from devices.cards.wire.apdu import OK
from kiosk.errors import CardError

WRONG_TOKEN: Final = 0x6300
MALFORMED: Final = 0x6A80
OUT_OF_ORDER: Final = 0x6985


@dataclass(frozen=True, slots=True)
class PaceSelection:
    """What a terminal chose in MSE:Set AT."""

    info: PaceInfo
    kind: PasswordKind
    chat: Chat | None


@dataclass(frozen=True, slots=True)
class ChipPaceTerms:
    """`domain` is the group of `info`; `cars` go to terminals that showed a CHAT; `static_private` is for CAM."""

    info: PaceInfo
    domain: Group
    password_key: bytes = field(repr=False)
    cars: tuple[str, ...] = ()
    static_private: int | None = field(default=None, repr=False)


def parse_set_at(data: bytes, infos: SecurityInfos) -> PaceSelection:
    """From MSE:Set AT's data. Raises CardError CARD-07: malformed, or nothing the card announces."""
    oid, reference, parameter = tlv.need(data, 0x80), tlv.need(data, 0x83), tlv.find(data, 0x84)
    for info in infos.pace:
        if info.oid == oid and parameter in (None, _parameter_bytes(info)):
            return PaceSelection(info, _kind(reference), _chat(data))
    raise CardError("CARD-07", "MSE:Set AT: unknown protocol")


def _parameter_bytes(info: PaceInfo) -> bytes | None:
    return None if info.parameter_id is None else encode_reference(info.parameter_id)


def _kind(reference: bytes) -> PasswordKind:
    if len(reference) != 1 or reference[0] not in tuple(PasswordKind):
        raise CardError("CARD-07", "MSE:Set AT: unknown password")
    return PasswordKind(reference[0])


def _chat(data: bytes) -> Chat | None:
    chat = tlv.find(data, CHAT_TAG)
    return None if chat is None else parse_chat(chat)


class ChipPace:
    """One run. `keys` and `id_picc` are there after the fourth answer was 9000."""

    def __init__(self, terms: ChipPaceTerms, randomness: Randomness = SYSTEM) -> None:
        self.keys: SessionKeys | None = None
        self._terms = terms
        self._randomness = randomness
        self._nonce = randomness.nonce(nonce_length(terms.info))
        self._mapping: EphemeralKey | None = None
        self._mapped: Group = terms.domain
        self._own: EphemeralKey | None = None
        self._terminal_public = b""
        self._session: SessionKeys | None = None
        self._steps: list[Callable[[bytes], tuple[bytes, int]]] = [
            self._give_nonce,
            self._map,
            self._agree,
            self._authenticate,
        ]

    @property
    def id_picc(self) -> bytes:
        """Comp of the chip's ephemeral key, to which terminal authentication is bound."""
        if self._own is None:
            raise CardError("CARD-07", "PACE has not come so far")
        return self._own.compressed

    def answer(self, data: bytes) -> tuple[bytes, int]:
        """One GENERAL AUTHENTICATE: data and status word. After anything but 9000 the run is over."""
        if not self._steps:
            return b"", OUT_OF_ORDER
        step = self._steps.pop(0)
        try:
            content, status = step(tlv.need(data, pace.DYNAMIC_DATA))
        except CardError:
            content, status = b"", MALFORMED
        if status != OK:
            self._steps.clear()
            return b"", status
        return tlv.encode(pace.DYNAMIC_DATA, content), OK

    def _give_nonce(self, content: bytes) -> tuple[bytes, int]:
        cipher = self._terms.info.protocol.cipher
        encrypted = encrypt_cbc(cipher, self._terms.password_key, bytes(cipher.block_size), self._nonce)
        return tlv.encode(pace.NONCE, encrypted), OK

    def _map(self, content: bytes) -> tuple[bytes, int]:
        theirs, protocol = tlv.need(content, pace.MAPPING[0]), self._terms.info.protocol
        if protocol.mapping is Mapping.INTEGRATED:
            if len(theirs) != protocol.cipher.key_length:
                return b"", MALFORMED
            self._mapped = self._terms.domain.integrated_map(self._nonce, theirs, protocol.cipher)
            return tlv.encode(pace.MAPPING[1], b""), OK
        self._mapping = draw_key(self._terms.domain, self._randomness)
        self._mapped = self._terms.domain.generic_map(self._nonce, self._mapping.private, theirs)
        return tlv.encode(pace.MAPPING[1], self._mapping.public), OK

    def _agree(self, content: bytes) -> tuple[bytes, int]:
        self._terminal_public = tlv.need(content, pace.KEY_AGREEMENT[0])
        self._own = draw_key(self._mapped, self._randomness)
        if self._mapped.compress(self._terminal_public) == self._own.compressed:
            return b"", MALFORMED
        secret = self._mapped.agree(self._own.private, self._terminal_public)
        self._session = session_keys(self._terms.info.protocol.cipher, secret)
        return tlv.encode(pace.KEY_AGREEMENT[1], self._own.public), OK

    def _authenticate(self, content: bytes) -> tuple[bytes, int]:
        keys, own, oid = self._session, self._own, self._terms.info.oid
        if keys is None or own is None:
            return b"", OUT_OF_ORDER
        expected = token(keys, oid, self._mapped, own.public)
        if not hmac.compare_digest(tlv.need(content, pace.TERMINAL_TOKEN), expected):
            return b"", WRONG_TOKEN
        self.keys = keys
        answer = tlv.encode(pace.CHIP_TOKEN, token(keys, oid, self._mapped, self._terminal_public))
        for tag, car in zip(pace.CARS, self._terms.cars, strict=False):
            answer += tlv.encode(tag, car.encode("latin-1"))
        return answer + self._chip_authentication_data(keys), OK

    def _chip_authentication_data(self, keys: SessionKeys) -> bytes:
        """A_IC: the mapping key divided by the static key, encrypted (ICAO 9303-11 §4.4.3.3.3 and §4.4.3.5)."""
        if self._terms.info.protocol.mapping is not Mapping.CHIP_AUTHENTICATION:
            return b""
        if self._terms.static_private is None or self._mapping is None:
            raise CardError("CARD-07", "chip authentication mapping without a key")
        domain = self._terms.domain
        factor = pow(self._terms.static_private, -1, domain.order) * self._mapping.private % domain.order
        padded = pad(factor.to_bytes((domain.order.bit_length() + 7) // 8, "big"), keys.cipher.block_size)
        iv = pace.chip_authentication_iv(keys)
        return tlv.encode(pace.CHIP_AUTHENTICATION_DATA, encrypt_cbc(keys.cipher, keys.encryption, iv, padded))


def nonce_length(info: PaceInfo) -> int:
    """A block, or for integrated mapping the least number of blocks that hold a key (ICAO 9303-11 §4.4.3.3.2)."""
    protocol = info.protocol
    if protocol.mapping is not Mapping.INTEGRATED or protocol.cipher is Cipher.TDES:
        return 16
    return -(-protocol.cipher.key_length // protocol.cipher.block_size) * protocol.cipher.block_size

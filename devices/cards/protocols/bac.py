"""Basic Access Control, both sides (ICAO 9303-11 §4.3 and appendix D).

The older way to unlock a travel document, with its MRZ alone and 3DES. A card that offers PACE is unlocked by PACE.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from devices.cards.crypto.secure_messaging import Secured
from devices.cards.crypto.suite import MAC_LENGTH, Cipher, SessionKeys, decrypt_cbc, encrypt_cbc, mac, session_keys
from devices.cards.protocols.randomness import SYSTEM, Randomness
from devices.cards.wire.apdu import OK, Command
from devices.cards.wire.connection import Connection, expect, send
from kiosk.errors import CardError
from kiosk.identity import Secret

CHALLENGE: Final = 8
KEYING_MATERIAL: Final = 16
ENCRYPTED: Final = 2 * CHALLENGE + KEYING_MATERIAL
WRONG_KEY: Final = 0x6300
OUT_OF_ORDER: Final = 0x6985
REFUSED: Final = frozenset({0x6982, 0x6988})


def bac_keys(mrz_information: Secret) -> SessionKeys:
    """The document's basic access keys (ICAO 9303-11 §9.7.2)."""
    digest = hashlib.sha1(mrz_information.reveal().encode("latin-1"), usedforsecurity=False).digest()
    return session_keys(Cipher.TDES, digest[:KEYING_MATERIAL])


def run_bac(connection: Connection, mrz_information: Secret, randomness: Randomness = SYSTEM) -> Secured:
    """Unlock a travel document. Raises CardError CARD-28 (wrong MRZ), CARD-08 (wrong answer) or CARD-04."""
    keys = bac_keys(mrz_information)
    chip_nonce = expect(connection, Command(0x00, 0x84, 0x00, 0x00, le=CHALLENGE))
    if len(chip_nonce) != CHALLENGE:
        raise CardError("CARD-07", "length of the challenge")
    own_nonce, own_part = randomness.nonce(CHALLENGE), randomness.nonce(KEYING_MATERIAL)
    data = _seal(keys, own_nonce + chip_nonce + own_part)
    answer, status = send(connection, Command(0x00, 0x82, 0x00, 0x00, data, le=ENCRYPTED + MAC_LENGTH))
    if status >> 8 == 0x63 or status in REFUSED:
        raise CardError("CARD-28")
    if status != OK:
        raise CardError("CARD-04", f"EXTERNAL AUTHENTICATE {status:04X}")
    plain = _open(keys, answer)
    if plain is None or plain[: 2 * CHALLENGE] != chip_nonce + own_nonce:
        raise CardError("CARD-08", "answer to EXTERNAL AUTHENTICATE")
    secret = _combined(own_part, plain[2 * CHALLENGE :])
    return Secured(connection, session_keys(Cipher.TDES, secret), _counter(chip_nonce, own_nonce))


class ChipBac:
    """One run of the chip's side: `challenge`, then `authenticate`; then `keys` and `counter` are there."""

    def __init__(self, mrz_information: Secret, randomness: Randomness = SYSTEM) -> None:
        self.keys: SessionKeys | None = None
        self.counter = 0
        self._access_keys = bac_keys(mrz_information)
        self._randomness = randomness
        self._nonce: bytes | None = None

    def challenge(self) -> bytes:
        """Answer to GET CHALLENGE, eight bytes."""
        self._nonce = self._randomness.nonce(CHALLENGE)
        return self._nonce

    def authenticate(self, data: bytes) -> tuple[bytes, int]:
        """Answer to EXTERNAL AUTHENTICATE: data and status word. A challenge serves once."""
        nonce, self._nonce = self._nonce, None
        if nonce is None:
            return b"", OUT_OF_ORDER
        plain = _open(self._access_keys, data)
        if plain is None or plain[CHALLENGE : 2 * CHALLENGE] != nonce:
            return b"", WRONG_KEY
        terminal_nonce, terminal_part = plain[:CHALLENGE], plain[2 * CHALLENGE :]
        own_part = self._randomness.nonce(KEYING_MATERIAL)
        self.keys = session_keys(Cipher.TDES, _combined(terminal_part, own_part))
        self.counter = _counter(nonce, terminal_nonce)
        return _seal(self._access_keys, nonce + terminal_nonce + own_part), OK


def _seal(keys: SessionKeys, plain: bytes) -> bytes:
    encrypted = encrypt_cbc(keys.cipher, keys.encryption, bytes(keys.cipher.block_size), plain)
    return encrypted + mac(keys.cipher, keys.authentication, encrypted)


def _open(keys: SessionKeys, data: bytes) -> bytes | None:
    if len(data) != ENCRYPTED + MAC_LENGTH:
        return None
    encrypted, tag = data[:ENCRYPTED], data[ENCRYPTED:]
    if not hmac.compare_digest(tag, mac(keys.cipher, keys.authentication, encrypted)):
        return None
    return decrypt_cbc(keys.cipher, keys.encryption, bytes(keys.cipher.block_size), encrypted)


def _combined(terminal_part: bytes, chip_part: bytes) -> bytes:
    return bytes(left ^ right for left, right in zip(terminal_part, chip_part, strict=True))


def _counter(chip_nonce: bytes, terminal_nonce: bytes) -> int:
    """Send sequence counter: the lower halves of both challenges (ICAO 9303-11 §9.8)."""
    return int.from_bytes(chip_nonce[4:] + terminal_nonce[4:], "big")

"""Secure messaging of both sides (ISO/IEC 7816-4 §10, TR-03110-3 F, ICAO 9303-11 §9.8).

Rules
  1. A MAC is checked over the whole message before anything in it is decrypted or believed.
  2. Once a message was wrong, or did not come, the channel is dead: every further call is CardError CARD-08, nothing is
     retried.
  3. The status word that counts is the authenticated one; another one in the open is an attack.

A message is a row of data objects: cryptogram (87, or 85 for odd instructions), expected length (97) or status
word (99), and MAC (8E). The send sequence counter goes up by one before every message, either way.
"""

from __future__ import annotations

import hmac
from dataclasses import replace
from typing import Final

from devices.cards.crypto.suite import (
    MAC_LENGTH,
    Cipher,
    SessionKeys,
    decrypt_cbc,
    encrypt_block,
    encrypt_cbc,
    mac_of_blocks,
    pad,
    unpad,
)
from devices.cards.wire import tlv
from devices.cards.wire.apdu import EXTENDED_LE, SECURED, SHORT_LE, Command, encode_le, parse_command, parse_le
from devices.cards.wire.connection import Connection, send
from kiosk.errors import CardError

CRYPTOGRAM: Final = 0x87
PLAIN_TLV_CRYPTOGRAM: Final = 0x85
EXPECTED_LENGTH: Final = 0x97
STATUS: Final = 0x99
MAC: Final = 0x8E
MAC_HEAD: Final = bytes([MAC, MAC_LENGTH])
PADDED: Final = b"\x01"
COMMAND_OBJECTS: Final = frozenset({CRYPTOGRAM, PLAIN_TLV_CRYPTOGRAM, EXPECTED_LENGTH})
ANSWER_OBJECTS: Final = frozenset({CRYPTOGRAM, PLAIN_TLV_CRYPTOGRAM, STATUS})


class Secured:
    """The terminal's side over `connection`: plain commands in, plain answers out. `counter` is where BAC left it."""

    def __init__(self, connection: Connection, keys: SessionKeys, counter: int = 0) -> None:
        self.keys = keys
        self._connection = connection
        self._messages = _Messages(keys, counter)
        self._dead = False

    def renewed(self, keys: SessionKeys) -> Secured:
        """The same way to the card under new keys, from the beginning."""
        return Secured(self._connection, keys)

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        """Raises CardError CARD-08 for a missing or wrong MAC, and what the connection raises."""
        if self._dead:
            raise CardError("CARD-08", "secure messaging has ended")
        self._dead = True
        plain = parse_command(command)
        data, status = send(self._connection, self._seal(plain))
        answer = self._open(plain.ins, data, status)
        self._dead = False
        return answer

    def _seal(self, plain: Command) -> Command:
        self._messages.advance()
        head = replace(plain, cla=plain.cla | SECURED, data=b"", le=None)
        objects = self._messages.encrypt(plain.ins, plain.data)
        if plain.le is not None:
            objects += tlv.encode(EXPECTED_LENGTH, encode_le(plain.le, 1 if plain.le <= SHORT_LE else 2))
        sealed = replace(head, data=self._messages.authenticated(head, objects))
        return replace(sealed, le=EXTENDED_LE if plain.extended or sealed.extended else SHORT_LE)

    def _open(self, ins: int, data: bytes, status: int) -> tuple[bytes, int]:
        self._messages.advance()
        objects = self._messages.verify(None, data)
        if objects.keys() - ANSWER_OBJECTS or objects.get(STATUS) != status.to_bytes(2, "big"):
            raise CardError("CARD-08", "objects of the answer")
        return self._messages.decrypt(ins, objects), status


class SecuredCard:
    """The card's side. One `open_command`, then one `seal_response`."""

    def __init__(self, keys: SessionKeys, counter: int = 0) -> None:
        self._messages = _Messages(keys, counter)
        self._ins = 0

    def open_command(self, raw: bytes) -> Command:
        """The plain command. Raises CardError CARD-08 for a missing or wrong MAC, CARD-07 for no command at all."""
        self._messages.advance()
        command = parse_command(raw)
        head = replace(command, data=b"", le=None)
        objects = self._messages.verify(head, command.data)
        if objects.keys() - COMMAND_OBJECTS:
            raise CardError("CARD-08", "objects of the command")
        self._ins = command.ins
        le = objects.get(EXPECTED_LENGTH)
        return replace(
            head,
            cla=head.cla & ~SECURED,
            data=self._messages.decrypt(command.ins, objects),
            le=None if le is None else parse_le(le),
        )

    def seal_response(self, data: bytes, sw: int) -> bytes:
        """The secured answer to the command that was opened last, without the status word in the open."""
        self._messages.advance()
        objects = self._messages.encrypt(self._ins, data) + tlv.encode(STATUS, sw.to_bytes(2, "big"))
        return self._messages.authenticated(None, objects)


class _Messages:
    """What both sides do alike, one message at a time."""

    def __init__(self, keys: SessionKeys, counter: int) -> None:
        self._keys = keys
        self._counter = counter

    def advance(self) -> None:
        self._counter = (self._counter + 1) % (1 << 8 * self._keys.cipher.block_size)

    def encrypt(self, ins: int, data: bytes) -> bytes:
        """The cryptogram as a data object; nothing for nothing."""
        if not data:
            return b""
        keys = self._keys
        encrypted = encrypt_cbc(keys.cipher, keys.encryption, self._iv(), pad(data, keys.cipher.block_size))
        return tlv.encode(PLAIN_TLV_CRYPTOGRAM, encrypted) if ins & 1 else tlv.encode(CRYPTOGRAM, PADDED + encrypted)

    def decrypt(self, ins: int, objects: dict[int, bytes]) -> bytes:
        """Raises CardError CARD-08 for a cryptogram that is none."""
        tag, head = (PLAIN_TLV_CRYPTOGRAM, b"") if ins & 1 else (CRYPTOGRAM, PADDED)
        value = objects.get(tag)
        if value is None:
            return b""
        encrypted = value.removeprefix(head)
        if len(encrypted) + len(head) != len(value) or not encrypted or len(encrypted) % self._keys.cipher.block_size:
            raise CardError("CARD-08", "cryptogram")
        return unpad(decrypt_cbc(self._keys.cipher, self._keys.encryption, self._iv(), encrypted))

    def authenticated(self, head: Command | None, objects: bytes) -> bytes:
        """The objects with their MAC behind them; `head` is the header of a command."""
        return objects + MAC_HEAD + self._mac(head, objects)

    def verify(self, head: Command | None, message: bytes) -> dict[int, bytes]:
        """Values of the authenticated objects by tag. Raises CardError CARD-08 for a missing or wrong MAC."""
        end = len(message) - len(MAC_HEAD) - MAC_LENGTH
        objects, code = message[: max(end, 0)], message[max(end, 0) :]
        if end < 0 or not hmac.compare_digest(code, MAC_HEAD + self._mac(head, objects)):
            raise CardError("CARD-08", "message authentication code")
        return {item.tag: item.value for item in tlv.parse(objects)}

    def _mac(self, head: Command | None, objects: bytes) -> bytes:
        size = self._keys.cipher.block_size
        message = self._counter.to_bytes(size, "big")
        if head is not None:
            message += pad(bytes([head.cla, head.ins, head.p1, head.p2]), size)
        # Objects are padded where there are some; a header alone is whole blocks already.
        message += pad(objects, size) if objects else b""
        return mac_of_blocks(self._keys.cipher, self._keys.authentication, message)

    def _iv(self) -> bytes:
        size = self._keys.cipher.block_size
        if self._keys.cipher is Cipher.TDES:
            return bytes(size)
        return encrypt_block(self._keys.cipher, self._keys.encryption, self._counter.to_bytes(size, "big"))

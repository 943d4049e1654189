"""The passwords of PACE and the key each becomes (ICAO 9303-11 §9.7.3).

A CAN never blocks; a PIN has three tries, the last only after the CAN; a PUK has ten uses.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from devices.cards.crypto.suite import Cipher, derive_key
from kiosk.identity import Secret

PASSWORD_COUNTER: Final = 3


class PasswordKind(IntEnum):
    """Reference of the password in MSE:Set AT."""

    MRZ = 1
    CAN = 2
    PIN = 3
    PUK = 4


@dataclass(frozen=True, slots=True)
class Password:
    """The secret of an MRZ is its MRZ information: number, birth and expiry date, each with check digit."""

    kind: PasswordKind
    secret: Secret

    def key(self, cipher: Cipher) -> bytes:
        """K_pi, which encrypts the nonce."""
        text = self.secret.reveal().encode("latin-1")
        if self.kind is PasswordKind.MRZ:
            text = hashlib.sha1(text, usedforsecurity=False).digest()
        return derive_key(text, PASSWORD_COUNTER, cipher)

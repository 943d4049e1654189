"""The terminal's key in a token: smart card, network HSM or whatever speaks PKCS#11.

Rules
  1. The PIN is read from its file for a login and forgotten: it stands in no message, no repr and no attribute.
  2. A wrong PIN is tried once. Tokens count, and one read of a card after the other would block them.
  3. A session that broke (token pulled, service restarted) is opened again once for a signature.

Not for several threads at a time.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from devices.cards.pki.signatures import Form, Scheme
from kiosk.errors import EacError

LONGEST_PIN: Final = 256


@dataclass(frozen=True, slots=True)
class Pkcs11Key:
    """Where a key is: the vendor's library, the token's and the key's label, and the file with the user's PIN."""

    module: Path
    token: str
    label: str
    pin_file: Path


class Pkcs11Signer:
    """A Signer. Nothing is opened before the first signature."""

    def __init__(self, where: Pkcs11Key, scheme: Scheme) -> None:
        self._where = where
        self._scheme = scheme
        self._key: Any = None
        self._pin_refused = False

    def sign(self, data: bytes) -> bytes:
        """Raises EacError EAC-03."""
        # Loads a vendor's library: only terminals with a token need it.
        import pkcs11

        if self._key is not None:
            try:
                return self._signed(data)
            except pkcs11.PKCS11Error:
                self._key = None
        try:
            self._key = self._open()
            return self._signed(data)
        except (pkcs11.PKCS11Error, RuntimeError, OSError, TypeError, ValueError) as error:
            self._key = None
            self._pin_refused |= isinstance(error, (pkcs11.PinIncorrect, pkcs11.PinLocked))
            problem = f"token {self._where.token!r}, {self._where.module.name}: {type(error).__name__}"
            raise EacError("EAC-03", problem) from None

    def _open(self) -> Any:
        """The key, in a session of its own."""
        import pkcs11

        if self._pin_refused:
            raise EacError("EAC-03", f"token {self._where.token!r} refused the PIN; it is not tried again")
        token = pkcs11.lib(str(self._where.module)).get_token(token_label=self._where.token)
        try:
            session = token.open(user_pin=self._pin())
        except pkcs11.UserAlreadyLoggedIn:
            # A login counts for the whole process, and another session of it is still open.
            session = token.open()
        return session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=self._where.label)

    def _pin(self) -> str:
        """Raises OSError, or ValueError for a file that is no text."""
        with self._where.pin_file.open(encoding="utf-8") as file:
            return file.read(LONGEST_PIN).strip()

    def _signed(self, data: bytes) -> bytes:
        from pkcs11 import MGF, Mechanism

        name = self._scheme.hash_name.upper()
        match self._scheme.form:
            case Form.RSA_PKCS1:
                signature = self._key.sign(data, mechanism=Mechanism[f"{name}_RSA_PKCS"])
            case Form.RSA_PSS:
                hash_mechanism = Mechanism["SHA_1" if name == "SHA1" else name]
                parameters = (hash_mechanism, MGF[name], self._scheme.salt_length)
                mechanism = Mechanism[f"{name}_RSA_PKCS_PSS"]
                signature = self._key.sign(data, mechanism=mechanism, mechanism_param=parameters)
            case Form.ECDSA_PLAIN:
                digest = hashlib.new(self._scheme.hash_name, data, usedforsecurity=False).digest()
                signature = self._key.sign(digest, mechanism=Mechanism.ECDSA)
            case Form.ECDSA_DER:
                raise EacError("EAC-03", "a terminal signs in plain form")
        return bytes(signature)

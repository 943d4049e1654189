"""The terminal's private key, behind one method: whoever signs for the terminal need not hold the key.

A file serves for tests and trials; a terminal in use keeps its key in a token (pkcs11_signer.py), as the certificate
policy of its issuer demands. What is signed how is told by the algorithm of the terminal's own certificate.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from devices.cards.pki.private_keys import PrivateKey, parse_private_key
from devices.cards.pki.signatures import Scheme
from kiosk.errors import EacError

LONGEST_FILE: Final = 16384
OF_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class Signer(Protocol):
    """Signs with a terminal's private key."""

    def sign(self, data: bytes) -> bytes:
        """Signature over `data`, hashed here: r and s one behind the other, or RSA's. Raises EacError EAC-03."""
        ...


@dataclass(frozen=True, slots=True)
class FileSigner:
    """A key in memory. `scheme` is that of the certificate."""

    key: PrivateKey = field(repr=False)
    scheme: Scheme

    def sign(self, data: bytes) -> bytes:
        """Raises EacError EAC-03 where the key is of another kind than the certificate's."""
        return self.key.sign(self.scheme, data)


def load_file_signer(path: Path, scheme: Scheme) -> FileSigner:
    """From a PKCS#8 file, PEM or DER, that its owner alone may read. Raises EacError EAC-01 or EAC-03."""
    try:
        status = path.stat()
        if status.st_mode & OF_OTHERS:
            raise EacError("EAC-03", f"{path.name} may be read by others than its owner: chmod 600")
        if status.st_size > LONGEST_FILE:
            raise EacError("EAC-01", f"{path.name} is too long for a key")
        data = path.read_bytes()
    except OSError as error:
        raise EacError("EAC-03", f"{path.name}: {error.strerror}") from None
    try:
        return FileSigner(parse_private_key(data), scheme)
    except EacError as error:
        raise EacError(error.code, f"{path.name}: {error.detail}") from None

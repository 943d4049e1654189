"""What a citizen reads, types and keeps: references and the application code.

Rules
  1. One alphabet of 26 without look-alikes; one check character, ISO 7064 MOD 27,26, finds every
     single wrong character and nearly every swap.
  2. A reference names a submission to staff and opens nothing. The application code opens the
     status, so it is a secret: 61 bits, never sent, never stored, never logged.
  3. What is sent is the status token (slow to compute, so that a stolen list of indexes cannot be
     searched backwards); what is stored is its index.

References are minted offline by many terminals: the prefix keeps terminals apart, chance does the
rest, and nothing may rely on one being unique.
"""

from __future__ import annotations

import hashlib
import re
import secrets

from stdnum.iso7064 import mod_37_36

ALPHABET = "23456789ACDEFHJKMNPQRTVWXY"
STATUS_SALT = b"rathaus-kiosk/status/1"
STATUS_ROUNDS = 200_000

_PREFIX_LENGTH = 2
_REFERENCE_RANDOM = 6
_CODE_RANDOM = 13
_TEXT_LIMIT = 500
_TOKEN = re.compile(r"[0-9a-f]{64}")


def mint_reference(prefix: str) -> str:
    """A new reference, "C2-7K4M-9PW": two characters of the terminal, six of chance, one check character.

    Raises ValueError if `prefix` is not two characters of the alphabet.
    """
    if len(prefix) != _PREFIX_LENGTH or not set(prefix) <= set(ALPHABET):
        raise ValueError("a reference prefix is two characters of the reference alphabet")
    text = _checked(prefix + _random(_REFERENCE_RANDOM))
    return f"{text[:2]}-{text[2:6]}-{text[6:]}"


def read_reference(text: str) -> str | None:
    """A reference as staff type it (any case, spaces, dashes) in its one written form, or None."""
    bare = _bare(text, _PREFIX_LENGTH + _REFERENCE_RANDOM + 1)
    return None if bare is None else f"{bare[:2]}-{bare[2:6]}-{bare[6:]}"


def mint_code() -> str:
    """A new application code, "7K4M9-PWD3T-XHWQ": 13 characters of chance (61 bits), one check character."""
    return _grouped(_checked(_random(_CODE_RANDOM)))


def read_code(text: str) -> str | None:
    """The application code in a typed text or a scanned status URL (in its fragment), or None.

    Case, spaces and dashes do not matter; a wrong check character makes it None.
    """
    if len(text) > _TEXT_LIMIT:
        return None
    bare = _bare(text.rpartition("#")[2], _CODE_RANDOM + 1)
    return None if bare is None else _grouped(bare)


def status_token(code: str) -> str:
    """What is sent to ask for the status: 64 hex digits, PBKDF2-HMAC-SHA256 of the canonical code. About 60 ms.

    A browser computes the same with WebCrypto, so central never learns the code.
    """
    secret = code.replace("-", "").encode("ascii")
    return hashlib.pbkdf2_hmac("sha256", secret, STATUS_SALT, STATUS_ROUNDS).hex()


def status_index(token: str) -> str:
    """What central and the outbox store: SHA-256, in hex, over the 32 bytes of the token.

    Raises ValueError if `token` is not 64 lower-case hex digits.
    """
    if not _TOKEN.fullmatch(token):
        raise ValueError("a status token is 64 hex digits")
    return hashlib.sha256(bytes.fromhex(token)).hexdigest()


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def _checked(text: str) -> str:
    return text + str(mod_37_36.calc_check_digit(text, ALPHABET))


def _bare(text: str, length: int) -> str | None:
    bare = "".join(text.upper().split()).replace("-", "")
    if len(bare) != length or not mod_37_36.is_valid(bare, ALPHABET):
        return None
    return bare


def _grouped(bare: str) -> str:
    return f"{bare[:5]}-{bare[5:10]}-{bare[10:]}"

"""Key pairs that no server holds: an officer's, who can open the escrow, and the town's, which signs the key list.

Rules
  1. Made and used on a machine without network; what leaves it is the public half, `<file>.public.json`.
  2. The private half is a JWE under a passphrase (PBES2, RFC 7518 §4.8). The passphrase is typed by the person who
     knows it; it is never an argument, an environment variable or in a file.
  3. Nothing here needs Django, a database or a configuration.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jwcrypto import jwa
from jwcrypto.common import JWException
from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK

from kiosk import durable_files
from kiosk.delivery.tokens import encryption_key, make_encryption_key, make_signature_key, public_part, verification_key
from kiosk.errors import CentralError, DeliveryError

SHORTEST_PASSPHRASE = 12
FILE_LIMIT_BYTES = 20_000
ROUNDS = 600_000
PROTECTION = {"alg": "PBES2-HS512+A256KW", "enc": "A256GCM", "cty": "application/jwk+json", "p2c": ROUNDS}

Ask = Callable[[str], str]

# jwcrypto 1.6 refuses more than 16,384 rounds by default: too few for a passphrase that somebody can try offline.
jwa.default_max_pbkdf2_iterations = ROUNDS


def make_officer_key(path: Path, ask: Ask) -> str:
    """A key pair of one officer; its kid. `ask` gets a passphrase without showing it. Raises CentralError."""
    return _make(path, make_encryption_key, ask)


def make_town_key(path: Path, ask: Ask) -> str:
    """The key pair that signs key lists; its kid. Raises CentralError."""
    return _make(path, make_signature_key, ask)


def unlock(path: Path, ask: Ask) -> JWK:
    """The private half in `path`. Raises CentralError CENTRAL-02, with another passphrase as well."""
    box = JWE(algs=[PROTECTION["alg"], PROTECTION["enc"]])
    try:
        text = _read(path)
        box.deserialize(text, JWK.from_password(ask(f"passphrase of {path.name}: ")))
        return JWK(**json.loads(box.payload))
    except (OSError, JWException, ValueError, TypeError) as error:
        raise CentralError("CENTRAL-02", f"{path.name}: passphrase or file is wrong") from error


def officer_public_key(path: Path) -> JWK:
    """An officer's public half. Raises CentralError CENTRAL-02."""
    return _public(path, encryption_key)


def town_public_key(path: Path) -> JWK:
    """The public half of the town key. Raises CentralError CENTRAL-02."""
    return _public(path, verification_key)


def public_file(path: Path) -> Path:
    """Where the public half of the pair in `path` is written."""
    return path.with_name(path.name + ".public.json")


def _make(path: Path, generate: Callable[[], JWK], ask: Ask) -> str:
    """The public half first: without its private half it is worth nothing, and the other order would lose it."""
    if path.exists() or public_file(path).exists():
        raise CentralError("CENTRAL-05", str(path))
    secret = JWK.from_password(_new_passphrase(path, ask))
    key = generate()
    box = JWE(key.export_private().encode(), protected=PROTECTION, recipient=secret)
    try:
        durable_files.replace(public_file(path), json.dumps(public_part(key)), 0o644)
        durable_files.replace(path, box.serialize(compact=True))
    except OSError as error:
        raise CentralError("CENTRAL-01", f"{path}: {error.strerror}") from error
    return str(key["kid"])


def _new_passphrase(path: Path, ask: Ask) -> str:
    chosen = ask(f"new passphrase for {path.name}, at least {SHORTEST_PASSPHRASE} characters: ")
    if len(chosen) < SHORTEST_PASSPHRASE:
        raise CentralError("CENTRAL-02", "the passphrase is too short")
    if ask("once more: ") != chosen:
        raise CentralError("CENTRAL-02", "the passphrases differ")
    return chosen


def _public(path: Path, check: Callable[[Any], JWK]) -> JWK:
    try:
        public = json.loads(_read(path))
        return check(public if isinstance(public, dict) else {})
    except (OSError, ValueError, RecursionError) as error:
        raise CentralError("CENTRAL-02", f"{path.name}: {type(error).__name__}") from error
    except DeliveryError as error:
        raise CentralError("CENTRAL-02", f"{path.name}: {error.detail}") from error


def _read(path: Path) -> str:
    if path.stat().st_size > FILE_LIMIT_BYTES:
        raise ValueError("too large")
    return path.read_text(encoding="ascii")

"""Department private keys on disk: one file a key, encrypted under the key-encryption key.

Rules
  1. The key-encryption key comes from KIOSK_KEY_ENCRYPTION_KEY, a systemd credential or a file, in that
     order: 32 random bytes, base64url. It is never written by the opening service.
  2. A key file is a JWE (A256KW, A256GCM) around the private JWK; its name is the kid.
  3. A key is in the escrow, where there is one, before it is here: so none is published that only a disk holds.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

from jwcrypto.common import JWException
from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK

from kiosk import durable_files
from kiosk.central.opening.escrow import Escrow
from kiosk.config import CentralConfig
from kiosk.errors import CentralError

ENVIRONMENT = "KIOSK_KEY_ENCRYPTION_KEY"
CREDENTIAL = "key-encryption-key"
KEY_BYTES = 32
PROTECTION = {"alg": "A256KW", "enc": "A256GCM", "cty": "application/jwk+json"}


class Keyring:
    """The private keys of all departments. Used from any thread; a key is unlocked at its first use."""

    def __init__(self, folder: Path, key_encryption_key: JWK, escrow: Escrow | None = None) -> None:
        self._folder, self._unlock, self.escrow = folder, key_encryption_key, escrow
        self._keys: dict[str, JWK] = {}

    @classmethod
    def of(cls, config: CentralConfig, environment: Mapping[str, str] = os.environ) -> Keyring:
        """Raises CentralError CENTRAL-02."""
        if config.department_keys_dir is None:
            raise CentralError("CENTRAL-02", "department_keys_dir is not configured")
        return cls(config.department_keys_dir, key_encryption_key(config, environment), Escrow.of(config))

    def add(self, key: JWK, destination_id: UUID) -> None:
        """Keep one more private key, in the escrow first. Raises CentralError."""
        if self.escrow is not None:
            self.escrow.put(key, destination_id)
        self.take(key)

    def take(self, key: JWK) -> None:
        """Keep a private key that comes from the escrow. Raises CentralError CENTRAL-01."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            durable_files.replace(self._path(key["kid"]), _locked(key, self._unlock))
        except OSError as error:
            raise CentralError("CENTRAL-01", f"key not written: {error.strerror}") from error

    def change_lock(self, fresh: JWK) -> int:
        """Encrypt every key under another key-encryption key; how many there are. May be broken off and repeated.

        Nothing is written unless every key unlocks with one of the two. Raises CentralError.
        """
        known = Keyring(self._folder, fresh)
        keys = [self._unlocked_by_either(known, kid) for kid in self.kids()]
        for key in keys:
            known.take(key)
        self._unlock = fresh
        return len(keys)

    def kids(self) -> list[str]:
        """The kids of all keys that are here."""
        return sorted(path.stem for path in self._folder.glob("*.jwe"))

    def private(self, kid: str) -> JWK:
        """The private key `kid`, a name from the database. Raises CentralError CENTRAL-02."""
        if kid not in self._keys:
            self._keys[kid] = self._load(self._path(kid))
        return self._keys[kid]

    def check(self) -> int:
        """Unlock every key once; how many there are. Raises CentralError CENTRAL-02."""
        kids = self.kids()
        for kid in kids:
            self.private(kid)
        return len(kids)

    def _unlocked_by_either(self, other: Keyring, kid: str) -> JWK:
        try:
            return other.private(kid)
        except CentralError:
            return self.private(kid)

    def _path(self, kid: str) -> Path:
        return self._folder / f"{kid}.jwe"

    def _load(self, path: Path) -> JWK:
        box = JWE(algs=[PROTECTION["alg"], PROTECTION["enc"]])
        try:
            box.deserialize(path.read_text(encoding="ascii"), self._unlock)
            return JWK(**json.loads(box.payload))
        except (OSError, JWException, ValueError, TypeError) as error:
            raise CentralError("CENTRAL-02", f"{path.name}: {type(error).__name__}") from error


def key_encryption_key(config: CentralConfig, environment: Mapping[str, str] = os.environ) -> JWK:
    """Raises CentralError CENTRAL-02 if there is none or it is not 32 bytes."""
    return _as_key(environment.get(ENVIRONMENT) or _from_file(config, environment))


def read_key_encryption_key(path: Path) -> JWK:
    """The one in a file. Raises CentralError CENTRAL-02."""
    return _as_key(_text(path))


def new_key_encryption_key() -> str:
    """A fresh one, as the file holds it."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).rstrip(b"=").decode()


def _as_key(text: str) -> JWK:
    try:
        raw = base64.urlsafe_b64decode(text.strip() + "=" * (-len(text.strip()) % 4))
    except (ValueError, binascii.Error) as error:
        raise CentralError("CENTRAL-02", "key-encryption key is not base64url") from error
    if len(raw) != KEY_BYTES:
        raise CentralError("CENTRAL-02", f"key-encryption key has {len(raw)} bytes, {KEY_BYTES} wanted")
    return JWK(kty="oct", k=base64.urlsafe_b64encode(raw).rstrip(b"=").decode())


def _locked(key: JWK, unlock: JWK) -> str:
    box = JWE(key.export_private().encode(), protected=PROTECTION, recipient=unlock)
    return str(box.serialize(compact=True))


def _from_file(config: CentralConfig, environment: Mapping[str, str]) -> str:
    paths = [config.key_encryption_key_file]
    if folder := environment.get("CREDENTIALS_DIRECTORY"):
        paths.insert(0, Path(folder) / CREDENTIAL)
    for path in paths:
        if path is not None and path.exists():
            return _text(path)
    raise CentralError("CENTRAL-02", "no key-encryption key")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise CentralError("CENTRAL-02", "key-encryption key unreadable") from error


def write_key_encryption_key(path: Path) -> None:
    """A new key-encryption key in a file of its own. Raises CentralError CENTRAL-05 where there is one."""
    try:
        path.parent.mkdir(mode=0o770, parents=True, exist_ok=True)
        durable_files.create(path, new_key_encryption_key())
    except FileExistsError as error:
        raise CentralError("CENTRAL-05", str(path)) from error
    except OSError as error:
        raise CentralError("CENTRAL-01", f"{path}: {error.strerror}") from error

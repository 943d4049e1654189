"""Department private keys on disk: one file a key, encrypted under the key-encryption key.

Rules
  1. The key-encryption key comes from KIOSK_KEY_ENCRYPTION_KEY, a systemd credential or a file, in that
     order: 32 random bytes, base64url. It is never written by the opening service.
  2. A key file is a JWE (A256KW, A256GCM) around the private JWK; its name is the kid.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from jwcrypto.common import JWException
from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK

from kiosk.central.service.signing import write_private
from kiosk.config import CentralConfig
from kiosk.errors import CentralError

ENVIRONMENT = "KIOSK_KEY_ENCRYPTION_KEY"
CREDENTIAL = "key-encryption-key"
KEY_BYTES = 32
PROTECTION = {"alg": "A256KW", "enc": "A256GCM", "cty": "application/jwk+json"}


class Keyring:
    """The private keys of all departments. Used from any thread; a key is unlocked at its first use."""

    def __init__(self, folder: Path, key_encryption_key: JWK) -> None:
        self._folder, self._unlock = folder, key_encryption_key
        self._keys: dict[str, JWK] = {}

    @classmethod
    def of(cls, config: CentralConfig, environment: Mapping[str, str] = os.environ) -> Keyring:
        """Raises CentralError CENTRAL-02."""
        if config.department_keys_dir is None:
            raise CentralError("CENTRAL-02", "department_keys_dir is not configured")
        return cls(config.department_keys_dir, key_encryption_key(config, environment))

    def add(self, key: JWK) -> None:
        """Keep one more private key."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        box = JWE(key.export_private().encode(), protected=PROTECTION, recipient=self._unlock)
        write_private(self._path(key["kid"]), box.serialize(compact=True))

    def private(self, kid: str) -> JWK:
        """The private key `kid`, a name from the database. Raises CentralError CENTRAL-02."""
        if kid not in self._keys:
            self._keys[kid] = self._load(self._path(kid))
        return self._keys[kid]

    def check(self) -> int:
        """Unlock every key once; how many there are. Raises CentralError CENTRAL-02."""
        kids = [path.stem for path in self._folder.glob("*.jwe")]
        for kid in kids:
            self.private(kid)
        return len(kids)

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
    text = environment.get(ENVIRONMENT) or _from_file(config, environment)
    try:
        raw = base64.urlsafe_b64decode(text.strip() + "=" * (-len(text.strip()) % 4))
    except (ValueError, binascii.Error) as error:
        raise CentralError("CENTRAL-02", "key-encryption key is not base64url") from error
    if len(raw) != KEY_BYTES:
        raise CentralError("CENTRAL-02", f"key-encryption key has {len(raw)} bytes, {KEY_BYTES} wanted")
    return JWK(kty="oct", k=base64.urlsafe_b64encode(raw).rstrip(b"=").decode())


def new_key_encryption_key() -> str:
    """A fresh one, as the file holds it."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).rstrip(b"=").decode()


def _from_file(config: CentralConfig, environment: Mapping[str, str]) -> str:
    paths = [config.key_encryption_key_file]
    if folder := environment.get("CREDENTIALS_DIRECTORY"):
        paths.insert(0, Path(folder) / CREDENTIAL)
    for path in paths:
        if path is not None and path.exists():
            try:
                return path.read_text(encoding="ascii")
            except (OSError, UnicodeDecodeError) as error:
                raise CentralError("CENTRAL-02", "key-encryption key unreadable") from error
    raise CentralError("CENTRAL-02", "no key-encryption key")


def write_key_encryption_key(path: Path) -> None:
    """A new key-encryption key in a file of its own. Raises CentralError CENTRAL-05 where there is one."""
    path.parent.mkdir(mode=0o770, parents=True, exist_ok=True)
    try:
        write_private(path, new_key_encryption_key())
    except FileExistsError as error:
        raise CentralError("CENTRAL-05", str(path)) from error

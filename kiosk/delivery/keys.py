"""The departments' public keys on this terminal: fetched by `kiosk sync`, used by `kiosk run` without a network.

Rules
  1. One file per destination, written whole or not at all, checked when written and when read.
  2. A bad key never replaces a good one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from jwcrypto.jwk import JWK

from kiosk import durable_files
from kiosk.delivery.tokens import encryption_key
from kiosk.errors import DeliveryError

GROUPS = 0o660
_FILE_LIMIT_BYTES = 20_000


class KeyCache:
    """The folder of cached keys. Belongs to one thread; a parsed key is kept until its file changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parsed: dict[UUID, tuple[tuple[int, int], JWK]] = {}

    def key_of(self, destination_id: UUID) -> JWK:
        """The key to seal to. Raises DeliveryError DELIV-05 if there is none, or none that may be used."""
        path = self._path(destination_id)
        try:
            found = path.stat()
            version = (found.st_mtime_ns, found.st_ino)
            known = self._parsed.get(destination_id)
            if known is None or known[0] != version:
                known = (version, _read(path))
                self._parsed[destination_id] = known
        except OSError as error:
            raise DeliveryError("DELIV-05", f"no key for {destination_id}") from error
        return known[1]

    def store(self, destination_id: UUID, public: Mapping[str, Any]) -> None:
        """Keep a fetched key. Raises DeliveryError DELIV-05 for a bad key or a folder that cannot be written."""
        encryption_key(public)
        path = self._path(destination_id)
        text = json.dumps(dict(public), sort_keys=True)
        try:
            if path.exists() and path.read_text(encoding="ascii") == text:
                return
            keep(path, text)
        except OSError as error:
            raise DeliveryError("DELIV-05", f"key not kept: {error.strerror}") from error

    def public(self, destination_id: UUID) -> Mapping[str, Any]:
        """The key as it was published. Raises DeliveryError DELIV-05."""
        public: dict[str, Any] = self.key_of(destination_id).export_public(as_dict=True)
        return public

    def drop(self, destination_id: UUID) -> None:
        """No key to seal to any more: the town does not vouch for it."""
        self._path(destination_id).unlink(missing_ok=True)

    def _path(self, destination_id: UUID) -> Path:
        return self._folder / f"{destination_id}.json"


def _read(path: Path) -> JWK:
    if path.stat().st_size > _FILE_LIMIT_BYTES:
        raise DeliveryError("DELIV-05", "key file too large")
    try:
        public = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise DeliveryError("DELIV-05", "key file is not JSON") from error
    if not isinstance(public, dict):
        raise DeliveryError("DELIV-05", "key file is not an object")
    return encryption_key(public)


def keep(path: Path, text: str) -> None:
    """Write a file that the window reads, too (another user of the group), whole or not at all. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    durable_files.replace(path, text, GROUPS)

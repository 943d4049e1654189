"""The escrow: every department private key once more, sealed so that several officers together can open it.

Rules
  1. `needed` officers open it, fewer never: the key is sealed for every group of so many officers, once inside the
     other (JWE in JWE). That grows fast with the number of officers, and needs nothing but JWE.
  2. One file a key, `<kid>.json`, written before the key is published. Files are copied to offline media; the folder
     on the server alone is no escrow.
  3. Sealing proves nothing about who sealed: what comes back is compared with the published key (recovery.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any
from uuid import UUID

from jwcrypto.common import JWException
from jwcrypto.jwk import JWK

from kiosk import durable_files
from kiosk.central.offline_keys import officer_public_key
from kiosk.config import CentralConfig
from kiosk.delivery.tokens import open_sealed, seal
from kiosk.errors import CentralError

FILE_LIMIT_BYTES = 5_000_000
SHARE_LIMIT_BYTES = 200_000

Group = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Escrowed:
    """One file: `shares` are compact JWEs by group; a group is kids of officers, the outermost seal's first."""

    kid: str
    destination_id: UUID
    shares: Mapping[Group, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Escrow:
    """The folder, and for whom it is sealed. `officers` are public key files; none means there is no escrow."""

    folder: Path
    officers: tuple[Path, ...]
    needed: int

    @classmethod
    def of(cls, config: CentralConfig) -> Escrow | None:
        """None if the town configured none."""
        if config.escrow_dir is None or not config.escrow_officers:
            return None
        return cls(config.escrow_dir, config.escrow_officers, config.escrow_officers_needed)

    def put(self, key: JWK, destination_id: UUID) -> None:
        """Write a private key, whatever was written of it before. Raises CentralError."""
        officers = [officer_public_key(path) for path in self.officers]
        clear = key.export_private().encode()
        made = [
            {"officers": [officer["kid"] for officer in group], "sealed": _seal_for(group, clear)}
            for group in combinations(officers, self.needed)
        ]
        body = {"kid": key["kid"], "destinationId": str(destination_id), "shares": made}
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            durable_files.replace(self._path(key["kid"]), json.dumps(body, indent=1))
        except OSError as error:
            raise CentralError("CENTRAL-01", f"escrow not written: {error.strerror}") from error

    def lacks(self, kid: str) -> str:
        """What is wrong with this key's file, in words; "" if every group of officers can open it."""
        try:
            held = {frozenset(group) for group in _read(self._path(kid)).shares}
        except CentralError:
            return "not in the escrow"
        named = {officer_public_key(path)["kid"]: path.name.partition(".")[0] for path in self.officers}
        wanted = {frozenset(group) for group in combinations(named, self.needed)}
        missing = sorted("+".join(sorted(named[kid] for kid in group)) for group in wanted - held)
        return f"not for {', '.join(missing)}" if missing else ""

    def open_all(self, officers: Sequence[JWK]) -> Iterator[tuple[Escrowed, JWK]]:
        """Every key in it, with the officers' private keys at hand. Raises CentralError CENTRAL-02 or CENTRAL-03."""
        for path in sorted(self.folder.glob("*.json")):
            escrowed = _read(path)
            yield escrowed, _open(escrowed, {officer["kid"]: officer for officer in officers})

    def _path(self, kid: str) -> Path:
        return self.folder / f"{kid}.json"


def _seal_for(group: Iterable[JWK], clear: bytes) -> str:
    """The last officer's seal is the innermost."""
    sealed = clear
    for officer in reversed(list(group)):
        sealed = seal(sealed, officer, "application/jose").encode("ascii")
    return sealed.decode("ascii")


def _open(escrowed: Escrowed, officers: Mapping[str, JWK]) -> JWK:
    group = next((group for group in escrowed.shares if set(group) <= set(officers)), None)
    if group is None:
        raise CentralError("CENTRAL-02", f"escrow {escrowed.kid}: these officers cannot open it")
    sealed = escrowed.shares[group]
    for kid in group:
        sealed = open_sealed(sealed, officers[kid], SHARE_LIMIT_BYTES).decode("utf-8")
    try:
        key = JWK(**json.loads(sealed))
    except (JWException, ValueError, TypeError) as error:
        raise CentralError("CENTRAL-02", f"escrow {escrowed.kid}: no key inside") from error
    if key.get("kid") != escrowed.kid or not key.has_private:
        raise CentralError("CENTRAL-02", f"escrow {escrowed.kid}: another key inside")
    return key


def _read(path: Path) -> Escrowed:
    try:
        if path.stat().st_size > FILE_LIMIT_BYTES:
            raise ValueError("too large")
        body: dict[str, Any] = json.loads(path.read_text(encoding="ascii"))
        if body["kid"] != path.stem:
            raise ValueError("named wrongly")
        shares = {tuple(map(str, share["officers"])): str(share["sealed"]) for share in body["shares"]}
        return Escrowed(path.stem, UUID(body["destinationId"]), {group: jwe for group, jwe in shares.items() if group})
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise CentralError("CENTRAL-02", f"escrow {path.name}: {type(error).__name__}") from error

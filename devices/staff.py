"""Members of staff who may confirm that card and person belong together, each by an own one-time code (TOTP).

Rules
  1. It works offline: number, secret and clock are enough (RFC 6238, 30 s, six digits, one step of drift either way).
  2. A code counts once: a step at or before the last one used is refused, over a restart too if `used_file` is given.
  3. Three wrong codes in a row lock the whole roster for a minute, whoever typed them: a guesser may not go from
     number to number.
  4. The roster is read afresh for every confirmation: whoever is taken out of the file is revoked at once.
  5. Codes and secrets stand in no log, state or exception.

The confirmation is for one visit; holding it to that visit is the visit's business.
"""

from __future__ import annotations

import binascii
import hmac
import json
import os
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp

from kiosk.errors import ConfigError, StaffError
from kiosk.identity import Secret, StaffConfirmation

DRIFT_STEPS = 1
WRONG_BEFORE_LOCK = 3
LOCK = timedelta(seconds=60)
SHORTEST_SECRET_BYTES = 16  # RFC 4226 R6
KEYS = {"id", "totp_secret", "secret_file"}
UNKNOWN_MEMBER_SECRET = "A" * 32  # so that an unknown number takes as long as a known one


@dataclass(frozen=True, slots=True)
class _Member:
    id: str
    secret: str = field(repr=False)


class TotpRoster:
    """A StaffRoster from a TOML file: [[staff]] with `id` and `totp_secret` or `secret_file` (Base32).

    `now` is aware, in UTC. `used_file` keeps the last step used per member over a restart. Used from one thread.
    """

    def __init__(
        self,
        roster_file: Path,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        used_file: Path | None = None,
    ) -> None:
        """Raises ConfigError naming file and key."""
        self._roster_file = roster_file
        self._now = now
        self._used_file = used_file
        self._used = _read_used(used_file)
        self._wrong = 0
        self._locked_until: datetime | None = None
        _read_roster(roster_file)

    def confirm(self, staff_id: str, code: Secret) -> StaffConfirmation:
        """Raises StaffError STAFF-01 (wrong, used, revoked) or STAFF-02 (locked)."""
        now = self._now()
        if self._locked_until is not None and now < self._locked_until:
            raise StaffError("STAFF-02")
        step = self._matching_step(staff_id.strip(), code, now)
        if step is None:
            self._count_wrong(now)
            raise StaffError("STAFF-01")
        self._wrong = 0
        self._use(staff_id.strip(), step)
        return StaffConfirmation(staff_id.strip(), now)

    def _matching_step(self, staff_id: str, code: Secret, now: datetime) -> int | None:
        """The unused 30-second step whose code this is, or None."""
        member = self._roster().get(staff_id)
        totp = pyotp.TOTP(member.secret if member else UNKNOWN_MEMBER_SECRET)
        typed = "".join(code.reveal().split()).encode()
        present = int(totp.timecode(now))
        last = self._used.get(staff_id, -1)
        matching = [
            step
            for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1)
            if hmac.compare_digest(totp.generate_otp(step).encode(), typed) and step > last
        ]
        return matching[0] if member and matching else None

    def _roster(self) -> dict[str, _Member]:
        try:
            return _read_roster(self._roster_file)
        except ConfigError as error:
            raise StaffError("STAFF-01", "the roster cannot be read") from error

    def _count_wrong(self, now: datetime) -> None:
        self._wrong += 1
        if self._wrong >= WRONG_BEFORE_LOCK:
            self._wrong = 0
            self._locked_until = now + LOCK

    def _use(self, staff_id: str, step: int) -> None:
        """Remember the step before anybody profits from it. Raises StaffError if that cannot be kept."""
        self._used[staff_id] = step
        if self._used_file is None:
            return
        fresh = self._used_file.with_suffix(".new")
        try:
            with fresh.open("w", encoding="ascii") as file:
                json.dump(self._used, file)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._used_file)
        except OSError as error:
            raise StaffError("STAFF-01", "the used code cannot be recorded") from error


def _read_used(path: Path | None) -> dict[str, int]:
    if path is None or not path.exists():
        return {}
    try:
        return {str(key): int(value) for key, value in json.loads(path.read_text(encoding="ascii")).items()}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise ConfigError("CONFIG-01", f"{path}: not a list of used steps; delete it") from error


def _read_roster(path: Path) -> dict[str, _Member]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError("CONFIG-01", f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError("CONFIG-01", f"{path}: {error}") from error
    for key in data.keys() - {"staff"}:
        raise ConfigError("CONFIG-02", f"{path}: unknown key {key}")
    entries = data.get("staff", [])
    if not isinstance(entries, list):
        raise ConfigError("CONFIG-02", f"{path}: staff must be a list of tables ([[staff]])")
    members: dict[str, _Member] = {}
    for number, entry in enumerate(entries):
        member = _member(path, f"staff[{number}]", entry)
        if member.id in members:
            raise ConfigError("CONFIG-02", f"{path}: staff[{number}].id stands there twice")
        members[member.id] = member
    return members


def _member(path: Path, where: str, entry: dict[str, Any]) -> _Member:
    for key in entry.keys() - KEYS:
        raise ConfigError("CONFIG-02", f"{path}: unknown key {where}.{key}")
    for key, value in entry.items():
        if not isinstance(value, str) or not value.strip():
            raise ConfigError("CONFIG-02", f"{path}: {where}.{key} must be a text")
    if "id" not in entry or len(entry) != 2:
        raise ConfigError("CONFIG-02", f"{path}: {where} needs id and one of totp_secret, secret_file")
    return _Member(entry["id"], _secret(path, where, entry))


def _secret(path: Path, where: str, entry: dict[str, Any]) -> str:
    """Base32, at least 128 bits. An error names the key, never the secret."""
    try:
        text = entry.get("totp_secret") or (path.parent / entry["secret_file"]).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("CONFIG-01", f"{path}: {where}.secret_file cannot be read") from error
    secret = "".join(text.split()).upper()
    try:
        length = len(pyotp.TOTP(secret).byte_secret())
    except (binascii.Error, ValueError) as error:
        raise ConfigError("CONFIG-02", f"{path}: {where}: the secret is not Base32") from error
    if length < SHORTEST_SECRET_BYTES:
        raise ConfigError("CONFIG-02", f"{path}: {where}: the secret is shorter than {SHORTEST_SECRET_BYTES} bytes")
    return secret

"""What `kiosk sync` looks after between deliveries: the departments' keys, and what a restored service lost.

Rules
  1. A key is used only if the town vouches for it: pinned in the configuration, or on the list that the town signs
     offline. Only on this machine (the demo) neither is needed.
  2. The newest signed list counts, without a network the one that was kept. A key that is not on it is dropped.
  3. A service that was restored from a backup is asked for everything still kept here; what it lost is sent again.

Everything here blocks: one call at a time, on a worker thread.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jwcrypto.jwk import JWK

from kiosk.config import DeliveryConfig, DestinationConfig
from kiosk.delivery.courier import Courier
from kiosk.delivery.fitconnect import FitConnect, on_this_machine
from kiosk.delivery.key_list import KeyList, name_of, verify_key_list
from kiosk.delivery.keys import KeyCache, keep
from kiosk.delivery.tokens import verification_key
from kiosk.errors import ConfigError, DeliveryError

LIST_FILE = "key-list.jws"
DRIFT_LIMIT_S = 30.0

log = logging.getLogger("kiosk.sync")


class KeyKeeper:
    """Fetches every destination's key, lets the town vouch for it, and keeps it for the window."""

    def __init__(self, config: DeliveryConfig, client: FitConnect) -> None:
        """Raises ConfigError where nobody would vouch for a key."""
        self._config = config
        self._client = client
        self._cache = KeyCache(config.keys_dir)
        self._town_key = None if config.town_key_file is None else _town_key(config.town_key_file)
        if self._town_key is None and not on_this_machine(config.api_url):
            for name, destination in config.destinations.items():
                if not destination.key_thumbprints:
                    where = f"delivery.destinations.{name}.key_thumbprints"
                    raise ConfigError("CONFIG-02", f"missing key delivery.town_key_file or {where}")

    def refresh(self) -> tuple[DeliveryError, ...]:
        """What failed; nothing if every key is there and may be used."""
        failures: list[DeliveryError] = []
        try:
            listed = self._newest_list()
        except DeliveryError as error:
            failures.append(error)
            listed = self._kept_list()
        for destination in self._config.destinations.values():
            try:
                self._fetch(destination, listed)
            except DeliveryError as error:
                failures.append(error)
        return tuple(failures)

    def _fetch(self, destination: DestinationConfig, listed: KeyList | None) -> None:
        """Raises DeliveryError."""
        self._forget_unvouched(destination, listed)
        public = self._client.destination_key(destination.destination_id)
        self._vouch(destination, public, listed)
        self._cache.store(destination.destination_id, public)

    def _forget_unvouched(self, destination: DestinationConfig, listed: KeyList | None) -> None:
        """Drop what is cached and no longer vouched for, whatever can be fetched."""
        try:
            self._vouch(destination, self._cache.public(destination.destination_id), listed)
        except DeliveryError:
            self._cache.drop(destination.destination_id)

    def _vouch(self, destination: DestinationConfig, public: Mapping[str, Any], listed: KeyList | None) -> None:
        """Raises DeliveryError DELIV-05 unless this key is pinned or listed."""
        if destination.key_thumbprints:
            if name_of(public).thumbprint not in destination.key_thumbprints:
                raise DeliveryError("DELIV-05", f"the key of {destination.destination_id} is not the pinned one")
        elif listed is not None:
            listed.check(destination.destination_id, public)
        elif self._town_key is not None:
            raise DeliveryError("DELIV-05", "there is no signed key list")

    def _newest_list(self) -> KeyList | None:
        """None without a town key. Raises DeliveryError."""
        if self._town_key is None:
            return None
        kept, text = self._kept_list(), self._client.key_list()
        if text is None:
            return kept
        fetched = verify_key_list(text, self._town_key, datetime.now(UTC))
        if kept is not None and fetched.issued_at <= kept.issued_at:
            return kept
        try:
            keep(self._config.keys_dir / LIST_FILE, text)
        except OSError as error:
            raise DeliveryError("DELIV-05", f"key list not kept: {error.strerror}") from error
        return fetched

    def _kept_list(self) -> KeyList | None:
        """The list that was kept, unless it has ended meanwhile."""
        if self._town_key is None:
            return None
        try:
            text = (self._config.keys_dir / LIST_FILE).read_text(encoding="ascii")
            return verify_key_list(text, self._town_key, datetime.now(UTC))
        except (OSError, UnicodeDecodeError, DeliveryError):
            return None


class LostAndFound:
    """Looks whether a service that was restored still holds what it once acknowledged."""

    def __init__(self, client: FitConnect, courier: Courier) -> None:
        self._client = client
        self._courier = courier
        self._looked_after: str | None = None

    def look(self) -> int:
        """How many submissions go on their way again. Raises DeliveryError, OutboxError: then all is looked at anew.

        Every restoration is looked after once while the process runs, and once more after each start.
        """
        restored = self._client.restored_at()
        if restored is None or restored == self._looked_after:
            return 0
        lost = self._courier.look_for_lost()
        self._looked_after = restored
        log.warning("the service was restored from a backup: %d submissions are sent again", lost)
        return lost


def clock_is_wrong(ahead_s: float | None) -> bool:
    """Whether this machine's clock differs from the service's, as far as that was told."""
    return ahead_s is not None and abs(ahead_s) > DRIFT_LIMIT_S


def _town_key(path: Path) -> JWK:
    """Raises ConfigError CONFIG-02."""
    try:
        public = json.loads(path.read_text(encoding="utf-8"))
        return verification_key(public if isinstance(public, dict) else {})
    except (OSError, ValueError, RecursionError, DeliveryError) as error:
        raise ConfigError("CONFIG-02", f"delivery.town_key_file: not a public key ({type(error).__name__})") from error

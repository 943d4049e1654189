"""Who may deliver where, and with which keys: the few rows that every call needs, looked up at most once a second.

A delivery makes several calls a few milliseconds apart; without this each of them asks the database seven times for
what changes once a month. So a revoked client or key is refused within a second, not at once.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

from kiosk.central.models import Client, Destination, DestinationKey

CLIENTS_KEPT = 2000
DESTINATIONS_KEPT = 500


@dataclass(frozen=True, slots=True)
class KnownClient:
    """A client that is not revoked, and the destinations it is linked to."""

    id: str
    role: str
    secret_digest: str = field(repr=False)
    destinations: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class KnownDestination:
    """`services` are {identifier, name}; `sealing_keys` the kids that a submission may be sealed to."""

    id: UUID
    active: bool
    services: tuple[Mapping[str, Any], ...]
    sealing_keys: frozenset[str]


def client(client_id: str) -> KnownClient | None:
    """None if there is none or it was revoked."""
    return _client(client_id, int(time.monotonic()))


def destination(destination_id: UUID) -> KnownDestination | None:
    return _destination(destination_id, int(time.monotonic()))


def forget() -> None:
    """Look everything up anew."""
    _client.cache_clear()
    _destination.cache_clear()


# `second` makes an entry of the last second one of nobody, which the least recently used rule then drops.


@lru_cache(CLIENTS_KEPT)
def _client(client_id: str, second: int) -> KnownClient | None:
    found = Client.objects.filter(pk=client_id, revoked_at=None).first()
    if found is None:
        return None
    linked = frozenset(found.destinations.values_list("pk", flat=True))
    return KnownClient(found.pk, found.role, found.secret_digest, linked)


@lru_cache(DESTINATIONS_KEPT)
def _destination(destination_id: UUID, second: int) -> KnownDestination | None:
    found = Destination.objects.filter(pk=destination_id).first()
    if found is None:
        return None
    kids = DestinationKey.objects.filter(destination=found, use=DestinationKey.Use.ENCRYPTION)
    return KnownDestination(
        id=found.pk,
        active=found.status == Destination.Status.ACTIVE,
        services=tuple(found.public_services),
        sealing_keys=frozenset(kids.values_list("kid", flat=True)),
    )

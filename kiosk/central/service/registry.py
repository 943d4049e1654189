"""Who may deliver where, and with which keys: the few rows that every call needs, looked up at most once a second.

A delivery makes several calls a few milliseconds apart; without this each of them would ask the database again for
what changes once a month. So a revoked client is refused within a second, not at once; nothing is refused for what
was known a second ago: whoever would say no asks again (`sure`).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from kiosk.central.models import Client, Destination, DestinationKey

CLIENTS_KEPT = 2000
DESTINATIONS_KEPT = 500


@dataclass(frozen=True, slots=True)
class KnownClient:
    """A client that is not revoked, and the destinations it is linked to. The row is shared: nobody changes it."""

    row: Client
    destinations: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class KnownDestination:
    """`sealing` are the names of its encryption keys.

    A retired key still counts: applications may have waited on a terminal. The row is shared: nobody changes it.
    """

    row: Destination
    sealing: frozenset[str]


def client(client_id: str, *, sure: bool = False) -> KnownClient | None:
    """None if there is none or it was revoked. `sure` asks the database now."""
    return (None if sure else _client(client_id, int(time.monotonic()))) or _read_client(client_id)


def destination(destination_id: UUID, *, sure: bool = False) -> KnownDestination | None:
    """None if there is none. `sure` asks the database now."""
    return (None if sure else _destination(destination_id, int(time.monotonic()))) or _read_destination(destination_id)


def forget() -> None:
    """Look everything up anew."""
    _client.cache_clear()
    _destination.cache_clear()


# An entry of a second that is over is asked for by nobody, so that the least recently used rule drops it.


@lru_cache(CLIENTS_KEPT)
def _client(client_id: str, second: int) -> KnownClient | None:
    return _read_client(client_id)


@lru_cache(DESTINATIONS_KEPT)
def _destination(destination_id: UUID, second: int) -> KnownDestination | None:
    return _read_destination(destination_id)


def _read_client(client_id: str) -> KnownClient | None:
    if "\0" in client_id:  # PostgreSQL would not even look
        return None
    found = Client.objects.filter(pk=client_id, revoked_at=None).first()
    return None if found is None else KnownClient(found, frozenset(found.destinations.values_list("pk", flat=True)))


def _read_destination(destination_id: UUID) -> KnownDestination | None:
    found = Destination.objects.filter(pk=destination_id).first()
    if found is None:
        return None
    keys = found.keys.filter(use=DestinationKey.Use.ENCRYPTION)
    return KnownDestination(found, frozenset(name for key in keys for name in key.names))

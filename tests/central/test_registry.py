"""What every call needs to know is remembered for a second, and never to somebody's disadvantage."""

from __future__ import annotations

from typing import Any


def test_what_is_known_costs_no_query(town: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from kiosk.central.service import registry

    registry.client("terminal-1")
    registry.destination(town.tax)
    with CaptureQueriesContext(connection) as asked:
        known, destination = registry.client("terminal-1"), registry.destination(town.tax)
    assert known is not None
    assert destination is not None
    assert known.destinations == {town.tax, town.order}
    assert len(asked) <= 5, "at the turn of a second once more"


def test_a_key_that_was_made_a_moment_ago_is_taken(town: Any, terminal: Any, parcel: Any, keyring: Any) -> None:
    from kiosk.central.models import Destination
    from kiosk.central.service import registry
    from kiosk.central.town import make_keys

    registry.destination(town.tax)
    make_keys(Destination.objects.get(pk=town.tax), keyring)
    parcel.deliver(terminal)


def test_a_link_that_was_made_a_moment_ago_counts(town: Any, api: Any, parcel: Any) -> None:
    from kiosk.central.models import Client
    from kiosk.central.service import registry

    other = api("terminal-2")
    registry.client("terminal-2")
    Client.objects.get(pk="terminal-2").destinations.add(town.order)
    answer = other.post("/v2/submissions", parcel.announcement() | {"destinationId": str(town.order)})
    assert answer.status_code == 201


def test_a_client_that_was_made_a_moment_ago_is_known(town: Any) -> None:
    from kiosk.central.models import Client
    from kiosk.central.service import registry
    from kiosk.central.town import add_client

    assert registry.client("terminal-9") is None
    add_client("terminal-9", Client.Role.SENDER, [])
    assert registry.client("terminal-9") is not None
    assert registry.client("nobody\0") is None

"""A stand-in for AusweisApp: the same SDK on a loopback WebSocket, with test persons' cards laid down by hand.

Rules
  1. It takes one client at a time, on a port of the system's choice, only while `running` lasts.
  2. What was read is given out once, after the right PIN (`read`), as the eID server would have it.
  3. Cards keep their counters as long as this object lives.

What answers what is simulated_session.py's; the real one is started by process.py.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from devices.cards.ways.online.client import HOST, PATH, SILENT
from devices.cards.ways.online.sealed_result import EidResult
from devices.cards.ways.online.simulated_session import Provider, SimulatedCard, SimulatedSession

if TYPE_CHECKING:
    from websockets.sync.server import ServerConnection

    from devices.cards.people import Person


class _CardChanged:
    """The card on the reader is another one, or none."""


class _Gone:
    """The client has gone."""


Happening = dict[str, Any] | _CardChanged | _Gone


class SimulatedAusweisApp:
    """`insert`, `remove` and `read` from any thread. `now` is aware, in UTC."""

    def __init__(
        self, provider: Provider | None = None, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._provider = provider or Provider()
        self._now = now
        self._cards: dict[str, SimulatedCard] = {}
        self._lying: SimulatedCard | None = None
        self._happenings: SimpleQueue[Happening] | None = None
        self._identified: Person | None = None

    @contextmanager
    def running(self) -> Iterator[int]:
        """The port, as long as this lasts."""
        from websockets.sync.server import serve

        with serve(self._serve, HOST, 0, compression=None, logger=SILENT) as server:
            thread = threading.Thread(target=server.serve_forever, name="simulated-ausweisapp", daemon=True)
            thread.start()
            try:
                yield server.socket.getsockname()[1]
            finally:
                server.shutdown()
                thread.join()

    def insert(self, person: Person, *, deactivated: bool = False) -> SimulatedCard:
        """Lay a person's card down, in place of any other; its counters can be set on it."""
        card = self._cards.setdefault(person.id, SimulatedCard(person))
        card.deactivated = deactivated
        self._change(card)
        return card

    def remove(self) -> None:
        """Take the card away."""
        self._change(None)

    def read(self) -> EidResult | None:
        """What the eID server has read from the card whose PIN was right; the next call gives None."""
        person, self._identified = self._identified, None
        if person is None:
            return None
        return EidResult(person.attributes, True, self._now(), person.expires_on)

    def _change(self, card: SimulatedCard | None) -> None:
        self._lying = card
        if (happenings := self._happenings) is not None:
            happenings.put(_CardChanged())

    def _serve(self, connection: ServerConnection) -> None:
        """One client: everything that happens to it goes through one queue."""
        if connection.request is None or connection.request.path != PATH:
            return
        session = SimulatedSession(self._provider, lambda: self._now().date())
        happenings = self._happenings = SimpleQueue[Happening]()
        listener = threading.Thread(target=_listen, args=(connection, happenings), daemon=True)
        listener.start()
        happenings.put(_CardChanged())
        while not isinstance(happening := happenings.get(), _Gone):
            said = session.obey(happening) if isinstance(happening, dict) else session.lay(self._lying)
            self._identified = session.identified or self._identified
            for message in said:
                connection.send(json.dumps(message))
        self._happenings = None


def _listen(connection: ServerConnection, happenings: SimpleQueue[Happening]) -> None:
    for frame in connection:
        happenings.put(json.loads(frame))
    happenings.put(_Gone())

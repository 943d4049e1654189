"""A stand-in for AusweisApp: the same SDK on a loopback WebSocket, with the cards of a slot or laid down by hand.

Rules
  1. It takes one client at a time, on a port of the system's choice, only while `running` lasts, and holds no card
     afterwards.
  2. What was read is given out once, after the right PIN (`read`), as the eID server would have it.
  3. Cards laid down by hand keep their counters as long as this object lives.

What answers what is simulated_session.py's; the real one is started by process.py.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from devices.cards.ways.online.client import HOST, PATH, SILENT
from devices.cards.ways.online.sealed_result import EidResult
from devices.cards.ways.online.simulated_card import EidCard, SimulatedCard
from devices.cards.ways.online.simulated_session import Provider, SimulatedSession

if TYPE_CHECKING:
    from websockets.sync.server import ServerConnection

    from devices.cards.people import Person


class _CardChanged:
    """The card on the reader is another one, or none."""


class _Gone:
    """The client has gone."""


Happening = dict[str, Any] | _CardChanged | _Gone


class SimulatedAusweisApp:
    """`insert`, `lay`, `remove` and `read` from any thread. `now` is aware, in UTC."""

    def __init__(
        self, provider: Provider | None = None, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._provider = provider or Provider()
        self._now = now
        self._cards: dict[str, SimulatedCard] = {}
        self._lying: EidCard | None = None
        self._happenings: SimpleQueue[Happening] | None = None
        self._result: EidResult | None = None
        self._serving = threading.Lock()

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
                with self._serving:  # the client has hung up: now the card is let go
                    pass

    def insert(self, person: Person, *, deactivated: bool = False) -> SimulatedCard:
        """Lay a person's card down, in place of any other; its counters can be set on it."""
        card = self._cards.setdefault(person.id, SimulatedCard(person, self._now))
        card.deactivated = deactivated
        self.lay(card)
        return card

    def lay(self, card: EidCard | None) -> None:
        """A card lies there now, in place of any other, or (None) none."""
        self._lying = card
        if (happenings := self._happenings) is not None:
            happenings.put(_CardChanged())

    def remove(self) -> None:
        """Take the card away."""
        self.lay(None)

    def read(self) -> EidResult | None:
        """What the eID server has read from the card whose PIN was right; the next call gives None."""
        result, self._result = self._result, None
        return result

    def _serve(self, connection: ServerConnection) -> None:
        """One client, and no second one meanwhile."""
        if connection.request is None or connection.request.path != PATH or not self._serving.acquire(blocking=False):
            return
        session = SimulatedSession(self._provider, lambda: self._now().date())
        self._result = None
        try:
            self._converse(connection, session)
        finally:
            self._happenings = None
            session.leave()
            self._serving.release()

    def _converse(self, connection: ServerConnection, session: SimulatedSession) -> None:
        """Everything that happens to the client goes through one queue."""
        happenings = self._happenings = SimpleQueue[Happening]()
        listener = threading.Thread(target=_listen, args=(connection, happenings), daemon=True)
        listener.start()
        happenings.put(_CardChanged())
        while not isinstance(happening := happenings.get(), _Gone):
            said = session.obey(happening) if isinstance(happening, dict) else session.lay(self._lying)
            self._result = session.result
            for message in said:
                connection.send(json.dumps(message))


def _listen(connection: ServerConnection, happenings: SimpleQueue[Happening]) -> None:
    from websockets.exceptions import ConnectionClosed

    with suppress(ConnectionClosed):
        for frame in connection:
            happenings.put(json.loads(frame))
    happenings.put(_Gone())

"""The one client of AusweisApp: text frames over a WebSocket on loopback, parsed as they come.

Rules
  1. A frame may hold a PIN: the WebSocket library, which logs frames while it debugs, is given a logger that is off.
  2. What comes in goes to `deliver`, from the client's own thread: messages in their order, then the error that
     ended it, CARD-24 or CARD-07, once. After `close` nothing is delivered any more.
  3. Only loopback; no proxy, no compression, frames no longer than a message may be.

AusweisApp takes one client at a time, and ends its workflow when that one goes (AusweisApp SDK, "Desktop").
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from devices.cards.ways.online import commands
from devices.cards.ways.online.messages import Message
from devices.cards.ways.online.parsing import MESSAGE_LIMIT_CHARS, parse
from kiosk.errors import CardError

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

DEADLINE_S: Final = 5.0
HOST: Final = "127.0.0.1"
PATH: Final = "/eID-Kernel"

SILENT: Final = logging.Logger("silent", logging.CRITICAL + 1)
SILENT.disabled = True

Deliver = Callable[[Message | CardError], None]


class SdkClient:
    """Connects when entered. `send` from one thread, `deliver` is called from another one."""

    def __init__(self, port: int, deliver: Deliver, deadline_s: float = DEADLINE_S) -> None:
        self._port = port
        self._deliver = deliver
        self._deadline_s = deadline_s
        self._stack = ExitStack()
        self._connection: ClientConnection
        self._closing = False

    def __enter__(self) -> Self:
        """Raises CardError CARD-24 if nobody, or somebody else, answers there."""
        # 50 ms that only the online way needs.
        from websockets.exceptions import WebSocketException
        from websockets.sync.client import connect

        try:
            self._connection = self._stack.enter_context(
                connect(
                    f"ws://{HOST}:{self._port}{PATH}",
                    open_timeout=self._deadline_s,
                    close_timeout=self._deadline_s,
                    max_size=MESSAGE_LIMIT_CHARS,
                    compression=None,
                    proxy=None,
                    logger=SILENT,
                )
            )
        except (OSError, WebSocketException) as error:
            raise CardError("CARD-24", f"AusweisApp takes no client: {type(error).__name__}") from None
        listener = threading.Thread(target=self._listen, name="ausweisapp-client", daemon=True)
        self._stack.callback(listener.join, self._deadline_s)
        self._stack.callback(self._connection.close)
        listener.start()
        return self

    def send(self, command: commands.Command) -> None:
        """Raises CardError CARD-24 where AusweisApp is gone. The error knows no frame, so that it knows no PIN."""
        from websockets.exceptions import WebSocketException

        try:
            self._connection.send(commands.format(command))
        except (OSError, WebSocketException):
            raise CardError("CARD-24", "AusweisApp is gone") from None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing = True
        self._stack.close()

    def _listen(self) -> None:
        ended = CardError("CARD-24", "AusweisApp ended")
        try:
            for frame in self._connection:
                self._deliver(parse(frame if isinstance(frame, str) else ""))
        except CardError as error:
            ended = error
        except Exception as error:  # whatever the library raises here, the way must not wait for ever
            ended = CardError("CARD-24", f"AusweisApp ended: {type(error).__name__}")
        if not self._closing:
            self._deliver(ended)

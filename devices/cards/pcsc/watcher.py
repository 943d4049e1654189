"""Hears cards come and go, and readers, and the service itself.

Rules
  1. Whoever asked is called from one thread, in the order things happened, once at the beginning, and only when
     something changed. Where no reader or no service is, no card is.
  2. It waits inside the service (SCardGetStatusChange) and is woken by it. Only while the service is down or refuses,
     it asks again and again: nothing tells when that is over.
  3. It never connects to a card, so that it is in nobody's way.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from devices.cards.pcsc.service import READER_LIST, ReaderState, ServiceContext, choose_reader
from kiosk.errors import CardError

RETRY_S: Final = 1.0
# The service writes every refusal to the journal. One that is just being killed seems to refuse, too.
REFUSED: Final = "CARD-23"
LONGEST_RETRY_S: Final = 60.0
# pcsc-lite 1 does not tell of a reader plugged in just before a wait begins. So readers are listed anew soon after
# something happened, and ever more rarely while nothing does.
LIST_SOON_MS: Final = 100
LIST_AT_LEAST_MS: Final = 60_000
# A cancellation that comes just before the wait begins is lost, so it is repeated.
CANCEL_AGAIN_S: Final = 0.05
# One more event without a change is a removal that a failing command had shown before the service looked.
CAME_AND_WENT: Final = 2

log = logging.getLogger("kiosk.cards")


class CardWatcher:
    """Watches the first reader whose name begins as `reader_name`, or the first of all."""

    def __init__(self, reader_name: str | None, changed: Callable[[bool], None]) -> None:
        self._reader_name = reader_name
        self._changed = changed
        self._present: bool | None = None
        self._trouble = ""
        self._context: ServiceContext | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pcsc-watcher", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """No call comes after this. From any thread but the watcher's."""
        self._ended.set()
        while self._thread.is_alive():
            if (context := self._context) is not None:
                context.cancel()
            self._thread.join(CANCEL_AGAIN_S)

    def _run(self) -> None:
        retry_s = RETRY_S
        while not self._ended.is_set():
            try:
                with ServiceContext() as self._context:
                    self._follow(self._context)
            except CardError as error:
                self._context = None
                retry_s = pause_s(retry_s, self._trouble, error.code)
                self._note_trouble(error)
                self._tell(False)
                self._ended.wait(retry_s)

    def _follow(self, context: ServiceContext) -> None:
        """Until the end. Raises CardError when the service is gone."""
        listed, known, patience_ms = ReaderState(READER_LIST), ReaderState(""), LIST_SOON_MS
        while not self._ended.is_set():
            name = choose_reader(context.readers(), self._reader_name) or ""
            self._note_trouble(None)
            if not name or known.name not in ("", name):
                self._tell(False)
            if name != known.name:
                known = ReaderState(name)
            found = context.wait((listed, known) if name else (listed,), patience_ms)
            patience_ms = LIST_SOON_MS if found else min(2 * patience_ms, LIST_AT_LEAST_MS)
            for state in found:
                if state.name == READER_LIST:
                    listed = state
                else:
                    self._compare(known, state)
                    known = state

    def _compare(self, known: ReaderState, now: ReaderState) -> None:
        """A card that came and went while nobody waited is told of too."""
        if known.word and now.present == self._present and now.events_since(known) >= CAME_AND_WENT:
            self._tell(not now.present)
        self._tell(now.present)

    def _tell(self, present: bool) -> None:
        if present != self._present and not self._ended.is_set():
            self._present = present
            self._changed(present)

    def _note_trouble(self, error: CardError | None) -> None:
        """Once for each kind, not each second."""
        trouble = "" if error is None else error.code
        if trouble != self._trouble:
            self._trouble = trouble
            log.warning("card reader: %s", error or "the service is back")


def pause_s(last_s: float, before: str, now: str) -> float:
    """How long to wait after error code `now`, when it was `last_s` after `before`: ever longer while refused."""
    return min(2 * last_s, LONGEST_RETRY_S) if before == now == REFUSED else RETRY_S

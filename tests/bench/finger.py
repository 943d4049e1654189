"""A finger with a stopwatch: touches come in as an input provider's do, and every frame they cause is timed.

Rules
  1. The clock starts when the touch-up is handed to kivy and stops when a frame is drawn and finished by GL
     (glFinish). The wait of a real finger for the next frame to begin is not in it.
  2. The finger rests on the panel for at least one frame before it leaves.
  3. Settled is the last frame before `quiet` ones in which nothing had to be drawn: then every layout pass is done.
"""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kivy.base import EventLoop
from kivy.graphics.opengl import GL_RGBA, GL_UNSIGNED_BYTE, glFinish, glReadPixels
from kivy.input.provider import MotionEventProvider

from screens.hand import Finger
from screens.semantics import find
from screens.touch import gate


@dataclass(frozen=True, slots=True)
class Response:
    """Milliseconds from the touch-up to the first finished frame, to the last that looked new, to the last one.

    `seen_ms` is as `first_ms` where nobody looked.
    """

    first_ms: float
    seen_ms: float
    settled_ms: float
    frames: int


class TimedFinger(MotionEventProvider):  # type: ignore[misc]  # kivy has no types
    """Touches one thing after the other in the window of `app`. Use it on the UI thread, inside the running loop."""

    def __init__(self, app: Any) -> None:
        super().__init__("timed-finger", "")
        self._app = app
        self._loop = asyncio.get_running_loop()
        self._step: Callable[[Callable[..., None]], None] = lambda _dispatch: None
        self._finger: Finger | None = None
        self._answer: asyncio.Future[Response] = self._loop.create_future()
        self._since = 0.0
        self._drew = False
        self._quiet = self._quiet_wanted = 1
        self._ends: list[float] = []
        self._pictures: list[int] = []
        self._looking = False
        EventLoop.add_input_provider(self)
        EventLoop.window.bind(on_flip=self._flipped)

    async def touch(self, node_id: str, quiet: int = 1, *, look: bool = False) -> Response:
        """Raises LookupError if there is no such thing, or if nothing was drawn."""
        self._quiet_wanted, self._looking = quiet, look
        return await self.touch_widget(self.seen(node_id))

    async def touch_widget(self, widget: Any) -> Response:
        gate.open()  # the pause between two taps of one hand is not what is measured
        self._finger = Finger(*widget.to_window(*widget.center))
        self._answer, self._step = self._loop.create_future(), self._down
        return await self._answer

    def seen(self, node_id: str) -> Any:
        found = [find(layer, node_id) for layer in self._app.stage.front()]
        widget = next((widget for widget in found if widget is not None), None)
        if widget is None:
            raise LookupError(f"{node_id} is not on the screen")
        return widget

    def key(self, name: str) -> Any:
        """A key of the keyboard shown."""
        return next(key for row in self._app.stage.frame.keyboard.keys for key in row if key.name == name)

    def update(self, dispatch_fn: Callable[..., None]) -> None:
        """Called by kivy once a frame, when it reads what the panel says."""
        self._step(dispatch_fn)

    def _down(self, dispatch: Callable[..., None]) -> None:
        dispatch("begin", self._finger)
        self._step = self._rest

    def _rest(self, dispatch: Callable[..., None]) -> None:
        self._step = self._up

    def _up(self, dispatch: Callable[..., None]) -> None:
        self._ends, self._pictures, self._drew, self._quiet = [], [], False, 0
        self._step = self._watch
        self._since = time.perf_counter()
        dispatch("end", self._finger)

    def _watch(self, _dispatch: Callable[..., None]) -> None:
        """Every frame after the touch, when it begins: did the one before draw?"""
        drew, self._drew = self._drew, False
        self._quiet = 0 if drew else self._quiet + 1
        if self._quiet < self._quiet_wanted:
            return
        self._step = lambda _dispatch: None
        if not self._ends:
            self._answer.set_exception(LookupError(f"nothing was drawn after the touch at {self._finger.pos}"))
            return
        self._answer.set_result(self._response())

    def _flipped(self, *_: object) -> None:
        """The frame is drawn, kivy's own flip comes after the bound ones. Looking at it does not count as time."""
        glFinish()
        now = time.perf_counter()
        self._drew = True
        self._ends.append((now - self._since) * 1000)
        if self._looking:
            window = EventLoop.window
            seen = glReadPixels(0, 0, window.width, window.height, GL_RGBA, GL_UNSIGNED_BYTE)
            self._pictures.append(zlib.crc32(seen))
            self._since += time.perf_counter() - now

    def _response(self) -> Response:
        ends, pictures = self._ends, self._pictures or [0] * len(self._ends)
        changes = [at for at in range(1, len(pictures)) if pictures[at] != pictures[at - 1]]
        return Response(ends[0], ends[max(changes, default=0)], ends[-1], len(ends))

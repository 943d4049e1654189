"""A hand for the window: it touches what a citizen would touch, so that a visit can be played without one.

Rules
  1. It finds things by semantic id, as focus and speech do, and presses where a finger would: in the middle.
  2. What it writes goes over the keyboard on the screen, key by key.
  3. It waits as a person does: a tap comes after the last one's pause (touch.py).

Used by the scripted visit of the demo and by benchmarks; on the UI thread only.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kivy.base import EventLoop
from kivy.clock import Clock
from kivy.graphics.opengl import GL_RGBA, GL_UNSIGNED_BYTE, glReadPixels
from kivy.input.motionevent import MotionEvent
from PIL import Image

from screens.focus import focus
from screens.semantics import Node, find, nodes
from screens.touch import REPEAT_S
from screens.widgets.keyboard import PAGES, Key, layouts

FRAMES_TO_SETTLE = 4
PATIENCE_S = 30.0


class Finger(MotionEvent):
    """One touch at a place of the window, in pixels."""

    def __init__(self, x: float, y: float) -> None:
        window = EventLoop.window
        place = {"x": x / (window.width - 1.0), "y": y / (window.height - 1.0)}
        super().__init__("hand", 99, place, is_touch=True, type_id="touch")
        self.profile = ["pos"]

    def depack(self, args: dict[str, float]) -> None:
        self.sx, self.sy = args["x"], args["y"]
        super().depack(args)

    def press(self) -> None:
        EventLoop.post_dispatch_input("begin", self)
        EventLoop.post_dispatch_input("end", self)


class Hand:
    """Works one KioskApp. `taps` counts touches beside typing, `fields` those into a field, `keys` the letters."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.taps = 0
        self.keys = 0
        self.fields = 0
        self.pressed_at = time.monotonic()

    def sees(self, node_id: str) -> bool:
        """Whether there is such a thing to touch now."""
        return self._find(node_id) is not None

    def nodes(self) -> tuple[Node, ...]:
        """What the screen says."""
        return tuple(node for layer in self.app.stage.front() for node in nodes(layer))

    async def tap(self, node_id: str) -> None:
        """Raises LookupError, naming what there is, if the thing does not appear in time."""
        await self._touch(node_id)
        self.taps += 1

    async def write(self, node_id: str, text: str) -> None:
        """Touch a field unless the terminal is there already, then the keys of the keyboard."""
        await self.until(lambda: self.sees(node_id), node_id)
        if focus.current is not self._find(node_id):
            await self._touch(node_id)
            self.fields += 1
        for character in text:
            await self._press(await self._key(character))
            self.keys += 1

    async def _touch(self, node_id: str) -> None:
        await self.until(lambda: self.sees(node_id), node_id)
        await asyncio.sleep(REPEAT_S)
        await self.bring_into_view(node_id)
        await self._press(self._find(node_id))

    async def until(self, there: Callable[[], bool], what: str) -> None:
        """Wait, drawing, until something is so. Raises LookupError."""
        for _ in range(int(PATIENCE_S * 100)):
            if there():
                await self.settle()
                return
            await asyncio.sleep(0.01)
        raise LookupError(f"{what} is not on the screen; there are {[node.id for node in self.nodes() if node.id]}")

    async def settle(self) -> None:
        """Let a few frames be drawn: layouts and first focus come with them."""
        for _ in range(FRAMES_TO_SETTLE):
            drawn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            Clock.schedule_once(lambda _dt, done=drawn: done.done() or done.set_result(None), 0)
            await drawn

    async def bring_into_view(self, node_id: str) -> None:
        """Page down or up until the thing can be touched."""
        screen = self.app.stage.frame.screen
        area, widget = screen.area, self._find(node_id)
        if widget is None:
            raise LookupError(f"{node_id} is not on the screen")
        if self.app.stage.dialog is not None or widget not in screen.content.walk(restrict=True):
            return
        while not area.view.y <= widget.center_y <= area.view.top:
            button = area.page_down if widget.center_y < area.view.y else area.page_up
            if button.disabled:
                raise LookupError(f"{node_id} cannot be reached by paging")
            self.taps += 1
            await self._press(button)
            await asyncio.sleep(REPEAT_S)

    def _find(self, node_id: str) -> Any | None:
        found = (find(layer, node_id) for layer in self.app.stage.front())
        return next((widget for widget in found if widget is not None), None)

    async def _press(self, widget: Any) -> None:
        self.pressed_at = time.monotonic()
        Finger(*widget.to_window(*widget.center)).press()
        await self.settle()

    async def _key(self, character: str) -> Key:
        """The key of a character, with the page of keys and shift set as it needs."""
        keyboard = self.app.stage.frame.keyboard
        wanted = "space" if character == " " else character.lower() if character != "ẞ" else "ß"
        if not any(key.name == wanted for row in keyboard.keys for key in row):
            page = next(page for page in PAGES if any(wanted in row for row in layouts()[page]["rows"]))
            await self._press(self._named(page))
        raised = character != wanted and character != " "
        if keyboard.page in ("letters", "sorbian") and keyboard.raised != raised:
            await self._press(self._named("shift"))
        return self._named(wanted)

    def _named(self, name: str) -> Key:
        keyboard = self.app.stage.frame.keyboard
        return next(key for row in keyboard.keys for key in row if key.name == name)


def photograph(path: Path) -> Path:
    """The window as it is now, as PNG. Read from the drawn frame: scissors cut the window, no other buffer."""
    window = EventLoop.window
    window.dispatch("on_draw")
    pixels = glReadPixels(0, 0, window.width, window.height, GL_RGBA, GL_UNSIGNED_BYTE)
    upside_down = Image.frombytes("RGBA", (window.width, window.height), bytes(pixels))
    upside_down.transpose(Image.Transpose.FLIP_TOP_BOTTOM).convert("RGB").save(path)
    return path

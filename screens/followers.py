"""Widgets that follow the theme and the language for as long as they live, and not a moment longer.

Kivy's `bind` looks through all observers for each new one, and drops those of dead widgets only when the
property changes. The language may stay German for a year: every widget of every visit would stay on the
list, and each new one would be compared with all of them.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

from kivy.clock import ClockEvent
from kivy.event import EventDispatcher


class Followed(EventDispatcher):
    """An EventDispatcher whose `bind` costs the same however many follow; methods only, held weakly."""

    def __init__(self, **kwargs: Any) -> None:
        self._followers: dict[str, dict[weakref.WeakMethod[Any], None]] = {}
        super().__init__(**kwargs)

    def bind(self, **methods: Callable[..., Any]) -> None:
        """Call `method(instance, value)` whenever the property changes."""
        for name, method in methods.items():
            if name not in self._followers:
                self._followers[name] = {}
                self.fbind(name, partial(self._tell, name))
            followers = self._followers[name]
            # A trigger cannot be held weakly; what it would call in the next frame is called at once.
            followed = method.get_callback() if isinstance(method, ClockEvent) else method
            followers[weakref.WeakMethod(followed, partial(_forget, followers))] = None

    def followers(self, name: str) -> int:
        """How many follow a property now."""
        return len(self._followers.get(name, {}))

    def _tell(self, name: str, *change: Any) -> None:
        for reference in list(self._followers[name]):
            method = reference()
            if method is not None:
                method(*change)


def _forget(followers: dict[weakref.WeakMethod[Any], None], reference: weakref.WeakMethod[Any]) -> None:
    followers.pop(reference, None)

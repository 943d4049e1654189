"""What a screen says to somebody who does not see it: an ordered list of nodes (EN 301 549 5.1.3.1).

Kivy has no accessibility tree, so each widget that means something carries `Semantic` and the list is
the walk through the widgets in reading order. Focus, speech and tests use the same list; a widget that
is missing here exists for none of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kivy.properties import BooleanProperty, StringProperty
from kivy.uix.widget import Widget


@dataclass(frozen=True, slots=True)
class Node:
    """One thing on the screen in words. `private` may be spoken over a headset only; its value hides from repr."""

    id: str
    role: str
    label: str
    value: str = field(default="", repr=False)
    hint: str = ""
    error: str = ""
    private: bool = False
    focusable: bool = False


class Semantic:
    """A widget with a place in that list. `label` empty means: the widget's own text.

    `focusable` widgets get the arrows and OK: `activate` is OK, `arrow` may keep an arrow for itself.
    """

    node_id = StringProperty("")
    role = StringProperty("text")
    label = StringProperty("")
    hint = StringProperty("")
    error = StringProperty("")
    private = BooleanProperty(False)
    focusable = BooleanProperty(False)
    focused = BooleanProperty(False)
    ringed = BooleanProperty(False)

    def node(self) -> Node:
        return Node(
            id=self.node_id,
            role=self.role,
            label=self.spoken_label(),
            value=self.spoken_value(),
            hint=self.hint,
            error=self.error,
            private=self.private,
            focusable=self.focusable,
        )

    def spoken_label(self) -> str:
        """Its words: by default those it shows."""
        return self.label or getattr(self, "text", "")

    def spoken_value(self) -> str:
        """What is typed, chosen or shown; empty for things that hold no value."""
        return ""

    def activate(self) -> None:
        """OK was pressed on it."""

    def arrow(self, direction: str) -> bool:
        """Whether the widget used "up", "down", "left" or "right" itself."""
        return False


def walk(root: Widget) -> Iterator[Any]:
    """The semantic widgets below `root` in reading order, hidden and disabled ones left out."""
    if root.opacity == 0 or root.disabled:
        return
    if isinstance(root, Semantic) and (root.node_id or root.role in ("text", "heading")):
        yield root
    for child in reversed(root.children):
        yield from walk(child)


def nodes(root: Widget) -> tuple[Node, ...]:
    """The list a screen exports; texts without words are left out."""
    return tuple(node for node in (widget.node() for widget in walk(root)) if node.label or node.focusable)


def find(root: Widget, node_id: str) -> Any | None:
    """The widget with that semantic id, or None."""
    return next((widget for widget in walk(root) if widget.node_id == node_id), None)

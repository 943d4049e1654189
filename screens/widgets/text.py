"""Words on the screen: they wrap, they grow, they are never cut. Nothing that is read is centred."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.uix.label import Label

from screens.semantics import Semantic
from screens.text import Translated


class Words(Translated, Semantic, Label):
    """A text as wide as its place and as high as it needs. The base of the others."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("halign", "left")
        super().__init__(**kwargs)


class Heading(Words):
    """The one big line of a screen."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("role", "heading")
        super().__init__(**kwargs)


class Body(Words):
    """Running text."""


class Lead(Words):
    """Running text that steps back: hints, what a heading means."""


class Strong(Words):
    """Body size, bold: the name of a field, the first line of a box."""


Builder.load_file(str(Path(__file__).with_name("words.kv")))

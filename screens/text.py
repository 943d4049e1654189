"""The language on the screen, switched live.

Rules
  1. Every text a citizen reads is a German msgid. In .kv: `text: tr.t('…')`. In Python: `tr.t("…")`
     for a text drawn again by `update`, `source=N_("…")` on a widget that follows the language by itself.
  2. `tr.t` is a property that holds a function: a new language is a new function, so every binding reruns.

`tr` is the one instance: a terminal speaks one language at a time. Used on the UI thread only.
"""

from __future__ import annotations

from typing import Any

from kivy.properties import DictProperty, ObjectProperty, StringProperty

from kiosk.language import Language, load
from screens.followers import Followed


def N_(text: str) -> str:  # noqa: N802 - the customary mark of gettext
    """Mark a German text for the catalogues without translating it yet."""
    return text


class Translator(Followed):
    """The current `Language`, as something a widget can bind to."""

    language = ObjectProperty()
    t = ObjectProperty()

    def use(self, language: Language) -> None:
        if language is not self.language:
            self.language = language
            self.t = language.t


tr = Translator()
tr.use(load("de"))


class Translated:
    """A widget whose `text` follows the language: `source` is the German text, `params` fill its placeholders."""

    source = StringProperty("")
    params = DictProperty({})

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("width", 0)
        super().__init__(**kwargs)
        self.bind(source=self.retell, params=self.retell)
        tr.bind(t=self.retell)
        self.retell()

    def retell(self, *_: object) -> None:
        if self.source:
            self.text = tr.t(self.source, **self.params)

    def texture_update(self, *_: object) -> None:
        """Words are laid out when their width is known: nothing on a page costs more, and nothing is done twice."""
        if self.width:
            super().texture_update()

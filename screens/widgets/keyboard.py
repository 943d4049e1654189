"""The terminal's own keyboard: German letters, Sorbian ones a tap away, digits.

Rules
  1. No key is under 15 mm; the keys stand in assets/keyboards/*.toml.
  2. It types into `target`, the field that had the focus; it knows nothing else about it.
  3. For the arrow keys it is one stop of the focus ring: inside, arrows move among the keys, OK types,
     up from the first row and down from the last one leave.

Kivy's VKeyboard has too small keys, no Sorbian letters and no names.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from kivy.clock import Clock
from kivy.properties import BooleanProperty, ListProperty, ObjectProperty, StringProperty
from kivy.uix.label import Label
from kivy.uix.widget import Widget

from screens.focus import focus
from screens.semantics import Semantic
from screens.text import N_, tr
from screens.theme import theme
from screens.touch import Tappable
from screens.widgets.boxed import Boxed
from screens.widgets.buttons import Coloured

FOLDER = Path(__file__).resolve().parent.parent.parent / "assets" / "keyboards"
SPECIAL = {
    "shift": N_("Umschalten"),
    "backspace": N_("Zeichen löschen"),
    "space": N_("Leerzeichen"),
    "done": N_("Fertig"),
    "letters": N_("abc"),
    "signs": N_("123"),
    "sorbian": N_("ć ě ł"),
}
PAGES = ("letters", "signs", "sorbian")
ICONS = {"shift": "shift", "backspace": "backspace"}
ROW_MM = 20.0
ROW_FLAT_MM = 15.5
WIDEST_MM = 400.0
KEYPADS_MM = {"digits": 150.0, "phone": 300.0}


@lru_cache(maxsize=1)
def layouts(name: str = "de") -> dict[str, Any]:
    """The pages of keys and the widths of the special ones."""
    with (FOLDER / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


class Key(Coloured, Tappable, Boxed, Label):
    """One key. Letters repeat as fast as a finger can; `name` is the character or the special key's name."""

    name = StringProperty("")
    raised = BooleanProperty(False)

    def __init__(self, name: str, **kwargs: Any) -> None:
        super().__init__(name=name, repeats=True, **kwargs)
        self.bind(raised=self.redress)
        tr.bind(t=self.redress)
        self.redress()

    def dress(self) -> None:
        special = self.name in SPECIAL
        self.font_size = theme.body if special or len(self.name) > 1 else theme.heading
        self.bold = special
        if self.name in ICONS:
            self.icon, self.icon_place, self.icon_size = ICONS[self.name], "centre", theme.mm(9)
            self.text = ""
        elif special:
            self.text = tr.t(SPECIAL[self.name])
        else:
            self.text = self.character()
        main = self.name == "done"
        resting = theme.action if main else theme.key_special if special else theme.key
        self.fill = theme.text if self.pressed else resting
        ink = theme.background if self.pressed else theme.action_ink if main else theme.text
        self.color = self.icon_color = ink
        self.edge, self.edge_width = theme.line, 1
        if self.name == "shift" and self.raised and not self.pressed:
            self.fill, self.icon_color = theme.text, theme.background

    def character(self) -> str:
        """What it types now."""
        if not self.raised or len(self.name) > 1:
            return self.name
        return "ẞ" if self.name == "ß" else self.name.upper()

    def spoken(self) -> str:
        return tr.t(SPECIAL[self.name]) if self.name in SPECIAL else self.character()


class Keyboard(Semantic, Boxed, Widget):
    """All the keys of one page. `target` is the field; `on_done` is dispatched by the key "Fertig"."""

    target = ObjectProperty(None, allownone=True)
    page = StringProperty("letters")
    raised = BooleanProperty(False)
    place = ListProperty([0, 0])

    def __init__(self, **kwargs: Any) -> None:
        self.register_event_type("on_done")
        self._put_soon = Clock.create_trigger(self._put, -1)
        self._pages: dict[str, list[list[Key]]] = {}
        super().__init__(node_id="keyboard", role="keyboard", focusable=True, size_hint_y=None, **kwargs)
        self.radius = 0
        self.bind(page=self._show, raised=self._raise, place=self._mark, focused=self._mark)
        self.fbind("pos", self._put_soon)
        self.fbind("size", self._put_soon)
        theme.bind(revision=self._put_soon)
        tr.bind(t=self._name)
        self._name()
        self._show()

    def _name(self, *_: object) -> None:
        self.label = tr.t("Tastatur")

    @property
    def keys(self) -> list[list[Key]]:
        """The rows of keys shown."""
        if self.page not in self._pages:
            rows = layouts()[self.page]["rows"]
            self._pages[self.page] = [[self._key(name) for name in row] for row in rows]
        return self._pages[self.page]

    def _key(self, name: str) -> Key:
        key = Key(name)
        key.bind(on_tap=lambda tapped: self.press(tapped.name))
        return key

    def open(self, field: Any) -> None:
        """Type into `field` from now on, with the keys it wants."""
        if field is self.target and self.page in (field.keyboard, *PAGES):
            return
        self.target = field
        self.page = field.keyboard if field.keyboard in layouts() else "letters"
        self.raised = self.page == "letters" and not field.text

    def press(self, name: str) -> None:
        """A key, by finger or OK."""
        field = self.target
        match name:
            case "shift":
                self.raised = not self.raised
                return
            case "done":
                self.dispatch("on_done")
                return
            case "backspace":
                if field is not None:
                    field.backspace()
                return
        if name in PAGES:
            self.page = name
            return
        if field is not None:
            key = next(key for row in self.keys for key in row if key.name == name)
            field.insert(" " if name == "space" else key.character())
        self.raised = False

    def on_done(self) -> None:
        """The citizen is finished with this field."""

    def _show(self, *_: object) -> None:
        self.clear_widgets()
        for row in self.keys:
            for key in row:
                self.add_widget(key)
        self.place = [0, 0]
        self._raise()
        self._put()

    def _raise(self, *_: object) -> None:
        for row in self.keys:
            for key in row:
                key.raised = self.raised

    def _put(self, *_: object) -> None:
        """Lay the keys out; the keyboard's height follows from their size."""
        self.fill = theme.keyboard
        rows, gap = self.keys, theme.mm(3)
        height = max(theme.mm(ROW_FLAT_MM if theme.flat else ROW_MM), round(theme.heading * 1.15))
        self.height = len(rows) * height + (len(rows) + 1) * gap
        widest = theme.mm(KEYPADS_MM.get(self.page, WIDEST_MM))
        width = min(self.width, widest) - 2 * gap
        wide = layouts()["wide"] if self.page not in KEYPADS_MM else {}
        top = self.top - gap
        for row in rows:
            shares = [wide.get(key.name, 1) for key in row]
            unit = (width - (len(row) - 1) * gap) / sum(shares)
            left = self.center_x - width / 2
            for key, share in zip(row, shares, strict=True):
                key.size = (unit * share, height)
                key.pos = (left, top - height)
                left += key.width + gap
            top -= height + gap

    def _mark(self, *_: object) -> None:
        row_at, at = self.place
        for number, row in enumerate(self.keys):
            for position, key in enumerate(row):
                key.ringed = self.focused and focus.visible and (number, position) == (row_at, at)

    def spoken_value(self) -> str:
        return self._here().spoken()

    def _here(self) -> Key:
        row, at = self.place
        return self.keys[row][min(at, len(self.keys[row]) - 1)]

    def arrow(self, direction: str) -> bool:
        row, at = self.place
        if direction in ("left", "right"):
            self.place = [row, (at + (1 if direction == "right" else -1)) % len(self.keys[row])]
            return True
        beside = row + (1 if direction == "down" else -1)
        if not 0 <= beside < len(self.keys):
            return False
        x = self._here().center_x
        ways = [abs(key.center_x - x) for key in self.keys[beside]]
        self.place = [beside, ways.index(min(ways))]
        return True

    def activate(self) -> None:
        self.press(self._here().name)

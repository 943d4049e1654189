"""The whole panel: header, the screen, keyboard, back and continue, access bar; dialogs in front.

Rules
  1. Header, row and bar never move, whatever screen stands between them.
  2. A screen that is left loses its last reference here: it is taken out of the tree at once, without an
     animated transition (kivy#1958 keeps the old screen alive after some of them).
  3. The stage knows no states; it shows a Screen and tells what the citizen pressed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kivy.clock import Clock
from kivy.core.window import Keyboard as KeyNames
from kivy.graphics import ClearBuffers, ClearColor
from kivy.properties import ObjectProperty
from kivy.uix.widget import Widget

from screens.focus import focus
from screens.screen import Screen
from screens.text import N_, tr
from screens.theme import theme
from screens.widgets.bars import AccessBar, NavigationRow
from screens.widgets.dialog import Dialog
from screens.widgets.header import Header

ARROWS = {"up", "down", "left", "right"}


class Frame(Widget):
    """Everything but dialogs. Children stand in reading order."""

    screen = ObjectProperty(None, allownone=True)

    def __init__(self, languages: Sequence[str], **kwargs: Any) -> None:
        self._place = Clock.create_trigger(self.place, -1)
        super().__init__(**kwargs)
        with self.canvas.before:
            self._paper = ClearColor(0, 0, 0, 0)  # a rectangle of this size would be half the time of a frame
            ClearBuffers()
        self.header = Header()
        self.navigation = NavigationRow()
        self.bar = AccessBar(languages)
        self.keyboard: Any = None
        for part in (self.header, self.navigation, self.bar):
            self.add_widget(part)
            part.bind(height=self._place)
        self.bind(pos=self._place, size=self._place)
        theme.bind(revision=self._place, low=self.offer)
        focus.bind(changes=self.follow_focus)
        self.place()

    def put(self, screen: Screen) -> None:
        """Show `screen` instead of the one before."""
        if self.screen is not None:
            self.screen.unbind(back=self.offer, forward=self.offer)
            self.remove_widget(self.screen)
        self._close_keyboard()
        self.screen = screen
        self.add_widget(screen, len(self.children) - 1)
        screen.bind(back=self.offer, forward=self.offer)
        self.offer()
        self.place()

    def offer(self, *_: object) -> None:
        """Bring the row and the way out in line with the screen."""
        screen = self.screen
        if screen is None:
            return
        self.header.leave_shown(screen.can_end and not theme.low)
        self.navigation.offer(screen.back, screen.forward, end=screen.can_end and theme.low)

    def follow_focus(self, *_: object) -> None:
        """The keyboard is there while a text field or itself has the focus."""
        current = focus.current
        if current is None or current.role not in ("textbox", "keyboard"):
            self._close_keyboard()
            return
        if current.role == "textbox":
            self._open_keyboard(current)

    def _open_keyboard(self, field: Any) -> None:
        if self.keyboard is None:
            from screens.widgets.keyboard import Keyboard  # here: 45 keys are not part of the first frame

            self.keyboard = Keyboard()
            self.keyboard.bind(height=self._place, on_done=self._done)
        self.keyboard.open(field)
        if self.keyboard.parent is None:
            self.add_widget(self.keyboard, self.children.index(self.navigation) + 1)
            self.place()

    def _close_keyboard(self) -> None:
        if self.keyboard is not None and self.keyboard.parent is not None:
            self.remove_widget(self.keyboard)
            self.place()
        if self.keyboard is not None:
            self.keyboard.target = None

    def _done(self, *_: object) -> None:
        """ "Fertig": on to the next text field; after the last one the keyboard goes away."""
        ring = focus.ring()
        target = self.keyboard.target
        following = ring[ring.index(target) + 1 :] if target in ring else []
        field = next((widget for widget in following if widget.role == "textbox"), None)
        focus.take(field or (self.navigation.forward if focus.visible else None))

    def place(self, *_: object) -> None:
        """Stack everything from the edges inwards."""
        self._paper.rgba = theme.background
        y = self.y
        for part in (self.bar, self.navigation, self.keyboard):
            if part is not None and part.parent is not None:
                part.width, part.x, part.y = self.width, self.x, y
                y += part.height
        self.header.width, self.header.x = self.width, self.x
        self.header.y = self.y + self.height - self.header.height
        if self.screen is not None:
            self.screen.pos = (self.x + theme.margin, y)
            self.screen.size = (self.width - 2 * theme.margin, max(0, self.header.y - y))


class Stage(Widget):
    """Frame and, in front of it, at most one dialog. `alive` is called at every sign of life."""

    dialog = ObjectProperty(None, allownone=True)

    def __init__(self, languages: Sequence[str], alive: Callable[[], None], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alive = alive
        self.frame = Frame(languages)
        self.add_widget(self.frame)
        self.bind(pos=self.place, size=self.place)
        self._focus_before: Any = None
        focus.layers = self.front

    def front(self) -> tuple[Widget, ...]:
        """What can be touched now: everything, or the dialog and the access bar."""
        return (self.dialog, self.frame.bar) if self.dialog is not None else (self.frame,)

    def put(self, screen: Screen) -> None:
        """Show a screen; a dialog in front of the old one is gone with it."""
        self.close()
        focus.take(None)
        self.frame.put(screen)
        self.place()
        Clock.schedule_once(lambda _dt: self._first_focus(screen), 0)

    def _first_focus(self, screen: Screen) -> None:
        if screen is not self.frame.screen or self.dialog is not None or focus.current is not None:
            return
        wanted = screen.first_focus()
        if wanted is not None:
            focus.take(wanted)

    def ask(self, dialog: Dialog) -> None:
        """Put a dialog in front."""
        self.close()
        self._focus_before = focus.current
        self.dialog = dialog
        self.add_widget(dialog)
        self.place()
        buttons = list(reversed(dialog.buttons.children))
        if focus.visible and buttons:
            focus.take(buttons[0])
        else:
            focus.take(None)

    def close(self) -> None:
        """Take the dialog away; the focus goes back to where it was."""
        if self.dialog is None:
            return
        self.remove_widget(self.dialog)
        self.dialog = None
        before, self._focus_before = self._focus_before, None
        if before is not None and before.get_root_window() is not None:
            focus.take(before)

    def place(self, *_: object) -> None:
        for part in (self.frame, self.dialog):
            if part is not None:
                part.pos, part.size = self.pos, self.size
        if self.dialog is not None:
            self.dialog.floor = self.frame.bar.height

    def on_touch_down(self, touch: Any) -> bool:
        self.alive()
        if focus.visible and focus.current is not None and focus.current.role != "textbox":
            focus.current.ringed = False
        focus.visible = False
        return self._to_front("on_touch_down", touch)

    def on_touch_move(self, touch: Any) -> bool:
        return self._to_front("on_touch_move", touch)

    def on_touch_up(self, touch: Any) -> bool:
        return self._to_front("on_touch_up", touch)

    def _to_front(self, event: str, touch: Any) -> bool:
        on_bar = self.frame.bar.collide_point(*touch.pos)
        layer = self.frame if self.dialog is None else self.frame.bar if on_bar else self.dialog
        return bool(layer.dispatch(event, touch))

    def on_key(self, code: int, text: str | None) -> bool:
        """A key of the keypad (arrows, OK, back, help) or of a keyboard somebody brought along."""
        self.alive()
        name = key_name(code)
        if name in ARROWS:
            focus.arrow(name)
        elif name in ("enter", "numpadenter"):
            self._ok()
        elif name == "escape":
            self._escape()
        elif name == "f1":
            self.frame.bar.dispatch("on_help")
        elif name == "tab":
            focus.step(1)
        else:
            return self._type(name, text)
        return True

    def _ok(self) -> None:
        """OK in a text field leads to the keys; anywhere else it does what a finger does."""
        current, keyboard = focus.current, self.frame.keyboard
        if current is not None and current.role == "textbox" and keyboard is not None and keyboard in focus.ring():
            focus.take(keyboard, by_keys=True)
        else:
            focus.activate()

    def _type(self, name: str | None, text: str | None) -> bool:
        field = focus.current
        if field is None or field.role != "textbox":
            return False
        if name == "backspace":
            field.backspace()
        elif text and text.isprintable():
            field.insert(text)
        return True

    def _escape(self) -> None:
        current = focus.current
        if self.dialog is not None:
            if self.dialog.escape is not None:
                self.dialog.escape()
        elif current is not None and current.role == "keyboard":
            focus.take(current.target, by_keys=True)
        elif self.frame.screen is not None and self.frame.screen.back is not None:
            self.frame.screen.back.run()


def key_name(code: int) -> str | None:
    """Kivy's name of a key code."""
    return next((name for name, number in KeyNames.keycodes.items() if number == code), None)


def end_dialog(stage: Stage, end: Callable[[], None]) -> Dialog:
    """ "Beenden und löschen" asks once: it cannot be undone."""
    dialog = Dialog(N_("Wollen Sie beenden?"), "end-dialog")
    dialog.say(N_("Alles, was Sie eingegeben haben, wird gelöscht. Es wird nichts gesendet."))
    dialog.offer(N_("Weitermachen"), stage.close, "primary")
    dialog.offer(N_("Beenden und löschen"), end, "danger")
    dialog.escape = stage.close
    return dialog


def help_dialog(stage: Stage, texts: Sequence[str]) -> Dialog:
    """What this screen wants, and how the terminal is used."""
    dialog = Dialog(N_("Hilfe"), "help-dialog")
    for text in texts:
        dialog.say(text)
    dialog.say(N_("Tippen Sie auf den Bildschirm, oder benutzen Sie die Pfeiltasten und OK am Tastenfeld."))
    dialog.say(N_("Unten ändern Sie Kontrast, Größe und Sprache. Kommen Sie nicht weiter, fragen Sie das Personal."))
    dialog.offer(N_("Hilfe schließen"), stage.close, "primary")
    dialog.escape = stage.close
    return dialog


def language_dialog(stage: Stage, languages: dict[str, str], choose: Callable[[str], None]) -> Dialog:
    """Languages by their own names, where there are more than two. `languages` maps code to name."""
    dialog = Dialog(N_("Sprache"), "language-dialog")
    for code, name in languages.items():
        dialog.offer(name, lambda wanted=code: choose(wanted), "primary" if code == tr.language.code else "secondary")
    dialog.offer(N_("Abbrechen"), stage.close, "plain")
    dialog.escape = stage.close
    return dialog

"""One field of a procedure on the screen: its words, the control that fits its kind, what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kiosk.procedures import fields
from kiosk.procedures.model import Answer, AnswerPath, Field
from screens.focus import focus
from screens.text import N_, tr
from screens.theme import theme
from screens.widgets.boxes import NoticeBox
from screens.widgets.buttons import PushButton
from screens.widgets.choices import CheckList, ChoiceList, Confirm, YesNo
from screens.widgets.entry import AddressEntry, DateEntry
from screens.widgets.field import TextField
from screens.widgets.layout import Column
from screens.widgets.text import Body, Lead, Strong

LONG_TEXT_LINES = 5
LABEL_AT_THE_BOX = (fields.Confirm,)


def control_for(field: Field, path: AnswerPath) -> Any:
    """The widget one answers with. It has `text`, `put(text)` and `mark(error)`; its semantic id is the path."""
    match field:
        case fields.Choice():
            return ChoiceList(field.options, stem=path)
        case fields.Choices():
            return CheckList(field.options, stem=path)
        case fields.YesNo():
            return YesNo(stem=path)
        case fields.Confirm():
            return Confirm(field.label, stem=path)
        case fields.Date():
            return DateEntry(stem=path, about=field.label)
        case fields.Address():
            return AddressEntry(stem=path, about=field.label)
        case fields.LongText():
            return TextField(node_id=path, lines=LONG_TEXT_LINES)
        case fields.Phone():
            return TextField(node_id=path, keyboard="phone")
        case _:
            return TextField(node_id=path, keyboard=field.keyboard)


class Question(Column):
    """Label, hint, example, what is wrong, control. `path` is where the answer belongs.

    `title` is the page's: a label that says the same again is left out.
    """

    def __init__(self, field: Field, path: AnswerPath, title: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.field, self.path, self.title = field, path, title
        self.label = Strong(role="part")
        self.hint = Lead(role="part")
        self.wrong = Body(role="part", bold=True)
        self.control = control_for(field, path)
        if not isinstance(self.control, TextField):
            self.label.role = self.hint.role = "text"  # a text field speaks them itself
        for part in (self.label, self.hint, self.wrong, self.control):
            self.add_widget(part)
        theme.bind(revision=self._dress)
        tr.bind(t=self._tell)
        self._dress()
        self._tell()

    def _dress(self, *_: object) -> None:
        self.spacing = theme.space(8)
        self.wrong.color = theme.danger

    def _tell(self, *_: object) -> None:
        field = self.field
        label = tr.t(field.label)
        if not field.required:
            label = tr.t("{label} (freiwillig)", label=label)
        example = tr.t("Zum Beispiel: {example}", example=field.example) if field.example else ""
        said = isinstance(field, LABEL_AT_THE_BOX) or field.label == self.title
        self.label.text = "" if said else label
        self.hint.text = " ".join(part for part in (tr.t(field.hint) if field.hint else "", example) if part)
        if isinstance(self.control, TextField):
            self.control.label, self.control.hint = label, self.hint.text

    @property
    def text(self) -> str:
        """The raw answer, as the field parses it."""
        return str(self.control.text)

    def complain(self, sentence: str) -> None:
        """Show or clear what is wrong; the control carries it too."""
        self.wrong.text = sentence
        self.control.mark(sentence)

    def go(self) -> None:
        """Move the focus to the place where one answers."""
        focus.take(self.entrance())

    def entrance(self) -> Any:
        """The first widget of the control that takes the focus."""
        control = self.control
        if isinstance(control, TextField):
            return control
        return control.fields[0] if isinstance(control, AddressEntry | DateEntry) else control.rows[0]


class FromCard(NoticeBox):
    """A value the card gave: shown, not typed over; "Stimmt nicht" puts the citizen's version beside it."""

    def __init__(self, field: Field, path: AnswerPath, doubt: Callable[[], None] | None, **kwargs: Any) -> None:
        super().__init__(title=field.label, tone="plain", **kwargs)
        self.field, self.path = field, path
        self.value = Body(node_id=path, role="row", private=True)
        self.value.spoken_value = self._spoken
        self.origin = Strong(role="part")
        self.own = Body(role="part")
        for part in (self.value, self.origin, self.own):
            self.add_widget(part)
        if doubt is not None:
            link = PushButton(source=N_("Stimmt nicht"), kind="link", halign="left", node_id=f"{path}!")
            link.bind(on_tap=lambda _link: doubt())
            self.add_widget(link)

    def _spoken(self) -> str:
        return ", ".join(part.text for part in (self.value, self.origin, self.own) if part.text)

    def show(self, answer: Answer) -> None:
        """Draw the value, and the citizen's own version if there is one."""
        self.value.text = self.field.format(answer.value, tr.language) or tr.t("keine Angabe")
        self.value.label = tr.t(self.field.label)
        self.origin.text, self.origin.color = tr.t("vom Ausweis"), theme.success
        own = self.field.format(answer.contested, tr.language) if answer.contested is not None else ""
        self.own.text = tr.t("Ihre Angabe dazu: {own}", own=own) if own else ""

"""One page of any procedure: the question, what helps to answer it, what is wrong with the answer.

Rules
  1. What is typed lives in the controls until "Weiter"; a new language or look leaves it alone.
  2. A refused page gets the error summary with the focus; the same words stand at the field.
  3. A value from the card is shown, not asked; while it is contested only that one field is.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from kivy.properties import ObjectProperty

from kiosk.procedures.journey import Step, journey
from kiosk.procedures.model import Condition, Field, Notice, Source
from kiosk.procedures.problems import problem_text
from kiosk.visit.model import Answering, AnswersGiven, Contested
from screens.questions import FromCard, Question
from screens.screen import Screen, load_layout
from screens.text import N_, tr
from screens.widgets.boxes import Complaint, ErrorSummary, NoticeBox, WhyBox
from screens.widgets.progress import ProgressLine
from screens.widgets.signs import SignLine
from screens.widgets.text import Strong

__all__ = ["AnsweringScreen", "ErrorSummary"]

load_layout(__file__)


class AnsweringScreen(Screen):
    """Draws any page; built anew for every step, updated in place while the step stays."""

    summary = ObjectProperty(None)
    questions = ObjectProperty(None)
    help_texts = (
        N_("Beantworten Sie die Frage auf dieser Seite, und tippen Sie dann auf „Weiter“."),
        N_("Mit „Zurück“ sehen Sie die Seite davor. Ihre Antworten bleiben erhalten."),
    )

    def __init__(self, send: Any, **kwargs: Any) -> None:
        super().__init__(send, **kwargs)
        self.state: Answering | None = None
        self.page_title = ""
        self.asked: list[Question] = []
        self.shown: list[FromCard] = []
        self.notices: list[tuple[Notice, NoticeBox]] = []
        self.progress = ProgressLine()
        self.round = Strong(role="text")
        self.take_card = SignLine(icon="card", bold=True, node_id="take-card")
        self.head.add_widget(self.take_card)
        self.head.add_widget(self.round, len(self.head.children))
        self.head.add_widget(self.progress, len(self.head.children))

    @classmethod
    def key(cls, state: Any) -> Hashable:
        return state.procedure.id, state.step_key, state.contesting

    def update(self, state: Answering) -> None:
        first = self.state is None
        complaints_before = self.state.problems if self.state is not None else {}
        self.state = state
        way = journey(state.procedure, state.answers, state.session.today)
        step = way.step(state.step_key)
        if step is None:
            return
        if first:
            self._build(step)
        self._tell(step, way.position(step.key))
        self._show_card_values()
        self._show_notices()
        self._complain(state.problems is not complaints_before)
        self.back = self.go_back()
        self.forward = None if step.page.stop else self.go_on(self._onward(), self._answers)

    def _onward(self) -> str:
        state = self.state
        return (
            N_("Änderung übernehmen") if state is not None and (state.returning or state.contesting) else N_("Weiter")
        )

    def _answers(self) -> AnswersGiven:
        texts = {question.path: question.text for question in self.asked}
        return AnswersGiven(self.state.step_key, texts)

    def first_focus(self) -> Any | None:
        if self.summary.complaints:
            return self.summary
        entrances = [question.entrance() for question in self.asked[:1]]
        return next((widget for widget in entrances if widget.role == "textbox" and not widget.text), None)

    # ---- once --------------------------------------------------------------------------------

    def _build(self, step: Step) -> None:
        state = self.state
        self.page_title = step.page.title
        for field in step.fields:
            path = step.path(field)
            if state.contesting:
                if path == state.contesting:
                    self._contest(field, path)
            elif self._is_from_card(field, path):
                self._show(field, path, doubtful=True)
            else:
                self._ask(field, path)
        for notice in step.page.notices if not state.contesting else ():
            box = NoticeBox(tone=notice.tone)
            box.say(notice.text)
            self.notices.append((notice, box))
        if step.page.why is not None:
            self.aside.add_widget(WhyBox(step.page.why))

    def _is_from_card(self, field: Field, path: str) -> bool:
        answer = self.state.answers.get(path)
        return answer is not None and answer.source is Source.CARD and bool(answer.value or not field.required)

    def _contest(self, field: Field, path: str) -> None:
        self._show(field, path, doubtful=False)
        self._ask(field, path)

    def _show(self, field: Field, path: str, *, doubtful: bool) -> None:
        box = FromCard(field, path, (lambda: self.send(Contested(path))) if doubtful else None)
        self.shown.append(box)
        self.questions.add_widget(box)

    def _ask(self, field: Field, path: str) -> None:
        state = self.state
        question = Question(field, path, title=self.page_title)
        known = state.answers.get(path)
        value = known.contested or "" if known and state.contesting else known.value if known else ""
        question.control.put(state.texts.get(path, value))
        question.control.bind(text=self._show_notices)
        self.asked.append(question)
        self.questions.add_widget(question)

    # ---- every time --------------------------------------------------------------------------

    def _tell(self, step: Step, position: tuple[int, int]) -> None:
        state, page = self.state, step.page
        place, total = position
        self.progress.what = tr.t(state.procedure.title)
        self.progress.place = "" if page.stop else tr.t("Seite {place} von {total}", place=place, total=total)
        self.progress.share = place / (total + 1)
        group = state.procedure.groups.get(page.group)
        self.round.text = tr.t(group.title, number=step.round) if group is not None else ""
        self.title = tr.t("Was ist richtig?") if state.contesting else tr.t(page.title)
        self.lead = tr.t(page.intro) if page.intro and not state.contesting else ""
        read_and_left = state.evidence is not None and state.session.card_present
        self.take_card.text = tr.t("Nehmen Sie Ihren Ausweis jetzt vom Leser.") if read_and_left else ""
        if state.contesting:
            self.lead = tr.t(
                "Die Angabe vom Ausweis bleibt stehen. Ihre Angabe kommt dazu, und die Stelle prüft beide."
            )

    def _show_card_values(self) -> None:
        for box in self.shown:
            box.show(self.state.answers[box.path])

    def _show_notices(self, *_: object) -> None:
        """Notices follow what is chosen on this very page."""
        for notice, box in self.notices:
            wanted = all(self._holds(condition) for condition in notice.show_if)
            if wanted and box.parent is None:
                self.body.add_widget(box)
            elif not wanted and box.parent is not None:
                self.body.remove_widget(box)

    def _holds(self, condition: Condition) -> bool:
        state = self.state
        prefix, _, _ = state.step_key.rpartition(".")
        typed = {question.path: question.text for question in self.asked}
        for path in (f"{prefix}.{condition.field}", condition.field) if prefix else (condition.field,):
            answer = state.answers.get(path)
            value = typed.get(path, answer.value if answer is not None else None)
            if value is not None:
                return value in condition.values or any(part in condition.values for part in value.split())
        return False

    def _complain(self, fresh: bool) -> None:
        problems = self.state.problems
        complaints = []
        for question in self.asked:
            problem = problems.get(question.path)
            sentence = problem_text(problem, tr.language) if problem is not None else ""
            question.complain(sentence)
            if problem is not None:
                label = tr.t(question.field.label)
                complaints.append(Complaint(f"{label}: {sentence}", question.go))
        self.summary.show(complaints)
        if complaints and fresh:
            self.area.offset = 0
            self.summary.call()

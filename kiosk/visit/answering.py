"""One page after the other. What a page asks and whether an answer can stand is the journey's business.

A refused page keeps its texts and shows every problem; an accepted one is forgotten as text and
stays as answers. What the card said stays; the citizen's own version stands beside it.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.procedures.journey import Journey, Refused, accept, contest, journey
from kiosk.procedures.model import Problem, Procedure, Source
from kiosk.visit.entering import (
    Form,
    ask_next,
    asking_until,
    before_first_page,
    form_of,
    fresh_request,
    open_page,
    review,
)
from kiosk.visit.model import Answering, AnswersGiven, BackWanted, Contested, Reviewing, Session
from kiosk.visit.step import Step, ignored


def give_answers(state: Answering, event: AnswersGiven) -> Step:
    if event.step_key != state.step_key or is_stop(state.procedure, state.step_key):
        return ignored(state)
    if state.contesting:
        return give_own_version(state, event)
    today = state.session.today
    verdict = accept(state.procedure, state.answers, state.step_key, event.texts, today)
    if isinstance(verdict, Refused):
        return Step(
            replace(
                state,
                deadline=asking_until(state.session),
                texts=dict(event.texts),
                problems=verdict.problems,
            )
        )
    form = Form(state.procedure, verdict.answers, state.evidence)
    if state.returning:
        return ask_next(state.session, form, verdict.journey, returning=True)
    return turn_page(state.session, form, verdict.journey, state.step_key)


def turn_page(session: Session, form: Form, found: Journey, key: str) -> Step:
    """The following page, unless something misses before it."""
    keys = [step.key for step in found.asked]
    place = keys.index(key) if key in keys else len(keys)
    if found.next is not None and found.next.key not in keys[place + 1 :]:
        return ask_next(session, form, found)
    if place + 1 < len(keys):
        return Step(open_page(session, form, found, keys[place + 1]))
    return ask_next(session, form, found)


def give_own_version(state: Answering, event: AnswersGiven) -> Step:
    """The citizen's version beside the card's; both are seen on the page, or on the review page one came from."""
    path = state.contesting
    verdict = contest(state.procedure, state.answers, path, event.texts.get(path, ""))
    deadline = asking_until(state.session)
    if isinstance(verdict, Problem):
        return Step(replace(state, deadline=deadline, texts=dict(event.texts), problems={path: verdict}))
    if state.returning:
        return ask_next(state.session, Form(state.procedure, verdict, state.evidence), returning=True)
    others = {other: text for other, text in event.texts.items() if other != path}
    return Step(replace(state, deadline=deadline, answers=verdict, texts=others, problems={}, contesting=""))


def doubt(state: Answering, event: Contested) -> Step:
    """ "That is wrong": only what this page took from the card can be contested."""
    answer = state.answers.get(event.path)
    if answer is None or answer.source is not Source.CARD or state.contesting == event.path:
        return ignored(state)
    step = journey(state.procedure, state.answers, state.session.today).step(state.step_key)
    if step is None or event.path not in {step.path(item) for item in step.fields}:
        return ignored(state)
    return Step(replace(state, deadline=asking_until(state.session), problems={}, contesting=event.path))


def doubt_from_review(state: Reviewing, event: Contested) -> Step:
    """The same from the review page; the answer to it leads back there."""
    session, form = fresh_request(state.session), form_of(state.application)
    found = journey(form.procedure, form.answers, session.today)
    for step in found.steps:
        if event.path in {step.path(item) for item in step.fields}:
            page = open_page(session, form, found, step.key, returning=True)
            doubted = doubt(page, event)
            return replace(doubted, state=state) if doubted.ignored else doubted
    return ignored(state)


def back(state: Answering, event: BackWanted) -> Step:
    if state.contesting and not state.returning:
        return Step(replace(state, deadline=asking_until(state.session), texts={}, problems={}, contesting=""))
    form = form_of(state)
    found = journey(form.procedure, form.answers, state.session.today)
    if state.returning and found.complete:
        return review(state.session, form)
    before = found.before(state.step_key)
    if before is None:
        return Step(before_first_page(state.session, form))
    return Step(open_page(state.session, form, found, before.key, returning=state.returning))


def is_stop(procedure: Procedure, key: str) -> bool:
    """Whether a step ends the journey: it has no "continue"."""
    page_id = key.rpartition(".")[2]
    return any(page.stop and page.id == page_id for page in procedure.pages)

"""From the review page to the one commit point.

Rules
  1. The application is made ready behind the review page, anew each time the page is entered:
     a draft never belongs to answers that were changed since.
  2. The binding tap counts once. If the draft is not ready yet the tap is remembered.
  3. Saving is left by the store's answer alone. Failed means: nothing was sent.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.application import Draft, Receipt
from kiosk.procedures.journey import journey
from kiosk.procedures.summary import fee_cents
from kiosk.visit.answering import is_stop
from kiosk.visit.entering import (
    asking_until,
    device_until,
    form_of,
    fresh_request,
    inform,
    open_page,
    prepare,
    review,
)
from kiosk.visit.model import (
    ApplicationPrepared,
    BackWanted,
    ChangeWanted,
    Consenting,
    LanguageChosen,
    PreparationFailed,
    Printing,
    PrintReceipt,
    ReviewAccepted,
    Reviewing,
    SaveApplication,
    Saved,
    SaveFailed,
    Saving,
    Session,
    SubmissionConfirmed,
)
from kiosk.visit.step import Step, ignored


def change(state: Reviewing, event: ChangeWanted) -> Step:
    form = form_of(state.application)
    found = journey(form.procedure, form.answers, state.session.today)
    if found.step(event.step_key) is None or is_stop(form.procedure, event.step_key):
        return ignored(state)
    return Step(open_page(fresh_request(state.session), form, found, event.step_key, returning=True))


def back_from_review(state: Reviewing, event: BackWanted) -> Step:
    session = fresh_request(state.session)
    form = form_of(state.application)
    found = journey(form.procedure, form.answers, session.today)
    if not found.asked:  # the card answered everything
        return Step(inform(session, form))
    return Step(open_page(session, form, found, found.asked[-1].key, returning=True))


def accept_review(state: Reviewing, event: ReviewAccepted) -> Step:
    """On to the binding tap; a preparation that failed is tried again on the way."""
    session = state.session
    consenting = Consenting(session, asking_until(session), state.application, state.draft)
    return prepared_again(consenting) if state.problem and state.draft is None else Step(consenting)


def back_to_review(state: Consenting, event: BackWanted) -> Step:
    return review(state.session, form_of(state.application))


def prepared(state: Reviewing | Consenting, event: ApplicationPrepared) -> Step:
    if isinstance(state, Consenting) and state.waiting:
        return save(state, event.draft, share_references=state.share_references)
    return Step(replace(state, draft=event.draft, problem=""))


def preparation_failed(state: Reviewing | Consenting, event: PreparationFailed) -> Step:
    failed = replace(state, problem=event.code)
    return Step(replace(failed, waiting=False) if isinstance(failed, Consenting) else failed)


def confirm(state: Consenting, event: SubmissionConfirmed) -> Step:
    """The binding tap."""
    if state.waiting:
        return ignored(state)
    if state.draft is not None:
        return save(state, state.draft, share_references=event.share_references)
    remembered = replace(
        state,
        deadline=asking_until(state.session),
        waiting=True,
        share_references=event.share_references,
    )
    return prepared_again(remembered) if state.problem else Step(remembered)


def prepared_again(state: Consenting) -> Step:
    """The same page with a new request for the draft."""
    session = fresh_request(state.session)
    asked = replace(state, session=session, draft=None, problem="")
    return Step(asked, (prepare(session, state.application),))


def speak(state: Reviewing | Consenting, event: LanguageChosen) -> Step:
    """Another language: the application carries it, so it is made ready anew."""
    if event.language not in state.session.offer.languages or event.language == state.session.language:
        return ignored(state)
    session = fresh_request(replace(state.session, language=event.language))
    application = replace(state.application, language=event.language)
    changed = replace(
        state, session=session, deadline=asking_until(session), application=application, draft=None, problem=""
    )
    return Step(changed, (prepare(session, application),))


def save(state: Consenting, draft: Draft, *, share_references: bool) -> Step:
    """The one commit point is asked for."""
    session = fresh_request(state.session)
    saving = Saving(session, device_until(session), state.application, draft, share_references)
    question = SaveApplication(session.visit_id, session.request, state.application, draft, share_references)
    return Step(saving, (question,))


def save_failed(state: Saving, event: SaveFailed) -> Step:
    """Nothing was sent; the same draft can be saved again."""
    session = state.session
    again = Consenting(session, asking_until(session), state.application, state.draft, problem=event.code)
    return Step(replace(again, share_references=state.share_references))


def saved(state: Saving, event: Saved) -> Step:
    """Nothing can be lost from here on; answers are let go, paper is next."""
    receipt = write_receipt(state.session, state, event)
    session = fresh_request(state.session)
    question = PrintReceipt(session.visit_id, session.request, receipt)
    return Step(Printing(session, device_until(session), receipt), (question,))


def write_receipt(session: Session, state: Saving, event: Saved) -> Receipt:
    """The code for the citizen, one reference per department, and what it costs."""
    procedure, references = state.application.procedure, state.draft.references
    return Receipt(
        code=state.draft.code,
        references=tuple((d.department, references[d.id]) for d in procedure.destinations if d.id in references),
        procedure=procedure,
        saved_at=event.saved_at,
        language=session.language,
        fee_cents=fee_cents(procedure, state.application.answers),
    )

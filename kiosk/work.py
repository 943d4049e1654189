"""What a terminal has, and every effect as a call into it.

A call returns the event that answers; a known error becomes the failure event with its code.
Which thread it runs on, and how long it may take, is the crew's business (workers.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from kiosk.application import OutOfServiceReason, PrintOutcome
from kiosk.errors import CardError, KioskError
from kiosk.ports import (
    ApplicationStore,
    CardPlace,
    Clock,
    CodeScanner,
    IdentityReader,
    OnlineIdentity,
    Preparer,
    ReadRequest,
    ReceiptDesk,
    StaffRoster,
    StatusDesk,
)
from kiosk.visit.model import (
    AnswerOnline,
    ApplicationPrepared,
    CardFailed,
    CardProgressed,
    CardRead,
    CardSeen,
    ConfirmStaff,
    Effect,
    Event,
    IdentifyOnline,
    LookAtCard,
    LookUpStatus,
    OnlineAsked,
    PreparationFailed,
    PrepareApplication,
    PrintReceipt,
    ReadCard,
    ReceiptHandled,
    SaveApplication,
    Saved,
    SaveFailed,
    ServiceChanged,
    StaffConfirmed,
    StaffRefused,
    StatusFailed,
    StatusFound,
)
from kiosk.workers import Work

Say = Callable[[Event], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What this terminal has. What it lacks is None, and says so when it is asked for."""

    cards: CardPlace | None
    reader: IdentityReader | None
    online: OnlineIdentity | None
    roster: StaffRoster | None
    preparer: Preparer
    store: ApplicationStore
    receipts: ReceiptDesk | None
    status: StatusDesk
    scanner: CodeScanner | None
    clock: Clock


def work_for(effect: Effect, ports: Ports, say: Say) -> Work:
    """The call an effect asks for. `say` takes events from any thread."""
    match effect:
        case ConfirmStaff():
            return _confirm_staff(effect, ports.roster)
        case LookAtCard():
            return _look_at_card(effect, ports.reader)
        case ReadCard():
            return _read_card(effect, ports.reader, say)
        case IdentifyOnline():
            return _identify_online(effect, ports.online, say)
        case AnswerOnline():
            return _answer_online(effect, ports.online)
        case PrepareApplication():
            return _prepare(effect, ports.preparer)
        case SaveApplication():
            return _save(effect, ports.store)
        case PrintReceipt():
            return _print(effect, ports.receipts)
        case LookUpStatus():
            return _look_up(effect, ports.status)
        case _:
            assert_never(effect)


def ask_readiness(store: ApplicationStore) -> Work:
    """Whether a visit may start."""
    return Work(
        port="store",
        call=lambda: ServiceChanged(store.readiness()),
        failed=lambda error: ServiceChanged(_REASONS.get(error.code, OutOfServiceReason.FAULT)),
        overdue="VISIT-01",
        absent="VISIT-01",
        unforeseen="VISIT-01",
    )


def listen(port: str, call: Callable[[], None]) -> Work:
    """A call after which a device speaks on its own; if it cannot, the log says so and the terminal goes on."""
    return Work(port=port, call=call, failed=lambda error: None, absent="CARD-01", unforeseen="CARD-01")


_REASONS = {
    "OUTBOX-01": OutOfServiceReason.OUTBOX_FULL,
    "OUTBOX-02": OutOfServiceReason.OUTBOX_DAMAGED,
    "OUTBOX-03": OutOfServiceReason.OUTBOX_FULL,
    "DELIV-05": OutOfServiceReason.NO_DESTINATION_KEYS,
}

# What a print outcome means to the citizen when the desk names no error.
_PRINT_CODES = {PrintOutcome.NOT_PRINTED: "PRINT-01", PrintOutcome.UNKNOWN: "PRINT-04"}


def _confirm_staff(effect: ConfirmStaff, roster: StaffRoster | None) -> Work:
    visit_id, request, staff_id, code = effect.visit_id, effect.request, effect.staff_id, effect.code
    return Work(
        port="roster",
        call=None if roster is None else lambda: StaffConfirmed(visit_id, request, roster.confirm(staff_id, code)),
        failed=lambda error: StaffRefused(visit_id, request, error.code),
        visit_id=visit_id,
        request=request,
        absent="STAFF-01",
        overdue="STAFF-01",
    )


def _look_at_card(effect: LookAtCard, reader: IdentityReader | None) -> Work:
    visit_id, request = effect.visit_id, effect.request
    return Work(
        port="reader",
        call=None if reader is None else lambda: CardSeen(visit_id, request, reader.look()),
        failed=lambda error: CardFailed(visit_id, request, error.code),
        visit_id=visit_id,
        request=request,
        absent="CARD-01",
        overdue="CARD-06",
    )


def _read_card(effect: ReadCard, reader: IdentityReader | None, say: Say) -> Work:
    visit_id, request = effect.visit_id, effect.request
    wanted = ReadRequest(effect.way, effect.key, effect.attributes)

    def failed(error: KioskError) -> Event:
        tries_left = error.tries_left if isinstance(error, CardError) else None
        return CardFailed(visit_id, request, error.code, tries_left)

    def read(device: IdentityReader) -> Event:
        identity = device.read(wanted, lambda phase: say(CardProgressed(visit_id, request, phase)))
        return CardRead(visit_id, request, identity)

    return Work(
        port="reader",
        call=None if reader is None else lambda: read(reader),
        failed=failed,
        visit_id=visit_id,
        request=request,
        absent="CARD-01",
        overdue="CARD-06",
    )


def _identify_online(effect: IdentifyOnline, online: OnlineIdentity | None, say: Say) -> Work:
    """No deadline: a person types; the visit's own patience ends it."""
    visit_id, request = effect.visit_id, effect.request

    def identify(way: OnlineIdentity) -> Event:
        identity = way.identify(
            effect.attributes,
            lambda question: say(OnlineAsked(visit_id, request, question)),
            lambda phase: say(CardProgressed(visit_id, request, phase)),
        )
        return CardRead(visit_id, request, identity)

    return Work(
        port="online",
        call=None if online is None else lambda: identify(online),
        failed=lambda error: CardFailed(
            visit_id, request, error.code, error.tries_left if isinstance(error, CardError) else None
        ),
        visit_id=visit_id,
        request=request,
        absent="CARD-24",
        abandon=None if online is None else online.abandon,
    )


def _answer_online(effect: AnswerOnline, online: OnlineIdentity | None) -> Work:
    """On a thread of its own: the way itself is waiting on the other."""
    answer = effect.answer
    return Work(
        port="online-answer",
        call=None if online is None else lambda: online.answer(answer),
        failed=lambda error: None,
        visit_id=effect.visit_id,
        request=effect.request,
    )


def _prepare(effect: PrepareApplication, preparer: Preparer) -> Work:
    visit_id, request, application = effect.visit_id, effect.request, effect.application
    return Work(
        port="preparer",
        call=lambda: ApplicationPrepared(visit_id, request, preparer.prepare(application)),
        failed=lambda error: PreparationFailed(visit_id, request, error.code),
        visit_id=visit_id,
        request=request,
        absent="DOC-01",
        overdue="DOC-01",
    )


def _save(effect: SaveApplication, store: ApplicationStore) -> Work:
    """No deadline: whether it was stored is the store's to say, nobody else's to guess."""
    visit_id, request = effect.visit_id, effect.request
    application, draft, share = effect.application, effect.draft, effect.share_references
    return Work(
        port="store",
        call=lambda: Saved(visit_id, request, store.save(application, draft, share_references=share)),
        failed=lambda error: SaveFailed(visit_id, request, error.code),
        visit_id=visit_id,
        request=request,
        absent="OUTBOX-01",
    )


def _print(effect: PrintReceipt, receipts: ReceiptDesk | None) -> Work:
    """No deadline here: the visit has one, and takes a late answer. Whatever breaks, the code stays on the screen."""
    visit_id, request, receipt = effect.visit_id, effect.request, effect.receipt

    def hand_out(desk: ReceiptDesk) -> Event:
        outcome = desk.hand_out(receipt)
        return ReceiptHandled(visit_id, request, outcome, _PRINT_CODES.get(outcome, ""))

    def failed(error: KioskError) -> Event:
        outcome = PrintOutcome.UNKNOWN if error.code == "PRINT-04" else PrintOutcome.NOT_PRINTED
        return ReceiptHandled(visit_id, request, outcome, error.code)

    return Work(
        port="receipts",
        call=None if receipts is None else lambda: hand_out(receipts),
        failed=failed,
        visit_id=visit_id,
        request=request,
        absent="PRINT-01",
        unforeseen="PRINT-04",
    )


def _look_up(effect: LookUpStatus, status: StatusDesk) -> Work:
    visit_id, request, code = effect.visit_id, effect.request, effect.code
    return Work(
        port="status",
        call=lambda: StatusFound(visit_id, request, status.look_up(code)),
        failed=lambda error: StatusFailed(visit_id, request, error.code),
        visit_id=visit_id,
        request=request,
        absent="STATUS-01",
        overdue="STATUS-01",
    )

"""A terminal that anything may happen to: plausible events for every state, in any order."""

from __future__ import annotations

import typing
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from kiosk.application import Application, Draft, OutOfServiceReason, PrintOutcome, Receipt
from kiosk.identity import (
    Assurance,
    Attribute,
    Authenticity,
    CardKind,
    IdentityData,
    MrzKey,
    ReadPhase,
    Secret,
    StaffConfirmation,
    Way,
)
from kiosk.online import EnterCan, EnterPin, InsertCard, OnlineAnswer, ShowCertificate
from kiosk.procedures.fields import (
    Address,
    ChipNumber,
    Choice,
    Choices,
    Confirm,
    Date,
    Email,
    Iban,
    Name,
    Number,
    Phone,
    Plate,
    YesNo,
)
from kiosk.procedures.journey import journey
from kiosk.procedures.loader import load_all
from kiosk.procedures.model import Answer, Destination, Field, Page, Procedure
from kiosk.visit import model
from kiosk.visit.machine import TABLE, Step, advance, first_state
from kiosk.visit.model import Answering, Effect, Event, Interrupted, Offer, Patience, Reviewing, State

NOON = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)
SECRETS = ("500540", "981274")
SHOWN = ShowCertificate("Stadt Musterstadt", "Probe CA", "Ausweisen am Terminal", date(2027, 1, 1), ("GivenNames",))
PRINTED = MrzKey("X00T47114", "1984-01-26", date(2033, 5, 31))
PERSON = IdentityData(
    attributes={
        Attribute.GIVEN_NAMES: "Mira Jadwiga",
        Attribute.FAMILY_NAMES: "Nowak-Beispiel",
        Attribute.BIRTH_NAME: "",
        Attribute.DOCTORAL_DEGREE: "",
        Attribute.DATE_OF_BIRTH: "1984",
        Attribute.PLACE_OF_BIRTH: "Musterstadt",
        Attribute.STREET: "",
        Attribute.POSTCODE: "03046",
        Attribute.CITY: "Cottbus",
    },
    way=Way.ON_SITE,
    assurance=Assurance.SUBSTANTIAL,
    authenticity=Authenticity.VERIFIED,
    read_at=NOON,
)
DRAFT = Draft(
    application_id=UUID("6f2c1e9a-0000-4000-8000-000000000001"),
    code="7K4M9-PWD3T-XHWQ",
    references={"dog-tax": "C2-7K4M-9PW", "defects": "C2-3HXA-T4C"},
    forms={},
)

# The card answers all of it.
NAME_ONLY = Procedure(
    id="name-only",
    version="1.0",
    digest="0" * 64,
    title="Name",
    summary="Nur der Name",
    icon="person",
    service_id="urn:rathaus-kiosk:procedure:name-only",
    leika_key="",
    card=True,
    notice="Mustertext",
    pages=(Page("name", "Wie heißen Sie?", "Sie", (Name(id="family_names", label="Name", prefill="family_names"),)),),
    destinations=(Destination("register", "Amt", "liest den Namen", ("family_names",)),),
)

Pick = Callable[[Sequence[typing.Any]], typing.Any]


TEXTS: dict[type[Field], tuple[str, ...]] = {
    YesNo: ("yes", "no"),
    Confirm: ("yes",),
    Date: ("15.11.2026", "01.12.2026", "24.11.1980"),
    Address: ("Beispielweg 17\n03046\nCottbus",),
    ChipNumber: ("276098102345678", "276098102345679", ""),
    Iban: ("DE02120300000000202051",),
    Number: ("1",),
    Plate: ("CB-AB 123",),
    Phone: ("",),
    Email: ("",),
}


def text_for(field: Field, pick: Pick) -> str:
    """A text this field accepts, most of the time."""
    if isinstance(field, Choice | Choices):
        return pick([option.id for option in field.options])
    return pick(TEXTS.get(type(field), ("Ein Text, der lang genug ist", "Ein Text, der lang genug ist", "")))


class Terminal:
    """Plays events against the machine. `pick` decides whatever is left open."""

    def __init__(self, offer: Offer, pick: Pick) -> None:
        self.pick = pick
        self.now = 1000.0
        self.state: State = first_state(offer, self.now, TODAY)
        self.asked: list[Effect] = []
        self.seen: set[tuple[type, type, type]] = set()

    def take(self, event: Event) -> Step:
        """One event; the declared targets of its rule are checked on the way."""
        before = self.state
        step = advance(before, event)
        if type(step.state) is not type(before):
            assert type(step.state) in TABLE[type(before), type(event)].targets, (before, event, step.state)
            self.seen.add((type(before), type(event), type(step.state)))
        self.state = step.state
        self.asked.extend(step.effects)
        return step

    def would(self, event: Event) -> None:
        """What an event would lead to, without going there."""
        here = self.state, list(self.asked)
        self.take(event)
        self.state, self.asked = here

    # ---- what may happen ----------------------------------------------------------------------

    def fitting_touch(self) -> Event:
        """What somebody would do who looks at the screen."""
        front = self.state.previous if isinstance(self.state, Interrupted) else self.state
        match front:
            case Answering():
                return self.pick([self.page_filled(front), self.page_filled(front), model.BackWanted()])
            case Reviewing():
                keys = [step.key for step in journey(*_form(front), TODAY).steps]
                change, doubt = model.ChangeWanted(self.pick(keys)), model.Contested("family_names")
                return self.pick([model.ReviewAccepted(), model.BackWanted(), change, doubt])
            case model.Idle() | model.Choosing():
                chosen = model.ProcedureChosen(self.pick([*self.state.session.offer.procedures]))
                return self.pick([chosen, chosen, chosen, self.any_touch(), model.StatusWanted()])
            case model.IdentifyingOnline():
                given = model.OnlineAnswered(OnlineAnswer(self.pick([None, Secret(SECRETS[0])])))
                return self.pick([given, given, given, model.BackWanted(), model.WayChosen(None)])
            case model.Identifying() | model.Confirming():
                way = model.WayChosen(self.pick([None, Way.ON_SITE, Way.ON_SITE, Way.TRAVEL_DOCUMENT, Way.ONLINE]))
                staff = model.StaffCodeEntered("17", Secret(SECRETS[1]))
                secret = staff, model.CanEntered(Secret(SECRETS[0])), model.MrzEntered(PRINTED)
                return self.pick([way, *secret, *secret, model.BackWanted()])
            case _:
                return self.pick([model.NoticeAgreed(), model.SubmissionConfirmed(), self.any_touch()])

    def page_filled(self, state: Answering) -> Event:
        page = journey(state.procedure, state.answers, TODAY).step(state.step_key)
        shown = page.fields if page else ()
        texts = {page.path(field): text_for(field, self.pick) for field in shown if page}
        return model.AnswersGiven(state.step_key, texts)

    def any_touch(self) -> Event:
        """Any touch at all, fitting or not."""
        return self.pick(
            [
                model.Touched(),
                model.LanguageChosen(self.pick(["de", "en", "xx"])),
                model.LookChosen(model.Look(large=self.pick([True, False]))),
                model.ProcedureChosen(self.pick([*self.state.session.offer.procedures, "no-such-thing"])),
                model.NoticeAgreed(),
                model.NoticeAgreed(),
                model.WayChosen(self.pick([None, Way.ON_SITE, Way.ON_SITE, Way.ONLINE])),
                model.StaffCodeEntered("17", Secret(SECRETS[1])),
                model.CanEntered(Secret(SECRETS[0])),
                model.MrzEntered(PRINTED),
                model.OnlineAnswered(OnlineAnswer(Secret(SECRETS[0]))),
                model.AnswersGiven(self.pick(["applicant", "no-such-page"]), {"applicant_is": "keeper"}),
                model.BackWanted(),
                model.ChangeWanted(self.pick(["name", "no-such-page"])),
                model.Contested(self.pick(["family_names", "no_such_field"])),
                model.ReviewAccepted(),
                model.SubmissionConfirmed(self.pick([True, False])),
                model.ReprintWanted(),
                model.StatusWanted(),
                model.CodeEntered("7K4M9-PWD3T-XHWQ"),
                model.MoreTimeWanted(),
                model.AnotherWanted(),
                model.Ended(),
            ]
        )

    def device(self) -> Event:
        """What devices say on their own."""
        return self.pick(
            [
                model.CardInserted(),
                model.CardRemoved(),
                model.ServiceChanged(self.pick([None, None, OutOfServiceReason.OUTBOX_FULL])),
                model.VisitFailed(self.pick([None, OutOfServiceReason.FAULT])),
            ]
        )

    def time(self) -> Event:
        self.now += self.pick([0.5, 0.5, 10.0, 50.0, 100.0])
        return model.Tick(self.now, self.pick([TODAY, TODAY, date(2031, 1, 1), date(1999, 1, 1)]))

    def card_answer(self, effect: Effect) -> tuple[Event, Event]:
        """A good and a bad answer of whatever reads cards."""
        names = effect.visit_id, effect.request
        if isinstance(effect, model.LookAtCard):
            bad = model.CardFailed(*names, self.pick(["CARD-01", "CARD-02", "CARD-04", "CARD-21"]))
            return model.CardSeen(*names, self.pick(list(CardKind))), bad
        read, progressed = model.CardRead(*names, PERSON), model.CardProgressed(*names, ReadPhase.READING)
        if isinstance(effect, model.IdentifyOnline):
            asked = model.OnlineAsked(*names, self.pick([SHOWN, EnterPin(3), EnterPin(2), EnterCan(), InsertCard()]))
            return self.pick([asked, asked, progressed, read]), model.CardFailed(
                *names, self.pick(["CARD-18", "CARD-26"])
            )
        codes = ["CARD-01", "CARD-02", "CARD-03", "CARD-05", "CARD-28"]
        return self.pick([read, progressed]), model.CardFailed(*names, self.pick(codes))

    def answer(self) -> Event | None:
        """An answer to something asked: mostly the newest question, perhaps an old one again."""
        if not self.asked:
            return None
        effect = self.pick([self.asked[-1], self.asked[-1], self.pick(self.asked[-5:])])
        names = effect.visit_id, effect.request
        match effect:
            case model.ConfirmStaff():
                good: Event = model.StaffConfirmed(*names, StaffConfirmation("17", NOON))
                bad: Event = model.StaffRefused(*names, "STAFF-01")
            case model.LookAtCard() | model.ReadCard() | model.IdentifyOnline():
                good, bad = self.card_answer(effect)
            case model.AnswerOnline():
                return None
            case model.PrepareApplication():
                good, bad = model.ApplicationPrepared(*names, DRAFT), model.PreparationFailed(*names, "DOC-01")
            case model.SaveApplication():
                good, bad = model.Saved(*names, NOON), model.SaveFailed(*names, "OUTBOX-01")
            case model.PrintReceipt():
                good = model.ReceiptHandled(*names, PrintOutcome.PRINTED)
                bad = model.ReceiptHandled(*names, PrintOutcome.NOT_PRINTED, "PRINT-02")
            case model.LookUpStatus():
                good, bad = model.StatusFound(*names, ()), model.StatusFailed(*names, "STATUS-01")
        return self.pick([good, good, bad])


def _form(state: Reviewing) -> tuple[typing.Any, typing.Any]:
    return state.application.procedure, state.application.answers


def personal_things_in(root: object) -> list[object]:
    """Everything personal that can be reached from an object, field by field."""
    personal = (Answer, Application, Draft, Receipt, IdentityData, StaffConfirmation, Secret)
    found, seen, todo = [], set(), [root]
    while todo:
        thing = todo.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, personal):
            found.append(thing)
        if is_dataclass(thing) and not isinstance(thing, type):
            todo.extend(getattr(thing, item.name) for item in fields(thing))
        elif isinstance(thing, dict):
            todo.extend([*thing.keys(), *thing.values()])
        elif isinstance(thing, (list, tuple, set, frozenset)):
            todo.extend(thing)
    return found


@pytest.fixture(scope="session")
def offer():
    return Offer(
        procedures={**load_all(), NAME_ONLY.id: NAME_ONLY},
        languages=("de", "en"),
        ways=frozenset(Way),
        town="Cottbus",
        town_dsb="Chóśebuz",
        status_page_url="http://127.0.0.1:8000/status",
        patience=Patience(),
    )


@pytest.fixture
def terminal(offer):
    """Makes a terminal; whoever asks says how the open decisions are taken."""
    return lambda pick: Terminal(offer, pick)


@pytest.fixture
def personal():
    return personal_things_in

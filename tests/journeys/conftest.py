"""A visit as a story: what the citizen does, what devices say, what is shown.

The fixture plays events against the machine on a clock of its own and remembers everything that ever
was, so that a story can also say what must never have been.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from types import MappingProxyType
from uuid import UUID

import pytest

from kiosk.application import Draft, PrintOutcome
from kiosk.identity import (
    Assurance,
    Attribute,
    Authenticity,
    IdentityData,
    Secret,
    StaffConfirmation,
    Way,
)
from kiosk.procedures.loader import load_all
from kiosk.visit.machine import advance, first_state
from kiosk.visit.model import (
    Answering,
    AnswersGiven,
    ApplicationPrepared,
    CanEntered,
    CardInserted,
    CardRead,
    Effect,
    Event,
    LanguageChosen,
    NoticeAgreed,
    Offer,
    ProcedureChosen,
    ReceiptHandled,
    ReviewAccepted,
    Saved,
    StaffCodeEntered,
    StaffConfirmed,
    State,
    SubmissionConfirmed,
    Tick,
    WayChosen,
)

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
CONFIRMATION = StaffConfirmation("17", NOON)
DRAFT = Draft(
    application_id=UUID("6f2c1e9a-0000-4000-8000-000000000001"),
    code="7K4M9-PWD3T-XHWQ",
    references=MappingProxyType({"dog-tax": "C2-7K4M-9PW", "dog-register": "C2-3HXA-T4C"}),
    forms=MappingProxyType({"dog-tax": b"%PDF", "dog-register": b"%PDF"}),
)
PERSON = IdentityData(
    attributes=MappingProxyType(
        {
            Attribute.GIVEN_NAMES: "Mira Jadwiga",
            Attribute.FAMILY_NAMES: "Nowak-Beispiel",
            Attribute.BIRTH_NAME: "",
            Attribute.DOCTORAL_DEGREE: "",
            Attribute.DATE_OF_BIRTH: "1984-08-12",
            Attribute.PLACE_OF_BIRTH: "Musterstadt",
            Attribute.STREET: "Beispielweg 17",
            Attribute.POSTCODE: "03046",
            Attribute.CITY: "Cottbus",
        }
    ),
    way=Way.ON_SITE,
    assurance=Assurance.SUBSTANTIAL,
    authenticity=Authenticity.VERIFIED,
    read_at=NOON,
)


class Story:
    """One terminal, from the moment it was switched on."""

    def __init__(self, offer: Offer) -> None:
        self.now = 1000.0
        self.today = TODAY
        self.state: State = first_state(offer, self.now, self.today)
        self.effects: tuple[Effect, ...] = ()
        self.ignored = False
        self.asked: list[Effect] = []
        self.everything_so_far: list[object] = [self.state]

    def does(self, *events: Event) -> None:
        """Touches, in order."""
        for event in events:
            self._take(event)

    def device_says(self, event: type | Event, **what: object) -> None:
        """An answer to the newest question, or something a device says on its own."""
        if isinstance(event, type):
            newest = self.asked[-1]
            event = event(visit_id=newest.visit_id, request=newest.request, **what)
        self._take(event)

    def waits(self, seconds: float) -> None:
        """The clock goes on in ticks of half a second, as the runtime's does."""
        until = self.now + seconds
        while self.now < until:
            self.now = min(self.now + 0.5, until)
            self._take(Tick(self.now, self.today))

    def asks_for(self, effect: type) -> bool:
        return any(isinstance(wanted, effect) for wanted in self.effects)

    def shows(self, state: type, **what: object) -> bool:
        return isinstance(self.state, state) and all(getattr(self.state, name) == value for name, value in what.items())

    def answers(self, step_key: str, **texts: str) -> None:
        """ "Continue" on one page; fields by id. Inside a group the round's prefix is put in front."""
        assert self.shows(Answering, step_key=step_key), self.state
        prefix = step_key.rpartition(".")[0]
        paths = {f"{prefix}.{name}" if prefix else name: text for name, text in texts.items()}
        self.does(AnswersGiven(step_key, paths))

    def _take(self, event: Event) -> None:
        step = advance(self.state, event)
        self.state, self.effects, self.ignored = step.state, step.effects, step.ignored
        self.asked.extend(step.effects)
        self.everything_so_far.extend([event, step.state, *step.effects])

    # ---- chapters -----------------------------------------------------------------------------

    def up_to_the_can(self) -> None:
        """The procedure with a card, to the page of the CAN."""
        self.does(LanguageChosen("de"), ProcedureChosen("hund-anmelden"), NoticeAgreed())
        self.up_to_the_can_from_the_way()

    def up_to_the_can_from_the_way(self) -> None:
        """Staff confirm, the card is laid down."""
        self.does(WayChosen(Way.ON_SITE))
        self.does(StaffCodeEntered("17", Secret("123456")))
        self.device_says(StaffConfirmed, confirmation=CONFIRMATION)
        self.device_says(CardInserted())

    def with_card(self) -> None:
        """The card was read; the first page the card could not answer."""
        self.up_to_the_can()
        self.does(CanEntered(Secret("500540")))
        self.device_says(CardRead, identity=PERSON)

    def without_card(self, procedure_id: str = "hund-anmelden") -> None:
        """The first page, everything by hand."""
        self.does(ProcedureChosen(procedure_id), NoticeAgreed(), WayChosen(None))

    def answers_about_the_dog(self, number: int = 1, more: str = "no", chip: str = "276098102345678") -> None:
        key = f"dogs.{number}."
        self.answers(key + "dog-name", dog_name="Bello", sex="male")
        self.answers(key + "dog-breed", breed="Labrador", second_breed="", colour="schwarz")
        self.answers(key + "dog-birth", dog_birth_date="03.2026", chip_number=chip)
        self.answers(key + "dog-origin", acquired_on="15.11.2026", origin="shelter")
        self.answers(key + "dog-shelter", shelter_proof="bring")
        self.answers(key + "dog-danger", dangerous="no", replaces_dog="no")
        self.answers(key + "more", more=more)

    def up_to_the_review(self) -> None:
        """The whole form with a card and one dog."""
        self.with_card()
        self.answers("applicant", applicant_is="keeper")
        self.answers("contact", phone="", email="")
        self.answers_about_the_dog()
        self.answers("tax", household_dog_count="1", relief="", sepa="no")

    def up_to_the_tap(self) -> None:
        """Reviewed; the draft is ready; the page of the binding tap."""
        self.up_to_the_review()
        self.device_says(ApplicationPrepared, draft=DRAFT)
        self.does(ReviewAccepted())

    def up_to_the_end(self) -> None:
        """Sent and printed; the last screen."""
        self.up_to_the_tap()
        self.does(SubmissionConfirmed())
        self.device_says(Saved, saved_at=NOON)
        self.device_says(ReceiptHandled, outcome=PrintOutcome.PRINTED)


@pytest.fixture(scope="session")
def procedures():
    return load_all()


@pytest.fixture
def offer(procedures):
    return Offer(
        procedures=procedures,
        languages=("de", "en"),
        ways=frozenset({Way.ON_SITE}),
        town="Cottbus",
        town_dsb="Chóśebuz",
        status_page_url="http://127.0.0.1:8000/status",
    )


@pytest.fixture
def visit(offer):
    return Story(offer)


@pytest.fixture
def visit_without_reader(offer):
    """A terminal that offers no way of identification."""
    return Story(replace(offer, ways=frozenset()))


@pytest.fixture
def person():
    return PERSON


@pytest.fixture
def confirmation():
    return CONFIRMATION


@pytest.fixture
def draft():
    return DRAFT


@pytest.fixture
def noon():
    return NOON

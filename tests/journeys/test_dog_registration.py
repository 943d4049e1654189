"""hund-anmelden, from the first touch to the empty start screen."""

from __future__ import annotations

from kiosk.application import PrintOutcome
from kiosk.identity import Secret, Way
from kiosk.procedures.model import Source
from kiosk.visit.model import (
    Answering,
    AnswersGiven,
    ApplicationPrepared,
    BackWanted,
    CanEntered,
    CardInserted,
    CardRead,
    CardRemoved,
    ChangeWanted,
    Confirming,
    ConfirmStaff,
    Consenting,
    Contested,
    Ended,
    Finished,
    Identifying,
    IdentifyingPhase,
    Idle,
    Informing,
    LanguageChosen,
    NoticeAgreed,
    PrepareApplication,
    Printing,
    PrintReceipt,
    ProcedureChosen,
    ReadCard,
    ReceiptHandled,
    ReviewAccepted,
    Reviewing,
    SaveApplication,
    Saved,
    Saving,
    StaffCodeEntered,
    StaffConfirmed,
    SubmissionConfirmed,
    TakeCard,
    WayChosen,
)

CAN = "500540"
STAFF_CODE = "981274"


def test_one_dog_with_a_card_and_staff(visit, person, confirmation, draft, noon):
    visit.does(LanguageChosen("de"), ProcedureChosen("hund-anmelden"))
    assert visit.shows(Informing)

    visit.does(NoticeAgreed(), WayChosen(Way.ON_SITE))
    assert visit.shows(Confirming, waiting=False)

    visit.does(StaffCodeEntered("17", Secret(STAFF_CODE)))
    assert visit.shows(Confirming, waiting=True)
    assert visit.asks_for(ConfirmStaff)

    visit.device_says(StaffConfirmed, confirmation=confirmation)
    assert visit.shows(Identifying, phase=IdentifyingPhase.INSERT)

    visit.device_says(CardInserted())
    assert visit.shows(Identifying, phase=IdentifyingPhase.CAN)

    visit.does(CanEntered(Secret(CAN)))
    assert visit.shows(Identifying, phase=IdentifyingPhase.READING)
    assert visit.asks_for(ReadCard)

    visit.device_says(CardRead, identity=person)
    assert visit.shows(Answering, step_key="applicant")
    assert visit.state.evidence.confirmation == confirmation
    assert visit.state.answers["family_names"].source is Source.CARD

    visit.answers("applicant", applicant_is="keeper")
    visit.answers("contact", phone="", email="")
    visit.answers_about_the_dog()
    visit.answers("tax", household_dog_count="1", relief="", sepa="no")
    assert visit.shows(Reviewing, draft=None)
    assert visit.asks_for(PrepareApplication)

    visit.device_says(ApplicationPrepared, draft=draft)
    visit.does(ReviewAccepted())
    assert visit.shows(Consenting, draft=draft)

    visit.does(SubmissionConfirmed(share_references=True))
    assert visit.shows(Saving)
    assert visit.asks_for(SaveApplication)
    assert visit.effects[0].share_references

    visit.device_says(Saved, saved_at=noon)
    assert visit.shows(Printing)
    assert visit.asks_for(PrintReceipt)
    assert visit.state.receipt.references == (
        ("Steuern und Abgaben", "C2-7K4M-9PW"),
        ("Öffentliche Ordnung", "C2-3HXA-T4C"),
    )

    visit.device_says(ReceiptHandled, outcome=PrintOutcome.PRINTED)
    assert visit.shows(Finished, outcome=PrintOutcome.PRINTED, problem="")

    visit.does(Ended())
    assert visit.shows(TakeCard)

    visit.device_says(CardRemoved())
    assert visit.shows(Idle, problem="")
    assert CAN not in repr(visit.everything_so_far)
    assert STAFF_CODE not in repr(visit.everything_so_far)
    assert "Nowak" not in repr(visit.everything_so_far)
    assert draft.code not in repr(visit.everything_so_far)


def test_by_hand_and_for_somebody_else(visit):
    visit.without_card()

    visit.answers("applicant", applicant_is="agent")
    visit.answers("name", given_names="Mira", family_names="Nowak", doctoral_degree="", birth_name="")
    visit.answers("birth", birth_date="12.08.1984", birth_place="Musterstadt")
    visit.answers("address", address="Beispielweg 17\n03046\nCottbus")
    visit.answers("contact", phone="", email="")
    visit.answers("principal-name", principal_given_names="Ida", principal_family_names="Muster")
    visit.answers("principal-birth", principal_birth_date="1950", principal_birth_place="Musterstadt")
    visit.answers("principal-address", principal_address="Beispielweg 18\n03046\nCottbus")
    visit.answers("authority", authority_proof="bring")
    visit.answers_about_the_dog(more="yes")
    visit.answers_about_the_dog(number=2, chip="276098102345679")
    visit.answers("tax", household_dog_count="2", relief="", sepa="yes")
    visit.answers("sepa", iban="DE02120300000000202051", account_holder="Mira Nowak", sepa_mandate="yes")

    assert visit.shows(Reviewing)
    assert visit.state.application.evidence is None


def test_a_refused_page_keeps_what_was_typed_and_says_why(visit):
    visit.with_card()
    visit.answers("applicant", applicant_is="keeper")
    visit.answers("contact", phone="", email="")

    visit.answers("dogs.1.dog-name", dog_name="", sex="male")

    assert visit.shows(Answering, step_key="dogs.1.dog-name")
    assert visit.state.texts == {"dogs.1.dog_name": "", "dogs.1.sex": "male"}
    assert list(visit.state.problems) == ["dogs.1.dog_name"]


def test_back_walks_the_same_pages_and_keeps_the_answers(visit):
    visit.with_card()
    visit.answers("applicant", applicant_is="keeper")
    visit.answers("contact", phone="", email="")

    visit.does(BackWanted(), BackWanted())
    assert visit.shows(Answering, step_key="applicant")

    visit.answers("applicant", applicant_is="keeper")
    assert visit.shows(Answering, step_key="contact")


def test_back_from_the_first_page_costs_nothing(visit):
    visit.without_card()
    visit.answers("applicant", applicant_is="keeper")
    visit.does(BackWanted(), BackWanted())
    assert visit.shows(Identifying, phase=IdentifyingPhase.WAY)

    visit.does(BackWanted(), NoticeAgreed(), WayChosen(None))

    assert visit.shows(Answering, step_key="name")
    assert visit.state.answers["applicant_is"].value == "keeper"


def test_who_was_identified_is_not_asked_for_a_card_again(visit):
    visit.with_card()
    visit.does(BackWanted())
    assert visit.shows(Informing)

    visit.does(NoticeAgreed())

    assert visit.shows(Answering, step_key="applicant")
    assert visit.state.evidence is not None


def test_one_change_on_the_review_page_comes_straight_back(visit):
    visit.up_to_the_review()

    visit.does(ChangeWanted("dogs.1.dog-name"))
    assert visit.shows(Answering, step_key="dogs.1.dog-name", returning=True)

    visit.answers("dogs.1.dog-name", dog_name="Luna", sex="female")
    assert visit.shows(Reviewing)
    assert visit.state.application.answers["dogs.1.dog_name"].value == "Luna"
    assert visit.asks_for(PrepareApplication)


def test_a_change_that_opens_new_questions_asks_them_first(visit):
    visit.up_to_the_review()

    visit.does(ChangeWanted("tax"))
    visit.answers("tax", household_dog_count="1", relief="", sepa="yes")

    assert visit.shows(Answering, step_key="sepa", returning=True)
    visit.answers("sepa", iban="DE02120300000000202051", account_holder="Mira Nowak", sepa_mandate="yes")
    assert visit.shows(Reviewing)


def test_a_draft_of_the_answers_before_a_change_is_never_used(visit, draft):
    visit.up_to_the_review()
    first = visit.asked[-1]

    visit.does(ChangeWanted("dogs.1.dog-name"))
    visit.answers("dogs.1.dog-name", dog_name="Luna", sex="female")
    visit.device_says(ApplicationPrepared(first.visit_id, first.request, draft))

    assert visit.shows(Reviewing, draft=None)


def test_back_from_the_review_page_is_the_last_question(visit):
    visit.up_to_the_review()
    visit.does(BackWanted())
    assert visit.shows(Answering, step_key="tax", returning=True)

    visit.does(BackWanted())
    assert visit.shows(Reviewing)


def test_what_the_card_says_stays_and_the_citizens_version_stands_beside_it(visit):
    visit.up_to_the_review()
    visit.does(Contested("family_names"))
    assert visit.shows(Answering, step_key="name", contesting="family_names")

    visit.does(AnswersGiven("name", {"family_names": "Beispiel"}))
    assert visit.shows(Reviewing)
    assert visit.state.application.answers["family_names"].value == "Nowak-Beispiel"
    assert visit.state.application.answers["family_names"].contested == "Beispiel"

    visit.does(ChangeWanted("name"))
    visit.answers("name", family_names="Overwritten")
    assert visit.shows(Reviewing)
    assert visit.state.application.answers["family_names"].value == "Nowak-Beispiel"


def test_a_card_value_can_be_contested_on_its_page_too(visit):
    visit.up_to_the_review()
    visit.does(ChangeWanted("name"), Contested("family_names"), AnswersGiven("name", {"family_names": "Beispiel"}))
    assert visit.shows(Reviewing)
    assert visit.state.application.answers["family_names"].contested == "Beispiel"


def test_an_empty_version_is_refused_and_back_gives_the_doubt_up(visit):
    visit.up_to_the_review()
    visit.does(Contested("family_names"), AnswersGiven("name", {"family_names": ""}))
    assert visit.shows(Answering, contesting="family_names")
    assert "family_names" in visit.state.problems

    visit.does(BackWanted())
    assert visit.shows(Reviewing)
    assert visit.state.application.answers["family_names"].contested is None


def test_what_was_typed_cannot_be_contested_on_the_review_page(visit):
    visit.up_to_the_review()
    visit.does(Contested("dogs.1.dog_name"))
    assert visit.ignored
    assert visit.shows(Reviewing)


def test_only_what_the_card_said_on_this_page_can_be_contested(visit):
    visit.up_to_the_review()
    visit.does(ChangeWanted("name"))

    for path in ("birth_date", "dogs.1.dog_name", "no_such_field"):
        visit.does(Contested(path))
        assert visit.ignored

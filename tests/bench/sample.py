"""What is measured with: the dog procedure answered once, a 60-field procedure, a place to save to."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from kiosk.application import Application
from kiosk.config import TerminalConfig, load_terminal
from kiosk.delivery.keys import KeyCache
from kiosk.delivery.tokens import make_encryption_key, public_part
from kiosk.language import ASSETS
from kiosk.procedures.fields import Text
from kiosk.procedures.journey import Accepted, accept, journey
from kiosk.procedures.loader import load_procedure
from kiosk.procedures.model import Answer, Answers, Condition, Destination, Page, Procedure

TODAY = date(2026, 11, 22)
DOG = ASSETS / "procedures" / "hund-anmelden.toml"

DOG_ANSWERS = {
    "applicant_is": "keeper",
    "given_names": "Erika",
    "family_names": "Beispiel",
    "birth_date": "26.01.1984",
    "birth_place": "Musterstadt",
    "address": "Beispielstraße 12\n03046\nCottbus",
    "dogs.1.dog_name": "Mila",
    "dogs.1.sex": "female",
    "dogs.1.breed": "Mischling",
    "dogs.1.colour": "schwarz",
    "dogs.1.dog_birth_date": "03.2026",
    "dogs.1.chip_number": "276098106123456",
    "dogs.1.acquired_on": "14.11.2026",
    "dogs.1.origin": "shelter",
    "dogs.1.shelter_proof": "bring",
    "dogs.1.dangerous": "no",
    "dogs.1.replaces_dog": "no",
    "dogs.1.more": "no",
    "household_dog_count": "1",
    "sepa": "no",
}

EVERY_DOG = {
    "dog_name": "Mila",
    "sex": "female",
    "breed": "Mischling",
    "second_breed": "Labrador",
    "colour": "schwarz mit weißer Brust",
    "dog_birth_date": "2024-03",
    "acquired_on": "2025-11-14",
    "origin": "private",
    "previous_owner_name": "Tierfreunde Wółšyna",
    "previous_owner_address": "Beispielweg 4\n03046\nCottbus",
    "dangerous": "yes",
    "permit_number": "E-2026-11",
    "replaces_dog": "yes",
    "old_tag_number": "4711",
}

TERMINAL = """
prefix = "C2"
state_dir = "."
[town]
name = "Stadt Musterstadt"
[outbox]
path = "outbox.db"
[delivery]
token_url = "http://127.0.0.1:9/token"
api_url = "http://127.0.0.1:9"
status_url = "http://127.0.0.1:9/status/lookup"
status_page_url = "http://127.0.0.1:9/status"
client_id = "bench"
client_secret_file = "secret"
sync_socket = "sync.sock"
keys_dir = "keys"
[delivery.destinations.dog-tax]
destination_id = "6f1d2b7e-3a53-4b0c-9a55-0f2c9a4f7a01"
[delivery.destinations.dog-register]
destination_id = "6f1d2b7e-3a53-4b0c-9a55-0f2c9a4f7a02"
"""


def dog_application() -> Application:
    """The dog procedure, answered completely. Raises AssertionError if the procedure no longer takes these answers."""
    procedure = load_procedure(DOG)
    answers: Answers = {}
    while (step := journey(procedure, answers, TODAY).next) is not None:
        texts = {step.path(item): DOG_ANSWERS.get(step.path(item), "") for item in step.fields}
        verdict = accept(procedure, answers, step.key, texts, TODAY)
        assert isinstance(verdict, Accepted), verdict  # a benchmark of something else would be a lie
        answers = verdict.answers
    return Application(procedure, answers, "de", TODAY)


def every_question(dogs: int = 5) -> dict[str, str]:
    """The dog procedure with as much to answer as there can be: for somebody else, five dogs, everything applies."""
    answers = {path: text for path, text in DOG_ANSWERS.items() if not path.startswith("dogs.")}
    answers |= {"phone": "030 23125 001", "email": "name@example.org", "applicant_is": "agent"}
    answers |= {"principal_given_names": "Jan", "principal_family_names": "Muster", "authority_proof": "bring"}
    answers |= {"principal_birth_date": "1950", "principal_birth_place": "Musterstadt"}
    answers |= {"principal_address": "Beispielstraße 12\n03046\nCottbus", "household_dog_count": str(dogs)}
    answers |= {"relief": "hunting rescue", "relief_proof": "bring", "sepa": "yes", "account_holder": "Erika Beispiel"}
    answers |= {"iban": "DE02120300000000202051", "sepa_mandate": "yes"}
    for number in range(1, dogs + 1):
        answers |= {f"dogs.{number}.{name}": text for name, text in EVERY_DOG.items()}
        answers[f"dogs.{number}.chip_number"] = f"27609810612345{number}"
        answers[f"dogs.{number}.more"] = "yes" if number < dogs else "no"
    return answers


def sixty_fields() -> tuple[Procedure, Answers]:
    """30 pages of two fields; every third page hangs on an answer of the page before."""
    pages = []
    for number in range(30):
        shown = (Condition(f"f{number - 1}a", frozenset({"x"})),) if number % 3 == 2 else ()
        fields = tuple(Text(id=f"f{number}{letter}", label="Feld") for letter in "ab")
        pages.append(Page(f"p{number}", "Frage?", "Teil", fields, show_if=shown))
    paths = tuple(item.id for page in pages for item in page.fields)
    goal = Destination("all", "Stelle", "prüft", paths)
    texts = {"title": "Sechzig", "summary": "", "icon": "dog", "service_id": "", "leika_key": "", "notice": ""}
    procedure = Procedure("sixty", "1", "0" * 64, card=False, pages=tuple(pages), destinations=(goal,), **texts)
    return procedure, {path: Answer("x") for path in paths}


def terminal_config(folder: Path) -> TerminalConfig:
    """A terminal with two destinations and their (fresh) keys, in `folder`."""
    path = folder / "terminal.toml"
    path.write_text(TERMINAL, encoding="utf-8")
    config = load_terminal(path)
    for destination in config.delivery.destinations.values():
        KeyCache(config.delivery.keys_dir).store(destination.destination_id, public_part(make_encryption_key()))
    return config

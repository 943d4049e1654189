"""From touch to inbox: one played visit on the real window, outbox, delivery, central and inbox page."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from devices.cards.people import PEOPLE, load_people
from kiosk.demo.scripted import ANSWERS, PERSON
from kiosk.demo.stage import TOWN

pytestmark = pytest.mark.xdist_group("whole-line")
DEADLINE_S = 240


@dataclass(frozen=True)
class Played:
    """What one `kiosk demo --headless` left behind."""

    exit_code: int
    words: str
    out: Path
    state: Path

    @property
    def report(self) -> dict[str, Any]:
        return json.loads((self.out / "visit.json").read_text(encoding="utf-8"))

    def submission(self, destination: str) -> dict[str, Any]:
        [found] = [item for item in self.report["submissions"] if item["destination"] == destination]
        return found


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    # A short path: Unix sockets have room for 107 characters.
    state, out = tmp_path_factory.mktemp("demo"), tmp_path_factory.mktemp("out")
    command = [
        sys.executable,
        "-m",
        "kiosk",
        "demo",
        "--headless",
        "--port",
        "0",
        "--state",
        str(state),
        "--out",
        str(out),
    ]
    environment = {key: value for key, value in os.environ.items() if key != "DISPLAY"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S, env=environment)
    return Played(done.returncode, done.stdout + done.stderr, out, state)


def test_the_visit_ends_well(played: Played) -> None:
    assert played.exit_code == 0, played.words[-3000:]


def test_both_departments_see_exactly_what_was_typed_for_them(played: Played) -> None:
    for destination in ("dog-tax", "dog-register"):
        submission = played.submission(destination)
        assert submission["typed"]
        assert submission["seen"] == submission["typed"]


def test_each_department_gets_its_own_fields_and_reference(played: Played) -> None:
    tax, register = played.submission("dog-tax")["seen"], played.submission("dog-register")["seen"]
    assert tax["dogs.1.dog_name"] == register["dogs.1.dog_name"] == ANSWERS["dogs.1.dog_name"]
    assert "birth_place" not in tax
    assert "dogs.1.chip_number" not in tax
    assert "sepa" not in register
    assert "dogs.1.origin" not in register
    assert len(set(played.report["references"])) == 2


def test_what_the_card_said_arrives_as_the_card_said_it(played: Played) -> None:
    person = load_people(PEOPLE)[PERSON]
    seen = played.submission("dog-register")["seen"]
    values = {str(key): value for key, value in person.attributes.items()}
    assert seen["family_names"] == values["family_names"]
    assert seen["given_names"] == values["given_names"]


def test_there_is_a_picture_of_every_screen_in_order(played: Played) -> None:
    steps = played.report["steps"]
    names = [step["screen"] for step in steps]
    assert names[:6] == ["start", "informing", "identifying", "confirming", "insert-card", "can"]
    assert [name for name in names if not name.startswith("answer")][-5:] == [
        "reviewing", "consenting", "finished", "status-arrived", "status-accepted",
    ]  # fmt: skip
    for step in steps:
        with Image.open(played.out / step["png"]) as picture:
            assert picture.size == (1080, 1920)
            assert len(picture.convert("L").getcolors(256) or []) > 10


def test_the_receipt_carries_reference_and_code_for_the_eye_and_the_scanner(played: Played) -> None:
    receipt = played.out / "receipt.png"
    scanned = subprocess.run(["zbarimg", "--quiet", "--raw", str(receipt)], capture_output=True, text=True).stdout
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/status#[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]{4}", scanned.strip())
    text = subprocess.run(["tesseract", str(receipt), "-", "-l", "deu"], capture_output=True, text=True).stdout
    assert "Cottbus" in text
    assert "Hund anmelden" in text


def test_case_pages_are_left_for_looking_at(played: Played) -> None:
    for destination in ("dog-tax", "dog-register"):
        assert (played.out / f"case-{destination}.html").stat().st_size > 1000
        assert (played.out / f"case-{destination}.png").stat().st_size > 10_000


def test_nothing_readable_stays_in_any_file_or_log(played: Played) -> None:
    person = load_people(PEOPLE)[PERSON]
    # What is shorter stands in a megabyte of sealed text by chance.
    secrets = [value for value in person.attributes.values() if len(value) > 5 and value not in TOWN]
    secrets += [person.can, "276098106123456", "Wółšyna", "schwarz mit"]
    for path in [path for path in played.state.rglob("*") if path.is_file()]:
        content = path.read_bytes()
        found = [secret for secret in secrets if secret.encode() in content]
        assert not found, f"{path.name} holds an answer in clear"
    assert not [secret for secret in secrets if secret in played.words]

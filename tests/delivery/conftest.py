"""Keys, sealed submissions, a delivery service and a terminal's configuration for the delivery tests.

Making a 4096-bit key takes seconds: once per run.
"""

from __future__ import annotations

import importlib.util
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID, uuid4

import pytest
from jwcrypto.jwk import JWK

from kiosk.application import Application
from kiosk.config import TerminalConfig, load_terminal
from kiosk.delivery.outbox import NewRow, Outbox
from kiosk.delivery.reference import mint_reference
from kiosk.delivery.submission import PublicService, SealedSubmission
from kiosk.delivery.tokens import encryption_key, make_encryption_key, make_signature_key, public_part, seal
from kiosk.identity import Assurance, Authenticity, IdentityEvidence, StaffConfirmation, Way
from kiosk.procedures.fields import Date, Name, Number, YesNo
from kiosk.procedures.model import Answer, Check, Destination, Page, Procedure, Source

DESTINATION = UUID("6f1a2f5e-6d53-4f0c-9a55-0c2b4a0d5b11")
SERVICE = PublicService("urn:de:fim:leika:leistung:99102013104000", "Hundesteuer Anmeldung")
CLEAR = b"Ada Beispiel"


@pytest.fixture(scope="session")
def department_key() -> JWK:
    return make_encryption_key()


@pytest.fixture(scope="session")
def department_public(department_key: JWK) -> JWK:
    return encryption_key(public_part(department_key))


@pytest.fixture(scope="session")
def service_key() -> JWK:
    return make_signature_key()


@pytest.fixture
def new_row(department_public: JWK) -> Callable[..., NewRow]:
    """Makes rows of one application after another; `attachments` is how many files each carries."""

    def make(attachments: int = 1, status_index: str = "ab" * 32, clear: bytes = CLEAR) -> NewRow:
        sealed = SealedSubmission(
            SERVICE,
            seal(clear, department_public, "application/json"),
            seal(clear * 100, department_public, "application/json"),
            {uuid4(): seal(b"%PDF" + clear, department_public, "application/pdf") for _ in range(attachments)},
        )
        day = date(2026, 11, 22)
        return NewRow(uuid4(), mint_reference("C2"), "dog-tax", DESTINATION, "Steuern", status_index, day, sealed)

    return make


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    box = Outbox(tmp_path / "outbox.sqlite")
    yield box
    box.close()


def _load(name: str) -> ModuleType:
    """A module beside this file (tests are not packages)."""
    spec = importlib.util.spec_from_file_location(f"delivery_tests_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def service(department_key: JWK, service_key: JWK) -> Iterator[Any]:
    """A running delivery service (service.py)."""
    module = _load("service")
    server = module.DeliveryService(department_key, service_key, str(DESTINATION))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def config_file(tmp_path: Path, service: Any) -> Path:
    """A terminal that delivers to `service`."""
    (tmp_path / "secret").write_text("a secret of the tests\n")
    path = tmp_path / "terminal.toml"
    path.write_text(
        f"""
prefix = "C2"
name = "Foyer"
state_dir = "state"
town = {{ name = "Musterstadt" }}
outbox = {{ path = "state/outbox.sqlite", low_water_bytes = 1 }}
[delivery]
token_url = "{service.url}/token"
api_url = "{service.url}"
status_url = "{service.url}/status"
status_page_url = "{service.url}/page"
client_id = "terminal-1"
client_secret_file = "secret"
sync_socket = "sync.sock"
keys_dir = "state/keys"
[delivery.destinations.dog-tax]
destination_id = "{DESTINATION}"
phone = "030 23125 001"
[delivery.destinations.dog-register]
destination_id = "{DESTINATION}"
phone = "030 23125 002"
"""
    )
    return path


@pytest.fixture
def config(config_file: Path) -> TerminalConfig:
    return load_terminal(config_file)


@pytest.fixture
def procedure() -> Procedure:
    """Two departments, each with a field of its own."""
    return Procedure(
        id="hund-probe",
        version="1",
        digest="d1" * 32,
        title="Hund anmelden",
        summary="",
        icon="dog",
        service_id=SERVICE.identifier,
        leika_key="",
        card=True,
        notice="",
        pages=(
            Page("who", "Wer?", "Sie", (Name(id="name", label="Name"), Date(id="born", label="Geboren"))),
            Page("dog", "Welcher Hund?", "Hund", (Name(id="dog", label="Rufname"), Number(id="age", label="Alter"))),
            Page("tax", "Befreiung?", "Steuer", (YesNo(id="relief", label="Befreiung"),)),
        ),
        checks=(Check("not_in_past", "born", severity="warning", text="Bitte das Geburtsdatum prüfen."),),
        destinations=(
            Destination("dog-tax", "Steuern und Abgaben", "Steuer", ("name", "dog", "relief")),
            Destination("dog-register", "Öffentliche Ordnung", "Register", ("name", "born", "dog", "age")),
        ),
    )


@pytest.fixture
def application(procedure: Procedure) -> Application:
    read_at = datetime(2026, 11, 22, 13, 5, tzinfo=UTC)
    answers = {
        "name": Answer("Žofia Beispielowa", Source.CARD, contested="Žofia Anders"),
        "born": Answer("1964-08", Source.CARD),
        "dog": Answer("Łapka"),
        "age": Answer("3"),
        "relief": Answer("no"),
    }
    confirmed = StaffConfirmation("17", read_at)
    evidence = IdentityEvidence(Way.ON_SITE, Assurance.HIGH, Authenticity.VERIFIED, read_at, confirmed)
    return Application(procedure, answers, "dsb", date(2026, 11, 22), evidence)

"""Keys and sealed submissions for the delivery tests. Making a 4096-bit key takes seconds: once per run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from jwcrypto.jwk import JWK

from kiosk.delivery.outbox import NewRow, Outbox
from kiosk.delivery.submission import PublicService, SealedSubmission
from kiosk.delivery.tokens import encryption_key, make_encryption_key, make_signature_key, public_part, seal

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
        return NewRow(uuid4(), "C2-7K4M-9PW", "dog-tax", DESTINATION, "Steuern", status_index, day, sealed)

    return make


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    box = Outbox(tmp_path / "outbox.sqlite")
    yield box
    box.close()


@pytest.fixture
def soon() -> Callable[[Callable[[], bool]], None]:
    """Waits until something that another thread does has happened; fails after ten seconds."""

    def wait(happened: Callable[[], bool]) -> None:
        until = time.monotonic() + 10
        while not happened():
            assert time.monotonic() < until, "it never happened"

    return wait

"""The citizens: `python -m tests.soak.putting LEDGER APPLICATIONS SEED CONFIG…` saves as many at every terminal.

Saved as a terminal saves, sealed and stored by OutboxStore; only the slow parts are left out (the form is random bytes,
the status index random as well). A line of the ledger is written after `save` has returned: from then on this
submission must arrive, exactly once, with these bytes.
"""

from __future__ import annotations

import hashlib
import json
import random
import secrets
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO
from uuid import UUID, uuid4, uuid5

from kiosk.application import Application, Draft
from kiosk.config import load_terminal
from kiosk.delivery.outbox import Outbox
from kiosk.delivery.reference import mint_code, mint_reference
from kiosk.delivery.store import OutboxStore
from kiosk.delivery.submission import SealedSubmission
from kiosk.language import load
from tests.bench.sample import dog_application

PREFIX = "C2"
FORM_BYTES = (2_000, 60_000)


@dataclass(frozen=True, slots=True)
class Promise:
    """One acknowledged submission: the terminal's number, the row's id, and what must arrive.

    `digest` is the SHA-256 over metadata and data, `attachments` those of the attachments by their id.
    """

    terminal: int
    row_id: str
    digest: str
    attachments: Mapping[str, str]


def promise(terminal: int, row_id: UUID, sealed: SealedSubmission) -> Promise:
    attachments = {str(name): sha256(jwe) for name, jwe in sealed.attachments.items()}
    return Promise(terminal, str(row_id), sha256(f"{sealed.metadata} {sealed.data}"), attachments)


def read_ledger(path: Path) -> list[Promise]:
    return [Promise(**json.loads(line)) for line in path.read_text(encoding="ascii").splitlines()]


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class Desk:
    """One terminal where citizens hand in. Everything on the one thread that opened it."""

    number: int
    store: OutboxStore
    reading: Outbox

    def hand_in(self, application: Application, draft: Draft) -> list[Promise]:
        """Save it; what is promised thereby, read back from the disk."""
        self.store.save(application, draft, share_references=False)
        ids = [uuid5(draft.application_id, item.id) for item in application.procedure.destinations]
        return [promise(self.number, row_id, self.reading.sealed(row_id)) for row_id in ids]


def draft_of(application: Application, chance: random.Random) -> Draft:
    """Made ready without the slow parts."""
    names = [item.id for item in application.procedure.destinations]
    return Draft(
        application_id=uuid4(),
        code=mint_code(),
        references={name: mint_reference(PREFIX) for name in names},
        forms={name: b"%PDF-1.7 " + chance.randbytes(chance.randint(*FORM_BYTES)) for name in names},
        status_index=secrets.token_hex(32),
    )


def put_all(desks: list[Desk], applications: int, chance: random.Random, ledger: TextIO) -> None:
    """Round after round, one application at every terminal."""
    application = dog_application()
    for _ in range(applications):
        for desk in desks:
            for made in desk.hand_in(application, draft_of(application, chance)):
                ledger.write(json.dumps(asdict(made)) + "\n")
            ledger.flush()


def main(ledger: str, applications: str, seed: str, *files: str) -> None:
    configs = [load_terminal(Path(file)) for file in files]
    desks = [
        Desk(number, OutboxStore(config, load("de"), lambda: None), Outbox(config.outbox.path))
        for number, config in enumerate(configs)
    ]
    with Path(ledger).open("a", encoding="ascii") as out:
        put_all(desks, int(applications), random.Random(int(seed)), out)  # noqa: S311  # no secret


if __name__ == "__main__":
    main(*sys.argv[1:])

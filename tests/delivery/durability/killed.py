"""What runs in the processes that test_kill.py kills: one that puts for ever, and `kiosk sync` itself."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from kiosk.__main__ import main
from kiosk.delivery.outbox import NewRow, Outbox
from kiosk.delivery.parcel import pack, parcel_digest
from kiosk.delivery.reference import mint_reference
from kiosk.delivery.submission import PublicService, SealedSubmission
from kiosk.delivery.tokens import encryption_key, seal

SERVICE = PublicService("urn:de:fim:leika:leistung:99102013104000", "Hundesteuer Anmeldung")


def put_for_ever(path: Path, public: Mapping[str, Any], destination_id: UUID, said: Connection) -> None:
    """Applications of two submissions, each said as ("trying", …) before and ("stored", …) after it is put."""
    key = encryption_key(public)
    box = Outbox(path)
    while True:
        rows = [_row(key, destination_id) for _ in range(2)]
        told = {str(row.id): parcel_digest(pack(row.sealed)) for row in rows}
        said.send_bytes(json.dumps(["trying", told]).encode())
        box.put(rows)
        said.send_bytes(json.dumps(["stored", told]).encode())


def _row(key: Any, destination_id: UUID) -> NewRow:
    sealed = SealedSubmission(
        SERVICE,
        seal(b"{}" * 200, key, "application/json"),
        seal(b"{}" * 5000, key, "application/json"),
        {uuid4(): seal(b"%PDF" * 500, key, "application/pdf")},
    )
    day = date(2026, 11, 22)
    return NewRow(uuid4(), mint_reference("C2"), "dog-tax", destination_id, "Steuern", "ab" * 32, day, sealed)


def sync(config_file: Path) -> None:
    """`kiosk sync`, quietly."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    raise SystemExit(main(["sync", "--config", str(config_file)]))

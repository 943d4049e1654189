"""A terminal in front of a running town: processes, and what sync does call by call."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import requests

from kiosk.config import DeliveryConfig
from kiosk.delivery.fitconnect import FitConnect
from kiosk.delivery.reference import mint_code, status_index, status_token
from kiosk.delivery.submission import DATA_SCHEMA, PublicService, authentication_tags, content_hash, padded_json
from kiosk.delivery.tokens import encryption_key, seal, verify_event

from .conftest import SERVICE, DemoTown, clear_data

START_S = 30


@contextmanager
def running(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def wait_for(ready: Any) -> None:
    """Until it is true, without sleeping: every try costs a round trip."""
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        try:
            if ready():
                return
        except requests.ConnectionError:
            continue
    raise AssertionError("not ready")


def client(live: DemoTown, folder: Path) -> FitConnect:
    secret = folder / "secret"
    secret.write_text(live.seed["client_secret"])
    return FitConnect(
        DeliveryConfig(
            token_url=f"{live.url}/token",
            api_url=live.url,
            status_url=f"{live.url}/status/lookup",
            status_page_url=f"{live.url}/status",
            client_id=live.seed["client_id"],
            client_secret_file=secret,
            sync_socket=folder / "sync.sock",
            keys_dir=folder / "keys",
            destinations={},
        )
    )


@dataclass
class Sent:
    submission_id: UUID
    code: str
    attachment_id: UUID


def deliver(live: DemoTown, terminal: FitConnect) -> Sent:
    """What sync does, call by call, to the verified token."""
    destination, code, attachment_id = UUID(live.seed["destinations"]["dog-tax"]), mint_code(), uuid4()
    key = encryption_key(terminal.destination_key(destination))
    data, pdf = padded_json(clear_data()), b"%PDF-1.7 form"
    parts = {"hash": {"type": "sha512", "content": content_hash(data)}}
    form = {"attachmentId": str(attachment_id), "mimeType": "application/pdf", "purpose": "form"}
    form |= {"filename": "Antrag.pdf", "hash": {"type": "sha512", "content": content_hash(pdf)}}  # type: ignore[dict-item]
    schema = {"submissionSchema": {"schemaUri": DATA_SCHEMA, "mimeType": "application/json"}}
    metadata = {
        "contentStructure": {"data": parts | schema, "attachments": [form]},
        "publicService": SERVICE,
        "additionalReferenceInfo": {"senderReference": "C2-7K4M-9PW", "applicationDate": "2026-11-22"},
        "rathausKiosk": {"statusIndex": status_index(status_token(code)), "terminal": "Foyer"},
    }
    sealed_metadata = seal(padded_json(metadata), key, "application/json")
    sealed_data = seal(data, key, "application/json")
    attachments = {attachment_id: seal(pdf, key, "application/pdf")}
    announced = terminal.announce(destination, PublicService(**SERVICE), (attachment_id,))
    terminal.put_attachment(announced.submission_id, attachment_id, attachments[attachment_id])
    terminal.put_submission(announced.submission_id, sealed_metadata, sealed_data)
    events = [verify_event(token, terminal.service_keys()) for token in terminal.events(announced.submission_id)]
    [submitted] = [event for event in events if event.name == "submit-submission"]
    assert submitted.payload["authenticationTags"] == authentication_tags(sealed_metadata, sealed_data, attachments)
    return Sent(announced.submission_id, code, attachment_id)

"""Both processes as a town runs them, a terminal's own client in front of them, and a browser's look-up behind."""

from __future__ import annotations

import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import requests

from kiosk.config import DeliveryConfig
from kiosk.delivery.fitconnect import FitConnect
from kiosk.delivery.reference import mint_code, status_index, status_token
from kiosk.delivery.submission import DATA_SCHEMA, PublicService, authentication_tags, content_hash, padded_json
from kiosk.delivery.tokens import encryption_key, seal, verify_event

from .conftest import SERVICE, DemoTown, clear_data

pytestmark = pytest.mark.xdist_group("central-demo")
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


@pytest.fixture(scope="module")
def live(demo_town: DemoTown) -> Iterator[DemoTown]:
    """Both processes of the demo's town, ready."""
    with (
        running(demo_town.command("commands.open_(config)"), demo_town.log),
        running(demo_town.command("commands.serve(config)"), demo_town.log),
    ):
        wait_for(lambda: requests.get(f"{demo_town.url}/.well-known/jwks.json", timeout=5).ok)
        wait_for((demo_town.config_file.parent / "state" / "o.sock").exists)
        yield demo_town


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


def logged_in(live: DemoTown, login: str) -> requests.Session:
    browser = requests.Session()
    page = browser.get(f"{live.url}/login", timeout=10).text
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    form = {"username": login, "password": live.seed["logins"][login], "csrfmiddlewaretoken": token[1]}  # type: ignore[index]
    assert browser.post(f"{live.url}/login", form, timeout=10).url.endswith("/inbox")
    return browser


def test_a_terminals_client_delivers_staff_reads_and_the_status_changes(live: DemoTown, tmp_path: Path) -> None:
    terminal = client(live, tmp_path)
    sent = deliver(live, terminal)
    token = status_token(sent.code)
    wait_for(lambda: terminal.status(token) is not None)
    assert terminal.status(token)["entries"][0]["state"] == "arrived"  # type: ignore[index]

    browser = logged_in(live, "steuern")
    page = browser.get(f"{live.url}/inbox/{sent.submission_id}", timeout=10).text
    assert 'data-path="dogs.1.name">Mila<' in page
    assert 'data-path="name">Ada Beispiel<' in page
    csrf = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]  # type: ignore[index]
    form = {"csrfmiddlewaretoken": csrf}
    browser.post(f"{live.url}/inbox/{sent.submission_id}/accept", form, timeout=10)

    assert terminal.status(token)["entries"][0]["state"] == "accepted"  # type: ignore[index]
    stranger = logged_in(live, "ordnung")
    assert stranger.get(f"{live.url}/inbox/{sent.submission_id}", timeout=10).status_code == 404
    terminal.close()
    assert "Ada" not in live.log.read_text()


def test_a_body_of_unknown_length_is_refused(live: DemoTown) -> None:
    answer = requests.post(
        f"{live.url}/status/lookup",
        data=iter([b'{"token": "x"}']),
        headers={"Content-Type": "application/json"},
        timeout=10,
    )

    assert answer.status_code == 411
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_huge_body_is_refused_before_it_was_sent(live: DemoTown) -> None:
    host, port = live.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 10) as connection:
        connection.sendall(
            b"POST /status/lookup HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Content-Length: 100000000\r\n\r\n"
        )
        assert b" 413 " in connection.recv(200)


def test_a_foreign_host_name_is_refused(live: DemoTown) -> None:
    answer = requests.get(f"{live.url}/v2/submissions", headers={"Host": "evil.example"}, timeout=10)

    assert answer.status_code == 400


def test_static_files_are_served_with_their_policy(live: DemoTown) -> None:
    answer = requests.get(f"{live.url}/static/central/inbox.css", timeout=10)

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, 'text/css; charset="utf-8"')
    assert "max-age=3600" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"

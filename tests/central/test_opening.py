"""The opening service: opens what arrives, flags what it cannot open, and tells staff only what is theirs."""

from __future__ import annotations

import logging
import socket
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from kiosk.central.opening import wire
from kiosk.delivery.submission import padded_json
from kiosk.delivery.tokens import seal
from kiosk.errors import CentralError

from .conftest import PDF, Parcel, clear_data, rows
from .databases import Databases


def opened(submission: UUID) -> Any:
    from kiosk.central.models import Opened

    return Opened.objects.get(pk=submission)


def user_id(login: str) -> str:
    from django.contrib.auth.models import User

    return str(User.objects.get(username=login).pk)


def ask(do: str, submission: UUID, login: str = "steuern", **more: str) -> dict[str, Any]:
    from kiosk.central.opening import client

    return client.ask(do, submission=str(submission), user=user_id(login), **more)


class TestArrivals:
    def test_what_lists_and_status_need_is_written_down(
        self, terminal: Any, parcel: Parcel, open_arrivals: Callable[[], int]
    ) -> None:
        submission = parcel.deliver(terminal)

        assert open_arrivals() == 1

        found = opened(submission)
        assert (found.failure, found.reference, found.title) == ("", "C2-7K4M-9PW", "Hund anmelden")
        assert (found.terminal, found.badges) == ("Terminal Foyer 2", ["card-verified"])
        assert len(found.status_index) == 64
        assert found.recorded_at.isoformat() == "2024-11-22T13:07:00+00:00"
        assert open_arrivals() == 0

    def test_doubts_become_badges(self, terminal: Any, parcel: Parcel, open_arrivals: Callable[[], int]) -> None:
        data = clear_data(
            sections=rows(contested="Ada Muster"), warnings=["Frist überschritten"], flags=["language-dsb"]
        )
        submission = replace(parcel, data=padded_json(data), identification=None).deliver(terminal)

        open_arrivals()

        assert opened(submission).badges == ["no-card", "contested", "warning", "language-dsb"]

    def test_nothing_personal_is_written_down(
        self, terminal: Any, parcel: Parcel, open_arrivals: Callable[[], int], databases: Databases
    ) -> None:
        from django.db import connection

        parcel.deliver(terminal)
        open_arrivals()

        database = databases.content(connection.settings_dict["NAME"])
        assert b"submission.verified" in database
        assert b"Beispiel" not in database
        assert b"Rufname" not in database

    def test_one_that_cannot_be_opened_is_flagged_and_holds_up_nobody(
        self, terminal: Any, parcel: Parcel, town: Any, open_arrivals: Callable[[], int]
    ) -> None:
        broken = replace(parcel, attachment_id=uuid4())
        body = broken.sealed()
        cut = body["encryptedData"][:-6] + "AAAAAA"
        bad = broken.deliver(terminal, body | {"encryptedData": cut})
        good = parcel.deliver(terminal)

        assert open_arrivals() == 2

        assert (opened(bad).failure, opened(good).failure) == ("CENTRAL-03", "")

    @pytest.mark.parametrize("wrong", ["hash", "no-json", "not-ours", "attachment", "metadata"])
    def test_everything_that_may_be_wrong_inside_is_flagged(
        self, terminal: Any, parcel: Parcel, open_arrivals: Callable[[], int], wrong: str
    ) -> None:
        submission = parcel.deliver(terminal, wrong_body(parcel, wrong))

        open_arrivals()

        assert opened(submission).failure == "CENTRAL-03"

    def test_a_zip_bomb_is_flagged_without_unpacking_it(
        self, terminal: Any, parcel: Parcel, open_arrivals: Callable[[], int]
    ) -> None:
        from jwcrypto.jwe import JWE

        head = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "zip": "DEF", "cty": "application/json"}
        head["kid"] = parcel.key()["kid"]
        bomb = JWE(b" " * 40_000_000, protected=head, recipient=parcel.key()).serialize(compact=True)
        submission = parcel.deliver(terminal, parcel.sealed() | {"encryptedData": bomb})

        open_arrivals()

        assert opened(submission).failure == "CENTRAL-03"

    def test_a_missing_key_is_flagged_and_tried_again_at_the_next_start(
        self, terminal: Any, parcel: Parcel, keyring: Any, town: Any, tmp_path: Path
    ) -> None:
        from kiosk.central.opening import arrivals
        from kiosk.central.opening.keyring import Keyring, key_encryption_key

        submission = parcel.deliver(terminal)
        arrivals.open_waiting(Keyring(tmp_path, key_encryption_key(town.config, {})))
        assert opened(submission).failure == "CENTRAL-02"

        arrivals.retry_flagged()
        arrivals.open_waiting(keyring)

        assert opened(submission).failure == ""

    def test_what_was_only_announced_is_left_alone(
        self, terminal: Any, parcel: Parcel, open_arrivals: Callable[[], int]
    ) -> None:
        terminal.post("/v2/submissions", parcel.announcement())

        assert open_arrivals() == 0

    def test_two_services_at_once_write_it_down_once(self, terminal: Any, parcel: Parcel, keyring: Any) -> None:
        from kiosk.central.models import AuditRecord, Opened, Submission
        from kiosk.central.opening.arrivals import keep

        submission = Submission.objects.get(pk=parcel.deliver(terminal))
        for _ in range(2):
            keep(submission, Opened(submission=submission, reference="C2-7K4M-9PW"))

        assert Opened.objects.count() == 1
        assert AuditRecord.objects.filter(action="submission.verified").count() == 1


def wrong_body(parcel: Parcel, wrong: str) -> dict[str, str]:
    """Rightly sealed parts whose contents are wrong in one way."""
    key = parcel.key()
    match wrong:
        case "hash":
            return parcel.sealed() | {"encryptedData": seal(b'{"other": 1}', key, "application/json")}
        case "no-json":
            return replace(parcel, data=b"no JSON").sealed()
        case "not-ours":
            return replace(parcel, data=b'{"form": "foreign"}').sealed()
        case "attachment":
            return replace(parcel, attachment=b"%PDF other").sealed()
        case _:
            return parcel.sealed() | {"encryptedMetadata": seal(b"{}", key, "application/json")}


@pytest.mark.usefixtures("opening_desk")
class TestDesk:
    def test_staff_reads_a_case_and_the_reading_is_recorded(self, terminal: Any, parcel: Parcel) -> None:
        from kiosk.central.models import AuditRecord

        submission = parcel.deliver(terminal)

        answer = ask("open", submission)

        name, dog, chip = answer["sections"][0]["rows"]
        assert (name["text"], name["source"], name["contested"]) == ("Ada Beispiel", "card", None)
        assert (dog["path"], dog["text"], chip["text"]) == ("dogs.1.name", "Mila", "")
        assert answer["identification"]["assurance"] == "substantial"
        assert answer["identification"]["staff_id"] == "17"
        assert answer["attachments"][0]["filename"] == "Antrag.pdf"
        entry = AuditRecord.objects.get(action="submission.read")
        assert (entry.actor, entry.subject) == (f"staff:{user_id('steuern')}", str(submission))

    def test_staff_gets_the_form(self, terminal: Any, parcel: Parcel) -> None:
        from base64 import b64decode

        from kiosk.central.models import AuditRecord

        submission = parcel.deliver(terminal)

        answer = ask("attachment", submission, attachment=str(parcel.attachment_id))

        assert b64decode(answer["content"]) == PDF
        assert AuditRecord.objects.filter(action="attachment.read").count() == 1

    @pytest.mark.parametrize("do", ["open", "accept", "attachment", "reject"])
    def test_another_department_is_denied(self, terminal: Any, parcel: Parcel, do: str) -> None:
        submission = parcel.deliver(terminal)

        with pytest.raises(wire.Denied):
            ask(do, submission, "ordnung", attachment=str(parcel.attachment_id), reason="duplicate")

    def test_nobody_is_denied(self, terminal: Any, parcel: Parcel) -> None:
        from django.contrib.auth.models import User

        from kiosk.central.opening import client

        submission = parcel.deliver(terminal)
        User.objects.filter(username="steuern").update(is_active=False)

        for user in (user_id("steuern"), "0", "x", ""):
            with pytest.raises(wire.Denied):
                client.ask("open", submission=str(submission), user=user)

    @pytest.mark.parametrize("do", ["", "delete", "keys"])
    def test_unknown_requests_are_denied(self, terminal: Any, parcel: Parcel, do: str) -> None:
        with pytest.raises(wire.Denied):
            ask(do, parcel.deliver(terminal))

    def test_unknown_ids_are_denied(self, town: Any) -> None:
        from kiosk.central.opening import client

        for submission in (str(uuid4()), "../../etc/passwd", ""):
            with pytest.raises(wire.Denied):
                client.ask("open", submission=submission, user=user_id("steuern"))

    def test_accepting_signs_with_the_departments_key(self, terminal: Any, parcel: Parcel) -> None:
        from kiosk.central.models import DestinationKey, Event
        from kiosk.delivery.tokens import verification_key, verify_event

        submission = parcel.deliver(terminal)

        assert ask("accept", submission) == {"decided": True}

        signed = Event.objects.get(name="accept-submission")
        keys = {key.kid: verification_key(key.jwk) for key in DestinationKey.objects.filter(use="sig")}
        event = verify_event(signed.text, keys)
        assert event.issuer == str(parcel.destination_id)
        assert set(event.payload["authenticationTags"]["attachments"]) == {str(parcel.attachment_id)}

    def test_rejecting_names_one_of_the_known_reasons(self, terminal: Any, parcel: Parcel) -> None:
        from kiosk.central.models import Event

        submission = parcel.deliver(terminal)

        with pytest.raises(wire.Denied):
            ask("reject", submission, reason="Herr Beispiel hat gelogen")
        assert ask("reject", submission, reason="duplicate") == {"decided": True}

        [problem] = Event.objects.get(name="reject-submission").payload["problems"]
        assert problem["type"] == "urn:rathaus-kiosk:rejection:duplicate"

    def test_a_second_decision_changes_nothing(self, terminal: Any, parcel: Parcel) -> None:
        submission = parcel.deliver(terminal)
        ask("accept", submission)

        assert ask("reject", submission, reason="duplicate")["decided"] is False

    def test_what_cannot_be_opened_says_so(self, terminal: Any, parcel: Parcel) -> None:
        submission = parcel.deliver(terminal, wrong_body(parcel, "hash"))

        with pytest.raises(CentralError) as caught:
            ask("open", submission)
        assert caught.value.code == "CENTRAL-03"

    def test_the_socket_is_the_owners_alone(self, town: Any) -> None:
        assert stat.S_IMODE(town.config.opening_socket.stat().st_mode) == 0o600

    @pytest.mark.parametrize("line", [b"", b"no json\n", b"[]\n", b"x" * 20_000, b"[" * 15_000 + b"\n"])
    def test_rubbish_on_the_socket_ends_that_connection_only(self, town: Any, line: bytes) -> None:
        from kiosk.central.opening import client

        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.connect(str(town.config.opening_socket))
            connection.settimeout(5)
            try:
                connection.sendall(line)
                connection.shutdown(socket.SHUT_WR)
                assert connection.recv(100) == b""
            except (BrokenPipeError, ConnectionResetError):
                pass

        assert client.running()


@pytest.fixture
def running_service(town: Any, keyring: Any) -> Callable[[], Any]:
    """The opening service in a thread of its own, as a context."""
    from django.db import connections

    from kiosk.central.opening.server import OpeningService

    @contextmanager
    def running() -> Iterator[None]:
        service = OpeningService(keyring, town.config.opening_socket)

        def run() -> None:
            try:
                service.run()
            finally:
                connections.close_all()

        thread = threading.Thread(target=run)
        thread.start()
        try:
            assert service.ready.wait(5)
            yield
        finally:
            service.stop()
            thread.join(10)

    return running


def opened_in_time(submission: UUID) -> bool:
    from kiosk.central.models import Opened

    until = time.monotonic() + 20
    while not (found := Opened.objects.filter(pk=submission).exists()) and time.monotonic() < until:
        pass
    return found


class TestService:
    def test_a_delivery_wakes_it_and_is_opened(
        self, terminal: Any, parcel: Parcel, town: Any, running_service: Callable[[], Any]
    ) -> None:
        with running_service():
            assert opened_in_time(parcel.deliver(terminal))
        assert not town.config.opening_socket.exists()

    def test_a_database_that_is_not_there_yet_does_not_end_it(
        self, terminal: Any, parcel: Parcel, running_service: Callable[[], Any], caplog: Any
    ) -> None:
        from django.db import connection

        submission = parcel.deliver(terminal)
        caplog.set_level(logging.ERROR, "kiosk.central.opening.server")
        connection.cursor().execute("ALTER TABLE central_opened RENAME TO gone")
        with running_service():
            until = time.monotonic() + 20
            while "database unusable" not in caplog.text and time.monotonic() < until:
                pass
            connection.cursor().execute("ALTER TABLE gone RENAME TO central_opened")
            assert opened_in_time(submission)

    def test_without_it_deliveries_go_on_and_staff_is_told(self, terminal: Any, parcel: Parcel) -> None:
        from kiosk.central.opening import client

        submission = parcel.deliver(terminal)

        assert not client.running()
        with pytest.raises(CentralError) as caught:
            ask("open", submission)
        assert caught.value.code == "CENTRAL-04"


class TestKeyring:
    def test_keys_on_disk_are_encrypted_and_the_owners_alone(self, town: Any) -> None:
        files = list(town.config.department_keys_dir.iterdir())

        assert len(files) >= 4
        for file in files:
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            assert file.read_text().count(".") == 4

    def test_the_wrong_key_encryption_key_unlocks_nothing(self, town: Any) -> None:
        from kiosk.central.opening.keyring import Keyring, new_key_encryption_key

        other = Keyring.of(town.config, {"KIOSK_KEY_ENCRYPTION_KEY": new_key_encryption_key()})

        with pytest.raises(CentralError) as caught:
            other.check()
        assert caught.value.code == "CENTRAL-02"

    @pytest.mark.parametrize("text", ["short", "not base64 ä", "A" * 86])
    def test_an_unusable_key_encryption_key_is_refused(self, town: Any, text: str) -> None:
        from kiosk.central.opening.keyring import Keyring

        with pytest.raises(CentralError) as caught:
            Keyring.of(town.config, {"KIOSK_KEY_ENCRYPTION_KEY": text})
        assert caught.value.code == "CENTRAL-02"

    def test_it_comes_from_a_systemd_credential_too(self, town: Any, tmp_path: Path) -> None:
        from kiosk.central.opening.keyring import Keyring

        held = town.config.key_encryption_key_file.read_text()
        (tmp_path / "key-encryption-key").write_text(held)
        config = replace(town.config, key_encryption_key_file=None)

        assert Keyring.of(config, {"CREDENTIALS_DIRECTORY": str(tmp_path)}).check() >= 4

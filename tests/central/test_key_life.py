"""A department key's life: made, rotated while submissions wait, revoked, put under another lock; staff holds none."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from jwcrypto.jwk import JWK

from kiosk.delivery.submission import padded_json
from kiosk.delivery.tokens import seal
from kiosk.errors import CentralError

from .conftest import PASSWORD_OF, Parcel
from .test_events import event, private_signature_key, state_of
from .test_opening import ask, opened


def rotate(destination_id: UUID, keyring: Any) -> None:
    from kiosk.central.models import Destination
    from kiosk.central.town import make_keys

    make_keys(Destination.objects.get(pk=destination_id), keyring)


def actions() -> list[str]:
    """What the audit chain says, which is whole."""
    from kiosk.central import audit
    from kiosk.central.models import AuditRecord

    assert audit.verify() is None
    return list(AuditRecord.objects.values_list("action", flat=True))


def keyring_copy(town: Any, folder: Path) -> Any:
    """The town's keys in a folder of this test's own."""
    from kiosk.central.opening.keyring import Keyring, key_encryption_key

    shutil.copytree(town.config.department_keys_dir, folder)
    return Keyring(folder, key_encryption_key(town.config, {}))


class TestRotation:
    def test_what_waits_here_and_what_waits_on_a_terminal_is_opened_with_the_old_key(
        self, terminal: Any, parcel: Parcel, town: Any, keyring: Any, open_arrivals: Callable[[], int]
    ) -> None:
        arrived = parcel.deliver(terminal)
        outside = Parcel(town.tax)
        announced = terminal.post("/v2/submissions", outside.announcement()).json()["submissionId"]
        sealed, attachment = outside.sealed(), seal(outside.attachment, outside.key(), "application/pdf")

        rotate(town.tax, keyring)
        path = f"/v2/submissions/{announced}"
        assert terminal.put_jose(f"{path}/attachments/{outside.attachment_id}", attachment).status_code == 204
        assert terminal.put(path, sealed).status_code == 200
        later = Parcel(town.tax).deliver(terminal)

        assert open_arrivals() == 3
        assert [opened(one).failure for one in (arrived, UUID(announced), later)] == ["", "", ""]
        assert actions().count("keys.made") == 3

    def test_a_signature_with_the_retired_key_is_taken_no_longer(
        self, terminal: Any, parcel: Parcel, town: Any, keyring: Any, api: Callable[[str], Any]
    ) -> None:
        submission, old = parcel.deliver(terminal), private_signature_key(town.tax, keyring)

        rotate(town.tax, keyring)

        path = f"/v2/submissions/{submission}/events"
        assert api("tax-system").post_jose(path, event(submission, old)).status_code == 422
        assert state_of(submission) == "submitted"


class TestRevocation:
    def test_a_revoked_encryption_key_is_replaced_and_what_is_sealed_to_it_is_taken_and_flagged(
        self, terminal: Any, parcel: Parcel, town: Any, keyring: Any, open_arrivals: Callable[[], int]
    ) -> None:
        from kiosk.central.models import Destination
        from kiosk.central.town import revoke_key

        outside, kid = Parcel(town.tax), parcel.key()["kid"]
        announced = terminal.post("/v2/submissions", outside.announcement()).json()["submissionId"]
        sealed, attachment = outside.sealed(), seal(outside.attachment, outside.key(), "application/pdf")

        fresh = revoke_key(kid, keyring)
        path = f"/v2/submissions/{announced}"
        assert terminal.put_jose(f"{path}/attachments/{outside.attachment_id}", attachment).status_code == 204
        assert terminal.put(path, sealed).status_code == 200
        later = Parcel(town.tax).deliver(terminal)
        open_arrivals()

        assert fresh is not None
        assert terminal.get(f"/v2/destinations/{town.tax}").json()["encryptionKid"] == fresh.kid
        assert kid not in Destination.objects.get(pk=town.tax).published_keys().values_list("kid", flat=True)
        assert (opened(UUID(announced)).failure, opened(later).failure) == ("", "")
        assert "key-revoked" in opened(UUID(announced)).badges
        assert "key-revoked" not in opened(later).badges
        assert "key.revoked" in actions()

    def test_a_sender_that_names_the_revoked_key_by_its_thumbprint_is_flagged_too(
        self, terminal: Any, parcel: Parcel, keyring: Any, open_arrivals: Callable[[], int]
    ) -> None:
        from jwcrypto.jwk import JWK

        from kiosk.central.town import revoke_key

        kid, by_kid = parcel.key()["kid"], parcel.key()
        by_thumbprint = JWK(**by_kid.export_public(as_dict=True) | {"kid": by_kid.thumbprint()})
        metadata = seal(padded_json(parcel.metadata()), by_thumbprint, "application/json")
        data = seal(parcel.data, by_thumbprint, "application/json")
        submission = parcel.deliver(terminal, {"encryptedMetadata": metadata, "encryptedData": data})

        revoke_key(kid, keyring)
        open_arrivals()

        assert opened(submission).failure == ""
        assert "key-revoked" in opened(submission).badges

    def test_the_flag_has_words(self) -> None:
        from kiosk.central.inbox.badges import badges_of

        assert [badge.tone for badge in badges_of(["key-revoked"])] == ["danger"]

    def test_events_signed_with_a_revoked_key_are_refused(
        self, terminal: Any, parcel: Parcel, town: Any, keyring: Any, api: Callable[[str], Any], problem: Any
    ) -> None:
        from kiosk.central.town import revoke_key

        submission, old = parcel.deliver(terminal), private_signature_key(town.tax, keyring)

        revoke_key(old["kid"], keyring)

        system, path = api("tax-system"), f"/v2/submissions/{submission}/events"
        assert problem(system.post_jose(path, event(submission, old))) == "event-invalid"
        new = private_signature_key(town.tax, keyring)
        assert system.post_jose(path, event(submission, new)).status_code == 204

    def test_one_that_is_retired_already_is_replaced_by_nothing(self, town: Any, parcel: Parcel, keyring: Any) -> None:
        from kiosk.central.models import DestinationKey
        from kiosk.central.town import revoke_key

        kid = parcel.key()["kid"]
        rotate(town.tax, keyring)

        assert revoke_key(kid, keyring) is None
        first = DestinationKey.objects.get(pk=kid).revoked_at
        revoke_key(kid, keyring)
        assert DestinationKey.objects.get(pk=kid).revoked_at == first

    def test_an_unknown_one_is_named(self, town: Any, keyring: Any) -> None:
        from kiosk.central.town import revoke_key

        with pytest.raises(CentralError, match="no such key"):
            revoke_key("unknown", keyring)


class TestAnotherLock:
    @pytest.fixture
    def fresh(self, tmp_path: Path) -> JWK:
        from kiosk.central.opening.keyring import read_key_encryption_key, write_key_encryption_key

        write_key_encryption_key(tmp_path / "fresh")
        return read_key_encryption_key(tmp_path / "fresh")

    def test_every_key_is_under_the_new_one_and_none_under_the_old(self, town: Any, tmp_path: Path, fresh: JWK) -> None:
        from kiosk.central.opening.keyring import Keyring, key_encryption_key

        keyring = keyring_copy(town, tmp_path / "keys")

        count = keyring.change_lock(fresh)

        assert Keyring(tmp_path / "keys", fresh).check() == count >= 4
        old = Keyring(tmp_path / "keys", key_encryption_key(town.config, {}))
        for kid in old.kids():
            with pytest.raises(CentralError):
                old.private(kid)
        assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "keys").iterdir()} == {0o600}

    def test_one_that_was_broken_off_is_finished_by_the_next(self, town: Any, tmp_path: Path, fresh: JWK) -> None:
        from kiosk.central.opening.keyring import Keyring

        keyring = keyring_copy(town, tmp_path / "keys")
        first = keyring.kids()[0]
        Keyring(tmp_path / "keys", fresh).take(keyring.private(first))
        (tmp_path / "keys" / f"{first}.jwe.part").write_text("half a file")

        again = keyring_of_old_lock(town, tmp_path / "keys")
        assert again.change_lock(fresh) == len(again.kids())
        assert Keyring(tmp_path / "keys", fresh).check() >= 4

    def test_a_key_that_neither_opens_stops_it_before_anything_is_written(
        self, town: Any, tmp_path: Path, fresh: JWK
    ) -> None:
        keyring = keyring_copy(town, tmp_path / "keys")
        broken = keyring.kids()[-1]
        (tmp_path / "keys" / f"{broken}.jwe").write_text("no key")
        before = {file.name: file.read_text() for file in (tmp_path / "keys").iterdir()}

        with pytest.raises(CentralError) as caught:
            keyring.change_lock(fresh)

        assert caught.value.code == "CENTRAL-02"
        assert {file.name: file.read_text() for file in (tmp_path / "keys").iterdir()} == before


def keyring_of_old_lock(town: Any, folder: Path) -> Any:
    from kiosk.central.opening.keyring import Keyring, key_encryption_key

    return Keyring(folder, key_encryption_key(town.config, {}))


class TestStaffThatLeaves:
    def test_changes_no_key_and_stops_no_reading(
        self, terminal: Any, parcel: Parcel, town: Any, keyring: Any, opening_desk: Any, open_arrivals: Any
    ) -> None:
        from django.contrib.auth.models import User

        from kiosk.central.models import Department, DestinationKey
        from kiosk.central.opening import wire
        from kiosk.central.town import revoke_staff

        files = {file: file.read_bytes() for file in town.config.department_keys_dir.iterdir()}
        keys = list(DestinationKey.objects.order_by("kid").values())
        submission = parcel.deliver(terminal)
        open_arrivals()
        stays = User.objects.create_user("bleibt", password="eine lange Losung 3")
        Department.objects.get(name="Steuern und Abgaben").staff.add(stays)

        assert revoke_staff("steuern")

        with pytest.raises(wire.Denied):
            ask("open", submission, "steuern")
        assert ask("open", submission, "bleibt")["procedure"]["title"] == "Hund anmelden"
        assert {file: file.read_bytes() for file in town.config.department_keys_dir.iterdir()} == files
        assert list(DestinationKey.objects.order_by("kid").values()) == keys
        assert "staff.revoked" in actions()

    def test_an_account_is_nowhere_near_a_key(self, town: Any) -> None:
        """No table of accounts leads to one, and none of an account's texts has room for one."""
        from django.contrib.auth.models import User

        from kiosk.central.models import DestinationKey

        tables = {field.related_model for field in DestinationKey._meta.get_fields() if field.is_relation}
        assert User not in tables
        texts = [field for field in User._meta.get_fields() if getattr(field, "max_length", None)]
        assert texts
        assert all(field.max_length < 300 for field in texts)  # a private key has more than 3000 characters

    def test_is_signed_out_at_once_and_cannot_sign_in_again(self, town: Any, http: Any) -> None:
        from django.contrib.sessions.models import Session
        from django.test import Client

        from kiosk.central.town import revoke_staff

        other = Client()
        for browser, name in ((http, "steuern"), (other, "ordnung")):
            browser.post("/login", {"username": name, "password": PASSWORD_OF[name]})
        assert (http.get("/inbox").status_code, Session.objects.count()) == (200, 2)

        assert revoke_staff("steuern")

        assert Session.objects.count() == 1
        assert http.get("/inbox").status_code == 302
        assert other.get("/inbox").status_code == 200
        http.post("/login", {"username": "steuern", "password": PASSWORD_OF["steuern"]})
        assert http.get("/inbox").status_code == 302
        assert not revoke_staff("steuern")

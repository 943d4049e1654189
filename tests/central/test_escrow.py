"""The escrow: two officers together open it, one never; what it gives back opens what waits on an empty server."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from kiosk.central.offline_keys import make_officer_key, officer_public_key, public_file, unlock
from kiosk.central.opening.escrow import Escrow
from kiosk.errors import CentralError

from .conftest import Parcel
from .test_key_life import actions, keyring_copy, rotate
from .test_opening import opened

PASSPHRASES = {"anna": "Regen im Oktober", "bert": "vier gelbe Stühle", "cora": "Kastanien am Weg"}


def typing(name: str) -> Callable[[str], str]:
    return lambda prompt: PASSPHRASES[name]


@pytest.fixture(scope="module")
def officers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The private key files of three officers, each on a stick of its own."""
    made = {name: tmp_path_factory.mktemp(name) / name for name in PASSPHRASES}
    for name, path in made.items():
        make_officer_key(path, typing(name))
    return made


def two_of(officers: dict[str, Path], folder: Path, *names: str) -> Escrow:
    return Escrow(folder, tuple(public_file(officers[name]) for name in names or officers), 2)


@cache
def typed_in(path: Path) -> Any:
    """A passphrase costs a second."""
    return unlock(path, typing(path.name))


def unlocked(officers: dict[str, Path], *names: str) -> list[Any]:
    return [typed_in(officers[name]) for name in names]


def published() -> list[str]:
    """The kids of the town's keys; the folder that all tests share may hold more."""
    from kiosk.central.models import DestinationKey

    return sorted(DestinationKey.objects.values_list("kid", flat=True))


@pytest.fixture
def keyring_with_escrow(town: Any, tmp_path: Path, officers: dict[str, Path]) -> Any:
    """The town's keyring, with every key in an escrow for two of the three."""
    from kiosk.central.opening import recovery

    keyring = keyring_copy(town, tmp_path / "keys")
    keyring.escrow = two_of(officers, tmp_path / "escrow")
    recovery.export(keyring)
    return keyring


@pytest.fixture
def empty_server(tmp_path: Path) -> Callable[[Escrow], Any]:
    """A keyring without keys, under a new key-encryption key."""
    from kiosk.central.opening.keyring import Keyring, read_key_encryption_key, write_key_encryption_key

    write_key_encryption_key(tmp_path / "new-lock")
    lock = read_key_encryption_key(tmp_path / "new-lock")
    return lambda escrow: Keyring(tmp_path / "empty", lock, escrow)


class TestOfficers:
    def test_the_private_half_is_the_owners_and_opens_with_the_passphrase_alone(
        self, officers: dict[str, Path]
    ) -> None:
        path = officers["anna"]

        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.read_text().count(".") == 4
        assert unlock(path, typing("anna"))["kid"] == officer_public_key(public_file(path))["kid"]
        with pytest.raises(CentralError) as caught:
            unlock(path, typing("bert"))
        assert caught.value.code == "CENTRAL-02"
        assert "Regen" not in str(caught.value)

    def test_neither_half_is_ever_written_over(self, officers: dict[str, Path]) -> None:
        before = officers["anna"].read_bytes()

        with pytest.raises(CentralError) as caught:
            make_officer_key(officers["anna"], typing("anna"))

        assert caught.value.code == "CENTRAL-05"
        assert officers["anna"].read_bytes() == before

    @pytest.mark.parametrize("typed", [["kurz"], ["lang genug getippt", "anders getippt"]])
    def test_a_short_or_mistyped_passphrase_makes_nothing(self, tmp_path: Path, typed: list[str]) -> None:
        with pytest.raises(CentralError):
            make_officer_key(tmp_path / "dora", lambda prompt: typed.pop(0))

        assert list(tmp_path.iterdir()) == []

    def test_the_private_file_is_no_public_key(self, officers: dict[str, Path], tmp_path: Path) -> None:
        whole = tmp_path / "whole.json"
        whole.write_text(unlock(officers["anna"], typing("anna")).export_private())

        for path in (officers["anna"], whole, tmp_path / "missing"):
            with pytest.raises(CentralError) as caught:
                officer_public_key(path)
            assert caught.value.code == "CENTRAL-02"


class TestEscrow:
    def test_a_key_is_in_it_before_it_is_published(self, town: Any, tmp_path: Path, officers: dict[str, Path]) -> None:
        from kiosk.central.models import DestinationKey

        keyring = keyring_copy(town, tmp_path / "keys")
        keyring.escrow = replace(two_of(officers, tmp_path / "escrow"), officers=(tmp_path / "gone", tmp_path / "lost"))
        before = set(DestinationKey.objects.values_list("kid", flat=True))

        with pytest.raises(CentralError):
            rotate(town.tax, keyring)
        assert set(DestinationKey.objects.values_list("kid", flat=True)) == before

        keyring.escrow = two_of(officers, tmp_path / "escrow")
        rotate(town.tax, keyring)
        fresh = set(DestinationKey.objects.values_list("kid", flat=True)) - before
        assert {file.stem for file in (tmp_path / "escrow").iterdir()} == fresh

    def test_any_two_open_it_and_one_alone_never(self, keyring_with_escrow: Any, officers: dict[str, Path]) -> None:
        escrow = keyring_with_escrow.escrow

        for pair in (("anna", "bert"), ("cora", "anna"), ("bert", "cora")):
            found = {held.kid: key for held, key in escrow.open_all(unlocked(officers, *pair))}
            assert set(found) == set(published())
            for kid, key in found.items():
                assert key.export_private() == keyring_with_escrow.private(kid).export_private()
        with pytest.raises(CentralError, match="these officers cannot open it"):
            list(escrow.open_all(unlocked(officers, "anna")))

    def test_one_officers_seal_hides_nothing_but_another_seal(
        self, keyring_with_escrow: Any, officers: dict[str, Path]
    ) -> None:
        from kiosk.delivery.tokens import open_sealed, sealed_header

        keys = {key["kid"]: key for key in unlocked(officers, *PASSPHRASES)}
        for file in keyring_with_escrow.escrow.folder.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            for share in json.loads(file.read_text())["shares"]:
                outer, inner = share["officers"]
                sealed = open_sealed(share["sealed"], keys[outer], 100_000).decode()
                assert sealed_header(sealed)["kid"] == inner != outer

    def test_the_check_names_keys_and_officers_that_are_missing(
        self, keyring_with_escrow: Any, officers: dict[str, Path], tmp_path: Path
    ) -> None:
        from kiosk.central.opening import recovery

        whole = keyring_with_escrow.escrow
        assert recovery.check(whole) == {}
        file = sorted(whole.folder.iterdir())[0]
        file.unlink()
        assert recovery.check(whole) == {file.stem: "not in the escrow"}

        keyring_with_escrow.escrow = two_of(officers, tmp_path / "escrow", "anna", "bert")
        recovery.export(keyring_with_escrow)
        assert recovery.check(keyring_with_escrow.escrow) == {}
        assert set(recovery.check(whole).values()) == {"not for anna+cora, bert+cora"}
        assert actions().count("escrow.written") == 2

    def test_without_one_it_says_so(self, town: Any) -> None:
        from kiosk.central.opening import recovery

        with pytest.raises(CentralError, match="not configured"):
            recovery.check(None)


class TestRecovery:
    def test_two_officers_fill_an_empty_server_and_what_waited_is_opened(
        self,
        terminal: Any,
        parcel: Parcel,
        keyring_with_escrow: Any,
        officers: dict[str, Path],
        empty_server: Callable[[Escrow], Any],
    ) -> None:
        from kiosk.central.opening import recovery
        from kiosk.central.opening.arrivals import open_waiting, retry_flagged

        waiting = parcel.deliver(terminal)
        shutil.rmtree(keyring_with_escrow._folder)
        server = empty_server(keyring_with_escrow.escrow)
        open_waiting(server)
        assert opened(waiting).failure == "CENTRAL-02"

        done = recovery.restore(server, unlocked(officers, "cora", "bert"))

        retry_flagged()
        open_waiting(server)
        assert opened(waiting).failure == ""
        assert (done.keys, done.lost, done.without_destination) == (server.check(), 0, ())
        assert "keys.restored" in actions()

    def test_a_key_that_the_database_lost_opens_again_and_is_given_to_nobody(
        self,
        terminal: Any,
        town: Any,
        keyring_with_escrow: Any,
        officers: dict[str, Path],
        empty_server: Callable[[Escrow], Any],
    ) -> None:
        """The database comes from a backup older than the last rotation; a terminal sealed to the new key."""
        from kiosk.central.models import DestinationKey
        from kiosk.central.opening import recovery
        from kiosk.central.opening.arrivals import open_waiting

        before = Parcel(town.tax).key()["kid"]
        rotate(town.tax, keyring_with_escrow)
        outside = Parcel(town.tax)
        sealed, kid = outside.sealed(), outside.key()["kid"]
        DestinationKey.objects.filter(retired_at=None, destination=town.tax).delete()
        DestinationKey.objects.filter(destination=town.tax).update(retired_at=None)
        server = empty_server(keyring_with_escrow.escrow)

        done = recovery.restore(server, unlocked(officers, "anna", "bert"))

        assert done.lost == 2
        assert terminal.get(f"/v2/destinations/{town.tax}").json()["encryptionKid"] == before != kid
        submission = outside.deliver(terminal, sealed)
        open_waiting(server)
        assert opened(submission).failure == ""

    def test_what_an_intruder_sealed_under_a_known_name_does_not_come_in(
        self, keyring_with_escrow: Any, officers: dict[str, Path], empty_server: Callable[[Escrow], Any], town: Any
    ) -> None:
        """Sealing needs public keys only, so everybody can."""
        from jwcrypto.jwk import JWK

        from kiosk.central.opening import recovery

        [first, second, *_] = published()
        disguised = json.loads(keyring_with_escrow.private(second).export_private()) | {"kid": first}
        keyring_with_escrow.escrow.put(JWK(**disguised), town.tax)
        server = empty_server(keyring_with_escrow.escrow)

        with pytest.raises(CentralError) as caught:
            recovery.restore(server, unlocked(officers, "anna", "bert"))

        assert caught.value.code == "CENTRAL-02"
        assert server.kids() == []

    @pytest.mark.parametrize("content", ["", "{}", "[]", '{"kid": 5}', "ä", '{"kid": "broken", "shares": [{}]}'])
    def test_a_broken_file_stops_it_before_anything_is_kept(
        self,
        keyring_with_escrow: Any,
        officers: dict[str, Path],
        empty_server: Callable[[Escrow], Any],
        content: str,
    ) -> None:
        from kiosk.central.opening import recovery

        (keyring_with_escrow.escrow.folder / "broken.json").write_text(content)
        server = empty_server(keyring_with_escrow.escrow)

        with pytest.raises(CentralError) as caught:
            recovery.restore(server, unlocked(officers, "anna", "bert"))

        assert caught.value.code == "CENTRAL-02"
        assert server.kids() == []

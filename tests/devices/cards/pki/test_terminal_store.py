"""A terminal's folder: certificates, the key that belongs to them, and what happens when something is put into it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from devices.cards.pki.chat import ROLE_SIGNATURE_TERMINAL, HolderRole
from devices.cards.pki.making import DOCUMENT_VERIFIER, FIRST_CVCA, SECOND_CVCA, TERMINAL
from devices.cards.pki.making_terminals import TerminalOrder, certify
from devices.cards.pki.pkcs11_signer import Pkcs11Signer
from devices.cards.pki.private_keys import draw_ec_key
from devices.cards.pki.terminal_store import TerminalStore
from tests.devices.cards.pki.conftest import NOW
from tests.devices.cards.pki.refusals import code_of, refusal

TODAY = NOW.date()


@pytest.fixture
def folder(pki, tmp_path):
    pki.write_terminal(tmp_path / "eac")
    return tmp_path / "eac"


@pytest.fixture
def store(folder) -> TerminalStore:
    return TerminalStore(folder, NOW.date)


def renewed(pki, **changes):
    """The terminal's next certificate, with its key."""
    key = draw_ec_key("brainpoolP256r1")
    order = TerminalOrder("DETESTATKI00002", key, HolderRole.TERMINAL, TODAY, TODAY + timedelta(days=30))
    return certify(replace(order, **changes), DOCUMENT_VERIFIER, pki.keys["document-verifier"]), key


def put_key(folder, name: str, key) -> None:
    path = folder / name
    path.touch(mode=0o600)
    path.write_bytes(key.format())


def verify(pki, store, data: bytes = b"data") -> None:
    """What the store signs is the key of the certificate it uses."""
    root = pki.anchors()[0].public_key
    store.current.public_key.completed(root).verify(store.signer.sign(data), data)


def test_it_has_a_chain_for_every_anchor_a_card_may_name(store, pki):
    assert [item.chr for item in store.chain_for([SECOND_CVCA])] == [DOCUMENT_VERIFIER, TERMINAL]
    assert [item.chr for item in store.chain_for([FIRST_CVCA])] == [SECOND_CVCA, DOCUMENT_VERIFIER, TERMINAL]
    assert store.chain_for([FIRST_CVCA])[0].car == FIRST_CVCA


def test_the_first_anchor_that_fits_is_taken(store):
    assert len(store.chain_for(["DEOTHERCVCA00001", SECOND_CVCA, FIRST_CVCA])) == 2
    assert len(store.chain_for([FIRST_CVCA, SECOND_CVCA])) == 3


@pytest.mark.parametrize("cars", [[], ["DEOTHERCVCA00001"]])
def test_a_card_that_knows_none_of_them_needs_another_certificate(store, cars):
    assert code_of(lambda: store.chain_for(cars)) == "CARD-12"


def test_its_signer_has_the_key_of_the_certificate(store, pki):
    verify(pki, store)


@pytest.mark.parametrize("name", [None, "missing", "empty"])
def test_without_certificates_it_is_empty(tmp_path, name):
    (tmp_path / "empty").mkdir()
    store = TerminalStore(tmp_path / name if name else None, NOW.date)
    assert (store.certificates, store.current) == ((), None)
    assert code_of(lambda: store.chain_for([FIRST_CVCA])) == "CARD-12"
    assert code_of(lambda: store.signer) == "CARD-12"


class TestRenewal:
    def test_a_new_certificate_is_used_with_its_own_key_as_soon_as_it_is_there(self, store, folder, pki):
        assert store.current.chr == TERMINAL
        certificate, key = renewed(pki)
        put_key(folder, "DETESTATKI00002.pkcs8", key)
        (folder / "new.cvcert").write_bytes(certificate.encode())
        assert store.current == certificate
        assert store.chain_for([SECOND_CVCA])[-1] == certificate
        verify(pki, store)

    def test_one_that_is_not_valid_yet_waits(self, store, folder, pki):
        certificate, _ = renewed(pki, effective=TODAY + timedelta(days=1))
        (folder / "new.cvcert").write_bytes(certificate.encode())
        assert store.current.chr == TERMINAL
        assert len(store.certificates) == 6

    def test_an_expired_one_is_used_where_nothing_else_is(self, folder, pki):
        late = TerminalStore(folder, lambda: TODAY + timedelta(days=10000))
        assert late.current.chr == TERMINAL
        assert len(late.chain_for([SECOND_CVCA])) == 2

    def test_a_certificate_for_another_kind_of_terminal_is_not_its_own(self, store, folder, pki):
        certificate, _ = renewed(pki, role_oid=ROLE_SIGNATURE_TERMINAL, rights=0)
        (folder / "new.cvcert").write_bytes(certificate.encode())
        assert store.current.chr == TERMINAL

    def test_certificates_that_are_taken_away_are_gone(self, store, folder):
        for path in folder.glob("*.cvcert"):
            path.unlink()
        assert store.certificates == ()


class TestMalformed:
    @pytest.mark.parametrize("content", [b"", b"\x7f\x21\x01", bytes(100000)], ids=["empty", "cut off", "long"])
    def test_a_file_that_is_no_certificate_is_named(self, folder, content):
        (folder / "bad.cvcert").write_bytes(content)
        error = refusal(lambda: TerminalStore(folder))
        assert (error.code, "bad.cvcert" in error.detail) == ("EAC-01", True)

    def test_other_files_are_left_alone(self, folder):
        (folder / "README.md").write_bytes(b"whatever")
        (folder / "more").mkdir()
        assert len(TerminalStore(folder).certificates) == 5


class TestSigner:
    def test_a_key_file_of_another_name(self, folder, pki):
        (folder / "DETESTATKI00001.pkcs8").rename(folder / "key.pem")
        (folder / "signer.toml").write_text('kind = "file"\nkey = "key.pem"\n', encoding="utf-8")
        verify(pki, TerminalStore(folder, NOW.date))

    def test_a_missing_key_is_said(self, folder):
        (folder / "DETESTATKI00001.pkcs8").unlink()
        error = refusal(lambda: TerminalStore(folder, NOW.date).signer)
        assert (error.code, "DETESTATKI00001.pkcs8" in error.detail) == ("EAC-03", True)

    def test_a_token_is_not_opened_before_the_first_signature(self, folder):
        lines = [
            'kind = "pkcs11"',
            'module = "/nowhere.so"',
            'token = "kiosk"',
            'label = "{holder}"',
            'pin_file = "pin"',
        ]
        (folder / "signer.toml").write_text("\n".join(lines), encoding="utf-8")
        signer = TerminalStore(folder, NOW.date).signer
        assert isinstance(signer, Pkcs11Signer)
        assert code_of(lambda: signer.sign(b"x")) == "EAC-03"

    @pytest.mark.parametrize(
        "text",
        [
            "",
            'kind = "file"',
            'kind = "paper"\nkey = "x"',
            'kind = "file"\nkey = 1',
            "kind = ",
            'kind = "pkcs11"\nkey = "x"',
        ],
    )
    def test_settings_that_say_nothing_usable_are_refused(self, folder, text):
        (folder / "signer.toml").write_text(text, encoding="utf-8")
        error = refusal(lambda: TerminalStore(folder, NOW.date).signer)
        assert (error.code, "signer.toml" in error.detail) == ("EAC-03", True)

"""Taking files into a terminal's folders: what is taken, what is refused, and that it is all or nothing."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from asn1crypto import pem
from hypothesis import given
from hypothesis import strategies as st

from devices.cards.pki.chat import ROLE_AUTHENTICATION_TERMINAL, Chat, HolderRole
from devices.cards.pki.csca import CscaStore
from devices.cards.pki.cv_certificate import build_cv_certificate
from devices.cards.pki.importing import Folders, import_files
from devices.cards.pki.making import TERMINAL
from devices.cards.pki.making_documents import (
    MASTER_LIST_SIGNER,
    Order,
    build_master_list,
    build_revocation_list,
    issue,
    sign_message,
)
from devices.cards.pki.making_terminals import TerminalOrder, certify
from devices.cards.pki.private_keys import draw_ec_key
from devices.cards.pki.recognising import recognise
from devices.cards.pki.terminal_store import TerminalStore
from tests.devices.cards.pki.conftest import NOW
from tests.devices.cards.pki.refusals import code_of, code_or_none, refusal
from tests.devices.cards.pki.worked_examples import ECDH, SPECIMEN_SOD

YEAR = timedelta(days=365)


@pytest.fixture
def folders(tmp_path) -> Folders:
    return Folders(tmp_path / "eac", tmp_path / "csca")


@pytest.fixture
def put(tmp_path):
    """Files of a technician, numbered as they are made."""

    def put(*contents: bytes):
        paths = [tmp_path / f"file {number}" for number in range(len(contents))]
        for path, content in zip(paths, contents, strict=True):
            path.write_bytes(content)
        return paths

    return put


def nothing_in(folders: Folders) -> bool:
    return not TerminalStore(folders.eac).certificates and not CscaStore(folders.csca)


def terminal_files(pki) -> list[bytes]:
    certificates = (*pki.anchors(), pki.link(), *pki.chain())
    return [*(item.encode() for item in certificates), pki.keys["terminal"].format()]


class TestTerminal:
    def test_everything_in_any_order(self, pki, folders, put):
        said = import_files(folders, put(*reversed(terminal_files(pki))))
        assert sum("trust anchor" in sentence for sentence in said) == 2
        store = TerminalStore(folders.eac, NOW.date)
        assert len(store.certificates) == 5
        assert len(store.chain_for([pki.anchors()[1].chr])) == 3
        pki.terminal().public_key.completed(pki.anchors()[0].public_key).verify(store.signer.sign(b"x"), b"x")
        assert (folders.eac / f"{TERMINAL}.pkcs8").stat().st_mode & 0o777 == 0o600

    def test_twice_is_once(self, pki, folders, put):
        paths = put(*terminal_files(pki))
        assert import_files(folders, paths) == import_files(folders, paths)
        assert len(TerminalStore(folders.eac).certificates) == 5

    def test_one_after_the_other(self, pki, folders, put):
        for content in terminal_files(pki):
            import_files(folders, put(content))
        assert len(TerminalStore(folders.eac).certificates) == 5

    def test_what_cannot_be_verified_yet_is_taken_and_said(self, pki, folders, put):
        [sentence] = import_files(folders, put(pki.terminal().encode()))
        assert "not verified" in sentence

    def test_a_forged_certificate_is_refused_and_nothing_taken(self, pki, folders, put):
        forger = replace(pki, keys={**pki.keys, "document-verifier": draw_ec_key("brainpoolP256r1")})
        contents = [*(item.encode() for item in pki.anchors()), pki.document_verifier().encode()]
        assert code_of(lambda: import_files(folders, put(*contents, forger.terminal().encode()))) == "EAC-02"
        assert nothing_in(folders)

    def test_a_key_that_belongs_to_no_certificate_is_refused(self, pki, folders, put):
        import_files(folders, put(*terminal_files(pki)))
        stranger = draw_ec_key("brainpoolP256r1").format()
        assert code_of(lambda: import_files(folders, put(stranger))) == "EAC-03"

    def test_certificates_of_another_tool(self, folders, put):
        [sentence] = import_files(folders, put(ECDH.certificates[0]))
        fingerprint = hashlib.sha256(ECDH.certificates[0]).hexdigest()
        said = f"DECVCAAT00001, valid until {ECDH.chain[0].expires}, a trust anchor: SHA-256 {fingerprint}"
        assert sentence == said

    @pytest.mark.parametrize("role", [HolderRole.TERMINAL, HolderRole.DOMESTIC_DOCUMENT_VERIFIER])
    def test_a_certificate_signed_by_itself_that_is_no_cvca_is_refused(self, folders, put, role):
        """As a terminal's it would take the place of the one that cards let in."""
        key = draw_ec_key("brainpoolP256r1")
        order = TerminalOrder("DESELFAT00001", key, role, NOW.date(), NOW.date())
        alone = certify(replace(order, role=HolderRole.CVCA), "DESELFAT00001", key)
        body = replace(alone, chat=Chat(ROLE_AUTHENTICATION_TERMINAL, role << 38))
        made = build_cv_certificate(body, lambda data: key.sign(alone.public_key.scheme, data))
        assert code_of(lambda: import_files(folders, put(made.encode()))) == "EAC-02"
        assert nothing_in(folders)

    def test_a_key_takes_no_place_another_certificate_of_that_name_needs(self, pki, folders, put):
        import_files(folders, put(*terminal_files(pki)))
        kept = (folders.eac / f"{TERMINAL}.pkcs8").read_bytes()
        again = replace(pki, keys={**pki.keys, "terminal": draw_ec_key("brainpoolP256r1")})
        contents = (again.terminal().encode(), again.keys["terminal"].format())
        error = refusal(lambda: import_files(folders, put(*contents)))
        assert (error.code, TERMINAL in error.detail) == ("EAC-03", True)
        assert (folders.eac / f"{TERMINAL}.pkcs8").read_bytes() == kept


class TestStates:
    def list_signer(self, issuer, purpose: str = MASTER_LIST_SIGNER, ends=NOW + YEAR):
        return issue(Order("LIST", draw_ec_key("secp256r1"), 20, NOW - YEAR, ends, purpose=purpose), issuer)

    def test_certificates_in_der_and_pem(self, pki, folders, put):
        other = issue(Order("CSCA", draw_ec_key("secp384r1"), 3, NOW - YEAR, NOW + YEAR, is_authority=True))
        armoured = pem.armor("CERTIFICATE", other.certificate.der)
        said = import_files(folders, put(pki.csca().certificate.der, armoured))
        assert all("trusted from now on" in sentence for sentence in said)
        assert len(CscaStore(folders.csca).certificates) == 2

    def test_a_link_certificate_needs_the_one_before(self, pki, folders, put):
        order = Order("CSCA 2", draw_ec_key("secp384r1"), 3, NOW - YEAR, NOW + YEAR, is_authority=True)
        link = issue(order, pki.csca()).certificate.der
        assert code_of(lambda: import_files(folders, put(link))) == "EAC-04"
        [*_, sentence] = import_files(folders, put(pki.csca().certificate.der, link))
        assert "link certificate" in sentence

    def test_a_document_signer_is_no_csca(self, pki, folders, put):
        contents = (pki.csca().certificate.der, pki.document_signer().certificate.der)
        assert code_of(lambda: import_files(folders, put(*contents))) == "EAC-04"
        assert nothing_in(folders)

    def test_a_master_list(self, pki, folders, put):
        many = [
            issue(
                Order(f"CSCA {n}", draw_ec_key("secp256r1"), n, NOW - YEAR, NOW + YEAR, is_authority=True)
            ).certificate
            for n in range(1, 5)
        ]
        csca = pki.csca()
        message = build_master_list([*many, csca.certificate], self.list_signer(csca))
        [sentence] = import_files(folders, put(message), NOW)
        assert "5 certificates, trusted from now on under DE, Rathaus-Kiosk trial, CSCA: SHA-256 " in sentence
        assert hashlib.sha256(csca.certificate.der).hexdigest() in sentence
        [again] = import_files(folders, put(message), NOW)
        assert again.endswith("5 certificates")
        assert len(CscaStore(folders.csca).certificates) == 5

    def test_a_newer_master_list_takes_the_place_of_the_older(self, pki, folders, put):
        signer = self.list_signer(pki.csca())
        other = issue(Order("CSCA", draw_ec_key("secp256r1"), 1, NOW - YEAR, NOW + YEAR, is_authority=True)).certificate
        import_files(folders, put(build_master_list([pki.csca().certificate, other], signer)), NOW)
        assert len(CscaStore(folders.csca).certificates) == 2
        import_files(folders, put(build_master_list([pki.csca().certificate], signer)), NOW)
        assert len(CscaStore(folders.csca).certificates) == 1

    def test_a_master_list_that_names_a_known_csca_must_be_signed_under_it(self, pki, folders, put):
        import_files(folders, put(pki.csca().certificate.der))
        forger = replace(pki.csca(), key=draw_ec_key("brainpoolP256r1"))
        forged = build_master_list([pki.csca().certificate], self.list_signer(forger))
        assert code_of(lambda: import_files(folders, put(forged), NOW)) == "EAC-04"

    def test_a_master_list_with_a_new_csca_of_a_known_state_needs_a_link(self, pki, folders, put):
        order = Order("CSCA 2", draw_ec_key("secp384r1"), 3, NOW - YEAR, NOW + YEAR, is_authority=True)
        fresh, link = issue(order), issue(order, pki.csca())
        without, linked = (
            build_master_list(inside, self.list_signer(fresh))
            for inside in ([fresh.certificate], [fresh.certificate, link.certificate])
        )
        import_files(folders, put(pki.csca().certificate.der))
        assert code_of(lambda: import_files(folders, put(without), NOW)) == "EAC-04"
        [sentence] = import_files(folders, put(linked), NOW)
        assert "2 certificates" in sentence

    @pytest.mark.parametrize("purpose", ["", "1.3.6.1.5.5.7.3.2"], ids=["documents", "another"])
    def test_a_master_list_of_the_wrong_signer_is_refused(self, pki, folders, put, purpose):
        message = build_master_list([pki.csca().certificate], self.list_signer(pki.csca(), purpose))
        assert code_of(lambda: import_files(folders, put(message))) == "EAC-04"

    def test_a_master_list_of_a_signer_whose_time_is_over_is_refused(self, pki, folders, put):
        message = build_master_list([pki.csca().certificate], self.list_signer(pki.csca(), ends=NOW))
        late = NOW + timedelta(seconds=1)
        error = refusal(lambda: import_files(folders, put(message), late))
        assert (error.code, "not valid now" in error.detail) == ("EAC-04", True)
        assert import_files(folders, put(message), NOW)

    def test_a_master_list_of_a_revoked_signer_is_refused(self, pki, folders, put):
        revoked = build_revocation_list([20], pki.csca(), NOW - YEAR, NOW + YEAR)
        import_files(folders, put(pki.csca().certificate.der, revoked))
        message = build_master_list([pki.csca().certificate], self.list_signer(pki.csca()))
        error = refusal(lambda: import_files(folders, put(message), NOW))
        assert (error.code, "revoked" in error.detail) == ("EAC-04", True)

    def test_a_signed_message_that_is_no_master_list_is_refused(self, pki, folders, put):
        other = sign_message(b"content", "2.23.136.1.1.1", self.list_signer(pki.csca()))
        for message in (other, SPECIMEN_SOD, other[:-1] + bytes([other[-1] ^ 1])):
            assert code_of(lambda message=message: import_files(folders, put(message))) == "EAC-04"

    def test_a_revocation_list_needs_its_csca(self, pki, folders, put):
        der = build_revocation_list([1, 2, 3], pki.csca(), NOW, NOW + YEAR)
        assert code_of(lambda: import_files(folders, put(der))) == "EAC-04"
        [_, sentence] = import_files(folders, put(der, pki.csca().certificate.der))
        assert "3 certificates" in sentence

    def test_an_older_revocation_list_is_refused_a_newer_replaces(self, pki, folders, put):
        older, newer = (
            build_revocation_list([number], pki.csca(), NOW + number * YEAR, NOW + 9 * YEAR) for number in (1, 2)
        )
        import_files(folders, put(pki.csca().certificate.der, older))
        import_files(folders, put(newer))
        assert code_of(lambda: import_files(folders, put(older))) == "EAC-04"
        assert [item.serials for item in CscaStore(folders.csca).revocation_lists] == [frozenset({2})]


class TestFiles:
    @pytest.mark.parametrize(
        "content", [b"", b"text", b"\x30\x00", b"\x30\x02\x05\x00", b"-----BEGIN CERTIFICATE-----"]
    )
    def test_what_is_nothing_usable_is_named(self, folders, put, content):
        error = refusal(lambda: import_files(folders, put(content)))
        assert (error.code, "file 0" in error.detail) == ("EAC-01", True)

    def test_a_file_that_is_not_there(self, folders, tmp_path):
        assert code_of(lambda: import_files(folders, [tmp_path / "nothing"])) == "EAC-01"

    def test_without_a_folder_in_the_configuration(self, pki, put):
        for content, key in ((pki.terminal().encode(), "eac_dir"), (pki.csca().certificate.der, "csca_dir")):
            error = refusal(lambda content=content: import_files(Folders(None, None), put(content)))
            assert (error.code, key in error.detail) == ("EAC-01", True)

    @given(st.binary(max_size=200), st.sampled_from([b"", b"\x30\x81\xc8", b"\x7f\x21", b"-----BEGIN X-----\n"]))
    def test_any_bytes_are_recognised_or_refused(self, data, begin):
        assert code_or_none(lambda: recognise(begin + data)) in (None, "EAC-01", "EAC-04")

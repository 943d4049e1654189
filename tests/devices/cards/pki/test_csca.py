"""Which states are known here: certificates, master lists and revocation lists in a folder."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from asn1crypto import crl, pem
from hypothesis import given
from hypothesis import strategies as st

from devices.cards.pki.csca import CscaStore
from devices.cards.pki.making import LASTS, SIGNER_SERIAL, SignerFlaw
from devices.cards.pki.making_documents import (
    ECDSA_SHA256,
    MASTER_LIST_SIGNER,
    Order,
    build_master_list,
    build_revocation_list,
    issue,
)
from devices.cards.pki.private_keys import draw_ec_key
from devices.cards.pki.revocation import parse_revocation_list
from devices.cards.wire import tlv
from kiosk.identity import Authenticity
from tests.devices.cards.pki.conftest import NOW
from tests.devices.cards.pki.refusals import code_of, code_or_none, refusal

YEAR = timedelta(days=365)


def authority(name: str, begins=NOW - YEAR, ends=NOW + YEAR, key=None):
    return issue(Order(name, key or draw_ec_key("secp384r1"), 7, begins, ends, is_authority=True))


def document_signer(issuer, serial: int = 8, purpose: str = ""):
    order = Order("DS", draw_ec_key("secp256r1"), serial, NOW - YEAR, NOW + YEAR, purpose=purpose)
    return issue(order, issuer)


A_LIST = build_revocation_list([1, 200], authority("CSCA"), NOW, NOW + YEAR)


@pytest.fixture
def folder(pki, tmp_path):
    pki.write_csca(tmp_path / "csca")
    return tmp_path / "csca"


@pytest.fixture
def signer(pki):
    return pki.document_signer().certificate


class TestSigner:
    def test_of_a_known_state_is_verified(self, folder, signer):
        assert CscaStore(folder).authenticity_of(signer, NOW) is Authenticity.VERIFIED

    def test_of_an_unknown_state_is_unverified(self, pki, folder):
        stranger = pki.flawed(SignerFlaw.UNKNOWN).document_signer().certificate
        assert CscaStore(folder).authenticity_of(stranger, NOW) is Authenticity.UNVERIFIED

    @pytest.mark.parametrize("flaw", [SignerFlaw.EXPIRED, SignerFlaw.WRONG_ROLE, SignerFlaw.REVOKED])
    def test_with_a_flaw_is_refused(self, pki, tmp_path, flaw):
        flawed = pki.flawed(flaw)
        flawed.write_csca(tmp_path)
        store = CscaStore(tmp_path)
        assert code_of(lambda: store.authenticity_of(flawed.document_signer().certificate, NOW)) == "CARD-10"

    def test_of_an_expired_csca_is_refused(self, tmp_path):
        old = authority("OLD", ends=NOW - timedelta(days=1))
        (tmp_path / "old.cer").write_bytes(old.certificate.der)
        certificate = document_signer(old).certificate
        error = refusal(lambda: CscaStore(tmp_path).authenticity_of(certificate, NOW))
        assert (error.code, "OLD" in error.detail) == ("CARD-10", True)
        assert CscaStore(tmp_path).authenticity_of(certificate, NOW - YEAR / 2) is Authenticity.VERIFIED

    def test_that_names_a_csca_it_was_not_signed_by_is_refused(self, folder, pki):
        certificate = document_signer(authority("CSCA")).certificate
        forged = replace(certificate, authority_key_id=pki.csca().certificate.key_id)
        assert code_of(lambda: CscaStore(folder).authenticity_of(forged, NOW)) == "CARD-10"

    def test_an_authority_signs_no_documents(self, folder, pki):
        assert code_of(lambda: CscaStore(folder).authenticity_of(pki.csca().certificate, NOW)) == "CARD-10"

    def test_a_document_signer_is_no_authority(self, tmp_path, pki):
        """A chain of three is none: who may sign documents may not make signers."""
        middle = pki.document_signer()
        (tmp_path / "middle.cer").write_bytes(middle.certificate.der)
        certificate = document_signer(middle).certificate
        assert CscaStore(tmp_path).authenticity_of(certificate, NOW) is Authenticity.UNVERIFIED

    def test_of_a_new_key_known_by_its_link_certificate_only(self, tmp_path, pki):
        fresh = authority("CSCA 2")
        link = issue(Order("CSCA 2", fresh.key, 9, NOW - YEAR, NOW + YEAR, is_authority=True), pki.csca())
        (tmp_path / "link.cer").write_bytes(link.certificate.der)
        found = CscaStore(tmp_path).authenticity_of(document_signer(fresh).certificate, NOW)
        assert found is Authenticity.VERIFIED

    def test_of_one_whose_key_may_not_sign_certificates_is_unverified(self, tmp_path):
        """basicConstraints alone make no CSCA: its keyUsage must allow it too (ICAO 9303-12 §7.1)."""
        issuer = authority("CSCA")
        der = issuer.certificate.der
        usage = bytes.fromhex("0603551d0f0101ff040403020106")
        (tmp_path / "csca.cer").write_bytes(der.replace(usage, usage[:-1] + b"\x02"))
        assert usage in der
        assert len(CscaStore(tmp_path).certificates) == 1
        certificate = document_signer(issuer).certificate
        assert CscaStore(tmp_path).authenticity_of(certificate, NOW) is Authenticity.UNVERIFIED

    def test_without_key_identifiers_the_name_decides(self, folder, signer):
        certificate = replace(signer, authority_key_id=None)
        assert CscaStore(folder).authenticity_of(certificate, NOW) is Authenticity.VERIFIED


class TestRevocation:
    def put(self, folder, serials, issuer, ends=NOW + YEAR) -> None:
        (folder / "list.crl").write_bytes(build_revocation_list(serials, issuer, NOW - YEAR, ends))

    def test_others_are_not_touched(self, folder, pki, signer):
        self.put(folder, [SIGNER_SERIAL + 1], pki.csca())
        assert CscaStore(folder).authenticity_of(signer, NOW) is Authenticity.VERIFIED

    def test_an_old_list_still_counts(self, folder, pki, signer):
        self.put(folder, [SIGNER_SERIAL], pki.csca(), ends=NOW - timedelta(days=1))
        assert code_of(lambda: CscaStore(folder).authenticity_of(signer, NOW)) == "CARD-10"

    def test_a_list_of_another_authority_counts_not(self, folder, signer):
        self.put(folder, [SIGNER_SERIAL], authority("OTHER"))
        assert CscaStore(folder).authenticity_of(signer, NOW) is Authenticity.VERIFIED

    def test_a_list_signed_with_the_states_newer_key_counts(self, folder, pki, signer):
        """After a change of keys one list has what was signed with any of them (ICAO 9303-12)."""
        order = Order("CSCA", draw_ec_key("secp384r1"), 9, NOW - YEAR, NOW + YEAR, is_authority=True)
        newer = issue(order)
        assert newer.certificate.subject == pki.csca().certificate.subject
        self.put(folder, [SIGNER_SERIAL], newer)
        assert CscaStore(folder).authenticity_of(signer, NOW) is Authenticity.VERIFIED
        (folder / "newer.cer").write_bytes(newer.certificate.der)
        assert code_of(lambda: CscaStore(folder).authenticity_of(signer, NOW)) == "CARD-10"

    def test_a_list_of_another_csca_that_names_this_one_counts_not(self, folder, pki, signer):
        """One state cannot revoke the signers of another by writing its name into a list."""
        stranger = authority("STRANGER")
        (folder / "stranger.cer").write_bytes(stranger.certificate.der)
        der = build_revocation_list([SIGNER_SERIAL], stranger, NOW - YEAR, NOW + YEAR)
        content, *_ = tlv.parse(tlv.need(der, 0x30))
        body = content.value.replace(stranger.certificate.subject, pki.csca().certificate.subject)
        signed = tlv.encode(0x30, body)
        algorithm = tlv.encode(0x30, bytes.fromhex("06082a8648ce3d040302"))
        signature = tlv.encode(0x03, b"\x00" + stranger.key.sign(ECDSA_SHA256, signed))
        forged = tlv.encode(0x30, signed + algorithm + signature)
        found = parse_revocation_list(forged)
        assert found.is_signed_by(stranger.certificate)
        assert found.issuer == signer.issuer
        (folder / "list.crl").write_bytes(forged)
        assert CscaStore(folder).authenticity_of(signer, NOW) is Authenticity.VERIFIED

    @pytest.mark.parametrize(
        ("kind", "value"),
        [("delta_crl_indicator", 1), ("issuing_distribution_point", {"only_contains_user_certs": True})],
    )
    def test_a_list_that_is_not_a_whole_one_is_refused(self, kind, value):
        """It would take the place of the whole one and let out what that revokes."""
        parsed = crl.CertificateList.load(A_LIST)
        extension = {"extn_id": kind, "critical": True, "extn_value": value}
        parsed["tbs_cert_list"]["crl_extensions"].append(extension)
        assert code_of(lambda: parse_revocation_list(parsed.dump(force=True))) == "CARD-07"

    def test_a_forged_list_counts_not(self, folder, pki, signer):
        forger = replace(pki.csca(), key=draw_ec_key("brainpoolP256r1"))
        self.put(folder, [SIGNER_SERIAL], forger)
        assert CscaStore(folder).authenticity_of(signer, NOW) is Authenticity.VERIFIED

    def test_a_long_list_is_read(self, pki):
        der = build_revocation_list(range(1000, 3000), pki.csca(), NOW, NOW + LASTS)
        found = parse_revocation_list(der)
        assert found.serials == frozenset(range(1000, 3000))
        assert (found.this_update, found.next_update) == (NOW, NOW + LASTS)
        assert found.is_signed_by(pki.csca().certificate)

    @given(st.integers(0, len(A_LIST)), st.integers(0, 3), st.binary(max_size=3))
    def test_a_changed_list_is_read_or_refused(self, at, length, instead):
        changed = A_LIST[:at] + instead + A_LIST[at + length :]
        assert code_or_none(lambda: parse_revocation_list(changed)) in (None, "CARD-07")

    @given(st.binary(max_size=100))
    def test_any_bytes_are_refused(self, data):
        assert code_of(lambda: parse_revocation_list(data)) == "CARD-07"


class TestFolder:
    @pytest.mark.parametrize("name", [None, "missing"])
    def test_none_knows_nobody(self, tmp_path, name):
        store = CscaStore(tmp_path / name if name else None)
        assert not store
        assert (store.certificates, store.revocation_lists) == ((), ())

    def test_certificates_come_in_pem_too_several_in_a_file(self, tmp_path, pki, signer):
        ders = (authority("OTHER").certificate.der, pki.csca().certificate.der)
        (tmp_path / "all.pem").write_bytes(b"".join(pem.armor("CERTIFICATE", der) for der in ders))
        store = CscaStore(tmp_path)
        assert tuple(item.der for item in store.certificates) == ders
        assert store.authenticity_of(signer, NOW) is Authenticity.VERIFIED

    def test_certificates_come_in_master_lists(self, tmp_path, pki, signer):
        list_signer = document_signer(pki.csca(), purpose=MASTER_LIST_SIGNER)
        many = [authority(f"CSCA {number}").certificate for number in range(5)]
        (tmp_path / "list.ml").write_bytes(build_master_list([*many, pki.csca().certificate], list_signer))
        store = CscaStore(tmp_path)
        assert len(store.certificates) == 6
        assert store.authenticity_of(signer, NOW) is Authenticity.VERIFIED

    def test_what_is_put_into_it_counts_at_once(self, tmp_path, pki, signer):
        store = CscaStore(tmp_path)
        assert store.authenticity_of(signer, NOW) is Authenticity.UNVERIFIED
        pki.flawed(SignerFlaw.REVOKED).write_csca(tmp_path)
        assert store
        assert code_of(lambda: store.authenticity_of(signer, NOW)) == "CARD-10"

    @pytest.mark.parametrize("name", ["bad.cer", "bad.pem", "bad.ml", "bad.crl"])
    @pytest.mark.parametrize("content", [b"", b"\x30\x03", b"-----BEGIN CERTIFICATE-----\n"])
    def test_a_malformed_file_is_named(self, tmp_path, name, content):
        (tmp_path / name).write_bytes(content)
        error = refusal(lambda: CscaStore(tmp_path))
        assert (error.code, name in error.detail) == ("EAC-04", True)

    def test_a_certificate_nobody_here_can_read_is_passed_over(self, folder, signer):
        (folder / "odd.cer").write_bytes(b"\x30\x03\x02\x01\x00")
        store = CscaStore(folder)
        assert len(store.certificates) == 1
        assert store.authenticity_of(signer, NOW) is Authenticity.VERIFIED

    def test_a_folder_that_cannot_be_looked_into_is_said(self, tmp_path):
        assert code_of(lambda: CscaStore(tmp_path / ("x" * 300))) == "EAC-04"

    def test_a_file_that_is_being_written_is_not_there_yet(self, folder):
        (folder / ".csca.cer.crl").write_bytes(b"half")
        assert CscaStore(folder).revocation_lists == ()

    def test_other_files_are_left_alone(self, folder):
        (folder / "README.md").write_bytes(b"whatever")
        assert len(CscaStore(folder).certificates) == 1

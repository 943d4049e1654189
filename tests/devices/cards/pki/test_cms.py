"""What cards had signed: the published messages, and every way in which one can be wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto import cms
from hypothesis import given
from hypothesis import strategies as st

from devices.cards.pki.cms import open_message, verify_signed_data
from devices.cards.pki.csca import CscaStore
from devices.cards.pki.signatures import Form, Scheme
from devices.cards.pki.x509 import parse_certificate
from devices.cards.wire import tlv
from kiosk.identity import Authenticity
from tests.devices.cards.pki.conftest import NOW
from tests.devices.cards.pki.refusals import code_of, code_or_none, refusal
from tests.devices.cards.pki.worked_examples import ECDH, EXAMPLES, SPECIMEN_SOD

CARD_SECURITY = "0.4.0.127.0.7.3.2.1"
SECURITY_OBJECT = "2.23.136.1.1.1"
WORKED = datetime(2010, 3, 1, tzinfo=UTC)
SPECIMEN = datetime(2008, 6, 1, tzinfo=UTC)
NOBODY = CscaStore()


@pytest.fixture
def trust(pki, tmp_path) -> CscaStore:
    pki.write_csca(tmp_path / "csca")
    return CscaStore(tmp_path / "csca")


class TestPublished:
    @pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
    def test_card_security_of_the_worked_example(self, example):
        found = verify_signed_data(example.card_security, NOBODY, WORKED)
        assert (found.content, found.content_type) == (example.security_infos, CARD_SECURITY)
        assert (found.authenticity, found.signer) == (
            Authenticity.UNVERIFIED,
            "DE, HJP Consulting, Document Signer, HJP PB DS",
        )

    def test_the_specimens_security_object_on_a_curve_the_library_lacks(self):
        found = verify_signed_data(SPECIMEN_SOD, NOBODY, SPECIMEN)
        assert (found.content_type, found.authenticity) == (SECURITY_OBJECT, Authenticity.UNVERIFIED)
        assert found.content.hex().startswith("307c020100300906052b0e03021a05003")

    def test_a_signer_whose_time_is_over_is_refused(self):
        assert code_of(lambda: verify_signed_data(SPECIMEN_SOD, NOBODY, NOW)) == "CARD-10"
        assert code_of(lambda: verify_signed_data(ECDH.card_security, NOBODY, NOW)) == "CARD-10"

    @pytest.mark.parametrize("message", [SPECIMEN_SOD, ECDH.card_security], ids=["ECDSA", "RSA PSS"])
    def test_a_changed_signature_or_content_is_refused(self, message):
        signature = message[:-1] + bytes([message[-1] ^ 1])
        inside = open_message(message).content
        content = message.replace(inside, inside[:-1] + bytes([inside[-1] ^ 1]))
        for changed in (signature, content):
            assert code_of(lambda changed=changed: open_message(changed)) == "CARD-10"


class TestOfThisState:
    @pytest.mark.parametrize("kind", ["sign_card_security", "sign_security_object"])
    def test_it_is_verified(self, pki, trust, kind):
        found = verify_signed_data(getattr(pki, kind)(b"content"), trust, NOW)
        assert (found.content, found.authenticity) == (b"content", Authenticity.VERIFIED)

    def test_no_content_is_shown(self, pki, trust):
        assert "secret" not in repr(verify_signed_data(pki.sign_card_security(b"secret"), trust, NOW))

    def test_of_a_state_nobody_knows_it_is_unverified(self, pki):
        found = verify_signed_data(pki.sign_card_security(b"content"), NOBODY, NOW)
        assert found.authenticity is Authenticity.UNVERIFIED


def rebuilt(message: bytes, change) -> bytes:
    """The message after `change` to its parsed SignedData."""
    info = cms.ContentInfo.load(message)
    change(info["content"])
    return bytes(info.dump(force=True))


def set_attributes(signed, keep) -> None:
    info = signed["signer_infos"][0]
    info["signed_attrs"] = cms.CMSAttributes([item for item in info["signed_attrs"] if keep(item["type"].native)])


class TestAlgorithms:
    """Names of algorithms that are met, with and without a hash in them."""

    @pytest.mark.parametrize(
        ("algorithm", "scheme"),
        [
            ("1.2.840.10045.4.3.2", Scheme(Form.ECDSA_DER, "sha256")),
            ("1.2.840.10045.4.1", Scheme(Form.ECDSA_DER, "sha1")),
            ("1.2.840.10045.4.3.4", Scheme(Form.ECDSA_DER, "sha512")),
            ("1.2.840.10045.2.1", Scheme(Form.ECDSA_DER, "sha256")),
            ("0.4.0.127.0.7.1.1.4.1.3", Scheme(Form.ECDSA_PLAIN, "sha256")),
            ("0.4.0.127.0.7.1.1.4.1.4", Scheme(Form.ECDSA_PLAIN, "sha384")),
        ],
    )
    def test_on_curves(self, pki, algorithm, scheme):
        signer = pki.document_signer()

        def change(signed):
            info = signed["signer_infos"][0]
            attributes = info["signed_attrs"].untag().dump()
            info["signature_algorithm"] = {"algorithm": algorithm}
            info["signature"] = signer.key.sign(scheme, attributes)

        assert open_message(rebuilt(pki.sign_card_security(b"content"), change)).content == b"content"

    def test_one_that_is_not_supported_is_refused(self, pki):
        def change(signed):
            signed["signer_infos"][0]["signature_algorithm"] = {"algorithm": "1.2.840.10040.4.3"}

        assert code_of(lambda: open_message(rebuilt(pki.sign_card_security(b""), change))) == "CARD-07"


class TestForged:
    @pytest.fixture
    def message(self, pki) -> bytes:
        return pki.sign_card_security(b"content")

    @pytest.mark.parametrize("missing", ["content_type", "message_digest"])
    def test_an_attribute_that_is_missing_is_refused(self, message, missing):
        changed = rebuilt(message, lambda signed: set_attributes(signed, lambda name: name != missing))
        assert code_of(lambda: open_message(changed)) == "CARD-07"

    def test_without_attributes_it_is_refused(self, message):
        def change(signed):
            del signed["signer_infos"][0]["signed_attrs"]

        assert code_of(lambda: open_message(rebuilt(message, change))) == "CARD-07"

    def test_another_content_type_than_was_signed_is_refused(self, message):
        def change(signed):
            signed["encap_content_info"]["content_type"] = SECURITY_OBJECT

        assert code_of(lambda: open_message(rebuilt(message, change))) == "CARD-10"

    def test_another_ones_certificate_is_refused(self, message, pki):
        other = replace(pki, keys={**pki.keys, "document-signer": pki.keys["terminal"]}).document_signer()

        def change(signed):
            signed["certificates"] = [cms.Certificate.load(other.certificate.der)]

        assert code_of(lambda: open_message(rebuilt(message, change))) == "CARD-10"

    def test_without_its_certificate_it_is_refused(self, message):
        def change(signed):
            signed["certificates"] = []

        assert code_of(lambda: open_message(rebuilt(message, change))) == "CARD-10"

    def test_another_serial_number_is_refused(self, message):
        def change(signed):
            signed["signer_infos"][0]["sid"].chosen["serial_number"] = 99

        assert code_of(lambda: open_message(rebuilt(message, change))) == "CARD-10"

    def test_too_many_certificates_are_not_looked_at(self, message, pki):
        carried = cms.Certificate.load(pki.csca().certificate.der)

        def change(signed):
            signed["certificates"] = [carried] * 17

        assert code_of(lambda: open_message(rebuilt(message, change))) == "CARD-07"

    def test_a_curve_with_another_generator_is_refused(self, message):
        """As in CVE-2020-0601: the parameters in the certificate are not those of the named curve."""
        at = message.index(bytes.fromhex("8bd2aeb9cb7e57cb2c4b482ffc81b7afb9de27e1e3bd23c23a4453bd9ace3262"))
        changed = message[:at] + bytes([message[at] ^ 1]) + message[at + 1 :]
        assert code_of(lambda: open_message(changed)) == "CARD-07"


def test_the_time_of_a_signer_is_looked_at_to_the_second(pki, trust):
    message = pki.sign_card_security(b"content")
    ends = pki.document_signer().certificate.ends
    verify_signed_data(message, trust, ends)
    error = refusal(lambda: verify_signed_data(message, trust, ends + timedelta(seconds=1)))
    assert error.code == "CARD-10"


class TestAnyBytes:
    @given(st.binary(max_size=400))
    def test_any_bytes_are_refused(self, data):
        wrapped = tlv.encode(0x30, bytes.fromhex("06092a864886f70d010702") + tlv.encode(0xA0, data))
        for candidate in (data, tlv.encode(0x30, data), wrapped):
            assert code_of(lambda candidate=candidate: open_message(candidate)) == "CARD-07"

    @given(st.sampled_from([SPECIMEN_SOD, ECDH.card_security]), st.data())
    def test_a_changed_message_is_refused_or_says_the_same(self, message, data):
        at = data.draw(st.integers(0, len(message) - 1))
        length = data.draw(st.integers(0, 3))
        changed = message[:at] + data.draw(st.binary(max_size=3)) + message[at + length :]
        code = code_or_none(lambda: open_message(changed))
        assert code in ("CARD-07", "CARD-10") or open_message(changed).content == open_message(message).content

    @given(st.data())
    def test_a_changed_certificate_is_read_or_refused(self, data):
        der = open_message(SPECIMEN_SOD).signer.der
        at = data.draw(st.integers(0, len(der) - 1))
        changed = der[:at] + data.draw(st.binary(max_size=3)) + der[at + data.draw(st.integers(0, 3)) :]
        assert code_or_none(lambda: parse_certificate(changed)) in (None, "CARD-07")

    def test_nested_without_end_it_is_refused(self):
        assert code_of(lambda: open_message(b"\x30\x80" * 30000)) == "CARD-07"
        assert code_of(lambda: parse_certificate(b"\x30\x80" * 8000)) == "CARD-07"

    def test_what_is_too_long_is_not_looked_at(self):
        assert code_of(lambda: open_message(bytes(70000))) == "CARD-07"
        assert code_of(lambda: parse_certificate(bytes(20000))) == "CARD-07"

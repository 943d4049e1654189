"""Terminal authentication: the published runs, and every certificate a chip must refuse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from devices.cards.crypto.groups import standard_group
from devices.cards.crypto.secure_messaging import Secured
from devices.cards.crypto.suite import Cipher, SessionKeys
from devices.cards.pki.chat import (
    CAN_ALLOWED,
    ROLE_AUTHENTICATION_TERMINAL,
    ROLE_INSPECTION_SYSTEM,
    Chat,
    HolderRole,
    chat_for,
    read_right,
)
from devices.cards.pki.cv_certificate import CvCertificate, parse_cv_certificate
from devices.cards.protocols import oids
from devices.cards.protocols.chip_terminal_authentication import ChipTerminalAuthentication
from devices.cards.protocols.randomness import draw_key
from devices.cards.protocols.terminal_authentication import TerminalProof, authenticate_terminal, signed_data
from devices.cards.wire import tlv
from devices.cards.wire.apdu import parse_command
from kiosk.errors import CardError, EacError

TODAY = date(2026, 3, 2)
ECDSA_SHA256 = oids.ID_TA + bytes([2, 3])
# brainpoolP256r1 (RFC 5639 §3.4): p, a, b, base point, order, cofactor, as a CVCA certificate carries them.
PARAMETERS = (
    (0x81, "a9fb57dba1eea9bc3e660a909d838d726e3bf623d52620282013481d1f6e5377"),
    (0x82, "7d5a0975fc2c3057eef67530417affe7fb8055c126dc5c6ce94a4b44f330b5d9"),
    (0x83, "26dc5c6ce94a4b44f330b5d9bbd77cbf958416295cf7e1ce6bccdc18ff8c07b6"),
    (
        0x84,
        "048bd2aeb9cb7e57cb2c4b482ffc81b7afb9de27e1e3bd23c23a4453bd9ace3262"
        "547ef835c3dac4fd97f8461a14611dc9c27745132ded8e545c1d54c72f046997",
    ),
    (0x85, "a9fb57dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a7"),
    (0x87, "01"),
)
ID_PICC = bytes(range(32))
CHAT = chat_for((4, 5), can_allowed=True)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a certificate, and the private key to it."""

    name: str
    role: HolderRole
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.BrainpoolP256R1()))

    def sign(self, data: bytes) -> bytes:
        r, s = decode_dss_signature(self.private.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def public(self) -> bytes:
        numbers = self.private.public_key().public_numbers()
        return b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")


@dataclass(frozen=True, slots=True)
class Content:
    """What a certificate says, where it differs from the ordinary."""

    permissions: int = CAN_ALLOWED | read_right(4) | read_right(5) | read_right(6)
    effective: date = TODAY - timedelta(days=10)
    expires: date = TODAY + timedelta(days=10)
    role_oid: bytes = ROLE_AUTHENTICATION_TERMINAL
    with_parameters: bool = False


def unpacked(day: date) -> bytes:
    return bytes(int(digit) for digit in day.strftime("%y%m%d"))


def certify(holder: Holder, issuer: Holder, content: Content = Content()) -> CvCertificate:
    with_parameters = content.with_parameters or holder.role is HolderRole.CVCA
    parameters = {tag: bytes.fromhex(value) for tag, value in PARAMETERS} if with_parameters else {}
    elements = sorted({**parameters, 0x86: holder.public()}.items())
    key = tlv.encode(0x06, ECDSA_SHA256) + b"".join(tlv.encode(tag, value) for tag, value in elements)
    length = 5 if content.role_oid == ROLE_AUTHENTICATION_TERMINAL else 1
    chat = Chat(content.role_oid, holder.role << (8 * length - 2) | content.permissions)
    body = (
        b"\x5f\x29\x01\x00"
        + tlv.encode(0x42, issuer.name.encode())
        + tlv.encode(0x7F49, key)
        + tlv.encode(0x5F20, holder.name.encode())
        + chat.encode()
        + tlv.encode(0x5F25, unpacked(content.effective))
        + tlv.encode(0x5F24, unpacked(content.expires))
    )
    whole = tlv.encode(0x7F4E, body)
    return parse_cv_certificate(tlv.encode(0x7F21, whole + tlv.encode(0x5F37, issuer.sign(whole))))


ANCHOR = Holder("DETESTCVCA00001", HolderRole.CVCA)
NEXT_ANCHOR = Holder("DETESTCVCA00002", HolderRole.CVCA)
VERIFIER = Holder("DETESTDV00001", HolderRole.DOMESTIC_DOCUMENT_VERIFIER)
TERMINAL = Holder("DETESTAT00001", HolderRole.TERMINAL)
OTHER = Holder("DETESTAT00001", HolderRole.TERMINAL)
ROOT = certify(ANCHOR, ANCHOR)


@dataclass(slots=True)
class Chip:
    """A chip that does terminal authentication and nothing else."""

    side: ChipTerminalAuthentication
    chat: Chat = CHAT
    id_picc: bytes = ID_PICC

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        parsed = parse_command(command)
        match parsed.ins, parsed.p2:
            case 0x22, 0xB6:
                return b"", self.side.set_dst(parsed.data)
            case 0x2A, 0xBE:
                return b"", self.side.verify_certificate(parsed.data)
            case 0x22, 0xA4:
                return b"", self.side.set_at(parsed.data)
            case 0x84, 0x00:
                return self.side.challenge(), 0x9000
        assert parsed.ins == 0x82
        return b"", self.side.authenticate(parsed.data, self.id_picc, self.chat)


def chip_trusting(*anchors: CvCertificate, **options: Any) -> Chip:
    return Chip(ChipTerminalAuthentication(anchors or (ROOT,), TODAY), **options)


def proof(auxiliary: bytes = b"") -> TerminalProof:
    return TerminalProof(ID_PICC, draw_key(standard_group(13)), auxiliary)


def chain(*, verifier: Content = Content(), terminal: Content = Content()) -> tuple[CvCertificate, CvCertificate]:
    return certify(VERIFIER, ANCHOR, verifier), certify(TERMINAL, VERIFIER, terminal)


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(CardError) as refusal:
        call()
    return refusal.value.code


def refused(chip: Chip, certificates: tuple[CvCertificate, ...], signer: Any = TERMINAL) -> None:
    assert code_of(lambda: authenticate_terminal(chip, certificates, signer, proof())) == "CARD-13"
    assert chip.side.rights is None


class TestWorkedExample:
    """BSI, Worked Example for Extended Access Control; see the `source` of vectors/eac2_*.json."""

    NAMES = ("cvca_certificate", "dv_certificate", "terminal_certificate")

    def certificates(self, numbers: dict[str, Any]) -> list[CvCertificate]:
        return [parse_cv_certificate(numbers[name]["certificate"]) for name in self.NAMES]

    @pytest.mark.parametrize("name", ["eac2_ecdh", "eac2_dh"])
    def test_a_signature_binds_chip_challenge_and_key(self, vectors: Any, name: str) -> None:
        numbers = vectors(name)["terminal_authentication"]
        data = signed_data(numbers["id_picc"], numbers["challenge"], numbers["terminal_ca_public_key_compressed"])
        assert data == numbers["signed_data"]

    @pytest.mark.parametrize(("name", "parameter_id"), [("eac2_ecdh", 13), ("eac2_dh", 0)])
    def test_both_sides_accept_what_was_published(
        self, vectors: Any, scripted: Any, record: Any, name: str, parameter_id: int
    ) -> None:
        whole = vectors(name)
        numbers = whole["terminal_authentication"]
        root, *rest = self.certificates(numbers)
        # The example's trust anchor is one for inspection systems, which may not sign other terminals.
        anchor = replace(root, chat=Chat(ROLE_AUTHENTICATION_TERMINAL, 0xFF_FFFF_FFFF))
        side = ChipTerminalAuthentication((anchor,), rest[-1].effective, scripted(nonces=(numbers["challenge"],)))
        line = record(Chip(side, rest[-1].chat, numbers["id_picc"]))
        private = (whole["chip_authentication"]["terminal_private"],)
        ephemeral = draw_key(standard_group(parameter_id), scripted(private))
        signer = Signing(numbers["signature"])

        authenticate_terminal(line, rest, signer, TerminalProof(numbers["id_picc"], ephemeral))

        assert signer.signed == [numbers["signed_data"]]
        assert side.rights == rest[-1].chat
        assert side.compressed == numbers["terminal_ca_public_key_compressed"]
        published = [pair["plain_command"] for pair in whole["secure_messaging_after_pace"]]
        assert line.commands[: len(published)] == published
        assert line.commands[-1][:4].hex() == "00820000"
        assert line.commands[-1].endswith(numbers["signature"])

    def test_the_protected_commands_are_the_published_ones(self, vectors: Any, scripted: Any, replay: Any) -> None:
        whole = vectors("eac2_ecdh")
        numbers, pace = whole["terminal_authentication"], whole["pace"]
        keys = SessionKeys(Cipher.AES_128, pace["ks_enc"], pace["ks_mac"])
        pairs = [
            (pair["protected_command"], pair["protected_response"]) for pair in whole["secure_messaging_after_pace"]
        ]
        private = (whole["chip_authentication"]["terminal_private"],)
        ephemeral = draw_key(standard_group(13), scripted(private))
        signer = Signing(None)
        with pytest.raises(EacError):
            authenticate_terminal(
                Secured(replay(pairs), keys),
                self.certificates(numbers)[1:],
                signer,
                TerminalProof(numbers["id_picc"], ephemeral),
            )
        assert signer.signed == [numbers["signed_data"]]

    def test_a_trust_anchor_of_another_terminal_type_is_refused(self, vectors: Any) -> None:
        root, *rest = self.certificates(vectors("eac2_ecdh")["terminal_authentication"])
        chip = Chip(ChipTerminalAuthentication((root,), date(2010, 10, 1)))
        refused(chip, tuple(rest))


class Signing:
    """A signer that gives a published signature, or fails as a token does that was pulled."""

    def __init__(self, signature: bytes | None) -> None:
        self.signature = signature
        self.signed: list[bytes] = []

    def sign(self, data: bytes) -> bytes:
        self.signed.append(data)
        if self.signature is None:
            raise EacError("EAC-03")
        return self.signature


def test_a_terminal_gets_what_all_allow() -> None:
    chip = chip_trusting()
    own = proof()
    authenticate_terminal(chip, chain(verifier=Content(permissions=CAN_ALLOWED | read_right(4))), TERMINAL, own)
    assert chip.side.rights == chat_for((4,), can_allowed=True)
    assert chip.side.compressed == own.ephemeral.compressed


def test_auxiliary_data_are_signed_too() -> None:
    auxiliary = tlv.encode(0x67, b"age verification")
    chip = chip_trusting()
    authenticate_terminal(chip, chain(), TERMINAL, proof(auxiliary))
    assert chip.side.auxiliary == auxiliary


def test_a_link_certificate_brings_a_new_trust_anchor() -> None:
    link = certify(NEXT_ANCHOR, ANCHOR, Content(expires=TODAY - timedelta(days=1)))
    verifier = certify(VERIFIER, NEXT_ANCHOR)
    chip = chip_trusting()
    authenticate_terminal(chip, (link, verifier, certify(TERMINAL, VERIFIER)), TERMINAL, proof())
    assert chip.side.rights == CHAT
    assert list(chip.side.anchors) == [ANCHOR.name, NEXT_ANCHOR.name]


def test_a_newer_certificate_moves_the_cards_date_on() -> None:
    chip = chip_trusting()
    tomorrow = TODAY + timedelta(days=1)
    authenticate_terminal(chip, chain(terminal=Content(effective=tomorrow)), TERMINAL, proof())
    assert chip.side.today == tomorrow


def test_without_a_certificate_nothing_is_tried() -> None:
    chip = chip_trusting()
    assert code_of(lambda: authenticate_terminal(chip, (), TERMINAL, proof())) == "CARD-12"


def test_another_chips_signature_is_refused() -> None:
    refused(chip_trusting(id_picc=bytes(32)), chain())


def test_another_key_than_the_certificates_is_refused() -> None:
    refused(chip_trusting(), chain(), OTHER)


def test_an_unknown_trust_anchor_is_refused() -> None:
    stranger = certify(NEXT_ANCHOR, NEXT_ANCHOR)
    refused(chip_trusting(stranger), chain())


def test_a_link_to_another_terminal_type_is_refused() -> None:
    """Else whoever signs inspection systems would sign authentication terminals."""
    root = certify(ANCHOR, ANCHOR, Content(role_oid=ROLE_INSPECTION_SYSTEM, permissions=3))
    link = certify(NEXT_ANCHOR, ANCHOR)
    chip = chip_trusting(root)
    refused(chip, (link, certify(VERIFIER, NEXT_ANCHOR), certify(TERMINAL, VERIFIER)))
    assert list(chip.side.anchors) == [ANCHOR.name]


@pytest.mark.parametrize("length", [0, 7, 9, 64])
def test_a_challenge_of_another_length_is_not_signed(length: int) -> None:
    """What is signed are parts without lengths: a card must not move their borders."""

    class Moving(Chip):
        def transmit(self, command: bytes) -> tuple[bytes, int]:
            return (bytes(length), 0x9000) if command[1] == 0x84 else Chip.transmit(self, command)

    signer = Signing(bytes(64))
    chip = Moving(chip_trusting().side)
    assert code_of(lambda: authenticate_terminal(chip, chain(), signer, proof())) == "CARD-07"
    assert signer.signed == []


@pytest.mark.parametrize("number", [0, 1], ids=["document verifier", "terminal"])
def test_an_expired_certificate_is_refused(number: int) -> None:
    expired = Content(expires=TODAY - timedelta(days=1))
    contents = {"verifier": expired} if number == 0 else {"terminal": expired}
    refused(chip_trusting(), chain(**contents))


def test_a_certificate_is_good_on_its_last_day() -> None:
    chip = chip_trusting()
    authenticate_terminal(chip, chain(terminal=Content(expires=TODAY)), TERMINAL, proof())


def test_a_forged_certificate_is_refused() -> None:
    forger = Holder(VERIFIER.name, HolderRole.DOMESTIC_DOCUMENT_VERIFIER)
    refused(chip_trusting(), (certify(VERIFIER, ANCHOR), certify(TERMINAL, forger)))


def test_a_trust_anchor_signs_no_terminal() -> None:
    refused(chip_trusting(), (certify(TERMINAL, ANCHOR),))


def test_a_terminal_signs_no_terminal() -> None:
    other = Holder("DETESTAT00002", HolderRole.TERMINAL)
    refused(chip_trusting(), (*chain(), certify(other, TERMINAL)), other)


def test_a_document_verifier_signs_no_trust_anchor() -> None:
    rogue = certify(NEXT_ANCHOR, VERIFIER)
    refused(chip_trusting(), (certify(VERIFIER, ANCHOR), rogue))


def test_a_document_verifier_is_no_terminal() -> None:
    refused(chip_trusting(), (certify(VERIFIER, ANCHOR),), VERIFIER)


def test_another_terminal_type_below_the_verifier_is_refused() -> None:
    other_type = Content(role_oid=ROLE_INSPECTION_SYSTEM, permissions=3)
    refused(chip_trusting(), (certify(VERIFIER, ANCHOR), certify(TERMINAL, VERIFIER, other_type)))


class TestOrder:
    """Commands at another place than their own change nothing."""

    def test_a_certificate_needs_its_issuer_named(self) -> None:
        certificate = certify(VERIFIER, ANCHOR)
        data = certificate.body + tlv.encode(0x5F37, certificate.signature)
        assert chip_trusting().side.verify_certificate(data) == 0x6985

    def test_a_signature_needs_a_challenge_and_a_terminal(self) -> None:
        side = chip_trusting().side
        assert side.authenticate(bytes(64), ID_PICC, CHAT) == 0x6985
        side.challenge()
        assert side.authenticate(bytes(64), ID_PICC, CHAT) == 0x6985

    def test_a_challenge_serves_once(self) -> None:
        chip = chip_trusting()
        authenticate_terminal(chip, chain(), TERMINAL, proof())
        assert chip.side.authenticate(bytes(64), ID_PICC, CHAT) == 0x6985

    @pytest.mark.parametrize("data", [b"", b"\x83", b"\x83\x02AB", bytes(40)])
    def test_malformed_data_are_refused(self, data: bytes) -> None:
        side = chip_trusting().side
        assert side.set_dst(data) in (0x6A80, 0x6A88)
        assert side.set_at(data) == 0x6A80
        assert side.set_dst(tlv.encode(0x83, ANCHOR.name.encode())) == 0x9000
        assert side.verify_certificate(data) == 0x6A80

"""Certificates of another program, OpenPACE's cvc-create, and ours before its cvc-print: both understand each other."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from devices.cards.crypto.groups import standard_group
from devices.cards.pki.chain import check_chain
from devices.cards.pki.chat import CAN_ALLOWED, Chat, HolderRole, chat_for, read_right
from devices.cards.pki.cv_certificate import CvCertificate, parse_cv_certificate
from devices.cards.pki.importing import Folders, import_files
from devices.cards.pki.making import DOCUMENT_VERIFIER, SECOND_CVCA
from devices.cards.pki.terminal_store import TerminalStore
from devices.cards.protocols.chip_terminal_authentication import ChipTerminalAuthentication
from devices.cards.protocols.randomness import draw_key
from devices.cards.protocols.terminal_authentication import TerminalProof, authenticate_terminal
from devices.cards.wire.apdu import parse_command

TODAY = date(2026, 11, 25)
ROOT, VERIFIER, OWN = "DEOTHERCVCA00001", "DEOTHERDV00001", "DEOTHERAT00001"
KEYS = {
    "ECDSA_SHA_1": [
        "-algorithm",
        "EC",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-pkeyopt",
        "ec_param_enc:explicit",
    ],
    "ECDSA_SHA_256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP256r1"],
    "ECDSA_SHA_384": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP384r1"],
    "RSA_PSS_SHA_256": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "RSA_v1_5_SHA_512": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
}


@dataclass(frozen=True, slots=True)
class OpenPace:
    """The program in a folder of its own, where it leaves NAME.cvcert and NAME.pkcs8."""

    folder: Path
    scheme: str

    def run(self, *words: str) -> str:
        done = subprocess.run(words, cwd=self.folder, check=True, capture_output=True, text=True, timeout=60)
        return done.stdout

    def create(self, name: str, role: str, issuer: str, *more: str) -> None:
        dates = ("--issued=261101", "--expires=261231", "--type=at", f"--scheme={self.scheme}", "--can-allowed")
        above = () if issuer == name else (f"--sign-as={issuer}.cvcert",)
        key = f"--sign-with={issuer}.pkcs8"
        self.run("cvc-create", f"--role={role}", f"--chr={name}", key, *above, *dates, *more)

    def certificate(self, name: str) -> CvCertificate:
        return parse_cv_certificate((self.folder / f"{name}.cvcert").read_bytes())

    @property
    def files(self) -> list[Path]:
        """All but the keys of the authorities."""
        return [self.folder / f"{name}.cvcert" for name in (OWN, VERIFIER, ROOT)] + [self.folder / f"{OWN}.pkcs8"]


@pytest.fixture(params=KEYS, scope="module")
def other(request, tmp_path_factory) -> OpenPace:
    folder = tmp_path_factory.mktemp("openpace")
    program = OpenPace(folder, request.param)
    program.run("openssl", "genpkey", *KEYS[request.param], "-outform", "DER", "-out", f"{ROOT}.pkcs8")
    (folder / "terms.txt").write_text("terms of usage", encoding="ascii")
    described = ("--cert-desc=terms.txt", "--issuer-name=issuer", "--subject-name=subject", "--subject-url=url")
    program.create(ROOT, "cvca", ROOT, f"--key={ROOT}.pkcs8", "--read-dg4", "--read-dg5", "--read-dg8")
    program.create(VERIFIER, "dv_domestic", ROOT, "--read-dg4", "--read-dg5")
    program.create(OWN, "terminal", VERIFIER, "--read-dg4", *described)
    return program


@dataclass(slots=True)
class Chip:
    """A chip that does terminal authentication and nothing else."""

    side: ChipTerminalAuthentication
    chat: Chat

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
        return b"", self.side.authenticate(parsed.data, bytes(32), self.chat)


def test_its_certificates_are_read_and_verified(other):
    root, verifier, own = (other.certificate(name) for name in (ROOT, VERIFIER, OWN))
    root.verify_with(root.public_key)
    check_chain(root, (verifier, own), TODAY)
    assert [item.chat.holder for item in (root, verifier, own)] == [
        HolderRole.CVCA,
        HolderRole.DOMESTIC_DOCUMENT_VERIFIER,
        HolderRole.TERMINAL,
    ]
    assert verifier.chat.permissions == CAN_ALLOWED | read_right(4) | read_right(5)
    assert (own.effective, own.expires) == (date(2026, 11, 1), date(2026, 12, 31))
    assert len(own.extensions) == 1


def test_its_certificates_and_key_open_a_card(other, tmp_path):
    import_files(Folders(tmp_path / "eac", None), other.files)
    store = TerminalStore(tmp_path / "eac", lambda: TODAY)
    chat = chat_for((4, 5), can_allowed=True)
    chip = Chip(ChipTerminalAuthentication((other.certificate(ROOT),), TODAY), chat)
    proof = TerminalProof(bytes(32), draw_key(standard_group(13)))
    authenticate_terminal(chip, store.chain_for([ROOT]), store.signer, proof)
    assert chip.side.rights == chat_for((4,), can_allowed=True)


def test_it_reads_and_verifies_ours(pki, tmp_path):
    program, folder = OpenPace(tmp_path, ""), tmp_path / "known"
    folder.mkdir()
    for certificate in (*pki.anchors(), pki.document_verifier()):
        (folder / certificate.chr).write_bytes(certificate.encode())
    (tmp_path / "own.cvcert").write_bytes(pki.terminal(chat_for((4,), can_allowed=True).rights).encode())
    (tmp_path / "link.cvcert").write_bytes(pki.link().encode())
    said = program.run("cvc-print", "--cvc=own.cvcert", "--cvc-dir=known")
    assert f"CAR: {DOCUMENT_VERIFIER}" in said
    assert "CAN allowed" in said
    assert "Read DG 4" in said
    assert "Read DG 5" not in said
    assert f"Effective Date: {pki.terminal().effective}" in said
    assert "certificate verified" in said
    link = program.run("cvc-print", "--cvc=link.cvcert", "--cvc-dir=known")
    assert f"CHR: {SECOND_CVCA}" in link
    assert "CVCA certificate" in link

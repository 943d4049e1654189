"""Terminal authentication version 2, the terminal's side (TR-03110-2 §3.3).

The terminal shows its certificates, from the trust anchor the card named to its own, and signs a challenge bound to
both ephemeral keys: the chip's of PACE and its own of the chip authentication that follows. The private key is used
only through a `Signer`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from devices.cards.pki.cv_certificate import CvCertificate
from devices.cards.pki.signer import Signer
from devices.cards.protocols.randomness import EphemeralKey
from devices.cards.wire import tlv
from devices.cards.wire.apdu import Command
from devices.cards.wire.connection import Connection, expect
from kiosk.errors import CardError

CERTIFICATE_BODY: Final = 0x7F4E
SIGNATURE: Final = 0x5F37
AUXILIARY_DATA: Final = 0x67
KEY_REFERENCE: Final = 0x83
EPHEMERAL_KEY: Final = 0x91
CHALLENGE: Final = 8
REFUSED: Final = "CARD-13"


@dataclass(frozen=True, slots=True)
class TerminalProof:
    """What the signature is bound to. `auxiliary` is empty or a whole object, tag 67.

    `id_picc` is `PaceOutcome.id_picc`; `ephemeral` is the key that chip authentication will use.
    """

    id_picc: bytes
    ephemeral: EphemeralKey
    auxiliary: bytes = b""


def authenticate_terminal(
    connection: Connection, chain: Sequence[CvCertificate], signer: Signer, proof: TerminalProof
) -> None:
    """Prove the terminal's rights. `chain` starts below the card's trust anchor, link certificates included.

    Raises CardError CARD-12 (no certificates), CARD-13 (the card refuses) or CARD-07; what the signer raises.
    """
    if not chain:
        raise CardError("CARD-12")
    for certificate in chain:
        _show(connection, certificate)
    own = chain[-1]
    data = tlv.encode(0x80, own.public_key.oid) + tlv.encode(KEY_REFERENCE, own.chr.encode("latin-1"))
    data += proof.auxiliary + tlv.encode(EPHEMERAL_KEY, proof.ephemeral.compressed)
    expect(connection, Command(0x00, 0x22, 0x81, 0xA4, data), code=REFUSED)
    challenge = expect(connection, Command(0x00, 0x84, 0x00, 0x00, le=CHALLENGE), code=REFUSED)
    # What is signed has no lengths in it: whoever chose them could move the borders between its parts.
    if len(challenge) != CHALLENGE:
        raise CardError("CARD-07", "length of the challenge")
    signed = signed_data(proof.id_picc, challenge, proof.ephemeral.compressed, proof.auxiliary)
    expect(connection, Command(0x00, 0x82, 0x00, 0x00, signer.sign(signed)), code=REFUSED)


def signed_data(id_picc: bytes, challenge: bytes, compressed: bytes, auxiliary: bytes = b"") -> bytes:
    """What the terminal signs (TR-03110-2 §3.3)."""
    return id_picc + challenge + compressed + auxiliary


def _show(connection: Connection, certificate: CvCertificate) -> None:
    """PSO:Verify Certificate with the key of its issuer."""
    issuer = tlv.encode(KEY_REFERENCE, certificate.car.encode("latin-1"))
    expect(connection, Command(0x00, 0x22, 0x81, 0xB6, issuer), code=REFUSED)
    data = certificate.body + tlv.encode(SIGNATURE, certificate.signature)
    expect(connection, Command(0x00, 0x2A, 0x00, 0xBE, data), code=REFUSED)

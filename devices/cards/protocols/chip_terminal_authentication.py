"""Terminal authentication version 2, the chip's side: verifies a chain of certificates and the terminal's signature.

Rules (TR-03110-3)
  1. A certificate is accepted by the key its issuer's certificate brought, and no other.
  2. CVCA signs CVCA (link) and document verifier, document verifier signs terminal; all are of the same terminal type.
  3. An expired certificate is refused, a link certificate excepted; the newest domestic date moves the card's date on.
  4. What a terminal may do is what its CHAT asked for and every certificate of the chain allows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from devices.cards.pki.chain import check_issued
from devices.cards.pki.chat import Chat, HolderRole
from devices.cards.pki.cv_certificate import CvCertificate, CvPublicKey, parse_cv_certificate
from devices.cards.protocols.randomness import SYSTEM, Randomness
from devices.cards.protocols.terminal_authentication import (
    AUXILIARY_DATA,
    CHALLENGE,
    EPHEMERAL_KEY,
    KEY_REFERENCE,
    signed_data,
)
from devices.cards.wire import tlv
from devices.cards.wire.apdu import OK
from kiosk.errors import CardError, KioskError

FAILED: Final = 0x6300
MALFORMED: Final = 0x6A80
UNKNOWN_KEY: Final = 0x6A88
OUT_OF_ORDER: Final = 0x6985
CERTIFICATE: Final = 0x7F21


@dataclass(frozen=True, slots=True)
class _Trusted:
    """A certificate whose `key` may verify the next, and what the chain so far allows.

    Only trust anchors carry domain parameters; every key below takes its issuer's.
    """

    certificate: CvCertificate
    key: CvPublicKey
    rights: Chat


@dataclass(frozen=True, slots=True)
class _Selected:
    """What MSE:Set AT chose."""

    terminal: _Trusted
    compressed: bytes
    auxiliary: bytes


class ChipTerminalAuthentication:
    """One session. Each method answers one command with a status word.

    `rights` is there after success; `compressed` is Comp of the key the terminal must use in chip authentication.
    """

    def __init__(self, anchors: Iterable[CvCertificate], today: date, randomness: Randomness = SYSTEM) -> None:
        self.today = today
        self.rights: Chat | None = None
        self.compressed = b""
        self.auxiliary = b""
        self.anchors = {anchor.chr: anchor for anchor in anchors}
        self._randomness = randomness
        self._trusted = {
            anchor.chr: _Trusted(anchor, anchor.public_key, anchor.chat) for anchor in self.anchors.values()
        }
        self._issuer: _Trusted | None = None
        self._selected: _Selected | None = None
        self._challenge: bytes | None = None

    def set_dst(self, data: bytes) -> int:
        """MSE:Set DST: whose key verifies the next certificate."""
        try:
            self._issuer = self._trusted.get(tlv.need(data, KEY_REFERENCE).decode("latin-1"))
        except KioskError:
            return MALFORMED
        return OK if self._issuer else UNKNOWN_KEY

    def verify_certificate(self, data: bytes) -> int:
        """PSO:Verify Certificate; `data` is body and signature."""
        issuer, self._issuer = self._issuer, None
        if issuer is None:
            return OUT_OF_ORDER
        try:
            certificate = parse_cv_certificate(tlv.encode(CERTIFICATE, data))
            certificate.verify_with(issuer.key)
            self._accept(certificate, issuer)
        except KioskError as error:
            return MALFORMED if error.code == "CARD-07" else FAILED
        return OK

    def set_at(self, data: bytes) -> int:
        """MSE:Set AT: which certificate signs, and the key of the chip authentication to come."""
        try:
            holder = tlv.need(data, KEY_REFERENCE).decode("latin-1")
            algorithm, compressed = tlv.need(data, 0x80), tlv.need(data, EPHEMERAL_KEY)
            auxiliary = tlv.find(data, AUXILIARY_DATA)
        except KioskError:
            return MALFORMED
        terminal = self._trusted.get(holder)
        if terminal is None or terminal.certificate.chat.holder is not HolderRole.TERMINAL:
            return UNKNOWN_KEY
        if terminal.certificate.public_key.oid != algorithm:
            return MALFORMED
        encoded = b"" if auxiliary is None else tlv.encode(AUXILIARY_DATA, auxiliary)
        self._selected = _Selected(terminal, compressed, encoded)
        return OK

    def challenge(self) -> bytes:
        """GET CHALLENGE, eight bytes."""
        self._challenge = self._randomness.nonce(CHALLENGE)
        return self._challenge

    def authenticate(self, signature: bytes, id_picc: bytes, chat: Chat) -> int:
        """EXTERNAL AUTHENTICATE; `id_picc` and `chat` are those of this session's PACE. A challenge serves once."""
        selected, challenge, self._challenge = self._selected, self._challenge, None
        if selected is None or challenge is None:
            return OUT_OF_ORDER
        signed = signed_data(id_picc, challenge, selected.compressed, selected.auxiliary)
        try:
            selected.terminal.key.verify(signature, signed)
            self.rights = selected.terminal.rights.narrowed(chat)
        except KioskError:
            return FAILED
        self.compressed, self.auxiliary = selected.compressed, selected.auxiliary
        return OK

    def _accept(self, certificate: CvCertificate, issuer: _Trusted) -> None:
        """Raises EacError EAC-02 for a certificate its issuer may not sign, CardError CARD-13 for an expired one."""
        holder, signer = certificate.chat.holder, issuer.certificate.chat.holder
        check_issued(certificate, issuer.certificate)
        if certificate.expires < self.today and holder is not HolderRole.CVCA:
            raise CardError("CARD-13", "expired")
        if holder is HolderRole.CVCA:
            self.anchors[certificate.chr] = certificate
            rights = certificate.chat
        else:
            rights = certificate.chat.narrowed(issuer.rights)
        self._trusted[certificate.chr] = _Trusted(certificate, certificate.public_key.completed(issuer.key), rights)
        if HolderRole.FOREIGN_DOCUMENT_VERIFIER not in (holder, signer):
            self.today = max(self.today, certificate.effective)

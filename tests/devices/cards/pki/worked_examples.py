"""The numbers in vectors/: what the BSI published, and its specimen's EF.SOD. README.md there names the sources."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from devices.cards.pki.cv_certificate import CvCertificate, parse_cv_certificate
from devices.cards.wire import tlv

VECTORS = Path(__file__).parent / "vectors"


@dataclass(frozen=True, slots=True)
class WorkedExample:
    """One run of the BSI's worked example: certificates from the trust anchor down, and what the terminal signed."""

    name: str
    certificates: tuple[bytes, ...]
    said: tuple[dict[str, str], ...]
    private_key: bytes
    signed_data: bytes
    signature: bytes
    card_security: bytes
    security_infos: bytes

    @property
    def chain(self) -> tuple[CvCertificate, ...]:
        return tuple(parse_cv_certificate(data) for data in self.certificates)


def unpacked(digits: str) -> date:
    """A date as certificates have it: one byte for each digit."""
    year, month, day = (int(digits[at : at + 4][1::2]) for at in (0, 4, 8))
    return date(2000 + year, month, day)


def _load(name: str) -> WorkedExample:
    numbers = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
    single = ("private_key_pkcs8", "signed_data", "signature", "ef_card_security", "security_infos")
    certificates = numbers["certificates"]
    return WorkedExample(
        name,
        tuple(bytes.fromhex(item["certificate"]) for item in certificates),
        tuple(certificates),
        *(bytes.fromhex(numbers[key]) for key in single),
    )


ECDH = _load("eac2_ecdh")
DH = _load("eac2_dh")
EXAMPLES = (ECDH, DH)
SPECIMEN_SOD = tlv.need(bytes.fromhex((VECTORS / "bsi_specimen_ef_sod.hex").read_text(encoding="ascii")), 0x77)

"""Passive authentication: whether the files of a travel document are what its state signed (ICAO 9303-11 §5.1).

Rules
  1. Which data groups there are is told by the signed table, not by EF.COM, which anybody may have written.
  2. A wrong signature, and a file that does not match its hash, end the reading. A signer nobody here knows does not:
     the data are then unverified, and said to be.
  3. No file is looked into before its hash was compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from devices.cards.applications import lds
from devices.cards.applications.security_object import CONTENT_TYPE_OID, SecurityObject, parse_security_object
from devices.cards.pki.cms import verify_signed_data
from devices.cards.pki.csca import CscaStore
from devices.cards.ways.refused_files import read_unlocked
from devices.cards.wire.connection import Connection
from kiosk.errors import CardError
from kiosk.identity import Authenticity

SECURITY_OBJECT_SFI: Final = 0x1D


@dataclass(frozen=True, slots=True)
class SignedFiles:
    """The data groups of one travel document, each compared with what was signed when it is read."""

    connection: Connection
    chunk: int
    table: SecurityObject
    authenticity: Authenticity

    def __contains__(self, group: int) -> bool:
        return group in self.table.hashes

    def over(self, connection: Connection) -> SignedFiles:
        """The same files, over a connection with other keys."""
        return SignedFiles(connection, self.chunk, self.table, self.authenticity)

    def read(self, group: int) -> bytes:
        """A whole data group, 1 to 16. Raises CardError CARD-11 where it was not signed so, CARD-12 or CARD-16."""
        data = read_unlocked(self.connection, group, self.chunk)
        if not self.table.matches(group, data):
            raise CardError("CARD-11", f"DG{group}")
        return data


def read_security_object(connection: Connection, chunk: int, trust: CscaStore, now: datetime) -> SignedFiles:
    """EF.SOD of the selected application. Raises CardError CARD-10 for a wrong signature, -07, -12 or -16."""
    message = lds.signed_data(read_unlocked(connection, SECURITY_OBJECT_SFI, chunk))
    signed = verify_signed_data(message, trust, now)
    if signed.content_type != CONTENT_TYPE_OID:
        raise CardError("CARD-10", "what is signed is no EF.SOD")
    return SignedFiles(connection, chunk, parse_security_object(signed.content), signed.authenticity)

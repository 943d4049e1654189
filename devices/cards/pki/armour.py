"""PEM: the letters around a DER object that mail and editors leave alone (RFC 7468)."""

from __future__ import annotations

from typing import Final

from kiosk.errors import CardError

BEGIN: Final = b"-----BEGIN"


def without_armour(data: bytes) -> tuple[bytes, ...]:
    """Every object of a PEM file, whatever its label; anything else is taken as it is. Raises CardError CARD-07."""
    if BEGIN not in data:
        return (data,)
    # Only files that technicians bring are in PEM.
    from asn1crypto import pem

    try:
        return tuple(der for _, _, der in pem.unarmor(data, multiple=True))
    except (ValueError, TypeError):
        raise CardError("CARD-07", "malformed PEM") from None

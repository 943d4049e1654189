"""Looks at a sealed part from the outside: is it a JWE this destination could open at all?"""

from __future__ import annotations

from kiosk.central.models import Destination, DestinationKey
from kiosk.central.service.problems import Refusal
from kiosk.delivery.tokens import sealed_header
from kiosk.errors import CentralError


def check_sealed(jwe: str, destination: Destination) -> None:
    """Compact, RSA-OAEP-256 with A256GCM, a media type named, sealed to a key of this destination.

    A retired key still counts: applications may have waited on a terminal. Raises Refusal encryption-invalid.
    """
    try:
        header = sealed_header(jwe)
    except CentralError as error:
        raise Refusal("encryption-invalid", error.detail) from error
    if header.get("alg") != "RSA-OAEP-256" or header.get("enc") != "A256GCM":
        raise Refusal("encryption-invalid", "alg must be RSA-OAEP-256, enc A256GCM")
    if header.get("zip") not in (None, "DEF"):
        raise Refusal("encryption-invalid", "zip must be DEF or left out")
    if not isinstance(header.get("cty"), str):
        raise Refusal("encryption-invalid", "cty is required")
    if not destination.keys.filter(kid=str(header.get("kid")), use=DestinationKey.Use.ENCRYPTION).exists():
        raise Refusal("encryption-invalid", "kid is no encryption key of the destination")

"""Looks at a sealed part from the outside: is it a JWE this destination could open at all?"""

from __future__ import annotations

from kiosk.central.service import registry
from kiosk.central.service.problems import Refusal
from kiosk.central.service.registry import KnownDestination
from kiosk.delivery.tokens import sealed_header
from kiosk.errors import CentralError


def check_sealed(destination: KnownDestination, *parts: str) -> None:
    """Compact, RSA-OAEP-256 with A256GCM, a media type named, sealed to a key of this destination, each of them.

    Raises Refusal encryption-invalid.
    """
    named = frozenset(map(_key_name, parts))
    if named <= destination.sealing:
        return
    now = registry.destination(destination.row.pk, sure=True)
    if now is None or not named <= now.sealing:
        raise Refusal("encryption-invalid", "kid is no encryption key of the destination")


def _key_name(jwe: str) -> str:
    """The key a part is sealed to, after all else in its header was found right."""
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
    return str(header.get("kid"))

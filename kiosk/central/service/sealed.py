"""Looks at a sealed part from the outside: is it a JWE this destination could open at all?"""

from __future__ import annotations

from collections.abc import Collection

from jwcrypto.jwk import JWK

from kiosk.central.models import Destination, DestinationKey
from kiosk.central.service.problems import Refusal
from kiosk.delivery.tokens import sealed_header
from kiosk.errors import CentralError


def check_sealed(destination: Destination, *parts: str) -> None:
    """Compact, RSA-OAEP-256 with A256GCM, a media type named, sealed to a key of this destination, each of them.

    A retired key still counts: applications may have waited on a terminal. Raises Refusal encryption-invalid.
    """
    keys = destination.keys.filter(use=DestinationKey.Use.ENCRYPTION)
    wanted = {_kid(jwe) for jwe in parts}
    missing = wanted.difference(keys.values_list("kid", flat=True))
    if missing and missing.difference(_thumbprints(keys.values_list("jwk", flat=True))):
        raise Refusal("encryption-invalid", "kid is no encryption key of the destination")


def _kid(jwe: str) -> str:
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


def _thumbprints(published: Collection[dict[str, str]]) -> set[str]:
    """The other name of a key (RFC 7638), which some senders write in place of its kid."""
    return {JWK(**public).thumbprint() for public in published}

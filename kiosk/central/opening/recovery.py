"""The escrow used: written anew for other officers, checked for gaps, and opened on an empty server.

Every function runs in a process that has called `commands.setup`, and records what it did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from jwcrypto.jwk import JWK

from kiosk.central import audit
from kiosk.central.models import Destination, DestinationKey
from kiosk.central.opening.escrow import Escrow, Escrowed
from kiosk.central.opening.keyring import Keyring
from kiosk.delivery.key_list import name_of
from kiosk.delivery.tokens import encryption_key, public_part, verification_key
from kiosk.errors import CentralError, DeliveryError

ACTOR = "command"


@dataclass(frozen=True, slots=True)
class Restored:
    """How many keys came back, how many of them the database had lost, and kids whose destination it lost as well."""

    keys: int
    lost: int
    without_destination: tuple[str, ...]


def export(keyring: Keyring) -> int:
    """Write every department key into the escrow again, for the officers as they are now; how many.

    Raises CentralError.
    """
    escrow = configured(keyring.escrow)
    found = list(DestinationKey.objects.order_by("kid"))
    for key in found:
        escrow.put(keyring.private(key.kid), key.destination_id)
    with transaction.atomic():
        audit.record(ACTOR, "escrow.written", detail={"keys": len(found), "officers": len(escrow.officers)})
    return len(found)


def check(escrow: Escrow | None) -> dict[str, str]:
    """What is wrong, by kid: keys not in the escrow, or not for every group of officers. Raises CentralError."""
    kids = DestinationKey.objects.order_by("kid").values_list("kid", flat=True)
    found = {kid: configured(escrow).lacks(kid) for kid in kids}
    return {kid: lack for kid, lack in found.items() if lack}


def restore(keyring: Keyring, officers: Sequence[JWK]) -> Restored:
    """Fill the keyring from the escrow, with the private keys of as many officers as are needed.

    A key that the database lost (it was restored from an older backup) is put back as a retired one: it opens what was
    sealed to it, and is given to nobody. Nothing is kept unless every file opens. Raises CentralError.
    """
    held = list(configured(keyring.escrow).open_all(officers))
    known = {key.kid: key for key in DestinationKey.objects.all()}
    for escrowed, key in held:
        _must_fit(key, known.get(escrowed.kid))
    for _, key in held:
        keyring.take(key)
    lost = [(escrowed, key) for escrowed, key in held if escrowed.kid not in known]
    with transaction.atomic():
        homeless = tuple(escrowed.kid for escrowed, key in lost if not _put_back(escrowed, key))
        audit.record(ACTOR, "keys.restored", detail={"keys": len(held), "lost": [one.kid for one, _ in lost]})
    return Restored(len(held), len(lost) - len(homeless), homeless)


def configured(escrow: Escrow | None) -> Escrow:
    """Raises CentralError CENTRAL-02 where there is none."""
    if escrow is None:
        raise CentralError("CENTRAL-02", "escrow_dir and escrow_officers are not configured")
    return escrow


def _must_fit(key: JWK, published: DestinationKey | None) -> None:
    """What was sealed by somebody else does not come in under a known name, nor does a weak key."""
    try:
        public = public_part(key)
        encryption_key(public) if _use(key) == DestinationKey.Use.ENCRYPTION else verification_key(public)
        if published is not None and name_of(published.jwk) != name_of(public):
            raise DeliveryError("DELIV-05", "not the published key")
    except DeliveryError as error:
        raise CentralError("CENTRAL-02", f"escrow {key['kid']}: {error.detail}") from error


def _put_back(escrowed: Escrowed, key: JWK) -> bool:
    """Whether its destination is there."""
    destination = Destination.objects.filter(pk=escrowed.destination_id).first()
    if destination is None:
        return False
    use, now = _use(key), timezone.now()
    DestinationKey.objects.create(
        kid=escrowed.kid, destination=destination, use=use, jwk=public_part(key), retired_at=now
    )
    return True


def _use(key: JWK) -> DestinationKey.Use:
    return DestinationKey.Use.ENCRYPTION if key.get("alg") == "RSA-OAEP-256" else DestinationKey.Use.SIGNATURE

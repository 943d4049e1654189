"""The signed key list on the server: drafted from the database, signed elsewhere, checked and published.

The town key never comes here. `draft` is carried to the machine that has it, the signed list is carried back.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from kiosk.central import audit
from kiosk.central.models import Destination, DestinationKey, SignedKeyList
from kiosk.central.offline_keys import town_public_key
from kiosk.central.service.calls import public_endpoint
from kiosk.central.service.problems import Refusal
from kiosk.delivery.key_list import KeyList, KeyName, name_of, verify_key_list
from kiosk.errors import CentralError, DeliveryError

ACTOR = "command"


def draft() -> dict[UUID, frozenset[KeyName]]:
    """The current encryption key of every active destination that has one."""
    found = Destination.objects.filter(status=Destination.Status.ACTIVE)
    current = {destination.pk: destination.current_key(DestinationKey.Use.ENCRYPTION) for destination in found}
    return {destination_id: frozenset({name_of(key.jwk)}) for destination_id, key in current.items() if key is not None}


def publish(text: str, now: datetime) -> KeyList:
    """Let terminals have this list. Raises CentralError CENTRAL-02 unless the town signed it and it names every key
    that is given out now."""
    if settings.CENTRAL.town_key_file is None:
        raise CentralError("CENTRAL-02", "town_key_file is not configured")
    try:
        listed = verify_key_list(text, town_public_key(settings.CENTRAL.town_key_file), now)
    except DeliveryError as error:
        raise CentralError("CENTRAL-02", error.detail) from error
    for destination_id, names in draft().items():
        if not names <= listed.keys.get(destination_id, frozenset()):
            raise CentralError("CENTRAL-02", f"the list lacks the current key of {destination_id}: draft it anew")
    with transaction.atomic():
        SignedKeyList.objects.create(text=text)
        audit.record(ACTOR, "key-list.published", detail={"destinations": len(listed.keys)})
    return listed


def read(request: HttpRequest) -> HttpResponse:
    """GET /.well-known/rathaus-kiosk/key-list.jws: the newest, for everybody."""
    newest = SignedKeyList.objects.order_by("-pk").first()
    if newest is None:
        raise Refusal("not-found", "no key list was published")
    return HttpResponse(newest.text, content_type="application/jose")


view = public_endpoint(GET=read)

"""Where clients can deliver to, and with which keys: destinations, their public keys, the service's own."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse

from kiosk.central.models import Client, Destination, DestinationKey
from kiosk.central.service import paging, registry
from kiosk.central.service.calls import Call, endpoint, public_endpoint
from kiosk.central.service.problems import Refusal
from kiosk.central.service.registry import KnownDestination
from kiosk.central.service.signing import public_keys
from kiosk.delivery.submission import DATA_SCHEMA, JSON_TYPE

KEY_ID = re.compile(r"[\w.~-]{1,100}", re.ASCII)


def read_destination(call: Call, destination_id: UUID) -> HttpResponse:
    call.must_be(Client.Role.SENDER)
    destination = find(destination_id)
    call.must_be_linked(destination_id)
    encryption = destination.current_key(DestinationKey.Use.ENCRYPTION)
    signature = destination.current_key(DestinationKey.Use.SIGNATURE)
    if encryption is None or signature is None:
        raise Refusal("destination-state-invalid", "the destination has no keys")
    return JsonResponse(
        {
            "destinationId": str(destination.pk),
            "status": destination.status,
            "encryptionKid": encryption.kid,
            "signingKid": signature.kid,
            call.version.services: [_public_service(service) for service in destination.public_services],
            "metadataVersions": call.version.metadata_schemas,
        }
    )


def list_keys(request: HttpRequest, destination_id: UUID) -> HttpResponse:
    keys = find(destination_id).published_keys()
    return paging.answer(request, "keys", keys, lambda page: [key.jwk for key in page])


def read_key(request: HttpRequest, destination_id: UUID, kid: str) -> HttpResponse:
    """By its kid, which is no path and no text that a database refuses."""
    published = find(destination_id).published_keys()
    key = published.filter(kid=kid).first() if KEY_ID.fullmatch(kid) else None
    if key is None:
        raise Refusal("key-not-found")
    return JsonResponse(key.jwk)


def service_keys(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"keys": public_keys()})


def find(destination_id: UUID) -> Destination:
    """Raises Refusal destination-not-found."""
    destination = Destination.objects.filter(pk=destination_id).first()
    if destination is None:
        raise Refusal("destination-not-found")
    return destination


def known(destination_id: UUID) -> KnownDestination:
    """The same without asking the database each time. Raises Refusal destination-not-found."""
    destination = registry.destination(destination_id)
    if destination is None:
        raise Refusal("destination-not-found")
    return destination


def _public_service(service: dict[str, Any]) -> dict[str, Any]:
    schemas = [{"schemaUri": DATA_SCHEMA, "mimeType": JSON_TYPE}]
    return {**service, "regions": ["DE"], "submissionSchemas": schemas}


destination_view = endpoint(GET=read_destination)
keys_view = public_endpoint(GET=list_keys)
key_view = public_endpoint(GET=read_key)
service_keys_view = public_endpoint(GET=service_keys)

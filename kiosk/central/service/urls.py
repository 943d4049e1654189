"""Addresses of the delivery service. An id that is no canonical UUID matches nothing and is answered 404.

Both versions have the same calls; where they name things differently is said in versions.py.
"""

from __future__ import annotations

from django.urls import include, path

from kiosk.central.service import attachments, destinations, events, oauth, submissions
from kiosk.central.service.calls import public_endpoint
from kiosk.central.service.openapi import document
from kiosk.central.service.versions import VERSIONS

CALLS = [
    path("destinations/<uuid:destination_id>", destinations.destination_view),
    path("destinations/<uuid:destination_id>/keys", destinations.keys_view),
    path("destinations/<uuid:destination_id>/keys/<str:kid>", destinations.key_view),
    path("submissions", submissions.collection_view),
    path("submissions/<uuid:submission_id>", submissions.submission_view),
    path("submissions/<uuid:submission_id>/attachments/<uuid:attachment_id>", attachments.attachment_view),
    path("submissions/<uuid:submission_id>/events", events.submission_events_view),
    path("cases/<uuid:case_id>/events", events.case_events_view),
]

urlpatterns = [
    path("token", public_endpoint(POST=oauth.token)),
    path(".well-known/jwks.json", destinations.service_keys_view),
    path("openapi.json", document.view),
    *(path(f"{version.id}/", include(CALLS)) for version in VERSIONS),
]

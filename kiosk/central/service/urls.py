"""Addresses of the delivery service. An id that is no canonical UUID matches nothing and is answered 404."""

from __future__ import annotations

from django.urls import path

from kiosk.central.service import attachments, destinations, events, oauth, submissions
from kiosk.central.service.calls import public_endpoint

urlpatterns = [
    path("token", public_endpoint(POST=oauth.token)),
    path(".well-known/jwks.json", destinations.service_keys_view),
    path("v2/destinations/<uuid:destination_id>", destinations.destination_view),
    path("v2/destinations/<uuid:destination_id>/keys", destinations.keys_view),
    path("v2/destinations/<uuid:destination_id>/keys/<str:kid>", destinations.key_view),
    path("v2/submissions", submissions.collection_view),
    path("v2/submissions/<uuid:submission_id>", submissions.submission_view),
    path("v2/submissions/<uuid:submission_id>/attachments/<uuid:attachment_id>", attachments.attachment_view),
    path("v2/submissions/<uuid:submission_id>/events", events.submission_events_view),
    path("v2/cases/<uuid:case_id>/events", events.case_events_view),
]

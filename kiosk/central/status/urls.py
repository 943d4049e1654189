"""Addresses of the status."""

from __future__ import annotations

from django.urls import path

from kiosk.central.status.lookup import lookup_view
from kiosk.central.status.page import status_page

urlpatterns = [
    path("status", status_page, name="status"),
    path("status/lookup", lookup_view, name="status-lookup"),
]

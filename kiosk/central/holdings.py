"""Tells terminals what this service still holds, so that they send again what a restored database lost.

A terminal that sees another `restoredAt` than before asks for everything it delivered in the last 14 days and sends
again what is unknown. What was delivered in a second before `backedUpUntil` (by the `iat` of its signed token) is in a
backup.
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from kiosk.central import audit
from kiosk.central.models import Holdings
from kiosk.central.service.calls import public_endpoint

ONLY = 1


def current() -> Holdings:
    """The one row. Backups leave it out: where it is missing, the database was restored, and now it is written down."""
    with transaction.atomic():
        row, made = Holdings.objects.get_or_create(id=ONLY, defaults={"restored_at": timezone.now()})
        if made:
            audit.record("holdings", "database.restored")
    return row


def backed_up(until: datetime) -> None:
    """A backup that holds everything committed before `until` is complete."""
    current()
    with transaction.atomic():
        Holdings.objects.filter(id=ONLY).update(backed_up_until=until)
        audit.record("command", "database.backed-up", detail={"until": until.isoformat()})


def read(request: HttpRequest) -> HttpResponse:
    """GET /.well-known/rathaus-kiosk/holdings, for everybody."""
    row = current()
    return JsonResponse({"restoredAt": _text(row.restored_at), "backedUpUntil": _text(row.backed_up_until)})


def _text(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else None


view = public_endpoint(GET=read)

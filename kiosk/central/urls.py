"""All addresses of central: the delivery service, the status, the inbox."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import include, path, reverse


def home(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(reverse("inbox"))


urlpatterns = [
    path("", home),
    path("", include("kiosk.central.service.urls")),
    path("", include("kiosk.central.status.urls")),
    path("", include("kiosk.central.inbox.urls")),
]

handler400 = "kiosk.central.faults.bad_request"
handler403 = "kiosk.central.faults.forbidden"
handler404 = "kiosk.central.faults.not_found"
handler500 = "kiosk.central.faults.failed"

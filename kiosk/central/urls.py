"""All addresses of central: the delivery service, the status, the inbox."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import include, path, reverse

from kiosk.central import holdings, key_list


def home(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(reverse("inbox"))


urlpatterns = [
    path("", home),
    path("", include("kiosk.central.service.urls")),
    path(".well-known/rathaus-kiosk/key-list.jws", key_list.view),
    path(".well-known/rathaus-kiosk/holdings", holdings.view),
    path("", include("kiosk.central.status.urls")),
    path("", include("kiosk.central.inbox.urls")),
]

handler400 = "kiosk.central.faults.bad_request"
handler403 = "kiosk.central.faults.forbidden"
handler404 = "kiosk.central.faults.not_found"
handler500 = "kiosk.central.faults.failed"

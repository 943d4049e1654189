"""GET /status: the public page. The code stays in the browser: it stands in the address's fragment or is typed,
and a script derives the token from it (static/central/status.js). Without a script the page says what to do."""

from __future__ import annotations

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from kiosk.central.status.texts import languages, page_texts
from kiosk.delivery.reference import ALPHABET, STATUS_ROUNDS, STATUS_SALT
from kiosk.language import SOURCE, native_name


@require_GET
def status_page(request: HttpRequest) -> HttpResponse:
    code = _language(request)
    context = {
        "language": code,
        "languages": [(other, native_name(other)) for other in languages()],
        "text": page_texts(code),
        "alphabet": ALPHABET,
        "salt": STATUS_SALT.decode(),
        "rounds": str(STATUS_ROUNDS),
        "timezone": settings.TIME_ZONE,
    }
    return render(request, "status/status.html", context)


def _language(request: HttpRequest) -> str:
    """What the address asks for, else the browser's first language that we have, else German."""
    accepted = re.findall(r"([A-Za-z]{2})\b", request.headers.get("Accept-Language", "")[:200])
    wanted = [request.GET.get("lang", ""), *(tag.lower() for tag in accepted)]
    return next((tag for tag in wanted if tag in languages()), SOURCE)

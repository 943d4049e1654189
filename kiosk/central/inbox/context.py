"""What every page shows: the town, and whose inbox this is."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def town(request: HttpRequest) -> dict[str, Any]:
    config = settings.CENTRAL.town
    return {"town_name": config.name, "town_name_dsb": config.name_dsb}

"""Lists in pages: `offset` and `limit` in, `offset`, `count` and `totalCount` out.

Rules
  1. A page costs the same among a thousand rows and among a million: the total of a list that is longer than the
     page is counted up to COUNTED, which is far more than a backlog should be.
  2. Beyond that `totalCount` says one more than was counted or read, so that who goes on until it is reached sees all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse

from kiosk.central.service.problems import Refusal

USUAL_LIMIT = 100
LARGEST_LIMIT = 500
LARGEST_OFFSET = 1_000_000_000
COUNTED = 10_000

Row = TypeVar("Row", bound=Model)


def answer(
    request: HttpRequest, name: str, rows: QuerySet[Row], format_rows: Callable[[list[Row]], list[Any]]
) -> HttpResponse:
    """One page of `rows`, which are ordered, under `name`. Raises Refusal bad-request."""
    offset = _whole(request, "offset", 0, range(LARGEST_OFFSET))
    limit = _whole(request, "limit", USUAL_LIMIT, range(1, LARGEST_LIMIT + 1))
    found = list(rows[offset : offset + limit + 1])
    page, total = found[:limit], offset + len(found)
    if len(found) > limit or (offset and not found):
        counted = rows.order_by().values("pk")[: COUNTED + 1].count()
        total = max(counted, total) if page else counted
    return JsonResponse({"offset": offset, "count": len(page), "totalCount": total, name: format_rows(page)})


def _whole(request: HttpRequest, name: str, usual: int, allowed: range) -> int:
    text = request.GET.get(name, str(usual))
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text) in allowed):
        raise Refusal("bad-request", f"{name}: a whole number from {allowed.start} to {allowed.stop - 1} is expected")
    return int(text)

"""A call costs the same however much is stored: every row is found through an index, and a list counts no further than
it must. How long that takes is the bench's business."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from .test_events import event, private_signature_key


@contextmanager
def plans() -> Iterator[list[str]]:
    """How the database goes about each statement of the block: one line for each table it looks into."""
    from django.db import connection

    found: list[str] = []
    sqlite = connection.vendor == "sqlite"
    how = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN "

    def explain(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(("SELECT", "UPDATE", "DELETE")):
            with connection.cursor() as cursor:
                cursor.cursor.execute(how + sql, params)
                found.extend(str(row[-1]) for row in cursor.cursor.fetchall())
        return execute(sql, params, many, context)

    with connection.cursor() as cursor:
        if not sqlite:  # it would rather read a small table from end to end
            cursor.execute("SET enable_seqscan = off")
    with connection.execute_wrapper(explain):
        yield found


def whole_tables(found: list[str]) -> list[str]:
    """The lines that read a table of submissions, or an index over one, from end to end."""
    large = ("submission", "sealedcontent", "attachment", "event", "case")
    return [line for line in found if "S" in line and any(_reads_all(line, f"central_{table}") for table in large)]


def _reads_all(line: str, table: str) -> bool:
    return line.strip().startswith(f"SCAN {table}") or f"Seq Scan on {table}" in line


def test_nothing_is_read_from_end_to_end(terminal: Any, api: Any, town: Any, parcel: Any, keyring: Any) -> None:
    from django.utils import timezone

    from kiosk.central.retention import drop_abandoned, erase_decided

    system, key = api("tax-system"), private_signature_key(town.tax, keyring)
    with plans() as found:
        submission = parcel.deliver(terminal)
        path = f"/v2/submissions/{submission}"
        case = system.get(path).json()["caseId"]
        listed = system.get("/v2/submissions", destinationId=str(town.tax))
        everywhere = system.get("/v2/submissions", limit="1")
        logs = [terminal.get(f"{path}/events"), terminal.get(f"/v2/cases/{case}/events")]
        decided = system.post_jose(f"{path}/events", event(submission, key))
        drop_abandoned()
        erase_decided(timezone.now() + timedelta(days=1))

    assert [answer.status_code for answer in (listed, everywhere, *logs, decided)] == [200, 200, 200, 200, 204]
    assert len(found) > 20
    assert whole_tables(found) == []


def test_the_check_above_would_notice(terminal: Any, parcel: Any) -> None:
    from kiosk.central.models import Submission

    parcel.deliver(terminal)
    with plans() as found:
        list(Submission.objects.filter(public_service__name="x"))

    assert len(whole_tables(found)) == 1


@pytest.fixture
def backlog(terminal: Any, api: Any, town: Any, parcel: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Seven submissions wait, and three is as far as a list counts; a page of them."""
    from kiosk.central.service import paging

    monkeypatch.setattr(paging, "COUNTED", 3)
    for _ in range(7):
        replace(parcel, attachment_id=uuid4()).deliver(terminal)
    system = api("tax-system")

    def page(offset: int, limit: int) -> Any:
        query = {"destinationId": str(town.tax), "offset": str(offset), "limit": str(limit)}
        return system.get("/v2/submissions", **query).json()

    return page


@pytest.mark.parametrize(
    ("offset", "limit", "count", "total"),
    [(0, 100, 7, 7), (5, 100, 2, 7), (0, 7, 7, 7), (0, 2, 2, 4), (4, 2, 2, 7), (7, 2, 0, 4)],
)
def test_a_total_is_right_as_far_as_it_is_counted(
    backlog: Callable[..., Any], offset: int, limit: int, count: int, total: int
) -> None:
    page = backlog(offset, limit)

    assert (page["offset"], page["count"], page["totalCount"]) == (offset, count, total)


def test_whoever_goes_on_until_the_total_is_reached_sees_all(backlog: Callable[..., Any]) -> None:
    seen: list[str] = []
    while True:
        page = backlog(len(seen), 2)
        seen += [item["submissionId"] for item in page["submissions"]]
        if len(seen) >= page["totalCount"]:
            break

    assert len(seen) == len(set(seen)) == 7


def test_what_waits_to_be_opened_is_found_by_its_own_index(town: Any) -> None:
    """Looking through all that ever arrived, once a second, would end a busy town hall."""
    from django.db import connection

    from kiosk.central.models import Submission

    index = next(index for index in Submission._meta.indexes if index.name == "submission_unopened")
    assert index.fields == ["submitted_at"]
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, "central_submission")
    assert found["submission_unopened"]["index"]

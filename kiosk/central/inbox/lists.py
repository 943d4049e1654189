"""What stands in the list beside a case: which submissions a member of staff may see, and how each line reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet

from kiosk.central.inbox.badges import Badge, badges_of
from kiosk.central.models import Submission

PER_PAGE = 50
State = Submission.State


@dataclass(frozen=True, slots=True)
class View:
    """One entry of the navigation. `id` is what the address says."""

    id: str
    name: str
    state: Submission.State


VIEWS: dict[str, View] = {
    "new": View("new", "Neu", State.SUBMITTED),
    "accepted": View("accepted", "Angenommen", State.ACCEPTED),
    "rejected": View("rejected", "Abgelehnt", State.REJECTED),
    "forwarded": View("forwarded", "Weitergeleitet", State.FORWARDED),
}
VIEW_OF = {view.state: view for view in VIEWS.values()}


@dataclass(frozen=True, slots=True)
class Filter:
    """What narrows the list: one procedure, or only those without a card. Empty means all."""

    procedure: str = ""
    card: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One submission in the list."""

    id: str
    title: str
    reference: str
    terminal: str
    arrived: datetime
    badges: list[Badge]
    pending: bool
    failure: str


def visible_to(user: User) -> QuerySet[Submission]:
    """All a member of staff may see: what was delivered to destinations of the own departments."""
    return (
        Submission.objects.exclude(state=State.ANNOUNCED)
        .filter(destination__department__staff=user)
        .select_related("destination__department", "opened")
    )


def counts(user: User) -> dict[str, int]:
    """How many stand in each view."""
    rows = visible_to(user).order_by().values_list("state").annotate(number=Count("id"))
    numbers = dict(rows)
    return {view.id: numbers.get(view.state, 0) for view in VIEWS.values()}


def procedures(user: User, view: View) -> list[tuple[str, str]]:
    """Ids and titles of the procedures in this view, for the filter."""
    pairs = visible_to(user).filter(state=view.state).exclude(opened=None).order_by()
    found = pairs.values_list("opened__procedure_id", "opened__title").distinct()
    return sorted({pid: title for pid, title in found if pid}.items(), key=lambda pair: pair[1])


def page_of(user: User, view: View, chosen: Filter, number: str) -> Page[Submission]:
    """One page of the list, newest first; `line_of` tells how each reads."""
    found = visible_to(user).filter(state=view.state)
    if chosen.procedure:
        found = found.filter(opened__procedure_id=chosen.procedure)
    if chosen.card == "none":
        found = found.filter(opened__badges__icontains='"no-card"')
    return Paginator(found.order_by("-submitted_at", "pk"), PER_PAGE).get_page(number)


def line_of(submission: Submission) -> Line:
    opened = getattr(submission, "opened", None)
    return Line(
        id=str(submission.pk),
        title=opened.title if opened and opened.title else submission.public_service.get("name", ""),
        reference=opened.reference if opened else "",
        terminal=opened.terminal if opened else "",
        arrived=submission.submitted_at or submission.created_at,
        badges=badges_of(opened.badges) if opened else [],
        pending=opened is None,
        failure=opened.failure if opened else "",
    )

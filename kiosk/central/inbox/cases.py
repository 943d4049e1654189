"""How one opened case reads: the answer of the opening service, made ready for the page.

Nothing here is kept: it lives for one page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kiosk.central.models import Submission
from kiosk.central.rejection import REASONS
from kiosk.central.service import event_log

WAYS = {
    "online": "Online-Ausweis mit PIN",
    "on_site": "Vor-Ort-Auslesen mit CAN",
    "travel_document": "Reisedokument",
}
ASSURANCES = {"low": "niedrig", "substantial": "substanziell", "high": "hoch"}
AUTHENTICITIES = {
    "verified": "Echtheit des Ausweises bestätigt",
    "unverified": "Echtheit des Ausweises nicht geprüft",
    "failed": "Echtheit des Ausweises nicht bestätigt",
}
HISTORY = {
    "submit-submission": "zugestellt, Empfang signiert",
    "notify-submission": "geöffnet, Siegel und Prüfsummen stimmen",
    "accept-submission": "übernommen",
    "reject-submission": "abgelehnt",
    "forward-submission": "weitergeleitet",
    "delete-submission": "Inhalt gelöscht",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """The identification, in words. `tone` colours it."""

    way: str
    assurance: str
    authenticity: str
    tone: str
    read_at: datetime
    staff_id: str
    confirmed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Row:
    path: str
    label: str
    text: str = field(repr=False)
    from_card: bool
    contested: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    rows: list[Row] = field(repr=False)


@dataclass(frozen=True, slots=True)
class CaseView:
    """Everything the right-hand side shows."""

    evidence: Evidence | None
    sections: list[Section] = field(repr=False)
    warnings: list[str] = field(repr=False)
    attachments: list[dict[str, str]] = field(repr=False)
    related: list[str] = field(repr=False)


def case_view(answer: dict[str, Any]) -> CaseView:
    """The opening service's answer, in words."""
    sections = [Section(section["title"], [_row(row) for row in section["rows"]]) for section in answer["sections"]]
    return CaseView(
        evidence=_evidence(answer["identification"]),
        sections=[section for section in sections if section.rows],
        warnings=answer["warnings"],
        attachments=answer["attachments"],
        related=answer["related"],
    )


def history(submission: Submission) -> list[tuple[datetime, str]]:
    """What happened to it, newest first."""
    opened = getattr(submission, "opened", None)
    lines = [(opened.recorded_at, "am Terminal verbindlich abgesendet")] if opened and opened.recorded_at else []
    lines += [(event.at, _told(event.name, event.payload)) for event in event_log.of(submission)]
    told = [(at, text) for at, text in lines if text]
    return sorted(told, key=lambda line: line[0])[::-1]


def _told(name: str, payload: dict[str, Any]) -> str:
    text = HISTORY.get(name, "")
    problems = payload.get("problems") or [{}]
    reason = str(problems[0].get("type", "")).rpartition(":")[2]
    return f"{text}: {REASONS[reason]}" if text and reason in REASONS else text


def _row(row: dict[str, Any]) -> Row:
    return Row(
        path=row["path"],
        label=row["label"],
        text=row["text"],
        from_card=row["source"] == "card",
        contested=row["contested"],
    )


def _evidence(item: dict[str, str] | None) -> Evidence | None:
    if item is None:
        return None
    return Evidence(
        way=WAYS[item["way"]],
        assurance=ASSURANCES[item["assurance"]],
        authenticity=AUTHENTICITIES[item["authenticity"]],
        tone={"verified": "good", "failed": "danger"}.get(item["authenticity"], "doubt"),
        read_at=datetime.fromisoformat(item["read_at"]),
        staff_id=item["staff_id"],
        confirmed_at=datetime.fromisoformat(item["confirmed_at"]) if item["confirmed_at"] else None,
    )

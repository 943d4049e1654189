"""Doubts and assurances that a caseworker sees before opening a case: ids in the database, words here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kiosk.errors import TextError
from kiosk.language import native_name

Tone = Literal["good", "doubt", "danger", "plain"]


@dataclass(frozen=True, slots=True)
class Badge:
    text: str
    tone: Tone


BADGES: dict[str, Badge] = {
    "card-verified": Badge("Ausweis geprüft", "good"),
    "card-unverified": Badge("Ausweis gelesen, Echtheit ungeprüft", "doubt"),
    "card-failed": Badge("Echtheit nicht bestätigt", "danger"),
    "no-card": Badge("Ohne Ausweis", "plain"),
    "contested": Badge("Angabe bestritten", "doubt"),
    "warning": Badge("Hinweis beachten", "doubt"),
    "key-revoked": Badge("Schlüssel gesperrt: Inhalt evtl. mitgelesen", "danger"),
}
LANGUAGE_PREFIX = "language-"


def badges_of(ids: list[str]) -> list[Badge]:
    """The badges to show; an id from a newer terminal that is not known here is left out."""
    return [badge for badge in map(_badge, ids) if badge is not None]


def _badge(badge_id: str) -> Badge | None:
    if not badge_id.startswith(LANGUAGE_PREFIX):
        return BADGES.get(badge_id)
    try:
        return Badge(f"Sprache: {native_name(badge_id.removeprefix(LANGUAGE_PREFIX))}", "plain")
    except TextError:
        return None

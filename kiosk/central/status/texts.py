"""The words of the public status page, marked for the catalogues by `t`."""

from __future__ import annotations

from functools import lru_cache

from kiosk.language import LOCALES, SOURCE, Language, load


def languages() -> tuple[str, ...]:
    """German, and English where its catalogue exists."""
    return (SOURCE, "en") if (LOCALES / "en.po").exists() else (SOURCE,)


@lru_cache(maxsize=4)
def page_texts(code: str) -> dict[str, str]:
    """The page's texts by name. Raises TextError for a malformed catalogue."""
    t = load(code).t
    return {
        "title": t("Stand meines Antrags"),
        "intro": t("Der Antragscode steht auf Ihrem Beleg. Groß und klein geschrieben ist egal."),
        "label": t("Antragscode"),
        "example": t("Beispiel: 7K4M9-PWD3T-XHWQ"),
        "ask": t("Stand anzeigen"),
        "privacy": t("Der Code bleibt in Ihrem Browser. Gesendet wird nur eine daraus berechnete Prüfzahl."),
        "no_script": t(
            "Diese Seite braucht JavaScript, damit Ihr Code Ihren Browser nicht verlässt. Schalten Sie es ein oder "
            "fragen Sie an einem Terminal im Rathaus oder bei der Abteilung, die auf Ihrem Beleg steht."
        ),
        "working": t("Einen Augenblick …"),
        "wrong": t("Dieser Code stimmt nicht. Bitte vergleichen Sie ihn mit Ihrem Beleg."),
        "unknown": t(
            "Unter diesem Code liegt hier noch nichts vor. Bitte vergleichen Sie ihn mit Ihrem Beleg. "
            "Haben Sie den Antrag gerade erst gestellt, ist er vielleicht noch unterwegs."
        ),
        "slow": t("Zu viele Versuche. Bitte warten Sie {seconds} Sekunden."),
        "failed": t("Der Stand lässt sich gerade nicht abfragen. Bitte versuchen Sie es später noch einmal."),
        "insecure": t(
            "Ihr Browser kann den Code hier nicht sicher verarbeiten. Bitte öffnen Sie die Seite über https."
        ),
        "since": t("seit"),
        "reference": t("Vorgangsnummer"),
        "phone": t("Telefon"),
    } | _states(load(code))


def _states(language: Language) -> dict[str, str]:
    t = language.t
    return {
        "recorded": t("Erfasst, noch nicht übertragen"),
        "transmitted": t("Übermittelt"),
        "arrived": t("Angekommen"),
        "accepted": t("Wird bearbeitet"),
        "rejected": t("Abgelehnt"),
    }

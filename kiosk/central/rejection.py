"""Why a submission may be rejected: a closed list, because the event log is readable by the sender's terminal."""

from __future__ import annotations

REASONS: dict[str, str] = {
    "incomplete": "Angaben oder Nachweise fehlen",
    "not-responsible": "Diese Abteilung ist nicht zuständig",
    "duplicate": "Der Antrag liegt schon vor",
    "withdrawn": "Auf Wunsch der antragstellenden Person zurückgezogen",
    "not-met": "Die Voraussetzungen liegen nicht vor",
}

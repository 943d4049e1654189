"""What the citizen reads when an answer cannot stand: one German sentence per problem code.

A sentence says what is wrong and what helps; it never repeats what was typed.
"""

from __future__ import annotations

from kiosk.procedures.model import Problem, Words

PROBLEM_TEXTS: dict[str, str] = {
    "address-city": "Bitte geben Sie den Ort an.",
    "address-lines": "Bitte geben Sie Straße, Postleitzahl und Ort an.",
    "address-postcode": "Bitte prüfen Sie die Postleitzahl: fünf Ziffern.",
    "address-street": "Bitte geben Sie Straße und Hausnummer an.",
    "already-given": "Das haben Sie schon einmal angegeben. Bitte prüfen Sie beide Angaben.",
    "choose": "Bitte wählen Sie eine Antwort.",
    "date-before-other": "Dieses Datum liegt zu früh. Bitte prüfen Sie es.",
    "date-in-future": "Dieses Datum liegt in der Zukunft. Bitte prüfen Sie es.",
    "date-in-past": "Dieses Datum liegt in der Vergangenheit. Bitte prüfen Sie es.",
    "date-needs-day": "Bitte geben Sie Tag, Monat und Jahr an. Zum Beispiel: 24.11.2026",
    "date-needs-month": "Bitte geben Sie mindestens Monat und Jahr an. Zum Beispiel: 11.2026",
    "date-too-far-ahead": "Dieses Datum liegt mehr als {days} Tage in der Zukunft.",
    "date-too-long-ago": "Dieses Datum liegt mehr als {days} Tage zurück.",
    "date-year": "Bitte prüfen Sie das Jahr: vier Ziffern, von {first} bis {last}.",
    "digits-only": "Bitte geben Sie nur Ziffern ein.",
    "iban-check-digit": "Diese IBAN stimmt nicht: Die Prüfziffer passt nicht. Bitte vergleichen Sie Ziffer für Ziffer.",
    "latin-only": "Bitte schreiben Sie mit lateinischen Buchstaben und Ziffern, wie auf dem Ausweis.",
    "length": "Es müssen {expected} Ziffern sein. Eingegeben sind {got}.",
    "must-confirm": "Bitte bestätigen Sie das, um weiterzumachen.",
    "no-such-day": "Diesen Tag gibt es nicht. Bitte prüfen Sie Tag und Monat.",
    "not-a-date": "Bitte geben Sie ein Datum ein. Zum Beispiel: 24.11.2026",
    "not-a-name": "In einem Namen stehen nur Buchstaben, Bindestrich, Apostroph und Punkt.",
    "not-a-phone": "Bitte prüfen Sie die Telefonnummer: 5 bis 20 Zeichen, nur Ziffern, Leerzeichen und + - / ( ).",
    "not-a-plate": "Bitte geben Sie das Kennzeichen mit Bindestrich ein. Zum Beispiel: CB-AB 123",
    "not-a-postcode": "Diese Postleitzahl gibt es nicht. Bitte prüfen Sie sie.",
    "not-an-email": "Bitte prüfen Sie die E-Mail-Adresse. Zum Beispiel: name@example.org",
    "not-an-iban": "Das ist keine IBAN. Eine deutsche IBAN beginnt mit DE und hat danach 20 Ziffern.",
    "not-an-option": "Bitte wählen Sie eine der angezeigten Antworten.",
    "not-from-card": "Diese Angabe kommt nicht vom Ausweis. Sie können sie einfach ändern.",
    "number-too-large": "Diese Zahl ist zu groß: höchstens {limit}.",
    "number-too-small": "Diese Zahl ist zu klein: mindestens {limit}.",
    "picture-character": "Bitte schreiben Sie ohne Bildzeichen (Emojis) und Sonderzeichen.",
    "required": "Bitte füllen Sie dieses Feld aus.",
    "same-as-other": "Das ist dieselbe Angabe wie zuvor. Bitte prüfen Sie sie.",
    "too-long": "Das ist zu lang: höchstens {limit} Zeichen.",
    "too-short": "Das ist zu kurz: mindestens {limit} Zeichen.",
    "unusable-character": "Ein unsichtbares oder unbekanntes Zeichen ist dabei. Bitte tippen Sie den Text neu.",
}


def problem_text(problem: Problem, words: Words) -> str:
    """The sentence for `problem` in the language of `words`; "stated" carries its own German text."""
    if problem.code == "stated":
        return words.t(str(problem.params["text"]))
    return words.t(PROBLEM_TEXTS[problem.code], **problem.params)

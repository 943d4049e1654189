"""One department's filled form as a German PDF, made fresh from the answers.

Rules
  1. Only the destination's own rows; the card's and the citizen's words are shown apart wherever they differ.
  2. Everything is text: no pictures, no links, and nothing is ever fetched from a URL.
  3. It holds personal data: it exists in memory only, and no error or log quotes it.

Written as pdf/ua-1 (tagged, with language and title); no validator has looked at it, so nothing calls it conformant.
WeasyPrint takes half a second to import and holds the interpreter: the terminal calls this in a process of its own.
"""

from __future__ import annotations

import re
from html import escape
from typing import cast

from kiosk.application import Application
from kiosk.documents.receipt import ReceiptTown
from kiosk.errors import DocumentError
from kiosk.identity import Assurance, Authenticity, IdentityEvidence, Way
from kiosk.language import SOURCE, Language, load, native_name
from kiosk.procedures.journey import journey
from kiosk.procedures.model import Destination, Source
from kiosk.procedures.summary import Row, Section, fee_cents, summary

WAYS = {
    Way.ONLINE: "Online-Ausweisfunktion (§ 18 PAuswG)",
    Way.ON_SITE: "Vor-Ort-Auslesen des Ausweises (§ 18a PAuswG)",
    Way.TRAVEL_DOCUMENT: "Auslesen eines Reisedokuments",
}
ASSURANCES = {Assurance.LOW: "niedrig", Assurance.SUBSTANTIAL: "substanziell", Assurance.HIGH: "hoch"}
AUTHENTICITIES = {
    Authenticity.VERIFIED: "geprüft, echt",
    Authenticity.UNVERIFIED: "nicht geprüft",
    Authenticity.FAILED: "Prüfung fehlgeschlagen",
}
LONG_TEXT = 200  # letters; longer ones are not set in bold

STYLE = """
@page {
  size: A4; margin: 16mm 18mm 20mm 22mm;
  @bottom-left { content: "Vorgangsnummer " string(reference); font: 8.5pt "Noto Sans"; color: #51577a }
  @bottom-right { content: "Seite " counter(page) " von " counter(pages); font: 8.5pt "Noto Sans"; color: #51577a }
}
html { font: 10pt/1.4 "Noto Sans", sans-serif; color: #131525; font-variant-numeric: tabular-nums }
body { margin: 0 }
header { border-bottom: 1.5pt solid #131525; padding-bottom: 3mm; margin-bottom: 6mm }
header p { margin: 0 }
.town { font-size: 14pt; font-weight: bold }
.second { color: #51577a }
.department { margin-top: 3mm }
h1 { font-size: 19pt; line-height: 1.2; margin: 0 0 4mm }
h2 { font-size: 12pt; line-height: 1.3; margin: 5mm 0 1mm; break-after: avoid }
table { border-collapse: collapse; width: 100%; table-layout: fixed }
tr { break-inside: avoid }
th, td { text-align: left; vertical-align: top; padding: 1.3mm 0; border-bottom: .5pt solid #b2b6cc;
         overflow-wrap: anywhere; white-space: pre-wrap }
th { width: 36%; font-weight: normal; color: #51577a; padding-right: 4mm; hyphens: auto }
td { font-weight: bold }
.long { font-weight: normal }
.mark { display: block; font-weight: normal; font-size: 8.5pt; color: #006b8c }
.contested { display: block; font-weight: normal; margin-top: 1mm; padding: 1.5mm 2.5mm; border: 1pt solid #925400;
             border-left-width: 4pt }
.contested strong { color: #925400 }
.reference { string-set: reference content() }
ul { margin: 0; padding-left: 5mm }
footer { margin-top: 5mm; font-size: 8.5pt; color: #51577a }
"""


def render_form(application: Application, destination: Destination, reference: str, town: ReceiptTown) -> bytes:
    """The PDF. All arguments pickle, so it may run in another process. Raises DocumentError DOC-01."""
    text = form_html(application, destination, reference, town)
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher

        html = HTML(string=text, url_fetcher=URLFetcher(allowed_protocols=()))
        return cast(bytes, html.write_pdf(pdf_variant="pdf/ua-1"))
    except Exception as error:  # whatever the renderer stumbles over, its message may quote an answer
        raise DocumentError("DOC-01", type(error).__name__) from None


def form_html(application: Application, destination: Destination, reference: str, town: ReceiptTown) -> str:
    """The same as HTML, every value escaped."""
    german = load(SOURCE)
    procedure = application.procedure
    sections = summary(procedure, application.answers, application.today, german, destination)
    parts = [
        _header(town, destination),
        f"<h1>{escape(procedure.title)}</h1>",
        _facts(application, reference, german),
        *(_section(section) for section in sections),
        _warnings(application, destination),
        _fee(application, destination, german),
        _identification(application.evidence, german),
        _footer(application),
    ]
    title = escape(f"{procedure.title}, Vorgangsnummer {reference}")
    return (
        f'<!DOCTYPE html><html lang="{SOURCE}"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{STYLE}</style></head><body>{''.join(parts)}</body></html>"
    )


def _header(town: ReceiptTown, destination: Destination) -> str:
    second = f'<p class="second" lang="dsb">{escape(town.name_dsb)}</p>' if town.name_dsb else ""
    return (
        f'<header><p class="town">{escape(town.name)}</p>{second}'
        f'<p class="department">{escape(destination.department)}</p></header>'
    )


def _facts(application: Application, reference: str, german: Language) -> str:
    return _table(
        [
            ("Vorgangsnummer", f'<span class="reference">{escape(reference)}</span>'),
            ("Beantwortet am", escape(german.date(application.today.isoformat()))),
            ("Sprache am Terminal", escape(native_name(application.language))),
        ]
    )


def _section(section: Section) -> str:
    return f"<h2>{escape(section.title)}</h2>" + _table([(row.label, _value(row)) for row in section.rows])


def _value(row: Row) -> str:
    """The value with where it comes from; a contested one with both versions."""
    text = escape(row.text) if len(row.text) <= LONG_TEXT else f'<span class="long">{escape(row.text)}</span>'
    if row.source is not Source.CARD:
        return text
    if row.contested is None:
        return f'{text}<span class="mark">vom Ausweis</span>'
    return (
        f'{text}<span class="mark">vom Ausweis, bestritten</span>'
        f'<span class="contested"><strong>Laut antragstellender Person richtig:</strong> {escape(row.contested)}</span>'
    )


def _warnings(application: Application, destination: Destination) -> str:
    """What the procedure's checks noticed, as far as it is about this department's answers."""
    found = journey(application.procedure, application.answers, application.today).warnings
    texts = [warning.text for warning in found if _entitled(warning.path, destination)]
    if not texts:
        return ""
    return "<h2>Hinweise zur Prüfung</h2><ul>" + "".join(f"<li>{escape(text)}</li>" for text in texts) + "</ul>"


def _entitled(path: str, destination: Destination) -> bool:
    return re.sub(r"\.\d+\.", ".*.", path) in destination.fields


def _fee(application: Application, destination: Destination, german: Language) -> str:
    fee = application.procedure.fee
    cents = fee_cents(application.procedure, application.answers)
    if fee is None or cents is None or not _entitled(fee.field, destination):
        return ""
    origin = f"Stand: {german.date(fee.as_of)}. {fee.source}"
    amount = f'{escape(german.euros(cents))}<span class="mark">{escape(origin)}</span>'
    return "<h2>Gebühr</h2>" + _table([("Angezeigter Betrag", amount)])


def _identification(evidence: IdentityEvidence | None, german: Language) -> str:
    heading = "<h2>Identifizierung</h2>"
    if evidence is None:
        return heading + _table([("Weg", "ohne Ausweis; alle Angaben wurden eingegeben")])
    rows = [
        ("Weg", WAYS[evidence.way]),
        ("Vertrauensniveau", ASSURANCES[evidence.assurance]),
        ("Echtheit des Ausweises", AUTHENTICITIES[evidence.authenticity]),
        ("Gelesen am", german.moment(evidence.read_at)),
    ]
    if evidence.confirmation is not None:
        confirmed = evidence.confirmation
        rows.append(("Lichtbild verglichen", f"{german.moment(confirmed.confirmed_at)}, Personal {confirmed.staff_id}"))
    return heading + _table([(label, escape(text)) for label, text in rows])


def _footer(application: Application) -> str:
    procedure = application.procedure
    return (
        f"<footer>Am Bürgerterminal ausgefüllt. Verfahren {escape(procedure.id)}, Fassung {escape(procedure.version)}, "
        f"Prüfsumme {escape(procedure.digest[:12])}.</footer>"
    )


def _table(rows: list[tuple[str, str]]) -> str:
    """Labels are escaped here, values are HTML already."""
    body = "".join(f'<tr><th scope="row">{escape(label)}</th><td>{value}</td></tr>' for label, value in rows)
    return f"<table><tbody>{body}</tbody></table>"

"""The receipt a citizen takes home, as neutral blocks.

Rules
  1. It carries no answer and no name: only what the citizen needs to find the application again.
  2. Everything is in the citizen's language; what staff must recognise (procedure, department) also in German.
  3. The application code stands in the QR's fragment, so that no web server ever gets it sent.

How blocks become paper is the printer driver's business (devices/printers/).
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.application import Receipt, status_link
from kiosk.documents.blocks import Block, Code, Heading, Pair, Paragraph, QrCode, Rule
from kiosk.language import Language


@dataclass(frozen=True, slots=True)
class ReceiptTown:
    """The town as it names itself on paper; `name_dsb` is empty where there is no second name."""

    name: str
    name_dsb: str


def receipt_blocks(
    receipt: Receipt, words: Language, german: Language, *, town: ReceiptTown, status_url: str, transmitted: bool
) -> tuple[Block, ...]:
    """The blocks from top to bottom. `status_url`: the public status page without a fragment, or "".

    `transmitted`: delivery works, so that the application leaves at once. Never printed as "it has arrived":
    nobody knows that when the receipt is printed.
    """
    return (
        *_head(receipt, words, german, town),
        Rule(),
        *_recorded(receipt, words, transmitted),
        Rule(),
        *_code(receipt, words, status_url),
        Rule(),
        *_departments(receipt, words, german),
        *_fee(receipt, words),
    )


def _head(receipt: Receipt, words: Language, german: Language, town: ReceiptTown) -> tuple[Block, ...]:
    title = receipt.procedure.title
    shown, source = words.t(title), german.t(title)
    names: tuple[Block, ...] = (Heading(town.name),)
    if town.name_dsb:
        names += (Paragraph(town.name_dsb),)
    if shown == source:
        return (*names, Rule(), Paragraph(shown, bold=True))
    return (*names, Rule(), Paragraph(shown, bold=True), Paragraph(source))


def _recorded(receipt: Receipt, words: Language, transmitted: bool) -> tuple[Block, ...]:
    moment = Pair(words.t("Erfasst am"), words.moment(receipt.saved_at))
    if transmitted:
        return (moment, Paragraph(words.t("Erfasst. Ihr Antrag wird jetzt übertragen."), bold=True))
    return (
        moment,
        Paragraph(words.t("Erfasst, noch nicht übertragen."), bold=True),
        Paragraph(words.t("Ihr Antrag ist auf diesem Terminal sicher gespeichert und wird von selbst übertragen.")),
    )


def _code(receipt: Receipt, words: Language, status_url: str) -> tuple[Block, ...]:
    return (
        Paragraph(words.t("Ihr Code für diesen Antrag")),
        Code(receipt.code),
        QrCode(status_link(status_url, receipt.code)),
        Paragraph(words.t("So sehen Sie den Stand Ihres Antrags"), bold=True),
        Paragraph(
            words.t("An jedem Terminal „Stand meines Antrags“ wählen und den Code eingeben oder den QR-Code zeigen.")
        ),
        *((Paragraph(words.t("Oder den QR-Code mit dem Telefon lesen.")),) if status_url else ()),
        Paragraph(words.t("Wer diesen Code kennt, kann den Stand sehen. Bitte bewahren Sie den Beleg gut auf.")),
    )


def _departments(receipt: Receipt, words: Language, german: Language) -> tuple[Block, ...]:
    pairs = (Pair(_both(department, words, german), reference) for department, reference in receipt.references)
    return (Paragraph(words.t("Vorgangsnummern"), bold=True), *pairs)


def _both(text: str, words: Language, german: Language) -> str:
    shown, source = words.t(text), german.t(text)
    return shown if shown == source else f"{shown} ({source})"


def _fee(receipt: Receipt, words: Language) -> tuple[Block, ...]:
    """The amount never stands alone: where it is from and of which day is printed with it."""
    fee = receipt.procedure.fee
    if receipt.fee_cents is None or fee is None:
        return ()
    return (
        Rule(),
        Pair(words.t("Gebühr"), words.euros(receipt.fee_cents)),
        Paragraph(words.t("Stand: {as_of}. Quelle: {source}", as_of=words.date(fee.as_of), source=words.t(fee.source))),
    )

"""What every ReceiptPrinter keeps, and what each fault of the simulated one means for the citizen.

Independent witnesses: zbarimg reads the QR from the picture, tesseract the text, python-escpos' bytes are decoded anew.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from devices.printers.escpos import EscposPrinter
from devices.printers.simulated import SimulatedPrinter
from kiosk.application import PrintOutcome
from kiosk.documents.blocks import Code, Heading, Pair, Paragraph, QrCode, Rule
from kiosk.errors import DocumentError, PrinterError
from kiosk.ports import PrinterState

LINK = "https://rathaus.example/status#7K4M9-PWD3T-XHWQ"
RECEIPT = (
    Heading("Stadt Cottbus"),
    Paragraph("Město Chóśebuz"),
    Rule(),
    Paragraph("Erfasst, noch nicht übertragen.", bold=True),
    Code("7K4M9-PWD3T-XHWQ"),
    QrCode(LINK),
    Pair("Steuern und Abgaben", "C2-7K4M-9PW"),
)
PRINTED = (PrintOutcome.PRINTED, PrintOutcome.PRINTED_PAPER_LOW)


def qr_of(png: Path) -> str:
    found = subprocess.run(["zbarimg", "--quiet", "--raw", str(png)], capture_output=True, check=True)
    return found.stdout.decode().strip()


def text_of(png: Path, tmp_path: Path) -> str:
    """As tesseract reads it, enlarged to the resolution it is made for and with a margin."""
    page = tmp_path / "page.png"
    with Image.open(png) as picture:
        large = picture.convert("L").resize((picture.width * 3, picture.height * 3), Image.Resampling.BICUBIC)
        ImageOps.expand(large, 40, 255).save(page)
    read = subprocess.run(["tesseract", str(page), "-", "-l", "deu", "--psm", "6"], capture_output=True, check=True)
    return read.stdout.decode()


# ---- every printer ----------------------------------------------------------------------------


def test_a_printer_says_how_it_is(any_printer: EscposPrinter):
    assert any_printer.status() in (PrinterState.READY, PrinterState.PAPER_LOW)


def test_a_receipt_is_printed(any_printer: EscposPrinter):
    assert any_printer.print(RECEIPT) in PRINTED


def test_a_second_receipt_is_printed_as_well(any_printer: EscposPrinter):
    assert any_printer.print(RECEIPT) in PRINTED
    assert any_printer.print(RECEIPT) in PRINTED


def test_a_receipt_taller_than_one_band_is_printed(any_printer: EscposPrinter):
    assert any_printer.print((*RECEIPT, *[Paragraph(f"Zeile {number}") for number in range(40)])) in PRINTED


def test_a_letter_without_glyph_is_refused_before_anything_is_sent(any_printer: EscposPrinter):
    with pytest.raises(DocumentError) as caught:
        any_printer.print((Paragraph("Hund 🐕"),))
    assert caught.value.code == "PRINT-05"


# ---- what came out, read by others ------------------------------------------------------------


def test_the_qr_on_paper_holds_the_link(simulated: SimulatedPrinter, driver: EscposPrinter):
    driver.print(RECEIPT)
    assert qr_of(simulated.receipts[0]) == LINK


@pytest.mark.parametrize("width", [384, 576])
def test_other_paper_widths_hold_the_link_too(simulated: SimulatedPrinter, width: int):
    EscposPrinter("127.0.0.1", simulated.port, width, timeout_s=2.0).print(RECEIPT)
    assert qr_of(simulated.receipts[0]) == LINK


def test_the_words_on_paper_can_be_read(simulated: SimulatedPrinter, driver: EscposPrinter, tmp_path: Path):
    driver.print(RECEIPT)
    text = text_of(simulated.receipts[0], tmp_path)
    for expected in ("Stadt Cottbus", "Erfasst, noch nicht übertragen.", "Steuern und Abgaben", "C2-7K4M-9PW"):
        assert expected in text


def test_a_name_of_200_letters_is_there_to_the_last(simulated: SimulatedPrinter, driver: EscposPrinter, tmp_path: Path):
    given = "Anna Maria Sophie Elisabeth Katharina Friederike Wilhelmine Theodora Adelheid Hildegard Amalie Luise"
    family = "Donaudampfschifffahrtsgesellschaftskapitänsgattinnenvereinsvorsitzende von Musterhausen zu Langenfeld"
    name = f"{given} {family}"
    assert len(name) >= 200
    driver.print((Heading(name),))
    read = "".join(text_of(simulated.receipts[0], tmp_path).split())
    assert read == "".join(name.split())


def test_two_receipts_are_two_pictures(simulated: SimulatedPrinter, driver: EscposPrinter):
    driver.print(RECEIPT)
    driver.print(RECEIPT)
    assert [path.name for path in simulated.receipts] == ["receipt-0001.png", "receipt-0002.png"]


# ---- faults -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "state", "code"),
    [
        (SimulatedPrinter.paper_out, PrinterState.PAPER_OUT, "PRINT-02"),
        (SimulatedPrinter.cover_open, PrinterState.COVER_OPEN, "PRINT-03"),
        (SimulatedPrinter.fail, PrinterState.ERROR, "PRINT-04"),
    ],
)
def test_nothing_is_sent_to_a_printer_that_cannot_print(simulated, driver, fault, state, code):
    fault(simulated)
    assert driver.status() is state

    with pytest.raises(PrinterError) as caught:
        driver.print(RECEIPT)

    assert caught.value.code == code
    simulated.recover()
    assert driver.status() is PrinterState.READY
    assert simulated.receipts == ()


def test_little_paper_still_prints_and_is_reported(simulated, driver):
    simulated.paper_low()
    assert driver.print(RECEIPT) is PrintOutcome.PRINTED_PAPER_LOW
    assert len(simulated.receipts) == 1


def test_a_mute_printer_prints_but_nobody_knows(simulated):
    driver = EscposPrinter("127.0.0.1", simulated.port, 512, timeout_s=0.1)
    simulated.fall_mute()
    assert driver.print(RECEIPT) is PrintOutcome.UNKNOWN
    assert driver.status() is PrinterState.UNKNOWN
    assert len(simulated.receipts) == 1


def test_a_printer_that_is_off_is_offline(simulated, driver):
    simulated.power_off()
    assert driver.status() is PrinterState.OFFLINE
    with pytest.raises(PrinterError) as caught:
        driver.print(RECEIPT)
    assert caught.value.code == "PRINT-01"

    simulated.power_on()
    assert driver.print(RECEIPT) is PrintOutcome.PRINTED


def test_paper_that_ends_in_mid_job_is_told_and_after_a_new_roll_it_goes_on(simulated, driver):
    simulated.paper_ends_after(rows=100)
    with pytest.raises(PrinterError) as caught:
        driver.print(RECEIPT)
    assert caught.value.code == "PRINT-02"
    assert simulated.receipts == ()

    simulated.paper_in()
    assert driver.print(RECEIPT) is PrintOutcome.PRINTED
    assert qr_of(simulated.receipts[0]) == LINK


def test_a_printer_that_hangs_up_in_mid_job_may_have_printed(simulated, driver):
    simulated.breaks_off_after(job_bytes=2000)
    with pytest.raises(PrinterError) as caught:
        driver.print(RECEIPT)
    assert caught.value.code == "PRINT-04"
    assert driver.print(RECEIPT) is PrintOutcome.PRINTED

"""Every receipt this program can print has a glyph for every letter and a QR code that fits the paper."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from devices.printers.raster import draw
from kiosk.application import Receipt
from kiosk.documents.receipt import ReceiptTown, receipt_blocks
from kiosk.language import LOCALES, SOURCE, load
from kiosk.procedures.loader import load_all
from kiosk.procedures.model import Procedure

LANGUAGES = [SOURCE, *sorted(path.stem for path in LOCALES.glob("*.po"))]


@pytest.fixture(scope="module")
def procedures() -> dict[str, Procedure]:
    return load_all()


@pytest.mark.parametrize("width", [384, 512, 576])
@pytest.mark.parametrize("code", LANGUAGES)
def test_it_can_be_drawn(procedures, code, width):
    for procedure in procedures.values():
        receipt = Receipt(
            code="7K4M9-PWD3T-XHWQ",
            references=tuple((destination.department, "C2-7K4M-9PW") for destination in procedure.destinations),
            procedure=procedure,
            saved_at=datetime(2026, 11, 22, 13, 7, tzinfo=UTC),
            language=code,
            fee_cents=12000,
        )
        blocks = receipt_blocks(
            receipt,
            load(code),
            load(SOURCE),
            town=ReceiptTown("Stadt Cottbus", "Město Chóśebuz"),
            status_url="https://rathaus.example/status",
            transmitted=False,
        )
        assert draw(blocks, width).width == width

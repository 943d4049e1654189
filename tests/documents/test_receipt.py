"""What stands on the receipt, and what must never stand there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.application import Receipt
from kiosk.documents.blocks import Block, Code, Heading, Pair, Paragraph, QrCode
from kiosk.documents.receipt import ReceiptTown, receipt_blocks
from kiosk.language import Language

URL = "https://rathaus.example/status"


@pytest.fixture
def blocks(receipt: Receipt, english: Language, german: Language, town: ReceiptTown) -> tuple[Block, ...]:
    return receipt_blocks(receipt, english, german, town=town, status_url=URL, transmitted=False)


def texts(blocks: tuple[Block, ...]) -> list[str]:
    return [block.text for block in blocks if isinstance(block, Heading | Paragraph | Code)]


def pairs(blocks: tuple[Block, ...]) -> dict[str, str]:
    return {block.label: block.value for block in blocks if isinstance(block, Pair)}


def test_the_town_stands_there_in_both_languages(blocks):
    assert texts(blocks)[:2] == ["Stadt Cottbus", "Město Chóśebuz"]


def test_the_procedure_stands_there_in_the_citizens_language_and_in_german(blocks):
    assert texts(blocks)[2:4] == ["Register a dog", "Hund anmelden"]


def test_a_german_receipt_says_everything_once(receipt, german, town):
    blocks = receipt_blocks(receipt, german, german, town=town, status_url=URL, transmitted=False)
    assert texts(blocks).count("Hund anmelden") == 1
    assert pairs(blocks)["Steuern und Abgaben"] == "C2-7K4M-9PW"


def test_date_and_time_are_the_towns(blocks):
    assert pairs(blocks)["Recorded on"] == "22 November 2026, 14:07"


def test_the_qr_holds_the_code_in_the_fragment_only(blocks):
    assert [block.data for block in blocks if isinstance(block, QrCode)] == [f"{URL}#7K4M9-PWD3T-XHWQ"]
    assert Code("7K4M9-PWD3T-XHWQ") in blocks


def test_every_department_has_its_reference_and_its_german_name(blocks):
    assert pairs(blocks)["Taxes and duties (Steuern und Abgaben)"] == "C2-7K4M-9PW"
    assert pairs(blocks)["Öffentliche Ordnung"] == "C2-3HXD-V4T"


def test_a_fee_never_stands_without_its_date_and_source(blocks):
    assert pairs(blocks)["Fee"] == "€30.50"
    assert texts(blocks)[-1] == "Stand: 14 November 2026. Quelle: erfundene Gebührentafel"


def test_without_a_fee_there_is_no_line_for_it(receipt, german, town):
    free = replace(receipt, fee_cents=None)
    assert "Gebühr" not in pairs(receipt_blocks(free, german, german, town=town, status_url=URL, transmitted=False))


def test_it_says_whether_the_application_left_the_terminal(receipt, german, town):
    def said(transmitted: bool) -> list[str]:
        return texts(receipt_blocks(receipt, german, german, town=town, status_url=URL, transmitted=transmitted))

    assert "Erfasst, noch nicht übertragen." in said(False)
    assert "Erfasst. Ihr Antrag wird jetzt übertragen." in said(True)
    assert "Erfasst, noch nicht übertragen." not in said(True)


def test_a_town_with_one_name_leaves_no_empty_line(receipt, german):
    town = ReceiptTown("Musterstadt", "")
    blocks = receipt_blocks(receipt, german, german, town=town, status_url=URL, transmitted=False)
    assert "" not in texts(blocks)


def test_where_there_is_no_status_page_the_qr_is_the_code_and_no_telephone_is_promised(receipt, german, town):
    blocks = receipt_blocks(receipt, german, german, town=town, status_url="", transmitted=False)
    assert [block.data for block in blocks if isinstance(block, QrCode)] == [receipt.code]
    assert not any("Telefon" in text for text in texts(blocks))

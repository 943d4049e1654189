"""Receipts as pictures: nothing missing, nothing cut, no letter replaced."""

from __future__ import annotations

import pytest
from PIL import Image, ImageChops

from devices.printers.raster import BODY, CODES, VALUE, _length, _wrap, draw
from kiosk.documents.blocks import Code, Heading, Pair, Paragraph, QrCode, Rule
from kiosk.errors import DocumentError

SORBIAN = "ą ć č ě ł ń ó ŕ ś š ź ž Ą Ć Č Ě Ł Ń Ó Ŕ Ś Š Ź Ž"
WIDTHS = (384, 512, 576)


def ink(picture: Image.Image) -> tuple[int, int, int, int]:
    """The box around everything black."""
    box = ImageChops.invert(picture.convert("L")).getbbox()
    assert box is not None
    return box


@pytest.mark.parametrize("width", WIDTHS)
def test_a_picture_is_black_and_white_and_as_wide_as_the_paper(width):
    picture = draw([Heading("Stadt Cottbus"), Rule()], width)
    assert (picture.mode, picture.width) == ("1", width)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("text", ["M" * 200, "Wort " * 60, "Ärztin-" * 40, SORBIAN * 4])
def test_long_text_keeps_every_letter_and_every_line_fits(width, text):
    lines = list(_wrap(text, BODY, width))
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(_length(line, BODY) <= width for line in lines)


def test_a_compound_with_hyphens_is_broken_at_a_hyphen():
    lines = list(_wrap("Musterhausen-Beispielberg-Probenstein-Langenfeld", BODY, 384))
    assert len(lines) > 1
    assert all(line.endswith("-") for line in lines[:-1])


def test_letters_are_not_drawn_over_the_edge():
    picture = draw([Paragraph("W" * 100)], 512)
    _, _, right, _ = ink(picture)
    assert right <= 512


def test_a_pair_stands_on_one_line_where_it_fits_and_on_two_where_not():
    short = draw([Pair("Gebühr", "30,50 €")], 512)
    long = draw([Pair("Öffentliche Ordnung und Gewerbeangelegenheiten", "C2-3HXD-V4T")], 512)
    assert long.height > short.height
    assert ink(short)[2] > 500


def test_line_breaks_in_a_text_are_kept():
    one, two = draw([Paragraph("a b")], 512), draw([Paragraph("a\nb")], 512)
    assert two.height > one.height


@pytest.mark.parametrize("text", ["🐕", "ᚠ", "漢", "a\x07b", "x\u202ey"])
def test_a_letter_the_font_lacks_is_an_error_that_does_not_quote_the_text(text):
    with pytest.raises(DocumentError) as caught:
        draw([Paragraph(f"Geheim {text}")], 512)
    assert caught.value.code == "PRINT-05"
    assert "Geheim" not in str(caught.value)
    assert "U+" in str(caught.value)


def test_letters_of_all_languages_on_the_terminal_have_a_glyph():
    assert draw([Paragraph(SORBIAN), Paragraph("ẞ Łódź İstanbul Київ Москва Nguyễn")], 512).height


def test_a_letter_in_two_code_points_is_drawn_as_one():
    composed, apart = draw([Paragraph("Měto")], 512), draw([Paragraph("Me\u030cto")], 512)
    assert ImageChops.difference(composed.convert("L"), apart.convert("L")).getbbox() is None


@pytest.mark.parametrize("width", [512, 576])
def test_the_code_stands_on_one_line_as_large_as_the_paper_allows(width):
    code = draw([Code("7K4M9-PWD3T-XHWQ")], width)
    assert code.height < 2 * draw([Paragraph("7K4M9-PWD3T-XHWQ")], width).height
    assert ink(code)[2] > width * 0.85


def test_on_narrow_paper_the_code_is_broken_after_a_group():
    assert list(_wrap("7K4M9-PWD3T-XHWQ", CODES[-1], 384)) == ["7K4M9-PWD3T-", "XHWQ"]


def test_a_qr_code_has_its_quiet_zone():
    picture = draw([QrCode("https://rathaus.example/status#7K4M9-PWD3T-XHWQ")], 512)
    left, top, right, bottom = ink(picture)
    assert top == picture.height - bottom == 4 * 7
    assert abs(left - (512 - right)) <= 1


def test_a_qr_code_too_large_for_the_paper_is_an_error():
    with pytest.raises(DocumentError):
        draw([QrCode("x" * 2000)], 100)


def test_letters_to_copy_do_not_touch():
    picture = draw([Pair("", "K4M")], 512).convert("L")
    left, _, right, _ = ink(picture)
    white = [x for x in range(left, right) if picture.crop((x, 0, x + 1, picture.height)).getextrema() == (255, 255)]
    assert len(white) >= 2
    assert VALUE.spacing == 2

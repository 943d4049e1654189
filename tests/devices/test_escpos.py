"""The bytes of a job, the words of a status, and the decoder that reads both in any pieces."""

from __future__ import annotations

import pytest
from PIL import Image, ImageChops

from devices.printers.decoder import Band, Cut, EscposDecoder, PaperQuestion, StatusQuestion
from devices.printers.escpos import BAND_ROWS, EscposPrinter, encode
from devices.printers.raster import draw, stacked
from devices.printers.status import Question, answer_for, is_in_turn, is_real_time, state_of
from kiosk.documents.blocks import Paragraph
from kiosk.errors import ConfigError
from kiosk.ports import PrinterState

SAYABLE = [PrinterState.READY, PrinterState.PAPER_LOW, PrinterState.PAPER_OUT, PrinterState.COVER_OPEN]


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    return draw([Paragraph(f"Zeile {number}") for number in range(60)], 512)


def test_a_job_decodes_to_the_picture_it_was_made_from(picture):
    commands = list(EscposDecoder().feed(encode(picture)))
    bands = [command.picture for command in commands if isinstance(command, Band)]
    assert isinstance(commands[-1], Cut)
    assert all(band.height <= BAND_ROWS for band in bands)
    assert len(bands) > 1
    assert ImageChops.difference(stacked(bands, 512).convert("L"), picture.convert("L")).getbbox() is None


@pytest.mark.parametrize("size", [1, 2, 7, 61, 4096])
def test_a_job_may_arrive_in_any_pieces(picture, size):
    job = encode(picture.crop((0, 0, 512, 40))) + b"\x1dr\x01\x10\x04\x02"
    decoder = EscposDecoder()
    commands = [command for start in range(0, len(job), size) for command in decoder.feed(job[start : start + size])]
    assert [type(command) for command in commands] == [Band, Cut, PaperQuestion, StatusQuestion]


def test_unknown_bytes_are_skipped():
    assert list(EscposDecoder().feed(b"Hallo\n\x1dr\x01")) == [PaperQuestion()]


def test_encoding_says_nothing_on_standard_output(picture, capsys):
    encode(picture)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("width", [384, 512, 576])
def test_every_width_ends_with_a_cut(width):
    assert encode(draw([Paragraph("a")], width)).endswith(b"\x1dVB\x00")


def test_a_width_no_paper_has_is_refused():
    with pytest.raises(ConfigError, match="width_dots"):
        EscposPrinter("127.0.0.1", 9100, 500, timeout_s=1.0)


@pytest.mark.parametrize("state", [*SAYABLE, PrinterState.ERROR])
def test_what_a_printer_answers_is_what_is_understood(state):
    assert state_of({question: answer_for(question, state) for question in Question}) is state


def test_answers_in_real_time_and_in_turn_are_never_confused():
    for state in [*SAYABLE, PrinterState.ERROR]:
        for question in Question:
            byte = answer_for(question, state)
            assert is_real_time(byte)
            assert not is_in_turn(byte)
    assert is_in_turn(0)
    assert not is_real_time(0)


def test_a_cause_that_can_be_named_comes_before_a_mere_error():
    answers = {question: answer_for(question, PrinterState.ERROR) for question in Question}
    answers[Question.OFFLINE_CAUSE] |= answer_for(Question.OFFLINE_CAUSE, PrinterState.COVER_OPEN)
    assert state_of(answers) is PrinterState.COVER_OPEN

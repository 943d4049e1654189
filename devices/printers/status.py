"""What an ESC/POS printer answers when it is asked how it is (DLE EOT n, GS r 1), in bits and in words.

Source: Epson ESC/POS command reference, "Real-time status" and "Transmit status".
Both the driver and the simulated printer speak from this one table.
"""

from __future__ import annotations

from enum import IntEnum

from kiosk.ports import PrinterState

DLE_EOT = b"\x10\x04"
GS_R_PAPER = b"\x1dr\x01"  # answered in turn, so only when everything before it was printed


class Question(IntEnum):
    """The n of DLE EOT n."""

    PRINTER = 1
    OFFLINE_CAUSE = 2
    ERROR = 3
    PAPER = 4


# A DLE EOT answer always has bits 1 and 4 set, 0 and 7 clear; a GS r answer has 4 and 7 clear: bit 4 tells them apart.
REAL_TIME_FIXED = 0b0001_0010
REAL_TIME_MASK = 0b1001_0011
IN_TURN_MASK = 0b1001_0000

OFFLINE = 0b0000_1000  # of PRINTER
COVER_OPEN = 0b0000_0100  # of OFFLINE_CAUSE
PAPER_STOP = 0b0010_0000  # of OFFLINE_CAUSE
ERROR_STOP = 0b0100_0000  # of OFFLINE_CAUSE
ANY_ERROR = 0b0110_1000  # of ERROR: cutter, unrecoverable, recovers by itself
PAPER_NEAR_END = 0b0000_1100  # of PAPER
PAPER_END = 0b0110_0000  # of PAPER


def is_real_time(byte: int) -> bool:
    return byte & REAL_TIME_MASK == REAL_TIME_FIXED


def is_in_turn(byte: int) -> bool:
    return byte & IN_TURN_MASK == 0


def state_of(answers: dict[Question, int]) -> PrinterState:
    """The printer's state from its four answers; a cause the citizen can name comes before a mere error."""
    cause, paper = answers[Question.OFFLINE_CAUSE], answers[Question.PAPER]
    if cause & COVER_OPEN:
        return PrinterState.COVER_OPEN
    if cause & PAPER_STOP or paper & PAPER_END:
        return PrinterState.PAPER_OUT
    if cause & ERROR_STOP or answers[Question.ERROR] & ANY_ERROR or answers[Question.PRINTER] & OFFLINE:
        return PrinterState.ERROR
    return PrinterState.PAPER_LOW if paper & PAPER_NEAR_END else PrinterState.READY


def answer_for(question: int, state: PrinterState) -> int:
    """What a printer in `state` answers to DLE EOT `question`."""
    bits = REAL_TIME_FIXED
    stopped = state in (PrinterState.COVER_OPEN, PrinterState.PAPER_OUT, PrinterState.ERROR)
    match question, state:
        case Question.PRINTER, _ if stopped:
            bits |= OFFLINE
        case Question.OFFLINE_CAUSE, PrinterState.COVER_OPEN:
            bits |= COVER_OPEN
        case Question.OFFLINE_CAUSE, PrinterState.PAPER_OUT:
            bits |= PAPER_STOP
        case Question.OFFLINE_CAUSE, PrinterState.ERROR:
            bits |= ERROR_STOP
        case Question.ERROR, PrinterState.ERROR:
            bits |= ANY_ERROR
        case Question.PAPER, PrinterState.PAPER_LOW:
            bits |= PAPER_NEAR_END
        case Question.PAPER, PrinterState.PAPER_OUT:
            bits |= PAPER_NEAR_END | PAPER_END
        case _:
            pass
    return bits

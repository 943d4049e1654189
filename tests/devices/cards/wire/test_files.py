"""Files are read whole, in as few commands as reader and card allow."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.cards.virtual.file_system import CardFile
from devices.cards.wire import tlv
from devices.cards.wire.apdu import Command
from devices.cards.wire.connection import Chained
from devices.cards.wire.files import (
    FALLBACK_CHUNK,
    LARGE_CHUNK,
    probe_chunk,
    read_file,
    select_application,
    select_file,
    select_master_file,
)
from kiosk.errors import CardError


def content(size: int) -> bytes:
    """A data object with numbers that repeat at no chunk's length."""
    return tlv.encode(0x75, bytes(number % 251 for number in range(size)))


def file(size: int, trailing: bytes = b"") -> CardFile:
    return CardFile(0x0102, 0x02, content(size) + trailing)


class TestSelect:
    def test_no_answer_is_asked_for(self, script: Any) -> None:
        line = script(*[(b"", 0x9000)] * 3)
        select_master_file(line)
        select_application(line, bytes.fromhex("A0000002471001"))
        select_file(line, 0x011C)
        assert line.asked == ["00a4000c023f00", "00a4040c07a0000002471001", "00a4020c02011c"]

    def test_what_is_not_there_is_unreadable(self, script: Any) -> None:
        with pytest.raises(CardError, match="CARD-04: INS A4: 6A82"):
            select_application(script((b"", 0x6A82)), b"\xa0")


class TestRead:
    @pytest.mark.parametrize("size", [0, 1, 127, 128, 219, 220, 221, 223, 224, 446, 1000])
    @pytest.mark.parametrize("chunk", [223, 256, 4000])
    def test_a_file_is_read_whole_by_its_short_identifier(self, file_card: Any, size: int, chunk: int) -> None:
        assert read_file(file_card((file(size),)), sfi=0x02, chunk=chunk) == content(size)

    def test_a_small_file_takes_one_command_and_a_large_one_as_many_as_its_chunks(self, file_card: Any) -> None:
        for size, chunk, commands in ((200, 223, 1), (200, 4000, 1), (1000, 223, 5), (12000, 4000, 4)):
            card = file_card((file(size),))
            read_file(card, sfi=0x02, chunk=chunk)
            assert len(card.commands) == commands

    def test_by_its_identifier_it_is_selected_first(self, file_card: Any) -> None:
        card = file_card((file(50),))
        assert read_file(card, fid=0x0102, chunk=223) == content(50)
        assert read_file(card, chunk=223) == content(50)
        assert [command.ins for command in card.commands] == [0xA4, 0xB0, 0xB0]

    def test_what_stands_behind_the_data_object_is_left(self, file_card: Any) -> None:
        assert read_file(file_card((file(50, bytes(100)),)), sfi=0x02, chunk=223) == content(50)

    def test_beyond_32_kib_the_offset_is_a_data_object(self, file_card: Any) -> None:
        card = file_card((file(70000),))
        assert read_file(card, sfi=0x02, chunk=4000) == content(70000)
        assert {command.ins for command in card.commands} == {0xB0, 0xB1}

    def test_beyond_32_kib_short_commands_do(self, file_card: Any) -> None:
        card = file_card((file(40000),), extended=False)
        assert read_file(Chained(card, extended=False), sfi=0x02, chunk=223) == content(40000)

    def test_a_part_with_nothing_in_it_does_not_go_on_for_ever(self, script: Any) -> None:
        """Beyond 32 KiB the part is wrapped, so that an answer with bytes may still bring none."""
        line = script((content(40000)[:0x8000], 0x9000), (tlv.encode(0x53, b""), 0x9000))
        with pytest.raises(CardError, match="CARD-07"):
            read_file(line, sfi=0x02, chunk=0x8000)

    def test_a_reader_without_extended_length_is_served_short(self, file_card: Any) -> None:
        card = file_card((file(600),), extended=False)
        assert read_file(card, sfi=0x02, chunk=4000) == content(600)
        assert max(command.le for command in card.commands[1:]) == FALLBACK_CHUNK

    def test_a_card_that_refuses_to_read_past_the_end_is_asked_for_the_head(self, file_card: Any) -> None:
        whole = len(content(100))
        card = file_card((file(100),), refuse=lambda command: 0x6B00 if (command.le or 0) > whole else None)
        assert read_file(card, sfi=0x02, chunk=223) == content(100)
        assert [command.le for command in card.commands] == [223, 8, whole - 8]

    def test_a_long_read_that_fails_in_the_middle_is_repeated_short(self, file_card: Any) -> None:
        def refuse(command: Command) -> int | None:
            return 0x6F00 if command.p1 < 0x80 and (command.le or 0) > 500 else None

        card = file_card((file(9000),), refuse=refuse)
        assert read_file(card, sfi=0x02, chunk=4000) == content(9000)
        assert [command.le for command in card.commands[:4]] == [4000, 4000, 223, 223]

    @pytest.mark.parametrize("status", [0x6982, 0x6985, 0x6A82])
    def test_a_file_that_is_kept_or_missing_is_asked_for_once(self, script: Any, status: int) -> None:
        line = script((b"", status))
        with pytest.raises(CardError, match=f"CARD-04: INS B0: {status:04X}"):
            read_file(line, sfi=0x1D, chunk=4000)

    def test_a_card_that_fails_short_too_is_unreadable(self, script: Any) -> None:
        with pytest.raises(CardError, match="CARD-04: INS B0: 6F00"):
            read_file(script((b"", 0x6700), (b"", 0x6F00)), sfi=0x1D, chunk=4000)
        with pytest.raises(CardError, match="CARD-04: INS B0: 6F00"):
            read_file(script((content(500)[:223], 0x9000), (b"", 0x6F00)), sfi=0x1D, chunk=223)

    def test_a_file_that_ends_too_early_is_malformed(self, script: Any) -> None:
        for answers in (((b"", 0x9000),), ((content(50)[:20], 0x9000), (b"", 0x6282)), ((b"\x75", 0x9000),)):
            with pytest.raises(CardError, match="CARD-07"):
                read_file(script(*answers), sfi=0x1D, chunk=223)

    def test_a_file_of_more_than_a_mebibyte_is_not_read(self, script: Any) -> None:
        with pytest.raises(CardError, match="CARD-07: file of more than 1 MiB"):
            read_file(script((bytes.fromhex("7583100000") + bytes(200), 0x9000)), sfi=0x02, chunk=223)

    @given(st.lists(st.tuples(st.binary(max_size=40), st.sampled_from((0x9000, 0x6282, 0x6700, 0x6B00))), min_size=1))
    def test_whatever_a_card_answers_ends_in_a_file_or_an_error(self, answers: list[tuple[bytes, int]]) -> None:
        class Card:
            def transmit(self, command: bytes) -> tuple[bytes, int]:
                return answers.pop(0) if answers else (b"", 0x6F00)

        try:
            found = read_file(Card(), sfi=0x02, chunk=32)
            outcome = "whole" if tlv.whole_length(found) == len(found) else "cut off"
        except CardError as error:
            outcome = error.code
        assert outcome in ("whole", "CARD-04", "CARD-07")


class TestProbe:
    ACCESS = CardFile(0x011C, 0x1C, tlv.encode(0x31, bytes(180)))

    def test_a_card_with_extended_length_is_read_in_large_chunks(self, file_card: Any) -> None:
        assert probe_chunk(file_card((self.ACCESS,))) == LARGE_CHUNK

    def test_a_card_without_it_is_read_in_short_ones(self, file_card: Any) -> None:
        assert probe_chunk(file_card((self.ACCESS,), extended=False)) == FALLBACK_CHUNK

    @pytest.mark.parametrize(
        ("status", "chunk"), [(0x6A82, LARGE_CHUNK), (0x6982, LARGE_CHUNK), (0x6F00, FALLBACK_CHUNK)]
    )
    def test_a_card_without_the_file_may_have_understood_the_length(self, script: Any, status: int, chunk: int) -> None:
        assert probe_chunk(script((b"", status))) == chunk

    def test_a_reader_that_cuts_long_answers_lies(self, script: Any) -> None:
        assert probe_chunk(script((self.ACCESS.content[:100], 0x9000))) == FALLBACK_CHUNK

    @pytest.mark.parametrize(("code", "survives"), [("CARD-04", True), ("CARD-01", False), ("CARD-02", False)])
    def test_a_card_that_gives_up_is_served_short_but_a_lost_one_is_lost(self, code: str, survives: bool) -> None:
        class Line:
            def transmit(self, command: bytes) -> tuple[bytes, int]:
                raise CardError(code)

        if survives:
            assert probe_chunk(Line()) == FALLBACK_CHUNK
        else:
            with pytest.raises(CardError, match=code):
                probe_chunk(Line())

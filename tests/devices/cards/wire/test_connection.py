"""Layers between a protocol and a card: what was said is logged without being told, lengths are nobody's worry."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.cards.virtual.line import ChipLine
from devices.cards.wire.apdu import Command, parse_command
from devices.cards.wire.connection import LONGEST_ANSWER, Chained, Logged, expect, send
from kiosk.errors import CardError


class TestLogged:
    def test_a_line_has_instruction_lengths_and_status_but_no_payload(self, script: Any, caplog: Any) -> None:
        caplog.set_level(logging.DEBUG, logger="kiosk.cards")
        line = Logged(script((b"MUSTERMANN", 0x9000)))
        assert line.transmit(Command(0x00, 0x2C, 0x02, 0x03, b"481516").encode()) == (b"MUSTERMANN", 0x9000)
        (message,) = caplog.messages
        assert message.startswith("INS 2C, 11 bytes, 9000, 10 bytes, ")
        for secret in ("481516", b"481516".hex(), "MUSTERMANN", b"MUSTERMANN".hex()):
            assert secret not in caplog.text

    def test_nothing_is_said_above_debug_level(self, script: Any, caplog: Any) -> None:
        caplog.set_level(logging.INFO, logger="kiosk.cards")
        Logged(script((b"", 0x9000))).transmit(b"\x00\xb0\x00\x00\x00")
        assert caplog.messages == []


class TestChained:
    def test_a_short_answer_passes(self, script: Any) -> None:
        line = script((b"\x01", 0x9000))
        assert send(Chained(line, extended=False), Command(0, 0xB0, 0, 0, le=1)) == (b"\x01", 0x9000)
        assert line.asked == ["00b0000001"]

    def test_more_data_are_fetched_until_there_are_no_more(self, script: Any) -> None:
        line = script((b"a" * 256, 0x6100), (b"b" * 256, 0x6105), (b"c" * 5, 0x9000))
        data, status = send(Chained(line, extended=False), Command(0x0C, 0xB0, 0, 0, b"sealed", 256))
        assert (data, status) == (b"a" * 256 + b"b" * 256 + b"c" * 5, 0x9000)
        assert line.asked[1:] == ["00c0000000", "00c0000005"]

    def test_a_warning_behind_the_last_part_is_kept(self, script: Any) -> None:
        line = script((b"a", 0x6101), (b"b", 0x6282))
        assert send(Chained(line, extended=True), Command(0, 0xB0, 0, 0, le=256)) == (b"ab", 0x6282)

    def test_a_wrong_expected_length_is_put_right_once(self, script: Any) -> None:
        line = script((b"", 0x6C08), (b"12345678", 0x9000))
        assert send(Chained(line, extended=False), Command(0, 0x84, 0, 0, le=256)) == (b"12345678", 0x9000)
        assert line.asked == ["0084000000", "0084000008"]
        line = script((b"", 0x6C08), (b"", 0x6C09))
        assert send(Chained(line, extended=False), Command(0, 0x84, 0, 0, le=256)) == (b"", 0x6C09)

    def test_a_long_command_goes_in_parts_where_only_short_ones_pass(self, script: Any) -> None:
        line = script((b"", 0x9000), (b"", 0x9000), (b"done", 0x9000))
        command = Command(0x0C, 0x2A, 0x00, 0xBE, bytes(range(256)) * 2, 65536)
        assert send(Chained(line, extended=False), command) == (b"done", 0x9000)
        parts = [parse_command(bytes.fromhex(raw)) for raw in line.asked]
        assert [(part.cla, len(part.data), part.le) for part in parts] == [
            (0x1C, 255, None),
            (0x1C, 255, None),
            (0x0C, 2, 256),
        ]
        assert b"".join(part.data for part in parts) == command.data

    def test_a_refused_part_ends_the_command(self, script: Any) -> None:
        line = script((b"", 0x6883))
        assert send(Chained(line, extended=False), Command(0, 0x2A, 0, 0xBE, bytes(600))) == (b"", 0x6883)

    def test_an_expected_length_alone_is_made_short(self, script: Any) -> None:
        line = script((b"", 0x9000))
        send(Chained(line, extended=False), Command(0, 0xB0, 0, 0, le=4000))
        assert line.asked == ["00b0000000"]

    def test_extended_length_passes_as_it_is(self, script: Any) -> None:
        line = script((b"", 0x9000))
        command = Command(0, 0x2A, 0, 0xBE, bytes(600), 65536)
        send(Chained(line, extended=True), command)
        assert line.asked == [command.encode().hex()]

    @pytest.mark.parametrize("part", [b"", bytes(255)])
    def test_an_answer_without_an_end_is_given_up(self, part: bytes) -> None:
        class Endless:
            def transmit(self, command: bytes) -> tuple[bytes, int]:
                return part, 0x61FF

        with pytest.raises(CardError, match="CARD-04: answer without an end"):
            send(Chained(Endless(), extended=False), Command(0, 0xB0, 0, 0, le=256))
        assert LONGEST_ANSWER == 1 << 20

    @given(st.binary(max_size=1200), st.booleans())
    def test_any_data_reach_a_virtual_card_and_come_back(self, data: bytes, extended: bool) -> None:
        line = ChipLine(lambda raw: (parse_command(raw).data, 0x9000), extended=extended)
        command = Command(0, 0xCA, 1, 2, data, 65536)
        assert send(Chained(line, extended=extended), command) == (data, 0x9000)


class TestExpect:
    def test_data_of_a_success_are_given(self, script: Any) -> None:
        assert expect(script((b"data", 0x9000)), Command(0, 0x84, 0, 0, le=8)) == b"data"

    def test_other_status_words_may_be_allowed(self, script: Any) -> None:
        assert expect(script((b"data", 0x6282)), Command(0, 0xB0, 0, 0, le=8), allowed=(0x9000, 0x6282)) == b"data"

    def test_a_refusal_names_instruction_and_status(self, script: Any) -> None:
        with pytest.raises(CardError) as refusal:
            expect(script((b"MUSTERMANN", 0x6982)), Command(0, 0xB0, 0, 0, le=8), code="CARD-13")
        assert str(refusal.value) == "CARD-13: INS B0: 6982"

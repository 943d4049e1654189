"""Both ends of a secured channel: they understand each other and the published examples, and nobody in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.cards.crypto.secure_messaging import Secured, SecuredCard
from devices.cards.crypto.suite import Cipher, SessionKeys, mac_of_blocks, pad, session_keys
from devices.cards.virtual.line import ChipLine
from devices.cards.wire import tlv
from devices.cards.wire.apdu import Command, parse_command
from devices.cards.wire.connection import Chained, expect, send
from kiosk.errors import CardError

BYTES = st.integers(0x00, 0xFF)
LENGTHS = st.none() | st.sampled_from((1, 256, 257, 65536)) | st.integers(1, 65536)
COMMANDS = st.builds(Command, st.sampled_from((0x00, 0x10)), BYTES, BYTES, BYTES, st.binary(max_size=300), LENGTHS)
ANSWERS = st.tuples(st.binary(max_size=300), st.sampled_from((0x9000, 0x6282, 0x6A82)))


def keys_of(cipher: Cipher) -> SessionKeys:
    return session_keys(cipher, b"an agreed secret")


def code_of(call: Callable[[], object]) -> str | None:
    try:
        call()
    except CardError as error:
        return error.code
    return None


@dataclass(slots=True)
class Card:
    """The card's side with one answer for everything. `change` is somebody in between."""

    secured: SecuredCard
    answer: tuple[bytes, int] = (b"", 0x9000)
    change: Callable[[bytes, int], tuple[bytes, int]] = lambda data, status: (data, status)
    heard: Command | None = None

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        self.heard = self.secured.open_command(command)
        data, status = self.answer
        return self.change(self.secured.seal_response(data, status), status)


class TestPublishedExamples:
    """BAC's with 3DES (ICAO 9303-11 appendix D.4), EAC's with AES (BSI worked example)."""

    def test_the_terminal_says_and_understands_what_was_published(self, channel: Any) -> None:
        exchanges = iter(channel.exchanges)

        class Replay:
            def transmit(self, command: bytes) -> tuple[bytes, int]:
                exchange = next(exchanges)
                assert command.hex() == exchange["protected_command"].hex()
                response = exchange["protected_response"]
                return response[:-2], int.from_bytes(response[-2:], "big")

        secured = Secured(Replay(), channel.keys, channel.counter)
        for exchange in channel.exchanges:
            data, status = secured.transmit(exchange["plain_command"])
            assert data + status.to_bytes(2, "big") == exchange["plain_response"]

    def test_the_card_understands_and_says_what_was_published(self, channel: Any) -> None:
        secured = SecuredCard(channel.keys, channel.counter)
        for exchange in channel.exchanges:
            assert secured.open_command(exchange["protected_command"]).encode() == exchange["plain_command"]
            plain = exchange["plain_response"]
            sealed = secured.seal_response(plain[:-2], int.from_bytes(plain[-2:], "big"))
            assert sealed + plain[-2:] == exchange["protected_response"]


@given(st.sampled_from(Cipher), st.lists(st.tuples(COMMANDS, ANSWERS), min_size=1, max_size=4))
def test_both_sides_understand_each_other(cipher: Cipher, exchanges: list[Any]) -> None:
    card = Card(SecuredCard(keys_of(cipher), 41))
    secured = Secured(card, keys_of(cipher), 41)
    for command, answer in exchanges:
        card.answer = answer
        assert secured.transmit(command.encode()) == answer
        assert card.heard == command


@given(st.sampled_from(Cipher), COMMANDS, ANSWERS, st.data())
def test_any_flipped_bit_of_an_answer_ends_the_channel(
    cipher: Cipher, command: Command, answer: tuple[bytes, int], draw: st.DataObject
) -> None:
    def flip(data: bytes, status: int) -> tuple[bytes, int]:
        whole = bytearray(data + status.to_bytes(2, "big"))
        bit = draw.draw(st.integers(0, 8 * len(whole) - 1))
        whole[bit // 8] ^= 1 << bit % 8
        return bytes(whole[:-2]), int.from_bytes(whole[-2:], "big")

    card = Card(SecuredCard(keys_of(cipher)), answer, flip)
    secured = Secured(card, keys_of(cipher))
    assert code_of(lambda: send(secured, command)) == "CARD-08"
    assert code_of(lambda: send(secured, command)) == "CARD-08"


@given(st.sampled_from(Cipher), st.binary(max_size=60), st.sampled_from((0x9000, 0x6982, 0x6988)))
def test_an_answer_that_nobody_sealed_ends_the_channel(cipher: Cipher, data: bytes, status: int) -> None:
    card = Card(SecuredCard(keys_of(cipher)), change=lambda _data, _status: (data, status))
    assert code_of(lambda: send(Secured(card, keys_of(cipher)), Command(0, 0xB0, 0, 0, le=4))) == "CARD-08"


@given(st.sampled_from(Cipher), COMMANDS, st.data())
def test_a_flipped_bit_of_a_command_is_refused_or_says_the_same(
    cipher: Cipher, command: Command, draw: st.DataObject
) -> None:
    """The expected length in the open is the line's, the secured one counts."""
    card = Card(SecuredCard(keys_of(cipher)))
    heard: list[bytes] = []

    class Line:
        def transmit(self, command: bytes) -> tuple[bytes, int]:
            heard.append(command)
            return b"", 0x6988

    assert code_of(lambda: send(Secured(Line(), keys_of(cipher)), command)) == "CARD-08"
    changed = bytearray(heard[0])
    bit = draw.draw(st.integers(0, 8 * len(changed) - 1))
    changed[bit // 8] ^= 1 << bit % 8
    refused = code_of(lambda: card.transmit(bytes(changed)))
    assert refused in ("CARD-07", "CARD-08") or card.heard == command


class TestCounter:
    def test_an_old_answer_is_not_taken_again(self) -> None:
        answers: list[tuple[bytes, int]] = []

        def remember(data: bytes, status: int) -> tuple[bytes, int]:
            answers.append((data, status))
            return answers[0]

        secured = Secured(Card(SecuredCard(keys_of(Cipher.AES_128)), change=remember), keys_of(Cipher.AES_128))
        command = Command(0, 0xB0, 0, 0, le=4)
        assert send(secured, command) == (b"", 0x9000)
        assert code_of(lambda: send(secured, command)) == "CARD-08"

    def test_an_old_command_is_not_taken_again(self) -> None:
        card, sent = SecuredCard(keys_of(Cipher.AES_128)), []

        class Line:
            def transmit(self, command: bytes) -> tuple[bytes, int]:
                sent.append(command)
                return b"", 0x6988

        code_of(lambda: send(Secured(Line(), keys_of(Cipher.AES_128)), Command(0, 0xB0, 0, 0, le=4)))
        card.open_command(sent[0])
        card.seal_response(b"", 0x9000)
        assert code_of(lambda: card.open_command(sent[0])) == "CARD-08"

    def test_after_the_last_number_comes_zero(self) -> None:
        last = (1 << 64) - 1
        secured = Secured(Card(SecuredCard(keys_of(Cipher.TDES), last)), keys_of(Cipher.TDES), last)
        assert send(secured, Command(0, 0xB0, 0, 0, le=4)) == (b"", 0x9000)


class TestEnd:
    def test_a_line_that_breaks_ends_the_channel(self) -> None:
        class Gone:
            calls = 0

            def transmit(self, command: bytes) -> tuple[bytes, int]:
                self.calls += 1
                raise CardError("CARD-02")

        line = Gone()
        secured = Secured(line, keys_of(Cipher.AES_128))
        assert [code_of(lambda: send(secured, Command(0, 0xB0, 0, 0, le=4))) for _ in range(3)] == [
            "CARD-02",
            "CARD-08",
            "CARD-08",
        ]
        assert line.calls == 1

    def test_new_keys_begin_a_new_channel_on_the_same_line(self) -> None:
        card = Card(SecuredCard(keys_of(Cipher.AES_128)))
        secured = Secured(card, keys_of(Cipher.AES_128))
        send(secured, Command(0, 0xB0, 0, 0, le=4))
        fresh = session_keys(Cipher.AES_256, b"another secret")
        card.secured = SecuredCard(fresh)
        renewed = secured.renewed(fresh)
        assert renewed.keys == fresh
        assert send(renewed, Command(0, 0xB0, 0, 0, le=4)) == (b"", 0x9000)


class TestMessages:
    def sealed(self, command: Command, cipher: Cipher = Cipher.AES_128) -> Command:
        """What the terminal sends for a command."""
        sent: list[bytes] = []

        class Line:
            def transmit(self, raw: bytes) -> tuple[bytes, int]:
                sent.append(raw)
                return b"", 0x6988

        code_of(lambda: send(Secured(Line(), keys_of(cipher)), command))
        return parse_command(sent[0])

    @pytest.mark.parametrize(("ins", "tag"), [(0xB0, 0x87), (0xB1, 0x85)])
    def test_odd_instructions_have_another_cryptogram_both_ways(self, ins: int, tag: int) -> None:
        assert tlv.first(self.sealed(Command(0, ins, 0, 0, b"\x54\x01\x00", 4)).data)[0].tag == tag
        card = SecuredCard(keys_of(Cipher.AES_128))
        card.open_command(self.sealed(Command(0, ins, 0, 0, b"\x54\x01\x00", 4)).encode())
        assert tlv.first(card.seal_response(b"data", 0x9000))[0].tag == tag

    def test_a_chained_class_stays_chained(self) -> None:
        assert self.sealed(Command(0x10, 0x86, 0, 0, b"\x7c\x00", 256)).cla == 0x1C

    def test_a_header_alone_is_not_padded_twice(self) -> None:
        """ISO/IEC 7816-4 §10.2.3.1: only data objects that are there are padded."""
        keys = keys_of(Cipher.AES_128)
        header = pad(bytes.fromhex("0c2c0303"), 16)
        code = mac_of_blocks(keys.cipher, keys.authentication, (1).to_bytes(16, "big") + header)
        assert self.sealed(Command(0, 0x2C, 3, 3)).data == b"\x8e\x08" + code

    @pytest.mark.parametrize(
        ("plain", "le"),
        [
            (Command(0, 0x22, 0x81, 0xB6, b"key"), 256),
            (Command(0, 0xB0, 0, 0, le=223), 256),
            (Command(0, 0xB0, 0, 0, le=4000), 65536),
            (Command(0, 0x2A, 0, 0xBE, bytes(250)), 65536),
        ],
    )
    def test_an_answer_is_always_expected_as_long_as_it_may_be(self, plain: Command, le: int) -> None:
        assert self.sealed(plain).le == le

    @pytest.mark.parametrize("size", [3, 254, 255, 256, 600, 3000])
    def test_over_short_commands_everything_arrives_in_parts(self, size: int) -> None:
        secured = SecuredCard(keys_of(Cipher.AES_256))

        def answer(raw: bytes) -> tuple[bytes, int]:
            return secured.seal_response(secured.open_command(raw).data, 0x9000), 0x9000

        line = Chained(ChipLine(answer, extended=False), extended=False)
        command = Command(0, 0xCA, 1, 2, bytes(size), 65536)
        assert expect(Secured(line, keys_of(Cipher.AES_256)), command) == bytes(size)


class TestGenuineButMalformed:
    """Objects with a right MAC that make no message: whoever has the keys does not speak the protocol."""

    def outcome(self, *objects: tuple[int, bytes], status: int = 0x9000) -> str | None:
        keys = keys_of(Cipher.AES_128)
        body = tlv.encode_all(*objects)
        message = (2).to_bytes(16, "big") + (pad(body, 16) if body else b"")
        code = mac_of_blocks(keys.cipher, keys.authentication, message)

        class Line:
            def transmit(self, command: bytes) -> tuple[bytes, int]:
                return body + b"\x8e\x08" + code, status

        return code_of(lambda: send(Secured(Line(), keys), Command(0, 0xB0, 0, 0, le=4)))

    def test_a_status_word_alone_is_an_answer(self) -> None:
        assert self.outcome((0x99, b"\x90\x00")) is None

    @pytest.mark.parametrize(
        "objects",
        [
            (),
            ((0x99, b"\x62\x82"),),
            ((0x99, b"\x90"),),
            ((0x81, b"in the open"), (0x99, b"\x90\x00")),
            ((0x87, b""), (0x99, b"\x90\x00")),
            ((0x87, b"\x01"), (0x99, b"\x90\x00")),
            ((0x87, b"\x02" + bytes(16)), (0x99, b"\x90\x00")),
            ((0x87, b"\x01" + bytes(15)), (0x99, b"\x90\x00")),
        ],
    )
    def test_other_objects_end_the_channel(self, objects: tuple[tuple[int, bytes], ...]) -> None:
        assert self.outcome(*objects) == "CARD-08"

    def test_data_without_padding_are_malformed(self) -> None:
        assert self.outcome((0x87, b"\x01" + bytes(16)), (0x99, b"\x90\x00")) == "CARD-07"


def test_a_plain_command_is_no_secured_one() -> None:
    card = SecuredCard(keys_of(Cipher.AES_128))
    assert code_of(lambda: card.open_command(Command(0, 0xB0, 0, 0, le=4).encode())) == "CARD-08"

"""PACE between the product's two sides: every mapping, group and cipher, and every way it may be refused."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable
from typing import Any

import pytest

from devices.cards.crypto.groups import standard_group
from devices.cards.pki.chat import chat_for
from devices.cards.protocols.pace import PaceRequest, check_chip_mapping, run_pace
from devices.cards.protocols.pace_status import tries_left
from devices.cards.protocols.passwords import Password, PasswordKind
from devices.cards.protocols.randomness import Randomness
from devices.cards.protocols.security_infos import ChipPublicKey, PaceInfo, standard_algorithm
from devices.cards.wire import tlv
from kiosk.errors import CardError
from kiosk.identity import Secret

GM, IM, CAM = 2, 4, 6
DH_GM, DH_IM = 1, 3
CURVES = (10, 11, 12, 13, 14, 15, 16, 17, 18)
# The integrated mapping needs a prime field with -1 as a non-residue, which secp224r1 (10) has not.
INTEGRABLE = CURVES[1:]
SHORT = [
    *((family, suite, 12) for family in (GM, IM) for suite in (1, 2, 3, 4)),
    *((CAM, suite, 12) for suite in (2, 3, 4)),
    *((GM, 2, curve) for curve in CURVES),
    *((family, 2, 0) for family in (DH_GM, DH_IM)),
]
LONG = [
    *itertools.product((GM,), (1, 2, 3, 4), CURVES),
    *itertools.product((IM,), (1, 2, 3, 4), INTEGRABLE),
    *itertools.product((CAM,), (2, 3, 4), CURVES),
    *itertools.product((DH_GM, DH_IM), (1, 2, 3, 4), (0, 1, 2)),
]


def can(digits: str = "123456") -> Password:
    return Password(PasswordKind.CAN, Secret(digits))


def pin(digits: str = "654321") -> Password:
    return Password(PasswordKind.PIN, Secret(digits))


def code_of(call: Callable[[], object]) -> tuple[str, int | None]:
    with pytest.raises(CardError) as refusal:
        call()
    return refusal.value.code, refusal.value.tries_left


def agree(pace_chip: Any, info: PaceInfo) -> None:
    chip = pace_chip(info, static_private=4711, cars=("DECVCAAT00001", "DECVCAAT00002"))
    outcome = run_pace(chip, PaceRequest(info, can()))
    assert outcome.connection.keys == chip.run.keys
    assert outcome.id_picc == chip.run.id_picc
    assert outcome.cars == ("DECVCAAT00001", "DECVCAAT00002")


@pytest.mark.parametrize(("family", "suite", "parameter_id"), SHORT)
def test_both_sides_agree_on_keys(pace_chip: Any, pace_info: Any, family: int, suite: int, parameter_id: int) -> None:
    agree(pace_chip, pace_info(family, suite, parameter_id))


@pytest.mark.long
@pytest.mark.parametrize(("family", "suite", "parameter_id"), LONG)
def test_both_sides_agree_on_keys_in_every_combination(
    pace_chip: Any, pace_info: Any, family: int, suite: int, parameter_id: int
) -> None:
    agree(pace_chip, pace_info(family, suite, parameter_id))


@pytest.mark.parametrize("suite", [2, 3, 4])
def test_chip_authentication_mapping_proves_the_static_key(pace_chip: Any, pace_info: Any, suite: int) -> None:
    info, group = pace_info(CAM, suite), standard_group(13)
    outcome = run_pace(pace_chip(info, static_private=4711), PaceRequest(info, can()))
    check_chip_mapping(outcome, ChipPublicKey(None, standard_algorithm(13), group.public(4711)))
    other = ChipPublicKey(None, standard_algorithm(13), group.public(4712))
    assert code_of(lambda: check_chip_mapping(outcome, other)) == ("CARD-09", None)


def test_generic_mapping_is_no_proof_of_a_static_key(pace_chip: Any, pace_info: Any) -> None:
    info = pace_info(GM)
    outcome = run_pace(pace_chip(info), PaceRequest(info, can()))
    key = ChipPublicKey(None, standard_algorithm(13), standard_group(13).public(4711))
    assert code_of(lambda: check_chip_mapping(outcome, key)) == ("CARD-09", None)


@pytest.mark.parametrize(
    ("password", "code", "left"),
    [
        (can("000000"), "CARD-03", None),
        (pin("000000"), "CARD-17", 2),
        (Password(PasswordKind.MRZ, Secret("T22000129364081251010319")), "CARD-28", None),
        (Password(PasswordKind.PUK, Secret("9999999999")), "CARD-29", 9),
    ],
)
def test_a_wrong_password_has_its_own_code(
    pace_chip: Any, pace_info: Any, password: Password, code: str, left: int | None
) -> None:
    info = pace_info(GM)
    chip = pace_chip(info)
    assert code_of(lambda: run_pace(chip, PaceRequest(info, password))) == (code, left)


def test_a_wrong_password_is_tried_once(pace_chip: Any, pace_info: Any, record: Any) -> None:
    info = pace_info(GM)
    line = record(pace_chip(info))
    code_of(lambda: run_pace(line, PaceRequest(info, pin("000000"))))
    assert len(line.commands) == 5
    assert line.connection.passwords.pin_left == 2


@pytest.mark.parametrize("status", [0x6300, 0x63C2, 0x6982, 0x6988])
def test_cards_say_a_wrong_can_in_several_ways(pace_chip: Any, pace_info: Any, status: int) -> None:
    info = pace_info(GM)
    line = Answering(pace_chip(info), 0x86, 4, status)
    assert code_of(lambda: run_pace(line, PaceRequest(info, can()))) == ("CARD-03", None)


def test_a_right_can_never_counts(pace_chip: Any, pace_info: Any) -> None:
    info = pace_info(GM)
    chip = pace_chip(info)
    for _ in range(4):
        assert code_of(lambda: run_pace(chip, PaceRequest(info, can("000000"))))[0] == "CARD-03"
    run_pace(chip, PaceRequest(info, can()))


class TestPin:
    """Three tries, the last one never by itself."""

    def test_the_tries_left_are_told_before_anything_is_asked(self, pace_chip: Any, pace_info: Any) -> None:
        info = pace_info(GM)
        chip = pace_chip(info)
        assert tries_left(chip, info, PasswordKind.PIN) == 3
        code_of(lambda: run_pace(chip, PaceRequest(info, pin("000000"))))
        assert tries_left(chip, info, PasswordKind.PIN) == 2
        assert tries_left(chip, info, PasswordKind.CAN) is None
        assert chip.passwords.pin_left == 2

    def test_a_right_pin_gives_all_tries_back(self, pace_chip: Any, pace_info: Any) -> None:
        info = pace_info(GM)
        chip = pace_chip(info)
        code_of(lambda: run_pace(chip, PaceRequest(info, pin("000000"))))
        run_pace(chip, PaceRequest(info, pin()))
        assert tries_left(chip, info, PasswordKind.PIN) == 3

    def test_the_last_try_is_not_spent(self, pace_chip: Any, pace_info: Any, record: Any) -> None:
        info = pace_info(GM)
        line = record(pace_chip(info))
        line.connection.passwords.pin_left = 1
        line.connection.passwords.resumed = True
        assert code_of(lambda: run_pace(line, PaceRequest(info, pin()))) == ("CARD-18", 1)
        assert len(line.commands) == 1
        assert line.connection.passwords.pin_left == 1

    def test_a_suspended_pin_needs_the_can_first(self, pace_chip: Any, pace_info: Any) -> None:
        info = pace_info(GM)
        chip = pace_chip(info)
        chip.passwords.pin_left = 1
        request = PaceRequest(info, pin(), spend_last_try=True)
        assert code_of(lambda: run_pace(chip, request)) == ("CARD-18", 1)
        run_pace(chip, PaceRequest(info, can()))
        run_pace(chip, request)
        assert chip.passwords.pin_left == 3

    def test_the_last_try_spent_wrongly_blocks(self, pace_chip: Any, pace_info: Any) -> None:
        info = pace_info(GM)
        chip = pace_chip(info)
        chip.passwords.pin_left, chip.passwords.resumed = 1, True
        request = PaceRequest(info, pin("000000"), spend_last_try=True)
        assert code_of(lambda: run_pace(chip, request)) == ("CARD-19", 0)

    def test_a_blocked_pin_is_said_before_anything_is_tried(self, pace_chip: Any, pace_info: Any, record: Any) -> None:
        info = pace_info(GM)
        line = record(pace_chip(info))
        line.connection.passwords.pin_left = 0
        request = PaceRequest(info, pin(), spend_last_try=True)
        assert code_of(lambda: run_pace(line, request)) == ("CARD-19", 0)
        assert len(line.commands) == 1
        assert code_of(lambda: tries_left(line, info, PasswordKind.PIN)) == ("CARD-19", 0)

    def test_the_puk_unblocks_ten_times(self, pace_chip: Any, pace_info: Any) -> None:
        info = pace_info(GM)
        chip = pace_chip(info)
        puk = Password(PasswordKind.PUK, Secret("0123456789"))
        for _ in range(10):
            chip.passwords.pin_left = 0
            run_pace(chip, PaceRequest(info, puk))
            assert tries_left(chip, info, PasswordKind.PIN) == 3
        assert code_of(lambda: run_pace(chip, PaceRequest(info, puk)))[0] == "CARD-19"

    def test_a_switched_off_online_function_is_said(self, pace_chip: Any, pace_info: Any) -> None:
        info = pace_info(GM)
        chip = pace_chip(info)
        chip.passwords.activated = False
        assert code_of(lambda: run_pace(chip, PaceRequest(info, pin()))) == ("CARD-20", None)
        assert code_of(lambda: tries_left(chip, info, PasswordKind.PIN)) == ("CARD-20", None)

    def test_taking_the_card_away_ends_the_resumption(self, pace_chip: Any, pace_info: Any) -> None:
        info = pace_info(GM)
        chip = pace_chip(info)
        chip.passwords.pin_left = 1
        run_pace(chip, PaceRequest(info, can()))
        chip.passwords.power_off()
        assert code_of(lambda: run_pace(chip, PaceRequest(info, pin(), spend_last_try=True))) == ("CARD-18", 1)


class TestRights:
    def test_the_can_without_its_right_is_refused(self, pace_chip: Any, pace_info: Any) -> None:
        info = pace_info(GM)
        chat = chat_for((4, 5)).encode()
        assert code_of(lambda: run_pace(pace_chip(info), PaceRequest(info, can(), chat))) == ("CARD-14", None)

    def test_the_can_with_its_right_is_accepted(self, pace_chip: Any, pace_info: Any) -> None:
        info = pace_info(GM)
        run_pace(pace_chip(info), PaceRequest(info, can(), chat_for((4, 5), can_allowed=True).encode()))

    def test_a_protocol_the_card_does_not_have_is_another_kind_of_card(self, pace_chip: Any, pace_info: Any) -> None:
        chip = pace_chip(pace_info(GM, 2))
        assert code_of(lambda: run_pace(chip, PaceRequest(pace_info(GM, 4), can()))) == ("CARD-16", None)

    def test_a_password_the_card_does_not_have_is_another_kind_of_card(self, pace_chip: Any, pace_info: Any) -> None:
        info = pace_info(GM)
        chip = pace_chip(info)
        chip.passwords.secrets = {PasswordKind.MRZ: Secret("X")}
        assert code_of(lambda: run_pace(chip, PaceRequest(info, can()))) == ("CARD-16", None)


class Answering:
    """A line on which the nth command of an instruction is answered with a status word instead."""

    def __init__(self, connection: Any, ins: int, nth: int, status: int) -> None:
        self.connection, self.ins, self.countdown, self.status = connection, ins, nth, status

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        self.countdown -= command[1] == self.ins
        if self.countdown == 0:
            return b"", self.status
        return self.connection.transmit(command)


@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_step_refused_before_the_token_costs_no_code_of_a_password(pace_chip: Any, pace_info: Any, step: int) -> None:
    info = pace_info(GM)
    line = Answering(pace_chip(info), 0x86, step, 0x6F00)
    assert code_of(lambda: run_pace(line, PaceRequest(info, can()))) == ("CARD-04", None)


@pytest.mark.parametrize("status", [0x6D00, 0x6700])
def test_a_card_that_does_not_know_the_command_is_unreadable(pace_chip: Any, pace_info: Any, status: int) -> None:
    info = pace_info(GM)
    for ins, nth in ((0x22, 1), (0x86, 4)):
        line = Answering(pace_chip(info), ins, nth, status)
        assert code_of(lambda line=line: run_pace(line, PaceRequest(info, can()))) == ("CARD-04", None)


class TestClone:
    """Answers no genuine chip gives."""

    def test_a_wrong_token_of_the_card_is_no_wrong_can(self, pace_chip: Any, pace_info: Any) -> None:
        def spoil(command: bytes, answer: bytes) -> bytes:
            last = bool(answer) and tlv.find(tlv.need(answer, 0x7C), 0x86) is not None
            return answer[:-1] + bytes([answer[-1] ^ 1]) if last else answer

        info = pace_info(GM)
        chip = pace_chip(info, tamper=spoil)
        assert code_of(lambda: run_pace(chip, PaceRequest(info, can()))) == ("CARD-09", None)

    @pytest.mark.parametrize(("family", "parameter_id"), [(GM, 12), (IM, 13), (CAM, 12), (DH_GM, 0)])
    def test_the_terminals_own_ephemeral_key_is_refused(
        self, pace_chip: Any, pace_info: Any, family: int, parameter_id: int
    ) -> None:
        def reflect(command: bytes, answer: bytes) -> bytes:
            own = tlv.find(tlv.need(command, 0x7C), 0x83) if command else None
            return answer if own is None else tlv.encode(0x7C, tlv.encode(0x84, own))

        info = pace_info(family, 2, parameter_id)
        chip = pace_chip(info, tamper=reflect, static_private=5)
        assert code_of(lambda: run_pace(chip, PaceRequest(info, can()))) == ("CARD-09", None)

    def test_the_terminals_own_key_is_refused_in_another_encoding_too(self, pace_chip: Any, pace_info: Any) -> None:
        """An integer stays the same with zeros before it."""

        def short(group: Any) -> int:
            return next(key for key in range(2, 5000) if int.from_bytes(group.public(key), "big") >> 1016 == 0)

        def reflect(command: bytes, answer: bytes) -> bytes:
            own = tlv.find(tlv.need(command, 0x7C), 0x83) if command else None
            if own is None:
                return answer
            other = own.lstrip(b"\x00") if own[0] == 0 else b"\x00" + own
            return tlv.encode(0x7C, tlv.encode(0x84, other))

        info = pace_info(DH_GM, 2, 0)
        chip = pace_chip(info, tamper=reflect)
        keys = Randomness(short, secrets.token_bytes)
        assert code_of(lambda: run_pace(chip, PaceRequest(info, can()), keys)) == ("CARD-09", None)

    @pytest.mark.parametrize("tag", [0x82, 0x84])
    @pytest.mark.parametrize(
        "point",
        [
            b"\x00",
            b"\x04" + bytes(64),
            b"\x04" + b"\xff" * 64,
            b"\x04" + bytes(63) + b"\x01",
            b"\x04",
            b"\x02" + bytes(32),
        ],
        ids=["infinity", "zero", "beyond-the-field", "off-the-curve", "empty", "compressed"],
    )
    def test_a_point_that_is_none_is_refused(self, pace_chip: Any, pace_info: Any, tag: int, point: bytes) -> None:
        def replace(command: bytes, answer: bytes) -> bytes:
            has_it = bool(answer) and tlv.find(tlv.need(answer, 0x7C), tag) is not None
            return tlv.encode(0x7C, tlv.encode(tag, point)) if has_it else answer

        info = pace_info(GM)
        chip = pace_chip(info, tamper=replace)
        assert code_of(lambda: run_pace(chip, PaceRequest(info, can())))[0] == "CARD-07"

    @pytest.mark.parametrize("number", [0, 1])
    def test_an_integer_of_no_order_is_refused(self, pace_chip: Any, pace_info: Any, number: int) -> None:
        def replace(command: bytes, answer: bytes) -> bytes:
            has_it = bool(answer) and tlv.find(tlv.need(answer, 0x7C), 0x84) is not None
            return tlv.encode(0x7C, tlv.encode(0x84, number.to_bytes(128, "big"))) if has_it else answer

        info = pace_info(DH_GM, 2, 0)
        chip = pace_chip(info, tamper=replace)
        assert code_of(lambda: run_pace(chip, PaceRequest(info, can())))[0] == "CARD-07"

    def test_a_mapping_to_infinity_is_refused(self, pace_chip: Any, pace_info: Any, scripted: Any) -> None:
        """Both sides know the nonce; a chip that chooses its point so that s·G + H is infinity gets nothing."""
        group = standard_group(12)
        nonce, own = (5).to_bytes(16, "big"), 3
        cancelling = -5 * pow(own, -1, group.order) % group.order

        def replace(command: bytes, answer: bytes) -> bytes:
            mapping = bool(answer) and tlv.find(tlv.need(answer, 0x7C), 0x82) is not None
            return tlv.encode(0x7C, tlv.encode(0x82, group.public(cancelling))) if mapping else answer

        info = pace_info(GM, 2, 12)
        chip = pace_chip(info, randomness=scripted([b"\x07", b"\x09"], [nonce]), tamper=replace)
        request = PaceRequest(info, can())
        assert code_of(lambda: run_pace(chip, request, scripted([b"\x03", b"\x0b"])))[0] == "CARD-07"

    @pytest.mark.parametrize("answer", [b"", b"\x7c\x00", b"\x7c\x03\x80\x01\x00", b"\x7c\x82", bytes(80)])
    def test_a_malformed_nonce_is_refused(self, pace_chip: Any, pace_info: Any, answer: bytes) -> None:
        info = pace_info(GM)
        chip = pace_chip(info, tamper=lambda _command, _answer: answer)
        assert code_of(lambda: run_pace(chip, PaceRequest(info, can()))) == ("CARD-07", None)


class TestChip:
    """The virtual card's side refuses too."""

    def test_steps_out_of_order_end_the_run(self, pace_chip: Any, pace_info: Any) -> None:
        info = pace_info(GM)
        chip = pace_chip(info)
        run_pace(chip, PaceRequest(info, can()))
        assert chip.run.answer(b"\x7c\x00") == (b"", 0x6985)

    def test_a_terminals_point_off_the_curve_ends_the_run(self, pace_chip: Any, pace_info: Any) -> None:
        info = pace_info(GM)
        chip = pace_chip(info)
        chip.transmit(bytes.fromhex("0022c1a412800a04007f0007020204020283010284010d"))
        chip.transmit(bytes.fromhex("10860000027c0000"))
        bad = tlv.encode(0x7C, tlv.encode(0x81, b"\x04" + bytes(64)))
        assert chip.transmit(bytes.fromhex("10860000") + bytes([len(bad)]) + bad + b"\x00") == (b"", 0x6A80)
        assert chip.run.answer(b"\x7c\x00") == (b"", 0x6985)


def test_no_secret_is_shown(pace_chip: Any, pace_info: Any) -> None:
    info = pace_info(GM)
    chip = pace_chip(info)
    request = PaceRequest(info, can("987654"))
    with pytest.raises(CardError) as refusal:
        run_pace(chip, request)
    outcome = run_pace(chip, PaceRequest(info, can()))
    shown = f"{refusal.value!r} {request!r} {outcome!r} {chip.passwords!r} {can()!r}"
    assert "987654" not in shown
    assert "123456" not in shown
    assert outcome.connection.keys.encryption.hex() not in shown

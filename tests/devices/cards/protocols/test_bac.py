"""Basic Access Control: the published run, and the refusals."""

from __future__ import annotations

from typing import Any

import pytest

from devices.cards.crypto.secure_messaging import Secured
from devices.cards.protocols.bac import ChipBac, bac_keys, run_bac
from devices.cards.wire.apdu import parse_command
from kiosk.errors import CardError
from kiosk.identity import Secret

MRZ = Secret("L898902C<369080619406236")


class BacChip:
    """A chip that does Basic Access Control and nothing else."""

    def __init__(self, run: ChipBac, tamper: Any = lambda answer: answer) -> None:
        self.run, self.tamper = run, tamper

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        parsed = parse_command(command)
        if parsed.ins == 0x84:
            return self.run.challenge(), 0x9000
        answer, status = self.run.authenticate(parsed.data)
        return self.tamper(answer), status


def code_of(chip: Any, secret: Secret = MRZ) -> str:
    with pytest.raises(CardError) as refusal:
        run_bac(chip, secret)
    return refusal.value.code


def test_the_document_access_keys_are_the_published_ones(vectors: Any) -> None:
    numbers = vectors("bac")
    keys = bac_keys(Secret(numbers["mrz_information_text"]))
    assert (keys.encryption, keys.authentication) == (numbers["k_enc"], numbers["k_mac"])


def test_both_sides_say_what_was_published(vectors: Any, scripted: Any, record: Any) -> None:
    numbers = vectors("bac")
    chip = ChipBac(MRZ, scripted(nonces=(numbers["rnd_ic"], numbers["k_ic"])))
    line = record(BacChip(chip))
    secured = run_bac(line, MRZ, scripted(nonces=(numbers["rnd_ifd"], numbers["k_ifd"])))
    assert line.commands == [pair["command"] for pair in numbers["apdus"]]
    assert line.responses == [pair["response"] for pair in numbers["apdus"]]
    assert isinstance(secured, Secured)
    assert secured.keys == chip.keys
    assert (secured.keys.encryption, secured.keys.authentication) == (numbers["ks_enc"], numbers["ks_mac"])
    assert chip.counter.to_bytes(8, "big") == numbers["ssc"]


def test_a_wrong_mrz_has_its_own_code() -> None:
    assert code_of(BacChip(ChipBac(MRZ)), Secret("L898902C<369080619406237")) == "CARD-28"


@pytest.mark.parametrize("position", [0, 20, 39])
def test_a_spoilt_answer_is_no_wrong_mrz(position: int) -> None:
    def spoil(answer: bytes) -> bytes:
        return answer[:position] + bytes([answer[position] ^ 1]) + answer[position + 1 :]

    assert code_of(BacChip(ChipBac(MRZ), spoil)) == "CARD-08"


@pytest.mark.parametrize("length", [0, 39, 41])
def test_an_answer_of_another_length_is_refused(length: int) -> None:
    assert code_of(BacChip(ChipBac(MRZ), lambda answer: bytes(length))) == "CARD-08"


def test_an_answer_to_another_challenge_is_refused() -> None:
    """A clone that repeats what the genuine chip once said."""
    genuine, answers = ChipBac(MRZ), []
    run_bac(BacChip(genuine, lambda answer: answers.append(answer) or answer), MRZ)
    assert code_of(BacChip(ChipBac(MRZ), lambda answer: answers[0])) == "CARD-08"


def test_a_challenge_of_another_length_is_malformed(replay: Any) -> None:
    line = replay([(bytes.fromhex("0084000008"), bytes(7) + b"\x90\x00")])
    assert code_of(line) == "CARD-07"


def test_a_challenge_serves_once() -> None:
    chip = ChipBac(MRZ)
    assert chip.authenticate(bytes(40)) == (b"", 0x6985)
    chip.challenge()
    assert chip.authenticate(bytes(40)) == (b"", 0x6300)
    assert chip.authenticate(bytes(40)) == (b"", 0x6985)


@pytest.mark.parametrize(("status", "code"), [(0x6982, "CARD-28"), (0x6988, "CARD-28"), (0x6D00, "CARD-04")])
def test_cards_refuse_in_several_ways(vectors: Any, scripted: Any, replay: Any, status: int, code: str) -> None:
    numbers = vectors("bac")
    challenge, authenticate = (pair["command"] for pair in numbers["apdus"])
    line = replay([(challenge, numbers["apdus"][0]["response"]), (authenticate, status.to_bytes(2, "big"))])
    with pytest.raises(CardError) as refusal:
        run_bac(line, MRZ, scripted(nonces=(numbers["rnd_ifd"], numbers["k_ifd"])))
    assert refusal.value.code == code

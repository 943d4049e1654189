"""PACE as it was published, both sides at once: the same private keys give the same bytes on the line.

The numbers lie under vectors/, each file names its source.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from devices.cards.crypto.groups import standard_group
from devices.cards.crypto.suite import Cipher
from devices.cards.protocols import oids
from devices.cards.protocols.authentication_token import token_input
from devices.cards.protocols.pace import PaceRequest, check_chip_mapping, run_pace
from devices.cards.protocols.passwords import Password, PasswordKind
from devices.cards.protocols.security_infos import ChipPublicKey, PaceInfo, parse_public_key, standard_algorithm
from devices.cards.wire import tlv
from kiosk.errors import CardError
from kiosk.identity import Secret

GENERIC = ("pace_gm_ecdh", "pace_gm_dh", "eac2_ecdh", "eac2_dh")
INTEGRATED = ("pace_im_ecdh", "pace_im_dh")


def example(vectors: Callable[[str], dict[str, Any]], name: str) -> dict[str, Any]:
    whole = vectors(name)
    return whole.get("pace", whole)


def info_of(numbers: dict[str, Any]) -> PaceInfo:
    return PaceInfo(numbers["oid"], 2, numbers["parameter_id"][0])


def password_of(numbers: dict[str, Any]) -> Password:
    if "mrz_information_text" in numbers:
        return Password(PasswordKind.MRZ, Secret(numbers["mrz_information_text"]))
    return Password(PasswordKind.PIN, Secret(numbers["password_text"]))


def chip_for(make: Any, numbers: dict[str, Any], **options: Any) -> Any:
    password, chip = password_of(numbers), make(info_of(numbers), **options)
    chip.passwords.secrets = {password.kind: password.secret}
    return chip


def published(numbers: dict[str, Any], first: str) -> tuple[list[bytes], list[bytes]]:
    names = [pair["name"] for pair in numbers["apdus"]]
    pairs = numbers["apdus"][names.index(first) :]
    return [pair["command"] for pair in pairs], [pair["response"] for pair in pairs]


@pytest.mark.parametrize("name", [*GENERIC, *INTEGRATED, "pace_cam_ecdh"])
def test_the_password_becomes_the_published_key(vectors: Any, name: str) -> None:
    numbers = example(vectors, name)
    assert password_of(numbers).key(Cipher.AES_128) == numbers["k_pi"]


@pytest.mark.parametrize("name", GENERIC)
def test_generic_mapping_says_what_was_published(
    vectors: Any, scripted: Any, pace_chip: Any, record: Any, name: str
) -> None:
    numbers = example(vectors, name)
    chip_numbers = scripted((numbers["chip_mapping_private"], numbers["chip_ephemeral_private"]), (numbers["nonce"],))
    answer = numbers["apdus"][-1]["response"][:-2]
    car = tlv.find(tlv.need(answer, 0x7C), 0x87)
    cars = () if car is None else (car.decode(),)
    line = record(chip_for(pace_chip, numbers, randomness=chip_numbers, cars=cars))
    own_numbers = scripted((numbers["terminal_mapping_private"], numbers["terminal_ephemeral_private"]))
    chat = tlv.find(numbers["apdus"][0]["command"][5:], 0x7F4C)
    whole_chat = None if chat is None else tlv.encode(0x7F4C, chat)

    outcome = run_pace(line, PaceRequest(info_of(numbers), password_of(numbers), whole_chat), own_numbers)

    commands, responses = published(numbers, "get_nonce")
    assert line.commands[1:] == commands
    assert line.responses[1:] == responses
    assert outcome.connection.keys.encryption == numbers["ks_enc"]
    assert outcome.connection.keys.authentication == numbers["ks_mac"]
    assert (outcome.terminal_public, outcome.chip_public) == (
        numbers["terminal_ephemeral_public"],
        numbers["chip_ephemeral_public"],
    )
    assert outcome.cars == cars


@pytest.mark.parametrize("name", ["eac2_ecdh", "eac2_dh"])
def test_the_card_is_told_protocol_password_rights_and_group(
    vectors: Any, pace_chip: Any, record: Any, name: str
) -> None:
    numbers = example(vectors, name)
    line = record(chip_for(pace_chip, numbers))
    published_command = numbers["apdus"][0]["command"]
    chat = tlv.encode(0x7F4C, tlv.need(published_command[5:], 0x7F4C))
    run_pace(line, PaceRequest(info_of(numbers), password_of(numbers), chat))
    assert line.commands[0] == published_command


@pytest.mark.parametrize("name", ["pace_gm_ecdh", "pace_gm_dh", "pace_cam_ecdh"])
def test_the_group_is_named_even_where_the_example_leaves_it_out(
    vectors: Any, pace_chip: Any, record: Any, name: str
) -> None:
    numbers = example(vectors, name)
    line = record(chip_for(pace_chip, numbers, static_private=7))
    run_pace(line, PaceRequest(info_of(numbers), password_of(numbers)))
    assert line.commands[0][5:] == numbers["apdus"][0]["command"][5:] + b"\x84\x01" + numbers["parameter_id"]


@pytest.mark.parametrize("name", INTEGRATED)
def test_integrated_mapping_says_what_was_published(
    vectors: Any, scripted: Any, pace_chip: Any, record: Any, name: str
) -> None:
    numbers = example(vectors, name)
    chip = chip_for(pace_chip, numbers, randomness=scripted((numbers["chip_ephemeral_private"],), (numbers["nonce"],)))
    line = record(chip)
    own_numbers = scripted((numbers["terminal_ephemeral_private"],), (numbers["terminal_nonce"],))

    outcome = run_pace(line, PaceRequest(info_of(numbers), password_of(numbers)), own_numbers)

    pairs = {pair["name"]: pair for pair in numbers["apdus"]}
    assert line.commands[1:] == [pair["command"] for pair in numbers["apdus"]]
    assert line.responses[2] == bytes.fromhex("7c0282009000")
    for number, step in ((1, "get_nonce"), (3, "key_agreement"), (4, "mutual_authentication")):
        assert line.responses[number] == pairs[step]["response"]
    assert outcome.connection.keys.encryption == numbers["ks_enc"]
    assert outcome.connection.keys.authentication == numbers["ks_mac"]


@pytest.mark.parametrize("name", [*GENERIC, *INTEGRATED, "pace_cam_ecdh"])
def test_tokens_are_made_over_the_published_objects(vectors: Any, name: str) -> None:
    numbers = example(vectors, name)
    group = standard_group(numbers["parameter_id"][0])
    for side, public in (("terminal", "chip_ephemeral_public"), ("chip", "terminal_ephemeral_public")):
        assert token_input(numbers["oid"], group, numbers[public]) == numbers[f"{side}_token_input"]


@pytest.mark.parametrize("name", [*GENERIC, *INTEGRATED])
def test_the_generator_is_mapped_as_published(vectors: Any, name: str) -> None:
    numbers = example(vectors, name)
    group = standard_group(numbers["parameter_id"][0])
    if name in INTEGRATED:
        mapped = group.integrated_map(numbers["nonce"], numbers["terminal_nonce"], Cipher.AES_128)
    else:
        private = int.from_bytes(numbers["terminal_mapping_private"], "big")
        mapped = group.generic_map(numbers["nonce"], private, numbers["chip_mapping_public"])
    assert mapped.public(1) == numbers["mapped_generator"]


def cam_outcome(numbers: dict[str, Any], scripted: Any, replay: Any) -> Any:
    """The chip's ephemeral private key was not published, so the card's answers are replayed."""
    mse, *rest = [(pair["command"], pair["response"]) for pair in numbers["apdus"]]
    named = mse[0][:4] + bytes([mse[0][4] + 3]) + mse[0][5:] + b"\x84\x01\x0d"
    own = scripted((numbers["terminal_mapping_private"], numbers["terminal_ephemeral_private"]))
    return run_pace(replay([(named, mse[1]), *rest]), PaceRequest(info_of(numbers), password_of(numbers)), own)


def test_chip_authentication_mapping_gives_what_was_published(vectors: Any, scripted: Any, replay: Any) -> None:
    numbers = vectors("pace_cam_ecdh")
    outcome = cam_outcome(numbers, scripted, replay)
    assert outcome.chip_authentication_data == numbers["chip_authentication_data"]
    assert outcome.connection.keys.encryption == numbers["ks_enc"]
    info = tlv.parse(tlv.need(numbers["chip_authentication_public_key_info"], 0x30))
    algorithm, public = parse_public_key(info[1].value)
    assert info[0].value == oids.ID_PK_ECDH
    assert public == numbers["chip_static_public"]
    check_chip_mapping(outcome, ChipPublicKey(None, algorithm, public))


def test_chip_authentication_mapping_with_another_chips_key_is_refused(
    vectors: Any, scripted: Any, replay: Any
) -> None:
    numbers = vectors("pace_cam_ecdh")
    outcome = cam_outcome(numbers, scripted, replay)
    other = ChipPublicKey(None, standard_algorithm(13), numbers["terminal_ephemeral_public"])
    with pytest.raises(CardError) as refusal:
        check_chip_mapping(outcome, other)
    assert refusal.value.code == "CARD-09"

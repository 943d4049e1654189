"""Chip authentication: the published runs of version 2, version 1 of travel documents, and clones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from devices.cards.crypto.groups import standard_group
from devices.cards.crypto.secure_messaging import Secured, SecuredCard
from devices.cards.crypto.suite import Cipher, SessionKeys, session_keys
from devices.cards.protocols import oids
from devices.cards.protocols.authentication_token import token_input
from devices.cards.protocols.chip_authentication import (
    ChipAnswer,
    ChipAuthentication,
    ChipChipAuthentication,
    choose_chip_authentication,
    run_chip_authentication,
    run_chip_authentication_v1,
)
from devices.cards.protocols.randomness import draw_key
from devices.cards.protocols.security_infos import (
    ChipAuthenticationInfo,
    ChipPublicKey,
    SecurityInfos,
    parse_security_infos,
    standard_algorithm,
)
from devices.cards.wire import tlv
from devices.cards.wire.apdu import Command
from devices.cards.wire.connection import expect
from kiosk.errors import CardError

ECDH, DH = True, False
PRIVATE = 4711
FIRST_KEYS = session_keys(Cipher.AES_128, b"a session unlocked by PACE")


@dataclass(slots=True)
class Chip:
    """A secured chip that does chip authentication and then says its name. `keys_after` lets a clone guess keys."""

    side: ChipChipAuthentication
    version: int
    compressed: bytes = b""
    keys_after: Callable[[ChipAnswer], SessionKeys] = lambda answer: answer.keys
    tamper: Callable[[bytes], bytes] = lambda answer: answer
    secured: SecuredCard = field(default_factory=lambda: SecuredCard(FIRST_KEYS))
    keys: SessionKeys = FIRST_KEYS
    commands: list[Command] = field(default_factory=list)

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        try:
            parsed = self.secured.open_command(command)
        except CardError:
            return b"", 0x6988
        self.commands.append(parsed)
        answer = self._authenticate(parsed)
        if answer is None:
            return self.secured.seal_response(b"chip" if parsed.ins == 0xB0 else b"", 0x9000), 0x9000
        sealed = self.secured.seal_response(self.tamper(answer.data), 0x9000)
        self.keys = self.keys_after(answer)
        self.secured = SecuredCard(self.keys)
        return sealed, 0x9000

    def _authenticate(self, parsed: Command) -> ChipAnswer | None:
        if (parsed.ins, parsed.p2) == (0x22, 0xA6):
            return self.side.answer_kat(parsed.data)
        if parsed.ins != 0x86:
            return None
        return self.side.answer(parsed.data, self.compressed) if self.version == 2 else self.side.answer_v1(parsed.data)


def info_for(elliptic: bool, suite: int, version: int = 2, key_id: int | None = 1) -> ChipAuthenticationInfo:
    return ChipAuthenticationInfo((oids.ID_CA_ECDH if elliptic else oids.ID_CA_DH) + bytes([suite]), version, key_id)


def choice_for(info: ChipAuthenticationInfo, parameter_id: int, private: int = PRIVATE) -> ChipAuthentication:
    public = standard_group(parameter_id).public(private)
    elliptic = info.protocol.elliptic
    return ChipAuthentication(info, ChipPublicKey(info.key_id, standard_algorithm(parameter_id), public, elliptic))


def run(version: int, info: ChipAuthenticationInfo, parameter_id: int, **options: Any) -> tuple[Secured, Chip]:
    group = standard_group(parameter_id)
    own = draw_key(group)
    side = ChipChipAuthentication(info, group, options.pop("private", PRIVATE))
    chip = Chip(side, version, options.pop("compressed", own.compressed), **options)
    protocol = run_chip_authentication if version == 2 else run_chip_authentication_v1
    return protocol(Secured(chip, FIRST_KEYS), choice_for(info, parameter_id), own), chip


@pytest.mark.parametrize("suite", [1, 2, 3, 4])
@pytest.mark.parametrize(("elliptic", "parameter_id"), [(ECDH, 13), (DH, 0)])
@pytest.mark.parametrize("version", [1, 2])
def test_both_sides_go_on_under_new_keys(version: int, elliptic: bool, parameter_id: int, suite: int) -> None:
    secured, chip = run(version, info_for(elliptic, suite, version), parameter_id)
    assert secured.keys == chip.keys
    assert secured.keys != FIRST_KEYS
    assert expect(secured, Command(0, 0xB0, 0, 0, le=4)) == b"chip"


@pytest.mark.long
@pytest.mark.parametrize("suite", [1, 2, 3, 4])
@pytest.mark.parametrize("parameter_id", [10, 11, 12, 13, 14, 15, 16, 17, 18])
@pytest.mark.parametrize("version", [1, 2])
def test_both_sides_go_on_under_new_keys_on_every_curve(version: int, parameter_id: int, suite: int) -> None:
    secured, _ = run(version, info_for(ECDH, suite, version), parameter_id)
    assert expect(secured, Command(0, 0xB0, 0, 0, le=4)) == b"chip"


@pytest.mark.parametrize(("name", "elliptic", "parameter_id"), [("eac2_ecdh", ECDH, 13), ("eac2_dh", DH, 0)])
class TestWorkedExample:
    """BSI, Worked Example for Extended Access Control; see the `source` of vectors/eac2_*.json."""

    def test_the_chip_answers_as_published(
        self, vectors: Any, scripted: Any, name: str, elliptic: bool, parameter_id: int
    ) -> None:
        numbers = vectors(name)["chip_authentication"]
        group = standard_group(parameter_id)
        private = int.from_bytes(numbers["chip_private"], "big")
        assert group.public(private) == numbers["chip_public"]
        info = info_for(elliptic, 2)
        assert info.oid == numbers["oid"]
        side = ChipChipAuthentication(info, group, private, scripted(nonces=(numbers["nonce"],)))
        command = tlv.encode(0x7C, tlv.encode(0x80, numbers["terminal_public"]))
        answer = side.answer(command, numbers["terminal_public_compressed"])
        assert answer.data == tlv.encode(
            0x7C, tlv.encode(0x81, numbers["nonce"]) + tlv.encode(0x82, numbers["chip_token"])
        )
        assert (answer.keys.encryption, answer.keys.authentication) == (numbers["ks_enc"], numbers["ks_mac"])
        assert token_input(info.oid, group, numbers["terminal_public"]) == numbers["chip_token_input"]

    def test_the_terminal_accepts_what_was_published(
        self, vectors: Any, scripted: Any, name: str, elliptic: bool, parameter_id: int
    ) -> None:
        whole = vectors(name)
        numbers = whole["chip_authentication"]
        security = parse_security_infos(whole["ef_card_security_security_infos"])
        choice = choose_chip_authentication(security, version=2)
        own = draw_key(choice.key.group, scripted((numbers["terminal_private"],)))
        assert own.public == numbers["terminal_public"]
        assert own.compressed == numbers["terminal_public_compressed"]
        private = int.from_bytes(numbers["chip_private"], "big")
        side = ChipChipAuthentication(choice.info, own.group, private, scripted(nonces=(numbers["nonce"],)))
        chip = Chip(side, 2, own.compressed)
        secured = run_chip_authentication(Secured(chip, FIRST_KEYS), choice, own)
        assert (secured.keys.encryption, secured.keys.authentication) == (numbers["ks_enc"], numbers["ks_mac"])
        set_at, authenticate = chip.commands
        assert (set_at.ins, set_at.p1, set_at.p2) == (0x22, 0x41, 0xA4)
        assert set_at.data == tlv.encode(0x80, numbers["oid"]) + b"\x84\x01\x01"
        assert (authenticate.cla, authenticate.ins) == (0x00, 0x86)
        assert authenticate.data == tlv.encode(0x7C, tlv.encode(0x80, numbers["terminal_public"]))


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(CardError) as refusal:
        call()
    return refusal.value.code


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("suite", [1, 2])
def test_a_clone_without_the_private_key_is_refused(version: int, suite: int) -> None:
    assert code_of(lambda: run(version, info_for(ECDH, suite, version), 13, private=PRIVATE + 1)) == "CARD-09"


@pytest.mark.parametrize("suite", [1, 2])
def test_a_clone_that_stays_with_the_old_keys_is_refused(suite: int) -> None:
    info = info_for(ECDH, suite, 1)
    assert code_of(lambda: run(1, info, 13, keys_after=lambda answer: FIRST_KEYS)) == "CARD-09"


@pytest.mark.parametrize("position", [4, -1], ids=["nonce", "token"])
def test_a_spoilt_answer_is_refused(position: int) -> None:
    def spoil(answer: bytes) -> bytes:
        spoilt = bytearray(answer)
        spoilt[position] ^= 1
        return bytes(spoilt)

    assert code_of(lambda: run(2, info_for(ECDH, 2), 13, tamper=spoil)) == "CARD-09"


@pytest.mark.parametrize("answer", [b"", b"\x7c\x00", b"\x7c\x02\x81\x00", b"\x30\x00"])
def test_a_malformed_answer_is_refused(answer: bytes) -> None:
    assert code_of(lambda: run(2, info_for(ECDH, 2), 13, tamper=lambda _answer: answer)) == "CARD-07"


def test_the_chip_takes_no_other_key_than_terminal_authentications() -> None:
    assert code_of(lambda: run(2, info_for(ECDH, 2), 13, compressed=bytes(32))) == "CARD-13"


def test_the_chip_takes_no_point_off_the_curve() -> None:
    side = ChipChipAuthentication(info_for(ECDH, 2), standard_group(13), PRIVATE)
    point = b"\x04" + bytes(64)
    assert code_of(lambda: side.answer_kat(tlv.encode(0x91, point))) == "CARD-07"
    assert code_of(lambda: side.answer(tlv.encode(0x7C, tlv.encode(0x80, point)), bytes(32))) == "CARD-07"


def test_3des_sends_its_key_in_one_command() -> None:
    _, chip = run(1, info_for(ECDH, 1, 1, key_id=None), 13)
    assert [(command.ins, command.p2) for command in chip.commands] == [(0x22, 0xA6), (0xA4, 0x0C)]


class TestChoice:
    def test_the_strongest_protocol_with_a_key_is_taken(self) -> None:
        infos = [info_for(ECDH, suite, 2, key_id) for suite, key_id in ((1, 1), (4, 9), (3, 1), (2, 1))]
        key = choice_for(infos[0], 13).key
        choice = choose_chip_authentication(
            SecurityInfos(chip_authentication=tuple(infos), chip_authentication_keys=(key,)), 2
        )
        assert choice == ChipAuthentication(infos[2], key)

    def test_protocol_and_key_are_of_the_same_kind(self) -> None:
        info = info_for(ECDH, 2, 2, None)
        wrong, right = choice_for(info_for(DH, 2), 0).key, choice_for(info, 13).key
        infos = SecurityInfos(chip_authentication=(info,), chip_authentication_keys=(wrong, right))
        assert choose_chip_authentication(infos, 2).key == right

    def test_a_travel_documents_key_alone_means_3des(self) -> None:
        key = choice_for(info_for(ECDH, 1), 13).key
        choice = choose_chip_authentication(SecurityInfos(chip_authentication_keys=(key,)), 1)
        assert choice.info.protocol.cipher is Cipher.TDES

    @pytest.mark.parametrize("version", [1, 2])
    def test_nothing_announced_is_another_kind_of_card(self, version: int) -> None:
        assert code_of(lambda: choose_chip_authentication(SecurityInfos(), version)) == "CARD-16"
        only = SecurityInfos(chip_authentication=(info_for(ECDH, 2, version),))
        assert code_of(lambda: choose_chip_authentication(only, version)) == "CARD-16"

"""Key agreement gives the published numbers, and takes nothing that is no element of its group."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.cards.crypto.domain_parameters import CURVES, MODULI
from devices.cards.crypto.groups import LIBRARY_CURVES, DhGroup, EcGroup, Group, named_curve, standard_group
from devices.cards.crypto.suite import Cipher
from kiosk.errors import CardError

ALL = (*MODULI, *CURVES)


def number(data: bytes) -> int:
    return int.from_bytes(data, "big")


def group_of(agreement: dict[str, Any]) -> Group:
    return standard_group(agreement["parameter_id"][0])


def mapped(agreement: dict[str, Any]) -> Group:
    if "terminal_nonce" in agreement:
        return group_of(agreement).integrated_map(agreement["nonce"], agreement["terminal_nonce"], Cipher.AES_128)
    private = number(agreement["terminal_mapping_private"])
    return group_of(agreement).generic_map(agreement["nonce"], private, agreement["chip_mapping_public"])


class TestPublishedNumbers:
    def test_the_modulus_is_the_published_one(self, modular: Any) -> None:
        group = group_of(modular)
        assert isinstance(group, DhGroup)
        expected = tuple(number(modular[name]) for name in "pqg")
        assert (group.modulus.p, group.modulus.q, group.modulus.generator) == expected

    def test_the_generator_is_mapped_as_published(self, agreement: Any) -> None:
        assert mapped(agreement).public(1) == agreement["mapped_generator"]

    def test_generic_mapping_is_the_same_from_the_cards_side(self, generic: Any) -> None:
        private = number(generic["chip_mapping_private"])
        theirs = group_of(generic).generic_map(generic["nonce"], private, generic["terminal_mapping_public"])
        assert theirs == mapped(generic)

    @pytest.mark.parametrize("side", ["terminal", "chip"])
    def test_mapping_keys_are_the_published_ones(self, generic: Any, side: str) -> None:
        private = number(generic[f"{side}_mapping_private"])
        assert group_of(generic).public(private) == generic[f"{side}_mapping_public"]

    def test_what_both_mapping_keys_agree_on_is_the_published_element(self, generic: Any) -> None:
        agreed = group_of(generic).agree(number(generic["terminal_mapping_private"]), generic["chip_mapping_public"])
        assert agreed == group_of(generic).agree(
            number(generic["chip_mapping_private"]), generic["terminal_mapping_public"]
        )
        assert agreed in generic["shared_h"]

    def test_ephemeral_key_and_secret_are_the_published_ones(self, agreement: Any) -> None:
        group, private = mapped(agreement), number(agreement["terminal_ephemeral_private"])
        assert group.public(private) == agreement["terminal_ephemeral_public"]
        assert group.agree(private, agreement["chip_ephemeral_public"]) == agreement["shared_secret"]

    def test_so_they_are_on_the_cards_side(self, two_sided: Any) -> None:
        """The example of chip authentication mapping keeps the chip's private key to itself."""
        group, private = mapped(two_sided), number(two_sided["chip_ephemeral_private"])
        assert group.public(private) == two_sided["chip_ephemeral_public"]
        assert group.agree(private, two_sided["terminal_ephemeral_public"]) == two_sided["shared_secret"]

    def test_chip_authentication_agrees_on_the_published_secret(self, chip_authentication: Any) -> None:
        group, numbers = group_of(chip_authentication), chip_authentication["chip_authentication"]
        terminal, chip = number(numbers["terminal_private"]), number(numbers["chip_private"])
        assert group.public(terminal) == numbers["terminal_public"]
        assert group.public(chip) == numbers["chip_public"]
        assert group.agree(terminal, numbers["chip_public"]) == numbers["shared_secret"]
        assert group.agree(chip, numbers["terminal_public"]) == numbers["shared_secret"]
        assert group.compress(numbers["terminal_public"]) == numbers["terminal_public_compressed"]


class TestEveryGroup:
    @pytest.mark.parametrize("parameter_id", ALL)
    def test_both_sides_agree_before_and_after_a_generic_mapping(self, parameter_id: int) -> None:
        group = standard_group(parameter_id)
        terminal, chip, nonce = group.random_private(), group.random_private(), bytes(range(16))
        assert group.agree(terminal, group.public(chip)) == group.agree(chip, group.public(terminal))
        ours = group.generic_map(nonce, terminal, group.public(chip))
        theirs = group.generic_map(nonce, chip, group.public(terminal))
        assert ours == theirs != group
        assert ours.agree(terminal, theirs.public(chip)) == theirs.agree(chip, ours.public(terminal))
        assert len(ours.agree(terminal, theirs.public(chip))) == group.length

    @pytest.mark.parametrize("parameter_id", [key for key in ALL if key not in (10, 12)])
    @pytest.mark.parametrize("cipher", Cipher)
    def test_an_integrated_mapping_stays_in_the_group(self, parameter_id: int, cipher: Cipher) -> None:
        group = standard_group(parameter_id)
        nonce = bytes(32 if cipher in (Cipher.AES_192, Cipher.AES_256) else 16)
        ours = group.integrated_map(nonce, bytes(range(cipher.key_length)), cipher)
        assert ours == group.integrated_map(nonce, bytes(range(cipher.key_length)), cipher) != group
        private = group.random_private()
        assert ours.agree(private, ours.public(5)) == ours.agree(5, ours.public(private))

    @pytest.mark.parametrize("parameter_id", ALL)
    def test_no_private_key_gives_the_neutral_element(self, parameter_id: int) -> None:
        group = standard_group(parameter_id)
        for private in (0, group.order):
            for use in (group.public, lambda private: group.agree(private, group.public(5))):
                with pytest.raises(CardError, match="CARD-07"):
                    use(private)

    @pytest.mark.parametrize("parameter_id", ALL)
    def test_a_mapping_to_the_neutral_element_is_refused(self, parameter_id: int) -> None:
        group, private = standard_group(parameter_id), 3
        cancelling = -5 * pow(private, -1, group.order) % group.order
        with pytest.raises(CardError, match="CARD-07"):
            group.generic_map(b"\x05", private, group.public(cancelling))

    @given(st.sampled_from(ALL), st.binary(max_size=300))
    def test_any_bytes_are_an_element_or_refused(self, parameter_id: int, public: bytes) -> None:
        with pytest.raises(CardError, match="CARD-07"):
            standard_group(parameter_id).agree(5, public)

    @given(st.sampled_from(ALL), st.data())
    @settings(deadline=None)
    def test_a_public_key_with_a_flipped_bit_is_refused(self, parameter_id: int, draw: st.DataObject) -> None:
        group = standard_group(parameter_id)
        public = bytearray(group.public(4711))
        bit = draw.draw(st.integers(0, 8 * len(public) - 1))
        public[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CardError, match="CARD-07"):
            group.agree(5, bytes(public))

    @pytest.mark.parametrize("parameter_id", ALL)
    def test_private_keys_are_drawn_anew_below_the_order(self, parameter_id: int) -> None:
        group = standard_group(parameter_id)
        drawn = {group.random_private() for _ in range(20)}
        assert len(drawn) == 20
        assert all(0 < private < group.order for private in drawn)


class TestIntegratedMapping:
    @pytest.mark.parametrize(("nonce", "other"), [(15, 16), (16, 15), (32, 16), (16, 32), (0, 0)])
    def test_a_nonce_of_another_length_is_refused(self, nonce: int, other: int) -> None:
        for parameter_id in (0, 13):
            with pytest.raises(CardError, match="CARD-07"):
                standard_group(parameter_id).integrated_map(bytes(nonce), bytes(other), Cipher.AES_128)

    def test_a_curve_it_is_not_defined_for_is_not_supported(self) -> None:
        with pytest.raises(CardError, match="CARD-16"):
            standard_group(10).integrated_map(bytes(16), bytes(16), Cipher.AES_128)


class TestModuli:
    @pytest.mark.parametrize("parameter_id", MODULI)
    @pytest.mark.parametrize("value", [0, 1, -1, 2])
    def test_numbers_outside_the_subgroup_are_refused(self, parameter_id: int, value: int) -> None:
        group = standard_group(parameter_id)
        assert isinstance(group, DhGroup)
        public = (value % group.modulus.p).to_bytes(group.length, "big")
        for use in (lambda: group.agree(5, public), lambda: group.generic_map(b"\x05", 5, public)):
            with pytest.raises(CardError, match="CARD-07"):
                use()

    @pytest.mark.parametrize("parameter_id", MODULI)
    def test_a_number_beyond_the_modulus_is_refused_though_its_remainder_is_an_element(self, parameter_id: int) -> None:
        group = standard_group(parameter_id)
        assert isinstance(group, DhGroup)
        small = number(group.public(short_key(group)))
        beyond = (small + group.modulus.p).to_bytes(group.length, "big")
        with pytest.raises(CardError, match="CARD-07"):
            group.agree(5, beyond)

    @pytest.mark.parametrize("parameter_id", MODULI)
    def test_a_public_key_has_no_leading_zeros_and_is_taken_with_them(self, parameter_id: int) -> None:
        """ICAO 9303-11 §9.4.3: the least number of bytes; a secret is as long as the modulus all the same."""
        group = standard_group(parameter_id)
        private = short_key(group)
        public = group.public(private)
        padded = public.rjust(group.length, b"\x00")
        assert len(public) < group.length
        assert group.agree(5, padded) == group.agree(5, public)
        assert group.compress(padded) == group.compress(public) == hashlib.sha1(public, usedforsecurity=False).digest()
        assert len(group.agree(1, public)) == group.length


def short_key(group: Group) -> int:
    """A private key whose public one is shorter than the modulus."""
    return next(key for key in range(2, 5000) if number(group.public(key)) >> 8 * (group.length - 1) == 0)


class TestNames:
    @pytest.mark.parametrize("parameter_id", CURVES)
    def test_a_curve_is_found_by_number_and_by_name(self, parameter_id: int) -> None:
        group = standard_group(parameter_id)
        assert isinstance(group, EcGroup)
        assert named_curve(group.name) == group
        assert group.decode(group.public(1)) == group.generator

    @pytest.mark.parametrize("parameter_id", [-1, 3, 8, 9, 19, 31])
    def test_an_unknown_number_is_not_supported(self, parameter_id: int) -> None:
        with pytest.raises(CardError, match="CARD-16"):
            standard_group(parameter_id)

    def test_an_unknown_name_is_not_supported(self) -> None:
        with pytest.raises(CardError, match="CARD-16"):
            named_curve("secp192r1")


@pytest.mark.parametrize("parameter_id", [key for key, curve in CURVES.items() if curve.name in LIBRARY_CURVES])
@given(st.data())
@settings(max_examples=10, deadline=None)
def test_agreements_equal_those_of_the_library(parameter_id: int, draw: st.DataObject) -> None:
    """Both of our ways, also where the library does the work in the end."""
    group = standard_group(parameter_id)
    assert isinstance(group, EcGroup)
    privates = st.integers(1, group.order - 1) | st.integers(1, 40) | st.integers(group.order - 40, group.order - 1)
    private, their_private = draw.draw(privates), draw.draw(privates)
    library = LIBRARY_CURVES[group.name]()
    theirs = ec.derive_private_key(their_private, library).public_key()
    numbers = theirs.public_numbers()
    secret = ec.derive_private_key(private, library).exchange(ec.ECDH(), theirs)
    assert group.public(their_private) == group.encode((numbers.x, numbers.y))
    assert group.curve.multiply(their_private, group.generator) == (numbers.x, numbers.y)
    assert group.agree(private, group.public(their_private)) == secret
    product = group.curve.multiply(private, (numbers.x, numbers.y))
    assert group.compress(group.encode(product)) == secret

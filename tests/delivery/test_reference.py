"""References and application codes: no look-alikes, every slip of one character found, enough chance."""

from __future__ import annotations

import hashlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.delivery.reference import (
    ALPHABET,
    mint_code,
    mint_reference,
    read_code,
    read_reference,
    status_index,
    status_token,
)


def test_the_alphabet_has_no_look_alikes():
    assert len(set(ALPHABET)) == 26
    assert not set("01BGILOSUZ") & set(ALPHABET)


def test_a_reference_is_short_and_begins_with_its_terminal():
    reference = mint_reference("C2")
    assert reference[:3] == "C2-"
    assert len(reference) == 11
    assert read_reference(reference.lower().replace("-", " ")) == reference


@pytest.mark.parametrize("prefix", ["", "C", "C22", "O1", "c2", "Ä2"])
def test_a_prefix_outside_the_alphabet_is_refused(prefix):
    with pytest.raises(ValueError, match="prefix"):
        mint_reference(prefix)


def test_a_code_carries_at_least_sixty_bits():
    assert 13 * math.log2(len(ALPHABET)) > 60
    assert len({mint_code() for _ in range(1000)}) == 1000


def test_a_code_is_read_however_it_is_typed_or_scanned():
    code = mint_code()
    bare = code.replace("-", "")
    for text in (code, bare, bare.lower(), f"  {code[:3]} {code[3:]} ", f"https://stadt.example/status#{code}"):
        assert read_code(text) == code


@given(st.integers(0, 13), st.sampled_from(ALPHABET))
def test_every_wrong_character_is_found(position, letter):
    bare = mint_code().replace("-", "")
    wrong = bare[:position] + letter + bare[position + 1 :]
    assert (read_code(wrong) is None) == (wrong != bare)


@given(st.text(max_size=600))
def test_reading_any_text_never_raises(text):
    assert read_code(text) is None or len(text) <= 500
    read_reference(text)


def test_the_token_can_be_recomputed_in_a_browser():
    token = status_token("7K4M9-PWD3T-XHWQ")
    assert token == hashlib.pbkdf2_hmac("sha256", b"7K4M9PWD3TXHWQ", b"rathaus-kiosk/status/1", 200_000).hex()
    assert token == status_token("7K4M9PWD3TXHWQ")
    assert status_index(token) == hashlib.sha256(bytes.fromhex(token)).hexdigest()


@pytest.mark.parametrize("token", ["", "zz" * 32, "ab" * 31, "AB" * 32])
def test_an_index_is_made_of_a_token_only(token):
    with pytest.raises(ValueError, match="token"):
        status_index(token)

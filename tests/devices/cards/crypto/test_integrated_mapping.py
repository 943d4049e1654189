"""Integrated mapping step by step, as published."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.cards.crypto.domain_parameters import CURVES, MODULI
from devices.cards.crypto.integrated_mapping import map_to_curve, pseudo_random
from devices.cards.crypto.suite import Cipher
from kiosk.errors import CardError

DEFINED = {key: curve for key, curve in CURVES.items() if curve.p % 4 == 3}


def test_pseudo_random_numbers_are_the_published_ones(integrated: Any) -> None:
    """Appendix H gives the stretched output and its remainder."""
    stretched, expected = integrated["prng_output"], int.from_bytes(integrated["prng_output_mod_p"], "big")
    parameter_id = integrated["parameter_id"][0]
    p = MODULI[parameter_id].p if parameter_id in MODULI else CURVES[parameter_id].p
    assert int.from_bytes(stretched, "big") % p == expected
    assert pseudo_random(integrated["nonce"], integrated["terminal_nonce"], Cipher.AES_128, p) == expected


@pytest.mark.parametrize("parameter_id", DEFINED)
@given(st.data())
@settings(max_examples=20, deadline=None)
def test_every_number_has_a_point(parameter_id: int, draw: st.DataObject) -> None:
    curve = DEFINED[parameter_id]
    number = draw.draw(st.integers(2, curve.p - 2))
    assert curve.contains(map_to_curve(number, curve))


@pytest.mark.parametrize("parameter_id", DEFINED)
@pytest.mark.parametrize("number", [0, 1, -1])
def test_the_few_numbers_without_a_point_are_refused(parameter_id: int, number: int) -> None:
    curve = DEFINED[parameter_id]
    with pytest.raises(CardError, match="CARD-07"):
        map_to_curve(number % curve.p, curve)

"""The laws of a group hold for our own arithmetic, on every curve and at its edges."""

from __future__ import annotations

from itertools import pairwise

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.cards.crypto.curves import Curve
from devices.cards.crypto.domain_parameters import CURVE_OIDS, CURVES, MODULI
from devices.cards.crypto.groups import LIBRARY_CURVES

EVERY = pytest.mark.parametrize("curve", CURVES.values(), ids=lambda curve: curve.name)
FEW = settings(max_examples=10, deadline=None)


def factors(curve: Curve) -> st.SearchStrategy[int]:
    return st.integers(0, curve.order - 1) | st.integers(0, 70) | st.integers(curve.order - 70, curve.order - 1)


def probably_prime(number: int) -> bool:
    return all(pow(base, number - 1, number) == 1 for base in (2, 3, 5, 7))


@EVERY
def test_the_parameters_make_a_curve_of_prime_order(curve: Curve) -> None:
    assert probably_prime(curve.p)
    assert probably_prime(curve.order)
    assert (4 * curve.a**3 + 27 * curve.b**2) % curve.p != 0
    assert abs(curve.order - curve.p - 1) ** 2 <= 4 * curve.p
    assert curve.contains(curve.generator)


@EVERY
def test_the_order_is_the_order_and_not_only_taken_for_it(curve: Curve) -> None:
    """Factors are reduced by the order, so that it is stepped up to here without passing it."""
    last = curve.multiply(curve.order - 1, curve.generator)
    x, y = curve.generator
    assert last == (x, curve.p - y)


@pytest.mark.parametrize(
    "curve", [curve for curve in CURVES.values() if curve.name in LIBRARY_CURVES], ids=lambda c: c.name
)
def test_the_generator_is_the_librarys(curve: Curve) -> None:
    numbers = ec.derive_private_key(1, LIBRARY_CURVES[curve.name]()).public_key().public_numbers()
    assert curve.generator == (numbers.x, numbers.y)


def test_every_curve_has_one_object_identifier() -> None:
    assert sorted(CURVE_OIDS.values()) == sorted(curve.name for curve in CURVES.values())


@pytest.mark.parametrize("parameter_id", MODULI)
def test_moduli_have_a_subgroup_of_prime_order(parameter_id: int) -> None:
    modulus = MODULI[parameter_id]
    assert probably_prime(modulus.p)
    assert probably_prime(modulus.q)
    assert (modulus.p - 1) % modulus.q == 0
    assert pow(modulus.generator, modulus.q, modulus.p) == 1 != modulus.generator


@EVERY
@given(st.data())
@FEW
def test_multiplication_spreads_over_sums(curve: Curve, draw: st.DataObject) -> None:
    one, other = draw.draw(factors(curve)), draw.draw(factors(curve))
    both = curve.multiply(one + other, curve.generator)
    assert curve.combine((one, curve.generator), (other, curve.generator)) == both
    assert both is None or curve.contains(both)


@EVERY
@given(st.data())
@FEW
def test_multiplications_follow_each_other_in_any_order(curve: Curve, draw: st.DataObject) -> None:
    one, other = draw.draw(factors(curve).filter(bool)), draw.draw(factors(curve).filter(bool))
    first, second = curve.multiply(one, curve.generator), curve.multiply(other, curve.generator)
    assert first is not None
    assert second is not None
    assert curve.multiply(other, first) == curve.multiply(one, second) == curve.multiply(one * other, curve.generator)


@EVERY
def test_small_multiples_are_those_of_adding_one_by_one(curve: Curve) -> None:
    multiples = [curve.multiply(factor, curve.generator) for factor in range(1, 40)]
    assert len(set(multiples)) == len(multiples)
    for before, after in pairwise(multiples):
        assert before is not None
        assert curve.combine((1, before), (1, curve.generator)) == after


@EVERY
def test_a_point_and_its_opposite_make_infinity(curve: Curve) -> None:
    x, y = curve.generator
    assert curve.combine((7, (x, y)), (7, (x, curve.p - y))) is None
    assert curve.combine((0, (x, y)), (0, (x, y))) is None
    assert curve.combine((1, (x, y)), (1, (x, y))) == curve.multiply(2, (x, y))


@EVERY
def test_what_is_not_on_the_curve_is_told_apart(curve: Curve) -> None:
    x, y = curve.generator
    for point in ((x, y + 1), (x + curve.p, y), (x, y - curve.p), (0, 0), (y, x)):
        assert not curve.contains(point)

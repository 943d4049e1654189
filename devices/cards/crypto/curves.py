"""Arithmetic of elliptic curves over prime fields, for what `cryptography` does not offer: sums, any generator.

Rules
  1. A point is a pair of field elements on the curve; infinity is None, and never leaves groups.py.
  2. Plain integers, not in constant time: what runs here are keys of one run, on a terminal that nobody else uses.

Method: sliding windows of signed digits over modified Jacobian coordinates (Cohen, Miyaji, Ono 1998), several
multiplications in one pass (Straus). About 2 ms for 256 bits. All curves here have a prime order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

Point = tuple[int, int]
# (x/z², y/z³); z = 0 is infinity.
_Jacobian = tuple[int, int, int]

_INFINITY: Final = (1, 1, 0)
_WINDOW: Final = 5


@dataclass(frozen=True, slots=True)
class Curve:
    """y² = x³ + a·x + b modulo p, with a generator of prime `order` and cofactor 1."""

    name: str
    p: int
    a: int
    b: int
    generator: Point
    order: int

    @property
    def length(self) -> int:
        """Bytes of a field element."""
        return (self.p.bit_length() + 7) // 8

    def contains(self, point: Point) -> bool:
        """Whether both are reduced field elements and on the curve."""
        x, y = point
        return 0 <= x < self.p and 0 <= y < self.p and (y * y - (x * x + self.a) * x - self.b) % self.p == 0

    def multiply(self, factor: int, point: Point) -> Point | None:
        """factor · point."""
        return self.combine((factor, point))

    def combine(self, *terms: tuple[int, Point]) -> Point | None:
        """Sum of factor · point."""
        steps: dict[int, list[_Jacobian]] = {}
        for factor, point in terms:
            multiples = self._odd_multiples(point)
            for position, digit in _signed_digits(factor % self.order):
                x, y, z = multiples[abs(digit) >> 1]
                steps.setdefault(position, []).append((x, y if digit > 0 else self.p - y, z))
        total, last = _INFINITY, 0
        for position in sorted(steps, reverse=True):
            total = self._double(total, last - position)
            for summand in steps[position]:
                total = self._add(total, summand)
            last = position
        return self._affine(self._double(total, last))

    def _odd_multiples(self, point: Point) -> list[_Jacobian]:
        """1, 3, 5 … times the point, as many as a window's digits need."""
        multiples: list[_Jacobian] = [(*point, 1)]
        twice = self._double(multiples[0], 1)
        while len(multiples) < 1 << (_WINDOW - 2):
            multiples.append(self._add(multiples[-1], twice))
        return multiples

    def _double(self, point: _Jacobian, times: int) -> _Jacobian:
        x, y, z = point
        p = self.p
        square = z * z % p
        a_z4 = self.a * (square * square % p) % p
        for _ in range(times):
            y_square = y * y % p
            s = 4 * x * y_square % p
            u = 8 * y_square * y_square % p
            slope = (3 * x * x + a_z4) % p
            z = 2 * y * z % p
            x = (slope * slope - 2 * s) % p
            y = (slope * (s - x) - u) % p
            a_z4 = 2 * u * a_z4 % p
        return x, y, z

    def _add(self, left: _Jacobian, right: _Jacobian) -> _Jacobian:
        x1, y1, z1 = left
        x2, y2, z2 = right
        if not z1 or not z2:
            return right if not z1 else left
        p = self.p
        square1, square2 = z1 * z1 % p, z2 * z2 % p
        u1, u2 = x1 * square2 % p, x2 * square1 % p
        s1, s2 = y1 * z2 * square2 % p, y2 * z1 * square1 % p
        h, r = (u2 - u1) % p, (s2 - s1) % p
        if not h:
            return _INFINITY if r else self._double(left, 1)
        h_square = h * h % p
        h_cube, v = h * h_square % p, u1 * h_square % p
        x = (r * r - h_cube - 2 * v) % p
        return x, (r * (v - x) - s1 * h_cube) % p, z1 * z2 * h % p

    def _affine(self, point: _Jacobian) -> Point | None:
        x, y, z = point
        if not z:
            return None
        inverse = pow(z, -1, self.p)
        square = inverse * inverse % self.p
        return x * square % self.p, y * square * inverse % self.p


def _signed_digits(number: int) -> list[tuple[int, int]]:
    """Non-adjacent form: (position, odd digit) whose sum of digit · 2^position is the number."""
    digits, position = [], 0
    while number:
        zeros = (number & -number).bit_length() - 1
        number >>= zeros
        position += zeros
        digit = number & ((1 << _WINDOW) - 1)
        if digit >> (_WINDOW - 1):
            digit -= 1 << _WINDOW
        digits.append((position, digit))
        number -= digit
    return digits

"""One measured figure, as `make bench` prints it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """`bound` is the most `value` may be, `at_least` the least, None for a figure that is only reported.

    `compared_with` says to what.
    """

    name: str
    value: float
    unit: str
    bound: float | None = None
    compared_with: str = ""
    at_least: float | None = None

    @property
    def holds(self) -> bool | None:
        if self.at_least is not None:
            return self.value >= self.at_least
        return None if self.bound is None else self.value <= self.bound

    def line(self) -> str:
        row = asdict(self) | {"value": round(self.value, 4), "holds": self.holds}
        limit = "bound" if self.at_least is None else "at_least"
        keys = ("name", "value", "unit", limit, "holds", "compared_with")
        return json.dumps({key: row[key] for key in keys}, ensure_ascii=False)


def percentile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that at least `share` of all samples do not exceed (nearest rank)."""
    ordered = sorted(samples)
    return ordered[max(0, -(-len(ordered) * round(share * 1000) // 1000) - 1)]

"""A small soak: whatever fails, every acknowledged submission arrives once. And a verdict that can say no."""

from __future__ import annotations

import pytest

from tests.soak.__main__ import Plan, parse, soak
from tests.soak.putting import Promise
from tests.soak.verdict import Held, verdict

PROMISES = [Promise(0, "a", "digest a", {"form": "form a"}), Promise(1, "b", "digest b", {})]
HELD = [("digest a", {"form": "form a"}), ("digest b", {})]


@pytest.mark.xdist_group("soak")
def test_nothing_is_lost_and_nothing_comes_twice():
    found = soak(Plan(terminals=2, applications=4, seed=3))
    assert found.acknowledged == found.arrived == 16
    assert found.good, found.line()


def test_what_came_as_promised_is_good():
    assert verdict(PROMISES, Held(HELD)).good


@pytest.mark.parametrize(
    ("held", "complaint"),
    [
        (HELD[:1], {"missing": 1, "twice": 0, "digests_wrong": 0}),
        ([*HELD, HELD[0]], {"missing": 0, "twice": 1, "digests_wrong": 0}),
        ([HELD[0], ("digest c", {})], {"missing": 1, "twice": 0, "digests_wrong": 1}),
        ([("digest a", {"form": "form b"}), HELD[1]], {"missing": 0, "twice": 0, "digests_wrong": 1}),
        ([("digest a", {}), HELD[1]], {"missing": 0, "twice": 0, "digests_wrong": 1}),
    ],
    ids=["missing", "twice", "another's", "attachment-changed", "attachment-missing"],
)
def test_what_did_not_is_said(held, complaint):
    found = verdict(PROMISES, Held(held))
    assert {name: getattr(found, name) for name in complaint} == complaint
    assert not found.good


def test_what_does_not_open_is_not_good():
    assert not verdict(PROMISES, Held(HELD, unreadable=1)).good


def test_a_soak_can_be_shrunk():
    assert parse(["terminals=2", "applications=", "seed=7"]) == Plan(terminals=2, seed=7)
    with pytest.raises(ValueError, match="terminal"):
        parse(["terminal=2"])

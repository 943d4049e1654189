"""The fuzzing itself: examples are good ones, a run counts its cases, and a crash is never taken for a success."""

from __future__ import annotations

import pytest

from kiosk.errors import CardError
from tests.fuzz.__main__ import judged, main, run
from tests.fuzz.parsers import PARSERS


@pytest.mark.parametrize("name", PARSERS)
def test_every_example_is_one_the_parser_takes(name):
    parser = PARSERS[name]
    examples = parser.examples()
    assert examples
    for example in examples:
        assert len(example) <= parser.longest
        assert parser.load()(example)


@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_refuses_what_is_none_of_its_own(name):
    parser = PARSERS[name]
    with pytest.raises(CardError) as caught:
        parser.load()(b"\xff\x00\xff")
    assert caught.value.code in parser.codes


def test_a_run_counts_its_cases():
    outcome = run(PARSERS["tlv"], 1)
    assert outcome.report == ""
    assert outcome.cases > 0


def test_a_crash_is_told_with_its_input():
    said = "#2\tINITED cov: 9\n#4096\tpulse  cov: 12\nKeyError: 7\n==7== ERROR: libFuzzer: fuzz target exited\n"
    outcome = judged(77, said, [b"\x30\x80"])
    assert (outcome.cases, outcome.crashes) == (4096, 1)
    assert "KeyError: 7" in outcome.report
    assert "input: 3080" in outcome.report


def test_an_end_in_time_is_no_crash():
    assert judged(0, "#2\tINITED\nDone 86116 runs in 4 second(s)\n", []).cases == 86116


def test_an_unknown_parser_is_named(capsys):
    assert main(["1", "pdf"]) == 2
    assert "unknown parser pdf; there are: tlv" in capsys.readouterr().err

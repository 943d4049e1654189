"""Central is down, the paper is out, delivery is killed: the citizen is told, and everything arrives once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("bad-day")
DEADLINE_S = 240


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("bad")
    words = [sys.executable, str(Path(__file__).with_name("bad_day.py")), str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=DEADLINE_S)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_without_paper_the_citizen_is_told_and_keeps_the_code(seen: dict[str, Any]) -> None:
    assert seen["without_paper"] == "PRINT-02"


def test_with_new_paper_the_receipt_can_be_printed(seen: dict[str, Any]) -> None:
    assert seen["reprint"] == "printed"
    assert seen["receipts"] == 2


def test_without_central_the_terminal_itself_knows_the_status(seen: dict[str, Any]) -> None:
    assert seen["status_without_central"] == ["recorded"]


def test_after_the_bad_day_everything_arrived_exactly_once(seen: dict[str, Any]) -> None:
    assert len(seen["references"]) == 2
    assert seen["held"] == dict.fromkeys(seen["references"], 1)
    assert seen["status_in_the_end"] == ["arrived"]

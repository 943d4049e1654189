"""What the channel to a real pcscd adds to a command, and how soon a removal is told (card_pcsc_child.py)."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.bench.figure import Figure, percentile

ROOT = Path(__file__).resolve().parents[2]
CHILD = "tests.bench.card_pcsc_child"
MEASURE_TIMEOUT_S = 120
ALONE = ("unshare", "--mount", "--net", "--fork", "--kill-child")
# Whoever is not root is it among users of his own.
OWN_USERS = ("--user", "--map-root-user")
SETUP = 'ip link set lo up && mount -t tmpfs tmpfs /run && exec "$@"'


def measure() -> list[Figure]:
    """In namespaces of their own: pcscd has one socket and vpcd fixed ports."""
    users = () if os.geteuid() == 0 else OWN_USERS
    words = [*ALONE, *users, "--", "sh", "-c", SETUP, "sh", sys.executable, "-m", CHILD, "measure"]
    done = subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, check=True, timeout=MEASURE_TIMEOUT_S)
    found = json.loads(done.stdout)
    bare, ours = found["bare_ms"], found["ours_ms"]
    late, whole = found["after_service_ms"], found["after_removal_ms"]
    added = statistics.median(ours) - statistics.median(bare)
    round_trip = f"beside the bare round trip of {statistics.median(bare):.2f}, medians of {len(ours)} commands in turn"
    slow = f"p95 {percentile(ours, 0.95):.2f} beside {percentile(bare, 0.95):.2f}"
    since = f"after the service told a bare waiter, p95 of {len(late)}"
    seen = f"from the removal itself {statistics.median(whole):.0f}, as pcscd asks vpcd each 400 ms; USB readers tell"
    return [
        Figure("card.apdu_overhead", added, "ms", 2, f"{round_trip}; {slow}"),
        Figure("card.removal_noticed", percentile(late, 0.95), "ms", 100, f"{since}; {seen}"),
    ]


MEASURES: dict[tuple[str, ...], Callable[[], list[Figure]]] = {
    ("card.apdu_overhead", "card.removal_noticed"): measure,
}

"""A few lives of two terminals and a service; `make fuzz` lives many."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from .exactly_once import ExactlyOnce, make_keys

LIVES = 600 if os.environ.get("KIOSK_LONG") else 25


def test_what_was_acknowledged_arrives_exactly_once(department_key):
    keys = make_keys(department_key)
    short = settings(
        max_examples=LIVES,
        stateful_step_count=25,
        deadline=None,
        database=None,
        derandomize=not os.environ.get("KIOSK_LONG"),
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(lambda: ExactlyOnce(keys), settings=short)

"""How long the tests search: short seeds by default, ten times as many examples with KIOSK_LONG=1."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# Deadlines are for `make bench`: a test never fails because the machine is slow.
COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]}
settings.register_profile("short", max_examples=60, **COMMON)
settings.register_profile("long", max_examples=2000, **COMMON)
settings.load_profile("long" if os.environ.get("KIOSK_LONG") else "short")


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """A command that is run in a test's own process sets it (kiosk/__main__.py), and the next test must not feel it."""
    usual = os.umask(0o022)
    os.umask(usual)
    yield
    os.umask(usual)

"""A test PKI, and the moment at which everything here is looked at."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from devices.cards.pki.making import SpecimenPki, make_specimen_pki

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def pki() -> SpecimenPki:
    return make_specimen_pki(NOW.date())

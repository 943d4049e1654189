"""The published numbers of the card protocols, for every room that replays them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.devices.cards.published import read_published


@pytest.fixture
def vectors() -> Callable[[str], dict[str, Any]]:
    """Published numbers by file name; each file names its source."""
    return read_published

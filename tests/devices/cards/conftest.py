"""The published numbers of the card protocols, for every room that replays them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

VECTORS = Path(__file__).parent / "vectors"


def _decoded(value: Any, key: str = "") -> Any:
    """Hexadecimal texts as bytes; what is named a text stays one."""
    if isinstance(value, dict):
        return {name: _decoded(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_decoded(item, key) for item in value]
    return value if key in ("source", "name") or key.endswith("_text") else bytes.fromhex(value)


@pytest.fixture
def vectors() -> Callable[[str], dict[str, Any]]:
    """Published numbers by file name; each file names its source."""
    return lambda name: _decoded(json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8")))

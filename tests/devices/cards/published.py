"""The numbers that standards published, under vectors/: each file names its source. Test keys, and nobody's data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).parent / "vectors"


def read_published(name: str) -> dict[str, Any]:
    """One file, its hexadecimal texts as bytes; what is named a text stays one."""
    numbers: dict[str, Any] = _decoded(json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8")))
    return numbers


def _decoded(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _decoded(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_decoded(item, key) for item in value]
    return value if key in ("source", "name") or key.endswith("_text") else bytes.fromhex(value)

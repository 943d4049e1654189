"""The published numbers; each file or entry names its source."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).parent / "vectors"


def _decoded(value: Any, key: str = "") -> Any:
    """Hexadecimal texts as bytes; names, sources and ciphers stay texts."""
    if isinstance(value, dict):
        return {name: _decoded(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_decoded(item, key) for item in value]
    texts = ("source", "padding_source", "name", "cipher")
    return value if key in texts or not isinstance(value, str) else bytes.fromhex(value)


def _agreements(key: str) -> list[Any]:
    """Those that have a number of that name."""
    return [item for item in _read("agreements") if key in item]


def _read(name: str) -> list[Any]:
    items: list[Any] = _decoded(json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8")))
    return items


PUBLISHED: dict[str, Callable[[], list[Any]]] = {
    "agreement": lambda: _read("agreements"),
    "two_sided": lambda: _agreements("chip_ephemeral_private"),
    "generic": lambda: _agreements("terminal_mapping_private"),
    "integrated": lambda: _agreements("terminal_nonce"),
    "modular": lambda: _agreements("p"),
    "chip_authentication": lambda: _agreements("chip_authentication"),
    "channel": lambda: _read("secure_messaging"),
}


def pytest_generate_tests(metafunc: Any) -> None:
    """A test that takes one of these runs once with every published one."""
    for name, read in PUBLISHED.items():
        if name in metafunc.fixturenames:
            items = read()
            metafunc.parametrize(name, items, ids=[item["name"] for item in items])

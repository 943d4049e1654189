"""The published numbers, as the tests of this room take them: agreements on keys, and secured channels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from devices.cards.crypto.suite import Cipher, SessionKeys
from tests.devices.cards.published import read_published

EXAMPLES_OF_EAC = ("eac2_ecdh", "eac2_dh")
AGREEMENTS = ("pace_gm_ecdh", "pace_gm_dh", "pace_cam_ecdh", "pace_im_ecdh", "pace_im_dh", *EXAMPLES_OF_EAC)

Items = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Channel:
    """A published conversation under secure messaging, and what it started from."""

    keys: SessionKeys
    counter: int
    exchanges: list[dict[str, bytes]]


def _agreements(key: str) -> Items:
    """By file name, those that have a number of that name. What an example says of PACE stands at the top."""
    wholes = {name: read_published(name) for name in AGREEMENTS}
    items = {name: {**whole, **whole.get("pace", {})} for name, whole in wholes.items()}
    return {name: item for name, item in items.items() if key in item}


def _channels() -> Items:
    bac = read_published("bac")
    keys = SessionKeys(Cipher.TDES, bac["ks_enc"], bac["ks_mac"])
    return {
        "bac": Channel(keys, int.from_bytes(bac["ssc"], "big"), bac["secure_messaging"]),
        **{name: _after_pace(read_published(name)) for name in EXAMPLES_OF_EAC},
    }


def _after_pace(whole: dict[str, Any]) -> Channel:
    keys = SessionKeys(Cipher.AES_128, whole["pace"]["ks_enc"], whole["pace"]["ks_mac"])
    return Channel(keys, 0, whole["secure_messaging_after_pace"])


PUBLISHED: dict[str, Callable[[], Items]] = {
    "agreement": lambda: _agreements("mapped_generator"),
    "two_sided": lambda: _agreements("chip_ephemeral_private"),
    "generic": lambda: _agreements("terminal_mapping_private"),
    "integrated": lambda: _agreements("terminal_nonce"),
    "modular": lambda: _agreements("p"),
    "chip_authentication": lambda: _agreements("chip_authentication"),
    "channel": _channels,
}


def pytest_generate_tests(metafunc: Any) -> None:
    """A test that takes one of these runs once with every published one."""
    for name, read in PUBLISHED.items():
        if name in metafunc.fixturenames:
            items = read()
            metafunc.parametrize(name, list(items.values()), ids=list(items))

"""Where the protocols' random numbers come from: the system, or a script that replays published ones.

One object is handed through instead of drawing here and there, so that a worked example can be run to the byte.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from devices.cards.crypto.groups import Group


@dataclass(frozen=True, slots=True)
class Randomness:
    """`private(group)` draws an ephemeral private key, `nonce(length)` that many bytes."""

    private: Callable[[Group], int]
    nonce: Callable[[int], bytes]


SYSTEM: Final = Randomness(lambda group: group.random_private(), secrets.token_bytes)


@dataclass(frozen=True, slots=True)
class EphemeralKey:
    """A key pair for one run of one protocol. `public` is encoded as the group encodes it."""

    group: Group
    private: int
    public: bytes

    def __repr__(self) -> str:
        return "EphemeralKey(…)"

    @property
    def compressed(self) -> bytes:
        """Comp(PK): x-coordinate, or SHA-1 of the integer (TR-03110-3 A.2.2.3)."""
        return self.group.compress(self.public)


def draw_key(group: Group, randomness: Randomness = SYSTEM) -> EphemeralKey:
    """A fresh key pair in a group."""
    private = randomness.private(group)
    return EphemeralKey(group, private, group.public(private))

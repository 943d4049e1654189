"""How long a plastic card thinks about a command: the pauses that make a virtual one feel like it.

A whole reading takes about a second, most of it the curves of the chip.
"""

from __future__ import annotations

from typing import Final

from devices.cards.virtual.faults import Fault

SECONDS: Final = {0x22: 0.02, 0x2A: 0.07, 0x82: 0.09, 0x84: 0.01, 0x86: 0.1, 0x88: 0.12}
OTHERWISE_S: Final = 0.015
SLOWER: Final = 10


def thinking_time_s(command: bytes, fault: Fault | None) -> float:
    """By the instruction, which secure messaging leaves readable."""
    seconds = SECONDS.get(command[1], OTHERWISE_S) if len(command) > 1 else OTHERWISE_S
    return seconds * SLOWER if fault is Fault.SLOW else seconds

"""When to try again: full jitter, so that many terminals do not come back at the same moment.

Source: durability.md's figures; the method is the one of "Exponential Backoff And Jitter" (AWS, 2015).
"""

from __future__ import annotations

BASE_S = 2.0
CAP_S = 900.0
_DOUBLINGS_LIMIT = 20


def wait_s(attempts: int, chance: float, retry_after_s: float | None = None) -> float:
    """Seconds until the next attempt after `attempts` failed ones. `chance` is uniform in [0, 1).

    Never sooner than the service asked for.
    """
    doublings = min(max(attempts - 1, 0), _DOUBLINGS_LIMIT)
    ceiling = min(CAP_S, BASE_S * 2.0**doublings)
    return max(ceiling * chance, retry_after_s or 0.0)

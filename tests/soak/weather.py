"""The plan of the network between terminals and central: faults for the proxy, until the weather clears."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.faults.proxy import Fault, How

SHARE = 0.25
SILENT_S = 5.0
# As far as a fault may lie behind the start of a connection: into an attachment, into an event log.
CUT_WITHIN_BYTES = {How.CUT_REQUEST: 150_000, How.CUT_ANSWER: 6_000}
WRONG = [how for how in How if how is not How.WELL]


class Weather:
    """An endless plan. `clear_up` may be called from any thread."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311  # no secret
        self._clear = False

    def clear_up(self) -> None:
        """From now on every connection goes well."""
        self._clear = True

    def __iter__(self) -> Iterator[Fault]:
        return self

    def __next__(self) -> Fault:
        if self._clear or self._chance.random() >= SHARE:
            return Fault()
        how = self._chance.choice(WRONG)
        return Fault(how, self._chance.randrange(CUT_WITHIN_BYTES.get(how, 1)), self._chance.uniform(0, SILENT_S))

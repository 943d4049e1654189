"""Words for the person at the command line. The one place that prints."""

from __future__ import annotations

import sys
from typing import TextIO


def say(text: str, stream: TextIO | None = None) -> None:
    """Print a line, on standard output unless told otherwise."""
    print(text, file=stream or sys.stdout, flush=True)

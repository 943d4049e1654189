"""`make bench [only=PREFIX]`: one JSON line per figure on standard output, everything else on standard error.

A part is a module of this folder with `MEASURES`: what it measures by the names of the figures it gives. A
measure whose names all lie outside PREFIX is not run.
"""

from __future__ import annotations

import contextlib
import sys

from tests.bench import card, card_pcsc, delivery, line

PARTS = (line, card, card_pcsc, delivery)


def main(only: str = "") -> int:
    """Run the measures; exit status 1 if a bound does not hold."""
    broken = False
    out = sys.stdout
    for part in PARTS:
        for names, measure in part.MEASURES.items():
            if not any(name.startswith(only) for name in names):
                continue
            with contextlib.redirect_stdout(sys.stderr):
                figures = measure()
            for figure in figures:
                out.write(figure.line() + "\n")
                out.flush()
                broken |= figure.holds is False
    return int(broken)


if __name__ == "__main__":
    prefix = sys.argv[1] if len(sys.argv) > 1 else ""
    sys.exit(main(f"{prefix}." if prefix and "." not in prefix else prefix))

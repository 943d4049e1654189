"""What central writes to its log: level, logger, and a text that carries no personal data.

Rules
  1. Our own loggers (`kiosk.…`) write what the code put there: codes, types, durations, UUIDs.
  2. Libraries' messages may quote requests or values, so only their template is kept, never its arguments.
  3. Of an exception only type and place are kept: a message may quote what a citizen wrote.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Mapping


class DiscreetFormatter(logging.Formatter):
    """One line a record."""

    def format(self, record: logging.LogRecord) -> str:
        own = record.name == "kiosk" or record.name.startswith("kiosk.")
        text = record.getMessage() if own else str(record.msg)
        line = f"{record.levelname} {record.name}: {text}"
        if record.exc_info and record.exc_info[0] is not None:
            line += f" [{describe(record.exc_info[1])}]"
        return line


def describe(error: BaseException | None) -> str:
    """Type and place of an exception, without its message."""
    if error is None:
        return "unknown"
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno} {frames[-1].name}" if frames else ""
    return f"{type(error).__name__}{place}"


def configure(_settings: Mapping[str, object] | None = None) -> None:
    """Send everything from WARNING on, and our own from INFO on, to standard error."""
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.StreamHandler(sys.stderr))
    for handler in root.handlers:  # the command line has set up one of its own by now: it must be as discreet
        handler.setFormatter(DiscreetFormatter())
    root.setLevel(logging.WARNING)
    logging.getLogger("kiosk").setLevel(logging.INFO)
    logging.getLogger("django").handlers.clear()  # Django's own would mail whole requests
    # What a browser gets wrong (404, 403) is no event for the technician.
    logging.getLogger("django.request").setLevel(logging.ERROR)
    logging.getLogger("django.security").setLevel(logging.ERROR)

"""A PC/SC service of the test's own with vpcd's two readers. Only inside `alone`: socket and ports are fixed."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

READY = "daemon ready"


@contextmanager
def pcsc_service() -> Iterator[None]:
    """As long as this lasts pcscd runs, and vpcd waits for a card."""
    command = ["pcscd", "--foreground", "--info"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as service:
        assert service.stdout is not None
        try:
            if not any(READY in line for line in service.stdout):
                raise RuntimeError(f"pcscd ended with {service.wait()}")
            # What it says later has to go somewhere, or it would wait for a reader.
            drain = threading.Thread(target=service.stdout.read, daemon=True)
            drain.start()
            yield
        finally:
            service.terminate()
            service.wait()

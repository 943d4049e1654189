"""The command line as a whole; what each command does is tested beside it."""

from __future__ import annotations

import os
import subprocess
import sys


def test_whoever_reads_may_have_enough() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "kiosk", "check"], stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)
    assert done.returncode == 1
    assert done.stderr == ""

"""A test alone in the world: its own network with nothing but loopback, and its own /run without a PC/SC service.

`alone` runs a test in a thread that left the namespaces of the others (unshare(2)); every process and thread it starts
lives there with it, so fixed ports and sockets are its own. Whoever is not root runs the test again in a process
that is root among users of its own.
"""

from __future__ import annotations

import ctypes
import functools
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

CLONE_NEWNS = 0x00020000
CLONE_NEWNET = 0x40000000
AS_ROOT = ("unshare", "--user", "--map-root-user")


def alone(test: Callable[..., None]) -> Callable[..., None]:
    """A test function that runs in namespaces of its own."""

    @functools.wraps(test)
    def run(*arguments: object, **fixtures: object) -> None:
        if os.geteuid() != 0:
            _again_as_root()
            return
        with ThreadPoolExecutor(1, initializer=_leave) as pool:
            pool.submit(test, *arguments, **fixtures).result()

    return run


def _leave() -> None:
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS | CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    for command in ("mount --make-rprivate /", "mount -t tmpfs tmpfs /run", "ip link set lo up"):
        subprocess.run(command.split(), check=True)


def _again_as_root() -> None:
    """The same test in a process that is root among users of its own (user_namespaces(7))."""
    test = os.environ["PYTEST_CURRENT_TEST"].removesuffix(" (call)")
    with tempfile.TemporaryDirectory() as folder:
        command = [
            *AS_ROOT,
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            f"--basetemp={folder}/tests",
            test,
        ]
        done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr

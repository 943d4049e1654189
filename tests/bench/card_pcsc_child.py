"""One pcscd and one measure: `python -m tests.bench.card_pcsc_child measure`, one JSON object on standard output.

Started by card_pcsc.py, in namespaces where nothing but this is. With `card` instead it is the card, so that neither
feels the other's interpreter.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from smartcard import scard

from devices.cards.pcsc.slot import PcscSlot
from tests.devices.cards.pcsc.plastic import FIRST, PATIENCE_S, Plastic, echo, listening, lying
from tests.devices.cards.running_service import RunningService

ROOT = Path(__file__).resolve().parents[2]
COMMANDS, ROUNDS = 200, 5
REMOVALS = 10
# As much as what one short READ BINARY brings.
COMMAND = echo(bytes(223))


def round_trips() -> dict[str, list[float]]:
    """Milliseconds of one command, by bare pyscard and by our channel, in turn so that both have the same machine."""
    bare: list[float] = []
    ours: list[float] = []
    for _ in range(ROUNDS):
        with bare_connection() as transmit:
            bare += timed(transmit)
        channel = PcscSlot(FIRST).connect()
        ours += timed(channel.transmit)
        channel.close()
    return {"bare_ms": bare, "ours_ms": ours}


def timed(transmit: Callable[[bytes], object]) -> list[float]:
    samples = []
    for _ in range(COMMANDS):
        started = time.perf_counter()
        transmit(COMMAND)
        samples.append((time.perf_counter() - started) * 1e3)
    return samples


@contextlib.contextmanager
def bare_connection() -> Iterator[Callable[[bytes], object]]:
    """What everybody pays who uses pyscard."""
    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
    number, handle, protocol = scard.SCardConnect(context, FIRST, scard.SCARD_SHARE_SHARED, scard.SCARD_PROTOCOL_T1)
    if number != scard.SCARD_S_SUCCESS:
        raise RuntimeError(f"SCardConnect: {number:08X}")
    scard.SCardBeginTransaction(handle)
    yield lambda command: scard.SCardTransmit(handle, protocol, list(command))
    scard.SCardEndTransaction(handle, scard.SCARD_LEAVE_CARD)
    scard.SCardDisconnect(handle, scard.SCARD_UNPOWER_CARD)
    scard.SCardReleaseContext(context)


def removals() -> dict[str, list[float]]:
    """Milliseconds to our call: from what a bare wait in the service heard, and from the removal itself."""
    told: SimpleQueue[tuple[bool, float]] = SimpleQueue()
    slot = PcscSlot(FIRST)
    slot.watch(lambda present: told.put((present, time.perf_counter())))
    after_service, after_removal = [], []
    for _ in range(REMOVALS):
        heard: SimpleQueue[float] = SimpleQueue()
        with lying(Plastic()):
            while not told.get(timeout=PATIENCE_S)[0]:
                pass
            threading.Thread(target=bare_wait, args=(heard,)).start()
            heard.get(timeout=PATIENCE_S)
            removed = time.perf_counter()
        _, noticed = told.get(timeout=PATIENCE_S)
        after_removal.append((noticed - removed) * 1e3)
        after_service.append((noticed - heard.get(timeout=PATIENCE_S)) * 1e3)
    slot.close()
    return {"after_service_ms": after_service, "after_removal_ms": after_removal}


def bare_wait(heard: SimpleQueue[float]) -> None:
    """Says when it knows of the card, and when it hears that it is gone."""
    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
    _, states = scard.SCardGetStatusChange(context, scard.INFINITE, [(FIRST, scard.SCARD_STATE_UNAWARE)])
    heard.put(time.perf_counter())
    scard.SCardGetStatusChange(context, scard.INFINITE, [(FIRST, states[0][1])])
    heard.put(time.perf_counter())
    scard.SCardReleaseContext(context)


@contextlib.contextmanager
def distant_card() -> Iterator[None]:
    """A card in a process of its own, which the service knows of."""
    words = [sys.executable, "-m", "tests.bench.card_pcsc_child", "card"]
    with listening(FIRST) as heard, subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE) as process:
        while not heard.next():
            pass
        yield
        process.communicate()


def measure() -> dict[str, Any]:
    with RunningService():
        with distant_card():
            found = round_trips()
        return found | removals()


def main(what: str) -> None:
    """Whatever else is printed belongs to standard error: standard output is the answer."""
    if what == "card":
        with lying(Plastic()):
            sys.stdin.read()
        return
    with contextlib.redirect_stdout(sys.stderr):
        found = measure()
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])

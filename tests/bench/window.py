"""What is seen: start, memory, touches, pages, a whole visit. Each measure is a process with a window of its own.

Rules
  1. The window is the real one, 1080x1920, offscreen with software GL; `window_child.py` runs in that process.
  2. Its terminal.toml is the demo's; only where the submissions' way is measured does a central run beside it.
  3. The simulated printer is in the measuring process: on a real terminal there is none.
  4. A figure says in `compared_with` what was counted and what was not.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyotp

from devices.printers.simulated import SimulatedPrinter
from kiosk.config import load_terminal
from kiosk.delivery.keys import KeyCache
from kiosk.delivery.tokens import make_encryption_key, public_part
from kiosk.demo.stage import PREFIX, STAFF_ID, TERMINAL_TOML, free_port, names
from tests.bench.figure import Figure, percentile

DESTINATIONS = ("dog-tax", "dog-register", "resident-parking", "defects")
STARTS = 5
START_TIMEOUT_S = 60.0
MEASURE_TIMEOUT_S = 900.0
READY = b"READY=1"


@contextlib.contextmanager
def terminal_folder() -> Iterator[Path]:
    """A terminal as the demo configures it, with keys of departments nobody runs: submissions wait in its outbox."""
    with tempfile.TemporaryDirectory(dir=Path.home()) as name:
        folder = Path(name)
        ids = {destination: uuid4() for destination in DESTINATIONS}
        tables = "".join(f'[delivery.destinations.{name}]\ndestination_id = "{ids[name]}"\n' for name in ids)
        url = f"http://127.0.0.1:{free_port()}"
        printer = SimulatedPrinter(folder / "receipts")
        settings = {"url": url, "client": "bench", "destinations": tables, "prefix": PREFIX, **names()}
        toml = folder / "terminal.toml"
        demo = TERMINAL_TOML.format(printer_port=printer.port, **settings)
        toml.write_text(demo.replace("[simulation]", "[simulation]\nprinter = false"), encoding="utf-8")
        roster = f'[[staff]]\nid = "{STAFF_ID}"\ntotp_secret = "{pyotp.random_base32()}"\n'
        (folder / "staff.toml").write_text(roster, encoding="ascii")
        keys = KeyCache(load_terminal(toml).delivery.keys_dir)
        for destination_id in ids.values():
            keys.store(destination_id, public_part(make_encryption_key()))
        try:
            yield folder
        finally:
            printer.close()


def offscreen() -> dict[str, str]:
    return {**os.environ, "SDL_VIDEODRIVER": "offscreen"}


def child(what: str) -> Mapping[str, Any]:
    """What window_child.py measured. Raises CalledProcessError; its words are on standard error."""
    with terminal_folder() as folder:
        command = [sys.executable, "-m", "tests.bench.window_child", what, str(folder)]
        done = subprocess.run(command, env=offscreen(), stdout=subprocess.PIPE, check=True, timeout=MEASURE_TIMEOUT_S)
        return dict(json.loads(done.stdout))


def measure_start() -> list[Figure]:
    """`kiosk run` as systemd starts it, until it says that its first frame was shown."""
    with terminal_folder() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
        ready.bind(str(folder / "notify.sock"))
        ready.settimeout(START_TIMEOUT_S)
        samples = [seconds_to_first_frame(folder, ready) for _ in range(STARTS + 1)][1:]
    said = f"median of {STARTS} starts of `kiosk run` after one warm-up, process start to READY=1 at the first flip"
    return [Figure("line.first_frame", statistics.median(samples), "s", 1.0, f"{said}; slowest {max(samples):.2f} s")]


def seconds_to_first_frame(folder: Path, ready: socket.socket) -> float:
    command = [sys.executable, "-m", "kiosk", "run", "--config", str(folder / "terminal.toml")]
    environment = {**offscreen(), "NOTIFY_SOCKET": str(folder / "notify.sock")}
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=sys.stderr, start_new_session=True)
    try:
        while READY not in ready.recv(4096):
            pass
        return time.perf_counter() - started
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def measure_memory() -> list[Figure]:
    found = child("scripted")
    said = f"resident memory of the window's process after one scripted visit; {found['at_start_mb']:.0f} MB before"
    idle = "processor time of the window's process at the start screen, of one core, over 10 s"
    return [
        Figure("line.memory", found["after_visit_mb"], "MB", 220, said),
        Figure("line.idle_cpu", found["idle_cpu_percent"], "%", None, idle),
    ]


def measure_visits() -> list[Figure]:
    found = child("visits")
    sizes = found["sizes_mb"]
    said = "resident memory after 1, 20, 100, 200 visits: " + ", ".join(f"{size:.1f}" for size in sizes) + " MB"
    left = f"screens left in 200 visits: {found['screens']} {' '.join(found['names'])}".rstrip()
    return [
        Figure("line.growth_after_20th_visit", sizes[-1] - sizes[1], "MB", 5, said),
        Figure("line.left_screens_alive", found["alive"], "screens", 0, left),
    ]


def measure_touches() -> list[Figure]:
    found = child("touches")
    taps = {kind: [item["settled_ms"] for item in items] for kind, items in found["taps"].items()}
    every = [sample for samples in taps.values() for sample in samples]
    kinds = ", ".join(f"{kind} {spread(samples)}" for kind, samples in taps.items())
    said = f"{len(every)} touches, touch-up to the last frame it caused, GL finished; median/p95: {kinds}"
    looks = [item["settled_ms"] for item in found["looks"]]
    redone = f"contrast and large text, which redo the whole page; median/p95 {spread(looks)}"
    return [
        Figure("line.touch_p95", percentile(every, 0.95), "ms", 25, said),
        Figure("line.touch_p50", statistics.median(every), "ms", None, "the same touches; aim 16.7"),
        Figure("line.look_p95", percentile(looks, 0.95), "ms", None, redone),
    ]


def measure_reading() -> list[Figure]:
    found = child("reading")
    gaps = found["gaps_ms"]
    slow = percentile(gaps, 0.95)
    said = f"{len(gaps)} frames of {found['readings']} readings, on site and of an EU card; p95 {slow:.0f}"
    said += f"; processor time of the UI thread in a frame, at most {max(found['own_ms']):.0f} ms"
    return [Figure("card.longest_frame_while_reading", max(gaps), "ms", 33, said)]


def spread(samples: Sequence[float]) -> str:
    """Median and p95."""
    return f"{statistics.median(samples):.0f}/{percentile(samples, 0.95):.0f}"


def measure_pages() -> list[Figure]:
    found = child("pages")
    again, pages = found["again"], found["pages"]
    largest = pages[found["largest"]]
    whole = [item["settled_ms"] for item in again]
    what = f"{found['largest']} of a visit with five dogs, {largest['widgets']} widgets, {len(again)} times"
    said = f"touch-up to the last frame that changed the panel; {what}; first frame {spread(column(again, 'first_ms'))}"
    others = [page for name, page in pages.items() if name != found["largest"]]
    slowest = max((name for name in pages if name != found["largest"]), key=lambda name: pages[name]["settled_ms"])
    rest = f"every other page of that visit once, {len(others)}, to its last frame; slowest: {slowest}"
    below = (
        f"the same; until what lies below the panel's edge is built too, in {max(column(again, 'frames')):.0f} frames"
    )
    return [
        Figure("line.page_p95", percentile(column(again, "seen_ms"), 0.95), "ms", 120, said),
        Figure("line.page_complete_p95", percentile(whole, 0.95), "ms", None, below),
        Figure("line.other_pages_p95", percentile(column(others, "settled_ms"), 0.95), "ms", 120, rest),
    ]


def column(rows: Sequence[Mapping[str, float]], name: str) -> list[float]:
    return [row[name] for row in rows]


def measure_demo() -> list[Figure]:
    """`kiosk demo --headless` with a central of its own, as a user starts it."""
    with tempfile.TemporaryDirectory(dir=Path.home()) as name:
        out = Path(name) / "out"
        words = ["demo", "--headless", "--port", "0", "--state", str(Path(name) / "state"), "--out", str(out)]
        command = [sys.executable, "-m", "kiosk", *words]
        subprocess.run(command, env=offscreen(), stdout=sys.stderr, check=True, timeout=MEASURE_TIMEOUT_S)
        report = json.loads((out / "visit.json").read_text(encoding="utf-8"))
    parts = report["machine_ms"]
    said = ", ".join(f"{part} {ms / 1000:.1f} s" for part, ms in parts.items())
    aim = f"aim 25 beside typing; hund-anmelden with card, one dog, no relief; keys typed besides: {report['keys']}"
    return [
        Figure("line.touches_dog_visit", report["touches"], "touches", None, aim),
        Figure("line.visit_through_central", sum(parts.values()) / 1000, "s", 8, said),
    ]


MEASURES: dict[tuple[str, ...], Callable[[], list[Figure]]] = {
    ("line.first_frame",): measure_start,
    ("line.memory", "line.idle_cpu"): measure_memory,
    ("line.growth_after_20th_visit", "line.left_screens_alive"): measure_visits,
    ("line.touch_p95", "line.touch_p50", "line.look_p95"): measure_touches,
    ("line.page_p95", "line.page_complete_p95", "line.other_pages_p95"): measure_pages,
    ("line.touches_dog_visit", "line.visit_through_central"): measure_demo,
}

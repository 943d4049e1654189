"""`python -m tests.fuzz [SECONDS] [PARSER]`: one line per parser on standard output; exit status 1 after any crash.

SECONDS are for each parser; without them all parsers together take an hour. Each runs in a process of its own with
bounded memory and a bounded time per input. What crashed it is said on standard error, the input in hex.
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fuzz.parsers import PARSERS, Parser

HOUR_S = 3600
INPUT_TIMEOUT_S = 10
MEMORY_MB = 1024
# Import under instrumentation, reading the examples, and the last input.
GRACE_S = 60
CASES = re.compile(r"(?:^#(\d+)\t|^Done (\d+) runs)", re.MULTILINE)
TAIL_LINES = 40
SHOWN_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one run ended. `report` is empty without a crash."""

    cases: int
    crashes: int
    report: str = ""


def main(arguments: list[str]) -> int:
    seconds = next((int(word) for word in arguments if word.isdecimal()), HOUR_S // len(PARSERS))
    names = [word for word in arguments if not word.isdecimal()] or list(PARSERS)
    if unknown := [name for name in names if name not in PARSERS]:
        sys.stderr.write(f"unknown parser {unknown[0]}; there are: {', '.join(PARSERS)}\n")
        return 2
    crashes = 0
    for name in names:
        outcome = run(PARSERS[name], seconds)
        crashes += outcome.crashes
        sys.stdout.write(f"{name}: {outcome.cases} cases, {seconds} s, {outcome.crashes} crashes\n")
        sys.stdout.flush()
        sys.stderr.write(outcome.report)
    return int(crashes > 0)


def run(parser: Parser, seconds: int) -> Outcome:
    """Fuzz one parser for so long."""
    with TemporaryDirectory(prefix="fuzz-") as folder:
        corpus, found = Path(folder, "corpus"), Path(folder, "found")
        corpus.mkdir()
        found.mkdir()
        for number, example in enumerate(parser.examples()):
            (corpus / f"{number}").write_bytes(example)
        options = [
            f"-max_total_time={seconds}",
            f"-timeout={INPUT_TIMEOUT_S}",
            f"-rss_limit_mb={MEMORY_MB}",
            f"-max_len={parser.longest}",
            f"-artifact_prefix={found}/",
            "-print_final_stats=0",
        ]
        command = [sys.executable, "-m", "tests.fuzz.child", parser.name, *options, str(corpus)]
        return judged(*_finished(command, seconds + GRACE_S), [path.read_bytes() for path in found.iterdir()])


def _finished(command: list[str], deadline_s: int) -> tuple[int, str]:
    """Exit status and standard error; a child that does not end in time is ended, and that is no success."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as child:
        try:
            _, said = child.communicate(timeout=deadline_s)
        except subprocess.TimeoutExpired:
            child.kill()
            _, said = child.communicate()
            return 1, f"{said}\nstill running after {deadline_s} s"
        return child.returncode, said


def judged(status: int, said: str, inputs: list[bytes]) -> Outcome:
    """What libFuzzer's exit status and words mean."""
    cases = max((int(first or last) for first, last in CASES.findall(said)), default=0)
    if status == 0:
        return Outcome(cases, 0)
    shown = "".join(f"input: {data[:SHOWN_BYTES].hex()}\n" for data in inputs)
    tail = "\n".join(said.splitlines()[-TAIL_LINES:])
    return Outcome(cases, 1, f"{tail}\n{shown}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

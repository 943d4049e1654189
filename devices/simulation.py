"""The hand that works the simulated devices from outside: one JSON line a command, over a Unix socket.

Rules
  1. Only the owner may connect (mode 0600), and only a terminal configured with [simulation] listens at all.
  2. An answer is a sentence for the person at the command line; nothing said here goes into a log.
  3. A command that makes no sense is answered, never raised.

    {"do": "insert", "person": "erika", "fault": "slow"}  ->  {"ok": true, "what": "…"}  |  {"ok": false, "why": "…"}
"""

from __future__ import annotations

import contextlib
import json
import socket
import stat
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from devices.cards.people import Person
from devices.cards.virtual.faults import Fault
from devices.cards.virtual.slot import VirtualSlot
from devices.printers.simulated import SimulatedPrinter
from devices.scanners.simulated import SimulatedScanner

LONGEST_LINE_BYTES = 8192
ANSWER_TIMEOUT_S = 5.0

Command = Mapping[str, Any]
USAGE = {
    "insert": "insert PERSON [FAULT]",
    "remove": "remove",
    "paper-out": "paper-out",
    "paper-in": "paper-in",
    "paper-low": "paper-low",
    "printer-off": "printer-off",
    "printer-on": "printer-on",
    "cover-open": "cover-open",
    "cover-close": "cover-close",
    "scan": "scan TEXT",
    "people": "people",
}


class Simulation:
    """Listens until closed; any of the three devices may be missing. Commands run on the socket's own thread."""

    def __init__(
        self,
        control_socket: Path,
        slot: VirtualSlot | None,
        scanner: SimulatedScanner | None,
        printer: SimulatedPrinter | None,
    ) -> None:
        """Takes the place of a socket left over from before. Raises OSError."""
        self._verbs = {**_card_verbs(slot), **_scanner_verbs(scanner), **_printer_verbs(printer)}
        self._path = control_socket
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if self._path.is_socket():
            self._path.unlink()
        self._listener = _listen(self._path)
        self._thread = threading.Thread(target=self._serve, name="simulation", daemon=True)
        self._thread.start()

    def do(self, command: Command) -> dict[str, object]:
        """Carry one command out; the answer as it goes back over the socket."""
        verb = command.get("do")
        if not isinstance(verb, str) or verb not in USAGE:
            return {"ok": False, "why": f"unknown command; there are: {', '.join(USAGE.values())}"}
        act = self._verbs.get(verb)
        if act is None:
            return {"ok": False, "why": "this device is not simulated here"}
        try:
            return {"ok": True, "what": act(command)}
        except _Refused as refusal:
            return {"ok": False, "why": str(refusal)}
        except OSError as error:
            return {"ok": False, "why": error.strerror or type(error).__name__}

    def close(self) -> None:
        """Stop listening and remove the socket. The devices stay as they are."""
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept
        self._thread.join()
        self._listener.close()
        self._path.unlink(missing_ok=True)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        """Answer line by line until the other side is done or silent. Raises OSError."""
        connection.settimeout(ANSWER_TIMEOUT_S)
        with connection.makefile("rb") as lines:
            while line := lines.readline(LONGEST_LINE_BYTES):
                connection.sendall(json.dumps(self.do(_parsed(line))).encode() + b"\n")


def command(control_socket: Path, words: list[str]) -> str:
    """Send a command line's words to a running terminal; what to show the person. Raises OSError, ValueError."""
    verb, *rest = words or [""]
    match verb, rest:
        case "insert", [person]:
            message = {"do": verb, "person": person}
        case "insert", [person, fault]:
            message = {"do": verb, "person": person, "fault": fault}
        case "scan", [*texts] if texts:
            message = {"do": verb, "text": " ".join(texts)}
        case _, [] if verb in USAGE and verb not in ("insert", "scan"):
            message = {"do": verb}
        case _:
            raise ValueError(f"use: {' | '.join(USAGE.values())}")
    answer = _ask(control_socket, message)
    if not answer.get("ok"):
        raise ValueError(str(answer.get("why", "no answer")))
    return str(answer.get("what", ""))


class _Refused(Exception):  # noqa: N818 - a refusal is an answer here, not an error
    """A command that makes no sense now; its sentence goes back to the person."""


Act = Callable[[Command], str]


def _card_verbs(slot: VirtualSlot | None) -> dict[str, Act]:
    if slot is None:
        return {}

    def insert(command: Command) -> str:
        person, fault = command.get("person"), command.get("fault")
        if not isinstance(person, str) or person not in slot.people:
            raise _Refused(f"unknown person; there are: {', '.join(slot.people)}")
        if fault is not None and fault not in list(Fault):
            raise _Refused(f"unknown fault; there are: {', '.join(Fault)}")
        slot.insert(person, Fault(fault) if fault else None)
        return "the card lies on the reader"

    def remove(_: Command) -> str:
        slot.remove()
        return "the card is gone"

    def people(_: Command) -> str:
        return "\n".join(f"{person.id}: {person.note} ({_secrets(person)})" for person in slot.people.values())

    return {"insert": insert, "remove": remove, "people": people}


def _secrets(person: Person) -> str:
    return f"CAN {person.can}, PIN {person.pin}" if person.pin else f"CAN {person.can}"


def _scanner_verbs(scanner: SimulatedScanner | None) -> dict[str, Act]:
    if scanner is None:
        return {}

    def scan(command: Command) -> str:
        text = command.get("text")
        if not isinstance(text, str) or not text:
            raise _Refused("scan needs a text")
        scanner.scan(text)
        return "scanned"

    return {"scan": scan}


def _printer_verbs(printer: SimulatedPrinter | None) -> dict[str, Act]:
    if printer is None:
        return {}

    def worked(act: Callable[[], None], what: str) -> Act:
        def run(_: Command) -> str:
            act()
            return what

        return run

    return {
        "paper-out": worked(printer.paper_out, "the paper is out"),
        "paper-in": worked(printer.paper_in, "there is paper"),
        "paper-low": worked(printer.paper_low, "the paper is low"),
        "printer-off": worked(printer.power_off, "the printer is off"),
        "printer-on": worked(printer.power_on, "the printer is on"),
        "cover-open": worked(printer.cover_open, "the cover is open"),
        "cover-close": worked(printer.cover_close, "the cover is closed"),
    }


def _listen(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)  # before anybody can connect
    listener.listen()
    return listener


def _parsed(line: bytes) -> Command:
    """What is no JSON object is an unknown command."""
    try:
        message = json.loads(line)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


def _ask(control_socket: Path, message: Command) -> dict[str, Any]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(ANSWER_TIMEOUT_S)
        connection.connect(str(control_socket))
        connection.sendall(json.dumps(message).encode() + b"\n")
        with connection.makefile("rb") as answers:
            return dict(_parsed(answers.readline(LONGEST_LINE_BYTES)))

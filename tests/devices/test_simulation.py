"""The control socket: every verb does what it says, nonsense gets a sentence, nobody else may connect."""

from __future__ import annotations

import json
import logging
import socket
import stat
from pathlib import Path

import pytest

from devices.cards.reader import CardReader
from devices.cards.virtual.slot import VirtualSlot
from devices.printers.escpos import EscposPrinter
from devices.printers.simulated import SimulatedPrinter
from devices.scanners.simulated import SimulatedScanner
from devices.simulation import USAGE, Simulation, command
from kiosk.errors import CardError
from kiosk.identity import CardKind
from kiosk.ports import PrinterState


@pytest.fixture
def control(tmp_path: Path) -> Path:
    return tmp_path / "run" / "simulation.sock"


@pytest.fixture
def slot() -> VirtualSlot:
    return VirtualSlot(wait=lambda seconds: None)


@pytest.fixture
def scanner() -> SimulatedScanner:
    return SimulatedScanner()


@pytest.fixture
def printer(tmp_path: Path):
    printer = SimulatedPrinter(tmp_path / "receipts")
    yield printer
    printer.close()


@pytest.fixture
def simulation(control, slot, scanner, printer):
    simulation = Simulation(control, slot, scanner, printer)
    yield simulation
    simulation.close()


def asked(control: Path, line: bytes) -> dict[str, object]:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5.0)
        connection.connect(str(control))
        connection.sendall(line)
        return json.loads(connection.makefile().readline())


def lying(slot: VirtualSlot) -> CardKind:
    """What the slot holds, looked at as a terminal does."""
    return CardReader(slot, {}).look()


def test_a_card_is_laid_down_and_taken_away(simulation, control, slot):
    command(control, ["insert", "meto"])
    assert lying(slot) is CardKind.GERMAN
    command(control, ["insert", "zofia"])
    assert lying(slot) is CardKind.PASSPORT
    command(control, ["remove"])
    with pytest.raises(CardError, match="CARD-02"):
        lying(slot)


def test_a_card_may_come_with_a_fault(simulation, control, slot):
    command(control, ["insert", "erika", "unreadable"])
    with pytest.raises(CardError, match="CARD-04"):
        lying(slot)


def test_the_printer_is_worked(simulation, control, printer):
    driver = EscposPrinter("127.0.0.1", printer.port, 512, timeout_s=2.0)
    told = {
        "paper-out": PrinterState.PAPER_OUT,
        "paper-in": PrinterState.READY,
        "paper-low": PrinterState.PAPER_LOW,
        "cover-open": PrinterState.COVER_OPEN,
        "cover-close": PrinterState.READY,
        "printer-off": PrinterState.OFFLINE,
        "printer-on": PrinterState.READY,
    }
    for verb, state in told.items():
        assert command(control, [verb])
        assert driver.status() is state


def test_a_text_is_scanned(simulation, control, scanner):
    heard: list[str] = []
    scanner.listen(heard.append)
    command(control, ["scan", "https://rathaus.example/status#7K4M9-PWD3T-XHWQ"])
    assert heard == ["https://rathaus.example/status#7K4M9-PWD3T-XHWQ"]


def test_the_people_are_listed_with_what_is_special_and_their_can(simulation, control):
    text = command(control, ["people"])
    assert "erika: an ordinary card (CAN 500540, PIN 123456)" in text.splitlines()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "use: insert"),
        (["dance"], "use: insert"),
        (["insert"], "use: insert"),
        (["scan"], "use: insert"),
        (["insert", "nobody"], "unknown person; there are: chloe"),
        (["insert", "erika", "fire"], "unknown fault; there are: removed"),
    ],
)
def test_nonsense_gets_a_clear_sentence(simulation, control, words, said):
    with pytest.raises(ValueError, match=said):
        command(control, words)


@pytest.mark.parametrize("line", [b"\n", b"no json\n", b"[1]\n", b'{"do": ["insert"]}\n', b"\xff\xfe\n", b"{" * 9000])
def test_what_is_no_command_is_answered_all_the_same(simulation, control, line):
    answer = asked(control, line)
    assert answer["ok"] is False
    assert "unknown command" in str(answer["why"])


@pytest.mark.parametrize("person", [None, 7, ["erika"], {"a": 1}])
def test_a_person_that_is_no_text_is_unknown(simulation, person):
    assert simulation.do({"do": "insert", "person": person})["ok"] is False


def test_a_device_that_is_not_simulated_is_named_so(control):
    simulation = Simulation(control, None, None, None)
    assert simulation.do({"do": "insert", "person": "erika"}) == {
        "ok": False,
        "why": "this device is not simulated here",
    }
    assert all(simulation.do({"do": verb})["ok"] is False for verb in USAGE)
    simulation.close()


def test_several_commands_may_share_a_connection(simulation, control):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(control))
        connection.sendall(b'{"do": "paper-low"}\n{"do": "paper-in"}\n')
        answers = connection.makefile()
        assert [json.loads(answers.readline())["ok"] for _ in range(2)] == [True, True]


def test_only_the_owner_may_connect(simulation, control):
    assert stat.S_IMODE(control.stat().st_mode) == 0o600


def test_a_socket_left_over_is_replaced_and_removed_at_the_end(control):
    Simulation(control, None, None, None)._listener.close()
    assert control.exists()
    Simulation(control, None, None, None).close()
    assert not control.exists()


def test_nothing_said_here_reaches_a_log(simulation, control, caplog):
    with caplog.at_level(logging.DEBUG):
        command(control, ["scan", "GEHEIM"])
        command(control, ["insert", "erika"])
    assert caplog.text == ""

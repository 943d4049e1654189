"""One suite for a device and its simulation. A real printer takes part when it is named:
pytest tests/contracts --printer 192.0.2.7:9100 [--printer-width 576]
"""

from __future__ import annotations

from pathlib import Path

import pytest

from devices.printers.escpos import EscposPrinter
from devices.printers.simulated import SimulatedPrinter


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--printer", default="", help="host:port of a real receipt printer that may print")
    parser.addoption("--printer-width", type=int, default=512, help="its width in dots")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "any_printer" in metafunc.fixturenames:
        real = metafunc.config.getoption("--printer", default="")  # unknown when all of tests/ runs
        metafunc.parametrize("any_printer", ["simulated", *([real] if real else [])], indirect=True)


@pytest.fixture
def simulated(tmp_path: Path):
    printer = SimulatedPrinter(tmp_path / "receipts")
    yield printer
    printer.close()


@pytest.fixture
def driver(simulated: SimulatedPrinter) -> EscposPrinter:
    return EscposPrinter("127.0.0.1", simulated.port, 512, timeout_s=2.0)


@pytest.fixture
def any_printer(request: pytest.FixtureRequest) -> EscposPrinter:
    """The driver on the simulated printer, and on the real one if it is named."""
    if request.param == "simulated":
        return request.getfixturevalue("driver")
    host, _, port = request.param.rpartition(":")
    return EscposPrinter(host, int(port), request.config.getoption("--printer-width"), timeout_s=5.0)

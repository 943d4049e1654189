"""What a terminal is put together from, as its configuration says."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.config import TerminalConfig, load_terminal
from kiosk.errors import ConfigError
from kiosk.identity import Way
from kiosk.procedures.loader import load_all
from kiosk.terminal import PROCEDURES, build_offer, open_devices

TERMINAL = """
prefix = "C2"
state_dir = "."
[town]
name = "Stadt Musterstadt"
[outbox]
path = "outbox.db"
[delivery]
token_url = "http://127.0.0.1:9/token"
api_url = "http://127.0.0.1:9"
status_url = "http://127.0.0.1:9/status/lookup"
status_page_url = "http://127.0.0.1:9/status"
client_id = "c"
client_secret_file = "secret"
sync_socket = "sync.sock"
keys_dir = "keys"
"""
DESTINATIONS = "".join(
    f'[delivery.destinations.{name}]\ndestination_id = "6f1d2b7e-3a53-4b0c-9a55-0f2c9a4f7a0{number}"\n'
    for number, name in enumerate(("dog-tax", "dog-register", "resident-parking", "defects"))
)


def configured(folder: Path, more: str) -> TerminalConfig:
    path = folder / "terminal.toml"
    path.write_text(TERMINAL + more, encoding="utf-8")
    return load_terminal(path)


def test_a_procedure_whose_destination_is_not_configured_refuses_to_start(tmp_path: Path) -> None:
    config = configured(tmp_path, DESTINATIONS.replace("defects", "potholes"))
    with pytest.raises(ConfigError, match=r"delivery\.destinations\.defects \(maengelmelder\)"):
        build_offer(config, load_all(PROCEDURES))


def test_without_a_reader_no_way_of_identification_is_offered(tmp_path: Path) -> None:
    procedures = load_all(PROCEDURES)
    ways = '[reader]\nkind = "none"\nways = ["on_site"]\n'
    assert build_offer(configured(tmp_path, ways + DESTINATIONS), procedures).ways == frozenset()
    simulated = ways.replace("none", "simulated")
    assert build_offer(configured(tmp_path, simulated + DESTINATIONS), procedures).ways == {Way.ON_SITE}


def test_a_simulated_device_needs_the_simulation(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="missing key simulation"):
        open_devices(configured(tmp_path, '[scanner]\nkind = "simulated"\n' + DESTINATIONS))


def test_a_terminal_without_devices_is_a_terminal(tmp_path: Path) -> None:
    devices = open_devices(configured(tmp_path, DESTINATIONS))
    assert (devices.reader, devices.printer, devices.scanner, devices.simulation) == (None, None, None, None)


def test_simulated_devices_come_with_their_control_socket(tmp_path: Path) -> None:
    more = '[reader]\nkind = "simulated"\n[printer]\nkind = "escpos-tcp"\nport = 0\n[scanner]\nkind = "simulated"\n'
    devices = open_devices(
        configured(
            tmp_path, more + '[simulation]\ncontrol_socket = "c.sock"\nreceipts_dir = "receipts"\n' + DESTINATIONS
        )
    )
    assert devices.simulation is not None
    assert (tmp_path / "c.sock").is_socket()
    devices.simulation.close()

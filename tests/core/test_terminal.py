"""What a terminal is put together from, as its configuration says."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from devices.cards.pki.making import make_specimen_pki
from devices.cards.ways.online.sealed_result import KeyPair
from kiosk.config import TerminalConfig, load_terminal
from kiosk.errors import ConfigError
from kiosk.identity import Way
from kiosk.procedures.loader import load_all
from kiosk.terminal import PROCEDURES, build_offer
from kiosk.terminal_devices import open_devices

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
        build_offer(config, load_all(PROCEDURES), frozenset())


def ways_at(folder: Path, reader: str) -> frozenset[Way]:
    """What a terminal offers whose [reader] is this, with the way on_site."""
    config = configured(folder, f'[reader]\nways = ["on_site"]\n{reader}' + DESTINATIONS)
    return build_offer(config, load_all(PROCEDURES), open_devices(config).cards.ways).ways


def test_without_a_reader_no_way_of_identification_is_offered(tmp_path: Path) -> None:
    assert ways_at(tmp_path, 'kind = "none"\n') == frozenset()
    make_specimen_pki(date(2026, 11, 25)).write_terminal(tmp_path / "eac")
    assert ways_at(tmp_path, 'kind = "pcsc"\neac_dir = "eac"\n') == {Way.ON_SITE}


def test_without_a_terminal_certificate_nobody_is_sent_for_staff(tmp_path: Path) -> None:
    assert ways_at(tmp_path, 'kind = "pcsc"\neac_dir = "eac"\n') == frozenset()


def test_a_simulated_reader_offers_its_ways_at_once(tmp_path: Path) -> None:
    more = '[simulation]\ncontrol_socket = "c.sock"\nreceipts_dir = "receipts"\nprinter = false\n'
    devices = open_devices(
        configured(tmp_path, '[reader]\nkind = "simulated"\nways = ["on_site"]\n' + more + DESTINATIONS)
    )
    assert devices.cards.ways == {Way.ON_SITE}
    assert devices.simulation is not None
    devices.simulation.close()


EID_SERVER = '[online]\neid_server_url = "https://eid.example"\nadapter_key_file = "key"\n'
ONLINE = f'[reader]\nkind = "pcsc"\nways = ["online"]\n{EID_SERVER}'


def test_a_terminal_with_an_eid_server_offers_the_way_online(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(json.dumps(dict(KeyPair().public)))
    cards = open_devices(configured(tmp_path, ONLINE + DESTINATIONS)).cards
    assert cards.ways == {Way.ONLINE}
    assert cards.online is not None


def test_a_key_of_the_eid_server_that_is_none_refuses_to_start(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("{}")
    with pytest.raises(ConfigError, match=r"online\.adapter_key_file"):
        open_devices(configured(tmp_path, ONLINE + DESTINATIONS))


def test_a_simulated_device_needs_the_simulation(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="missing key simulation"):
        open_devices(configured(tmp_path, '[scanner]\nkind = "simulated"\n' + DESTINATIONS))


def test_a_terminal_without_devices_is_a_terminal(tmp_path: Path) -> None:
    devices = open_devices(configured(tmp_path, DESTINATIONS))
    assert (devices.cards.reader, devices.cards.online) == (None, None)
    assert (devices.printer, devices.scanner, devices.simulation) == (None, None, None)


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

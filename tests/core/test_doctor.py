"""The doctor says for every part what is the case, what it means and what to do, whatever is broken."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from devices.cards.pki.making import make_specimen_pki
from devices.cards.ways.online.sealed_result import KeyPair
from devices.printers.simulated import SimulatedPrinter
from kiosk.__main__ import main
from kiosk.config import TerminalConfig, load_terminal
from kiosk.delivery import socket_desk
from kiosk.delivery.eid_carrier import EidCarrier
from kiosk.delivery.outbox import Outbox
from kiosk.doctor import CHECKS, Finding, certificates, examine, healthy, online, outbox, printer, reader, report
from tests.delivery.eid_service import Answer, EidService, eid_service

BARE = """
prefix = "C2"
state_dir = "."
[town]
name = "Stadt Musterstadt"
[outbox]
path = "outbox.db"
low_water_bytes = 1
[delivery]
token_url = "http://127.0.0.1:9/token"
api_url = "http://127.0.0.1:9"
status_url = "http://127.0.0.1:9/status/lookup"
status_page_url = "http://127.0.0.1:9/status"
client_id = "c"
client_secret_file = "secret"
sync_socket = "sync.sock"
keys_dir = "keys"
[delivery.destinations.dog-tax]
destination_id = "6f1d2b7e-3a53-4b0c-9a55-0f2c9a4f7a01"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "terminal.toml"
    found.write_text(BARE, encoding="utf-8")
    return found


def configured(path: Path, more: str) -> TerminalConfig:
    path.write_text(BARE + more, encoding="utf-8")
    return load_terminal(path)


def test_every_part_gets_a_finding_though_nothing_works(path: Path) -> None:
    findings = examine(path)
    assert [finding.check for finding in findings] == list(CHECKS)
    assert all(finding.meaning for finding in findings)
    assert all(finding.remedy for finding in findings if finding.state != "ok")
    assert not healthy(findings)


def test_without_network_clock_central_and_keys_are_faults(path: Path) -> None:
    states = {finding.check: finding.state for finding in examine(path)}
    assert (states["clock"], states["central"], states["keys"]) == ("fault", "fault", "fault")


def test_the_report_shows_what_to_do_below_what_is_wrong(path: Path) -> None:
    lines = report(examine(path)).splitlines()
    at = next(number for number, line in enumerate(lines) if " keys " in line)
    assert "kiosk sync" in lines[at + 1]


def test_json_is_one_document_for_a_monitoring_system(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json", "--config", str(path)]) == 1
    document = json.loads(capsys.readouterr().out)
    assert {"check", "state", "meaning", "remedy"} == set(document[0])


def test_the_printer_is_asked_how_it_is(path: Path, tmp_path: Path) -> None:
    paper = SimulatedPrinter(tmp_path / "receipts")
    config = configured(path, f'[printer]\nkind = "escpos-tcp"\nport = {paper.port}\ntimeout_s = 1.0\n')
    assert printer(config).state == "ok"
    paper.paper_low()
    assert printer(config).state == "warning"
    paper.paper_out()
    assert (printer(config).state, printer(config).remedy) == ("fault", "insert paper")
    paper.power_off()
    assert "does not answer" in printer(config).meaning


def test_a_simulated_reader_is_no_terminal(path: Path) -> None:
    assert reader(configured(path, "")).state == "ok"
    assert reader(configured(path, '[reader]\nkind = "simulated"\n')).state == "fault"
    simulated = '[reader]\nkind = "simulated"\n[simulation]\ncontrol_socket = "c"\nreceipts_dir = "r"\n'
    assert reader(configured(path, simulated)).state == "warning"


def test_the_outbox_tells_what_waits_and_what_is_damaged(path: Path, tmp_path: Path) -> None:
    config = load_terminal(path)
    assert outbox(config).meaning == "empty: no visit yet"
    Outbox(config.outbox.path).close()
    assert outbox(config).meaning.startswith("0 waiting")
    (tmp_path / "outbox.db.damaged").touch()
    assert outbox(config).state == "fault"


def test_a_wrong_configuration_ends_with_code_and_remedy(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_text(BARE.replace("prefix", "prefx"), encoding="utf-8")
    assert main(["doctor", "--config", str(path)]) == 1
    said = capsys.readouterr().err
    assert "CONFIG-02" in said
    assert "what to do" in said


def with_reader(path: Path) -> Path:
    """A terminal with a PC/SC reader of a name no reader has."""
    folders = 'eac_dir = "eac"\ncsca_dir = "csca"\n'
    configured(path, f'[reader]\nkind = "pcsc"\nname = "no such reader"\nways = ["on_site"]\n{folders}')
    return path


def test_a_real_reader_that_is_not_there_is_a_fault_with_its_code(path: Path) -> None:
    finding = next(item for item in examine(with_reader(path)) if item.check == "reader")
    assert finding.state == "fault"
    assert finding.meaning.startswith(("CARD-22", "CARD-01"))


def test_what_is_missing_for_the_ways_is_said(path: Path) -> None:
    config = load_terminal(with_reader(path))
    missing = certificates(config)
    assert missing.state == "warning"
    assert "CARD-12" in missing.meaning
    assert "CARD-10" in missing.meaning

    pki = make_specimen_pki(datetime.now(UTC).date())
    pki.write_terminal(path.parent / "eac")
    pki.write_csca(path.parent / "csca")
    assert certificates(config).state == "ok"


def test_where_no_real_card_is_read_no_certificate_is_missed(path: Path) -> None:
    assert certificates(configured(path, "")).state == "ok"


# ---- the way online -----------------------------------------------------------------------------


@pytest.fixture
def eid() -> Iterator[EidService]:
    with eid_service() as running:
        yield running


def with_online(path: Path, url: str, more: str = "") -> TerminalConfig:
    """A terminal with an eID server, whose AusweisApp is lent in its folder."""
    settings = f'eid_server_url = "{url}"\nadapter_key_file = "adapter.jwk"\nausweisapp_socket = "lend.sock"\n'
    return configured(path, f'[reader]\nkind = "pcsc"\nways = ["online"]\n[online]\n{settings}{more}')


def lent(path: Path) -> socket.socket:
    """What systemd listens on."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path.parent / "lend.sock"))
    return listener


def beside_sync(config: TerminalConfig) -> Finding:
    """What is found while the carrying part of sync answers."""
    assert config.online is not None
    carrier = EidCarrier(config.online.eid_server_url)

    async def respond(question: socket_desk.Question) -> Mapping[str, str]:
        return await asyncio.to_thread(carrier.answer, question)

    async def both() -> Finding:
        server = await socket_desk.serve(config.delivery.sync_socket, respond)
        try:
            return await asyncio.to_thread(online, config)
        finally:
            server.close()

    return asyncio.run(both())


def finding_of(config: TerminalConfig, path: Path) -> Finding:
    return next(item for item in examine(path) if item.check == "online")


def test_where_nobody_is_identified_online_nothing_is_missed(path: Path) -> None:
    assert online(configured(path, "")).state == "ok"


def test_a_simulated_way_online_is_no_way(path: Path) -> None:
    more = '[reader]\nkind = "simulated"\nways = ["online"]\n'
    assert online(configured(path, more)).state == "warning"


def test_what_the_way_online_lacks_is_said_one_after_the_other(path: Path, eid: EidService) -> None:
    config = with_online(path, eid.url)
    missing = finding_of(config, path)
    assert (missing.state, "adapter_key_file" in missing.meaning) == ("fault", True)

    (path.parent / "adapter.jwk").write_text(json.dumps(dict(KeyPair().public)))
    assert "kiosk-ausweisapp.socket" in online(config).remedy

    with lent(path):
        assert "kiosk sync does not answer" in online(config).meaning
        eid.says(Answer(503))
        refused = beside_sync(config)
        assert (refused.state, "opens no session" in refused.meaning) == ("fault", True)


def test_an_eid_server_that_opens_a_session_is_reached(path: Path, eid: EidService) -> None:
    (path.parent / "adapter.jwk").write_text(json.dumps(dict(KeyPair().public)))
    opened = json.dumps({"tc_token_url": "https://eid.example/t", "session": "abc"}).encode()
    eid.says(Answer(201, opened, {"Content-Type": "application/json"}))
    with lent(path):
        assert beside_sync(with_online(path, eid.url)).state == "ok"
        trial = beside_sync(with_online(path, eid.url, "developer_mode = true\n"))
    assert (trial.state, "developer_mode" in trial.remedy) == ("warning", True)
    assert json.loads(eid.asked[0][2])["attributes"] == []


def test_the_command_line_reaches_reader_and_certificates(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with_reader(path)
    assert main(["card", "info", "--config", str(path)]) == 1
    assert "what to do" in capsys.readouterr().err
    pki = make_specimen_pki(datetime.now(UTC).date())
    pki.write_terminal(path.parent / "mail")
    pki.write_csca(path.parent / "mail")
    files = [str(file) for file in sorted((path.parent / "mail").iterdir())]
    assert main(["eac", "check", "--config", str(path)]) == 1
    assert main(["eac", "import", *files, "--config", str(path)]) == 0
    assert main(["eac", "check", "--config", str(path)]) == 0
    assert main(["eac", "list", "--config", str(path)]) == 0
    assert "terminal" in capsys.readouterr().out

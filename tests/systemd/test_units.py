"""The units are what systemd understands, and keep the walls between the processes."""

import configparser
import subprocess
from pathlib import Path

import pytest

UNITS = Path(__file__).resolve().parents[2] / "systemd"
SERVICES = sorted(path.name for path in UNITS.glob("*.service"))


def parsed(name: str) -> configparser.ConfigParser:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # systemd keys keep their case
    unit.read(UNITS / name)
    return unit


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units with their programs swapped for one that exists here, so that only the units are judged."""
    for name in SERVICES:
        text = (UNITS / name).read_text()
        for program in ("/usr/bin/cage", "/opt/rathaus-kiosk/.venv/bin/kiosk"):
            text = text.replace(f"ExecStart={program}", "ExecStart=/bin/true")
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize("name", SERVICES)
def test_systemd_accepts_the_unit_without_a_complaint(installed: Path, name: str) -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=one", str(installed / name)],
        capture_output=True, text=True, env={"SYSTEMD_UNIT_PATH": f"{installed}:/lib/systemd/system", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    complaints = [line for line in done.stderr.splitlines() if "kiosk" in line]
    assert complaints == []
    assert done.returncode == 0


@pytest.mark.parametrize("name", SERVICES)
def test_every_process_comes_back_and_leaves_no_core(name: str) -> None:
    service = parsed(name)["Service"]
    assert service["Restart"] == "always"
    assert service["LimitCORE"] == "0"


def test_each_process_has_a_user_of_its_own() -> None:
    users = [parsed(name)["Service"]["User"] for name in SERVICES]
    assert len(set(users)) == len(users)


def test_the_window_has_no_network_but_loopback() -> None:
    service = parsed("kiosk.service")["Service"]
    assert service["IPAddressDeny"] == "any"
    assert service["IPAddressAllow"] == "localhost"


def test_the_opening_service_has_no_network_at_all() -> None:
    assert parsed("kiosk-central-open.service")["Service"]["PrivateNetwork"] == "yes"


def test_the_delivery_service_cannot_reach_department_keys() -> None:
    assert "rathaus-kiosk-central-open" in parsed("kiosk-central.service")["Service"]["InaccessiblePaths"]

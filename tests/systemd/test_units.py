"""The units are what systemd understands, and keep the walls between the processes."""

import configparser
import subprocess
from pathlib import Path

import pytest

from kiosk.config import OnlineConfig

UNITS = Path(__file__).resolve().parents[2] / "systemd"
SERVICES = sorted(path.name for path in UNITS.glob("*.service"))
# One for each connection of a socket: they live as long as it is held.
PER_CONNECTION = [name for name in SERVICES if "@" in name]
STANDING = [name for name in SERVICES if name not in PER_CONNECTION]
SOCKETS = sorted(path.name for path in UNITS.glob("*.socket"))


def parsed(name: str) -> configparser.ConfigParser:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # systemd keys keep their case
    unit.read(UNITS / name)
    return unit


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units with their programs swapped for one that exists here, so that only the units are judged."""
    for name in SERVICES + SOCKETS:
        text = (UNITS / name).read_text()
        for program in ("/usr/bin/cage", "/opt/rathaus-kiosk/.venv/bin/kiosk"):
            text = text.replace(f"ExecStart={program}", "ExecStart=/bin/true")
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize("name", SERVICES + SOCKETS)
def test_systemd_accepts_the_unit_without_a_complaint(installed: Path, name: str) -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=one", str(installed / name)],
        capture_output=True,
        text=True,
        env={"SYSTEMD_UNIT_PATH": f"{installed}:/lib/systemd/system", "PATH": "/usr/bin:/bin"},
    )
    complaints = [line for line in done.stderr.splitlines() if "kiosk" in line]
    assert complaints == []
    assert done.returncode == 0


@pytest.mark.parametrize("name", STANDING)
def test_every_process_is_watched_and_comes_back(name: str) -> None:
    service = parsed(name)["Service"]
    assert service["Type"] == "notify"
    assert int(service["WatchdogSec"]) > 0
    assert service["Restart"] == "always"


@pytest.mark.parametrize("name", SERVICES)
def test_no_process_leaves_a_core(name: str) -> None:
    assert parsed(name)["Service"]["LimitCORE"] == "0"


def test_each_process_has_a_user_of_its_own() -> None:
    users = [parsed(name)["Service"]["User"] for name in SERVICES]
    assert len(set(users)) == len(users)


def test_the_window_has_no_network_but_loopback() -> None:
    service = parsed("kiosk.service")["Service"]
    assert service["IPAddressDeny"] == "any"
    assert service["IPAddressAllow"] == "localhost"


def test_ausweisapp_is_lent_to_the_window_alone_and_once_at_a_time() -> None:
    lent = parsed("kiosk-ausweisapp.socket")["Socket"]
    assert lent["SocketUser"] == parsed("kiosk.service")["Service"]["User"]
    assert lent["SocketMode"] == "0600"
    assert (lent["Accept"], lent["MaxConnections"]) == ("yes", "1")
    assert lent["ListenStream"] == str(OnlineConfig("https://a", Path("key")).ausweisapp_socket)


def test_ausweisapp_has_the_network_and_the_connection_as_its_input_and_keeps_nothing() -> None:
    service = parsed("kiosk-ausweisapp@.service")["Service"]
    assert "IPAddressDeny" not in service
    assert "PrivateNetwork" not in service
    assert service["StandardInput"] == "socket"
    assert service["StandardOutput"] == "journal"
    assert service["TemporaryFileSystem"].startswith("/tmp:")
    assert service["MemorySwapMax"] == "0"
    assert "/var/lib/rathaus-kiosk" in service["InaccessiblePaths"]


def test_the_opening_service_has_no_network_at_all() -> None:
    assert parsed("kiosk-central-open.service")["Service"]["PrivateNetwork"] == "yes"


def test_the_delivery_service_cannot_reach_department_keys() -> None:
    assert "rathaus-kiosk-central-open" in parsed("kiosk-central.service")["Service"]["InaccessiblePaths"]


def test_make_install_puts_every_file_where_its_reader_looks(tmp_path: Path) -> None:
    make = ["make", "--silent", "install", f"DESTDIR={tmp_path}", "RUN_READY="]
    subprocess.run(make, cwd=UNITS.parent, check=True, capture_output=True)
    installed = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if not path.is_dir()}
    assert installed == {f"etc/systemd/system/{name}" for name in SERVICES + SOCKETS} | {
        "usr/local/bin/kiosk",
        "usr/lib/sysusers.d/rathaus-kiosk.conf",
        "usr/lib/tmpfiles.d/rathaus-kiosk.conf",
        "etc/udev/rules.d/70-rathaus-kiosk.rules",
        "etc/polkit-1/rules.d/50-rathaus-kiosk.rules",
    }


def names(table: Path) -> set[str]:
    return {line.split(":")[0] for line in table.read_text().splitlines()}


def test_users_and_folders_come_up_as_the_units_need_them(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    subprocess.run(["systemd-sysusers", f"--root={tmp_path}", UNITS / "rathaus-kiosk.sysusers.conf"], check=True)
    text = (UNITS / "rathaus-kiosk.tmpfiles.conf").read_text()
    folders = [line.split() for line in text.splitlines() if line.startswith("d ")]
    unowned = tmp_path / "unowned.conf"  # giving folders away takes root, which whoever runs the tests may lack
    unowned.write_text("".join(f"d {path} {mode} - - -\n" for _, path, mode, *_ in folders))
    subprocess.run(["systemd-tmpfiles", "--create", f"--root={tmp_path}", unowned], check=True)
    users, groups = names(tmp_path / "etc/passwd") | {"root"}, names(tmp_path / "etc/group") | {"root"}
    assert {parsed(name)["Service"]["User"] for name in SERVICES} <= users
    assert {owner for _, _, _, owner, *_ in folders} <= users
    assert {group for _, _, _, _, group, *_ in folders} <= groups
    modes = {"": 0o755, "/outbox": 0o2770, "/keys": 0o2750, "-central": 0o770, "-central-open": 0o700}
    for name, mode in modes.items():
        assert (tmp_path / f"var/lib/rathaus-kiosk{name}").stat().st_mode & 0o7777 == mode

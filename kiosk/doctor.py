"""`kiosk doctor`: what is the case on this terminal, what it means, what to do.

Rules
  1. Looking changes nothing: no visit, no print, no key is fetched.
  2. Every check answers, whatever is broken; none waits longer than DEADLINE_S.
  3. A finding carries no personal data, so that it may be sent to a monitoring system.
"""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import requests

from kiosk.config import OnlineConfig, TerminalConfig, load_terminal
from kiosk.errors import CATALOGUE, CardError, DeliveryError, KioskError, StatusError
from kiosk.identity import Way
from kiosk.ports import PrinterState

DEADLINE_S = 5.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: `state` is "ok", "warning" or "fault"."""

    check: str
    state: str
    meaning: str
    remedy: str = ""

    def as_json(self) -> dict[str, str]:
        return asdict(self)


def examine(path: Path) -> list[Finding]:
    """All findings of the terminal configured in `path`. Raises ConfigError if the file itself is refused."""
    config = load_terminal(path)
    return [_looked(name, check, config) for name, check in CHECKS.items()]


def healthy(findings: Iterable[Finding]) -> bool:
    return all(finding.state != "fault" for finding in findings)


def report(findings: Iterable[Finding]) -> str:
    """The findings for a person at a text console."""
    lines = []
    for finding in findings:
        lines.append(f"{finding.state:8} {finding.check:8} {finding.meaning}")
        if finding.remedy:
            lines.append(f"{'':17} → {finding.remedy}")
    return "\n".join(lines)


def _looked(name: str, check: Callable[[TerminalConfig], Finding], config: TerminalConfig) -> Finding:
    try:
        return check(config)
    except KioskError as error:
        return Finding(name, "fault", str(error), error.entry.remedy)
    except (OSError, ValueError, requests.RequestException) as error:
        return Finding(name, "fault", f"cannot be checked: {type(error).__name__}", "read the journal of this command")


def reader(config: TerminalConfig) -> Finding:
    match config.reader.kind:
        case "none":
            return Finding("reader", "ok", "no reader configured: citizens type their data")
        case "simulated" if config.simulation is None:
            remedy = "add [simulation] or a real reader"
            return Finding("reader", "fault", "a simulated reader without [simulation]", remedy)
        case "simulated":
            remedy = "set [reader] kind"
            return Finding("reader", "warning", "the reader is simulated: this is a demo, not a terminal", remedy)
        case "pcsc":
            return _real_reader(config)


def _real_reader(config: TerminalConfig) -> Finding:
    """No card is needed, and one that lies there is only powered."""
    from kiosk.terminal_devices import open_slot

    slot = open_slot(config)
    if slot is None:
        raise CardError("CARD-01")
    try:
        slot.connect().close()
    except CardError as error:
        if error.code != "CARD-02":
            raise
    finally:
        slot.close()
    return Finding("reader", "ok", "the reader answers")


def certificates(config: TerminalConfig) -> Finding:
    """What the ways of the reader need (`kiosk eac check` says more)."""
    from devices.cards.pki.findings import ALARM_DAYS, examine_states, examine_terminal
    from devices.cards.ways.configured import load_certificates

    settings = config.reader
    if settings.kind != "pcsc":
        return Finding("eac", "ok", "no real card is read here")
    known = load_certificates(settings.eac_dir, settings.csca_dir)
    now = datetime.now(UTC)
    found = [*examine_states(known.trust, now, ALARM_DAYS)]
    if Way.ON_SITE in settings.ways:
        found = [*examine_terminal(known.terminal, now.date(), ALARM_DAYS), *found]
    if not found:
        return Finding("eac", "ok", "certificates are complete and valid")
    meaning = "; ".join(f"{item.code}: {item.text}" for item in found)
    return Finding("eac", "warning", meaning, "kiosk eac check")


def online(config: TerminalConfig) -> Finding:
    """AusweisApp is not started, for it would touch the cards. The eID server opens a session, and forgets it."""
    settings = config.online
    if Way.ONLINE not in config.reader.ways or config.reader.kind == "none":
        return Finding("online", "ok", "the way online is not offered")
    if config.reader.kind == "simulated" or settings is None:
        return Finding("online", "warning", "AusweisApp and eID server are simulated", "set [reader] kind and [online]")
    from devices.cards.ways.online.process import PROGRAM
    from kiosk.eid_requests import load_adapter_key

    load_adapter_key(settings.adapter_key_file)
    if not os.access(PROGRAM, os.X_OK):
        return Finding("online", "fault", f"no {PROGRAM}: nobody can be identified", "apt install ausweisapp2")
    if not settings.ausweisapp_socket.is_socket():
        remedy = "systemctl enable --now kiosk-ausweisapp.socket"
        return Finding("online", "fault", f"{settings.ausweisapp_socket} is missing: AusweisApp is not lent", remedy)
    return _eid_server(config, settings)


def _eid_server(config: TerminalConfig, settings: OnlineConfig) -> Finding:
    from devices.cards.ways.online.sealed_result import KeyPair
    from kiosk.eid_requests import SocketEidServer

    where = settings.eid_server_url
    try:
        SocketEidServer(config.delivery.sync_socket, DEADLINE_S).ticket(KeyPair().public, frozenset())
    except CardError as error:
        remedy = "journalctl -u kiosk-sync says why; check address and certificate of the eID server"
        return Finding("online", "fault", f"{where} opens no session through kiosk sync: {error.detail}", remedy)
    if settings.developer_mode:
        remedy = "set [online] developer_mode = false"
        return Finding("online", "warning", "developer mode: real cards are refused", remedy)
    return Finding("online", "ok", f"AusweisApp is lent, {where} opens sessions")


def printer(config: TerminalConfig) -> Finding:
    from devices.printers.escpos import EscposPrinter

    settings = config.printer
    if settings.kind == "none":
        return Finding("printer", "warning", "no printer: citizens copy the code from the screen", "set [printer]")
    where = f"{settings.host}:{settings.port}"
    state = EscposPrinter(settings.host, settings.port, settings.width_dots, settings.timeout_s).status()
    return {
        PrinterState.READY: Finding("printer", "ok", f"{where} is ready"),
        PrinterState.PAPER_LOW: Finding("printer", "warning", f"{where}: paper is low", "insert a new roll soon"),
        PrinterState.PAPER_OUT: Finding("printer", "fault", f"{where}: no paper", "insert paper"),
        PrinterState.COVER_OPEN: Finding("printer", "fault", f"{where}: cover open", "close the cover"),
        PrinterState.ERROR: Finding("printer", "fault", f"{where} reports an error", "switch it off and on"),
        PrinterState.UNKNOWN: Finding(
            "printer", "warning", f"{where} takes jobs but tells no status", "check its model"
        ),
        PrinterState.OFFLINE: Finding("printer", "fault", f"{where} does not answer", "check power, cable, address"),
    }[state]


def display(config: TerminalConfig) -> Finding:
    missing = [name for name in ("GL", "EGL") if ctypes.util.find_library(name) is None]
    if missing:
        return Finding("display", "fault", f"no lib{missing[0]}", "apt install libgl1 libegl1")
    if os.environ.get("DISPLAY"):
        return Finding("display", "ok", "an X display is there")
    if not list(Path("/dev/dri").glob("card*")):
        return Finding("display", "fault", "no graphics device (/dev/dri)", "check the graphics driver")
    if shutil.which("cage") is None:
        return Finding("display", "fault", "graphics device found, but no cage", "apt install cage xwayland")
    return Finding("display", "ok", "graphics device and cage are there")


def touch(config: TerminalConfig) -> Finding:
    import evdev
    from evdev import ecodes

    panels = []
    for path in evdev.list_devices():
        device = evdev.InputDevice(path)
        axes = device.capabilities(absinfo=False).get(ecodes.EV_ABS, [])
        if ecodes.ABS_MT_POSITION_X in axes:
            panels.append(device.name)
        device.close()
    if len(panels) == 1:
        return Finding("touch", "ok", f"one touch input: {panels[0]}")
    if not panels:
        return Finding("touch", "fault", "no touch input", "check the panel's USB cable and group input")
    return Finding("touch", "warning", f"{len(panels)} touch inputs: touches may count twice", "disable all but one")


def outbox(config: TerminalConfig) -> Finding:
    from kiosk.delivery.inspect import listed
    from kiosk.delivery.outbox import RowState
    from kiosk.delivery.outbox_file import ASIDE, free_bytes

    path = config.outbox.path
    if (aside := path.with_name(path.name + ASIDE)).exists():
        return Finding("outbox", "fault", "a damaged outbox was set aside", f"keep {aside.name}, move it away, restart")
    if free_bytes(path) < config.outbox.low_water_bytes:
        return Finding("outbox", "fault", "too little space: no new visit starts", "free space on the disk")
    if not path.exists():
        return Finding("outbox", "ok", "empty: no visit yet")
    rows = listed(path)
    states = Counter(row.state for row in rows)
    kept, gone = states[RowState.DELIVERED], sum(row.handed_over for row in rows)
    if refused := states[RowState.QUARANTINED] - gone:
        return Finding("outbox", "warning", f"{refused} submissions were refused", "kiosk outbox list, then retry")
    handed = f", {gone} handed over (kiosk outbox remove, once delivered there)" if gone else ""
    return Finding("outbox", "ok", f"{states.total() - kept - gone} waiting, {kept} delivered and still kept{handed}")


def clock(config: TerminalConfig) -> Finding:
    from kiosk.delivery.fitconnect import clock_ahead_s
    from kiosk.delivery.upkeep import clock_is_wrong

    url = f"{config.delivery.api_url}/.well-known/jwks.json"
    try:
        told = requests.get(url, timeout=DEADLINE_S, allow_redirects=False).headers.get("Date", "")
    except requests.RequestException:
        return Finding("clock", "fault", "nothing to compare with: no answer from central", "check network and address")
    if clock_is_wrong(ahead_s := clock_ahead_s(told)):
        return Finding("clock", "fault", f"{ahead_s:+.0f} s off the delivery service", "set up time synchronisation")
    if shutil.which("timedatectl"):
        command = ["timedatectl", "show", "--property=NTPSynchronized", "--value"]
        told = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S, check=False).stdout.strip()  # noqa: S603  # fixed words
        if told == "no":
            return Finding("clock", "warning", "right now, but not synchronised", "apt install systemd-timesyncd")
    return Finding("clock", "ok", "agrees with the delivery service")


def central(config: TerminalConfig) -> Finding:
    from kiosk.delivery.status_desk import SocketStatusDesk

    try:
        health = SocketStatusDesk(config.delivery.sync_socket).health()
    except StatusError:
        return Finding("central", "fault", "delivery does not answer", "systemctl status kiosk-sync")
    error = CATALOGUE.get(health.last_error or "", CATALOGUE["DELIV-01"])
    if not health.online or error.code == "DELIV-02":
        return Finding("central", "fault", f"delivery runs, but: {error.meaning} ({error.code})", error.remedy)
    return Finding("central", "ok", f"delivery runs and reaches {config.delivery.api_url}")


def keys(config: TerminalConfig) -> Finding:
    from kiosk.delivery.keys import KeyCache

    cache = KeyCache(config.delivery.keys_dir)
    missing = []
    for name, destination in config.delivery.destinations.items():
        try:
            cache.key_of(destination.destination_id)
        except DeliveryError:
            missing.append(name)
    if missing:
        return Finding("keys", "fault", f"no usable key for {', '.join(missing)}", "start kiosk sync; check [delivery]")
    return Finding("keys", "ok", f"a key for each of {len(config.delivery.destinations)} destinations")


CHECKS: dict[str, Callable[[TerminalConfig], Finding]] = {
    "reader": reader,
    "eac": certificates,
    "online": online,
    "printer": printer,
    "display": display,
    "touch": touch,
    "outbox": outbox,
    "clock": clock,
    "central": central,
    "keys": keys,
}

"""Composition root of a terminal: the one module that knows every package.

It reads the configuration, builds devices (terminal_devices.py) and desks behind the ports, and joins window and
runtime on one asyncio loop (the UI thread). Forms are rendered in a process of their own (form_press.py), so that
neither their memory nor their seconds are felt in the window.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import sdnotify

from devices.staff import TotpRoster
from kiosk.application import PrintOutcome, Receipt
from kiosk.config import TerminalConfig, load_terminal
from kiosk.delivery.prepare import ReadyMaker
from kiosk.delivery.status_desk import SocketStatusDesk
from kiosk.delivery.store import OutboxStore
from kiosk.documents.receipt import ReceiptTown, receipt_blocks
from kiosk.errors import ConfigError
from kiosk.form_press import FormPress
from kiosk.identity import Way
from kiosk.language import SOURCE, TIMEZONE, Language, load_all
from kiosk.memory import give_back, keep_little
from kiosk.ports import ReceiptPrinter, StatusDesk
from kiosk.procedures.loader import load_all as load_procedures
from kiosk.procedures.model import Procedure
from kiosk.runtime import Ports, Runtime
from kiosk.terminal_devices import open_devices
from kiosk.visit.machine import first_state
from kiosk.visit.model import Idle, Offer, State
from screens.environment import Display, prepare

if TYPE_CHECKING:
    from devices.simulation import Simulation

# When the start screen stands and nobody waits for a frame.
TIDY_AFTER_S = 1.0


class WallClock:
    """Monotonic seconds and the town's day."""

    def monotonic(self) -> float:
        return time.monotonic()

    def today(self) -> date:
        return datetime.now(TIMEZONE).date()


@dataclass(frozen=True, slots=True)
class ReceiptCounter:
    """The ReceiptDesk port: lays a receipt out in the citizen's language and hands it to the printer."""

    printer: ReceiptPrinter
    languages: Mapping[str, Language]
    town: ReceiptTown
    status_url: str
    status: StatusDesk

    def hand_out(self, receipt: Receipt) -> PrintOutcome:
        """Raises PrinterError or DocumentError if nothing or perhaps something was printed."""
        blocks = receipt_blocks(
            receipt,
            self.languages[receipt.language],
            self.languages[SOURCE],
            town=self.town,
            status_url=self.status_url,
            transmitted=self.status.online(),
        )
        return self.printer.print(blocks)


@dataclass(frozen=True, slots=True)
class Occasions:
    """What the outside wants of a running terminal. `strip`: whether buttons under it work the simulated devices."""

    strip: bool = False


class Terminal:
    """One terminal, put together. `run` opens the window and stays until it is closed."""

    def __init__(self, config: TerminalConfig, occasions: Occasions | None = None) -> None:
        """Raises ConfigError, ProcedureError, TextError or ScreenError. The window is open afterwards."""
        occasions = occasions or Occasions()
        keep_little()
        prepare(display(config))
        from screens.app import Hooks, KioskApp  # kivy reads its environment when it is imported

        self.languages = load_all(config.languages)
        procedures = load_procedures(config.procedures_dir or PROCEDURES)
        self.devices = open_devices(config)
        offer = build_offer(config, procedures, self.devices.cards.ways)
        town = ReceiptTown(config.town.name, config.town.name_dsb)
        self._press = FormPress(town)
        ports = self._ports(config, town)
        strip = simulation_strip(self.devices.simulation) if occasions.strip else ()
        watchdog = Watchdog()
        hooks = Hooks(watchdog=watchdog.feed, first_frame=watchdog.ready, strip=strip)
        self.app = KioskApp(self.languages, lambda event: self.runtime.handle(event), display(config), hooks)
        state = first_state(offer, ports.clock.monotonic(), ports.clock.today())
        self._tidied = state.session.visit_id
        self.runtime = Runtime(state, ports, self._show)

    def _ports(self, config: TerminalConfig, town: ReceiptTown) -> Ports:
        status = SocketStatusDesk(config.delivery.sync_socket)
        printer = self.devices.printer
        roster = config.staff_roster_file
        return Ports(
            cards=self.devices.cards.place,
            reader=self.devices.cards.reader,
            online=self.devices.cards.online,
            roster=TotpRoster(roster, used_file=config.state_dir / "staff-codes.json") if roster else None,
            preparer=ReadyMaker(config.prefix, self._press.render),
            store=OutboxStore(config, self.languages[SOURCE], status.wake),
            receipts=ReceiptCounter(printer, self.languages, town, config.delivery.status_page_url, status)
            if printer
            else None,
            status=status,
            scanner=self.devices.scanner,
            clock=WallClock(),
        )

    def _show(self, state: State) -> None:
        """Draw; once nobody is here any more, give back what the visit needed."""
        self.app.show(state)
        if isinstance(state, Idle) and state.session.visit_id != self._tidied:
            self._tidied = state.session.visit_id
            asyncio.get_running_loop().call_later(TIDY_AFTER_S, give_back)

    async def run(self) -> None:
        """Until the window is closed. Raises what ended the runtime: then the program must start anew."""
        window = asyncio.create_task(self.app.run_async())
        work = asyncio.create_task(self.runtime.run())
        self._press.warm()
        try:
            await asyncio.wait({window, work}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await self.runtime.close()
            self.app.stop()
            await asyncio.gather(window, work, return_exceptions=False)
            self.close()

    def close(self) -> None:
        """Let go what the runtime does not own."""
        self._press.close()
        if self.devices.simulation is not None:
            self.devices.simulation.close()


class Watchdog:
    """Tells systemd that the window draws: ready at the first frame, then fed from the drawing loop.

    So a terminal is up when something is seen, and a frozen window starves the watchdog.
    """

    def __init__(self) -> None:
        self._systemd = sdnotify.SystemdNotifier()

    def ready(self) -> None:
        self._systemd.notify("READY=1")

    def feed(self) -> None:
        self._systemd.notify("WATCHDOG=1")


PROCEDURES = Path(__file__).resolve().parent.parent / "assets" / "procedures"


def run(path: Path) -> int:
    """`kiosk run`: the window of the terminal configured in `path`."""
    config = load_terminal(path)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(Terminal(config, Occasions(strip=True)).run())
    return 0


def display(config: TerminalConfig) -> Display:
    screen = config.screen
    return Display(screen.width_px, screen.height_px, screen.density_dpi, screen.fullscreen)


def build_offer(config: TerminalConfig, procedures: Mapping[str, Procedure], ways: frozenset[Way]) -> Offer:
    """What the citizen is offered; `ways` are those that can work here.

    Raises ConfigError if a procedure has a destination that is not configured.
    """
    known = config.delivery.destinations
    for procedure in procedures.values():
        for destination in procedure.destinations:
            if destination.id not in known:
                raise ConfigError("CONFIG-02", f"missing key delivery.destinations.{destination.id} ({procedure.id})")
    return Offer(
        procedures=procedures,
        languages=config.languages,
        ways=ways,
        town=config.town.name,
        town_dsb=config.town.name_dsb,
        status_page_url=config.delivery.status_page_url,
    )


def simulation_strip(simulation: Simulation | None) -> tuple[tuple[str, Callable[[], None]], ...]:
    """Buttons under the window that work the simulated devices."""
    if simulation is None:
        return ()

    def button(label: str, **words: str) -> tuple[str, Callable[[], None]]:
        def press() -> None:
            simulation.do(words)

        return label, press

    return (
        button("Ausweis auflegen", do="insert", person="erika"),
        button("Ausweis wegnehmen", do="remove"),
        button("Papier leer", do="paper-out"),
        button("Papier einlegen", do="paper-in"),
        button("Drucker aus", do="printer-off"),
        button("Drucker an", do="printer-on"),
    )

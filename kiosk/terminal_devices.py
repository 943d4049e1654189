"""Which devices a terminal has, real or simulated, as its configuration says.

Rules
  1. What only another kind of terminal needs is imported where it is made: a window with a real reader loads no
     virtual cards, one without a reader no pyscard.
  2. Virtual cards are signed by a test PKI, and a terminal with a simulated reader trusts that one and nothing else.
  3. A way that cannot work here is not offered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from devices.cards.people import PEOPLE
from devices.cards.reader import CardReader
from devices.cards.slot import Slot
from devices.cards.ways.configured import Certificates, card_ways, load_certificates
from devices.cards.ways.online.shared_slot import SharedSlot
from devices.printers.escpos import EscposPrinter
from devices.printers.simulated import SimulatedPrinter
from devices.scanners.hid import HidScanner
from devices.scanners.simulated import SimulatedScanner
from kiosk.config import OnlineConfig, TerminalConfig
from kiosk.errors import ConfigError
from kiosk.identity import Way
from kiosk.language import TIMEZONE
from kiosk.late_online import LateOnline
from kiosk.ports import CardPlace, CodeScanner, IdentityReader, OnlineIdentity, ReceiptPrinter
from kiosk.turns import ReaderInTurn, Turns

if TYPE_CHECKING:
    from devices.cards.pki.making import SpecimenPki
    from devices.cards.virtual.slot import VirtualSlot
    from devices.simulation import Simulation

SPECIMEN_PKI = "specimen-pki"


@dataclass(frozen=True, slots=True)
class CardDevices:
    """Where a card lies and what reads it; `ways` are those that can work."""

    place: CardPlace | None = None
    reader: IdentityReader | None = None
    online: OnlineIdentity | None = None
    ways: frozenset[Way] = frozenset()
    virtual: VirtualSlot | None = None


@dataclass(frozen=True, slots=True)
class Devices:
    """What hangs on this terminal, real or simulated."""

    cards: CardDevices
    printer: ReceiptPrinter | None
    scanner: CodeScanner | None
    simulation: Simulation | None = None


def open_devices(config: TerminalConfig) -> Devices:
    """Real and simulated devices as configured.

    Raises ConfigError if a simulated one has no [simulation] or the eID server's key is none, EacError for
    certificates that are malformed.
    """
    wanted = config.simulation
    if wanted is None and "simulated" in (config.reader.kind, config.scanner.kind):
        raise ConfigError("CONFIG-02", "missing key simulation: a simulated device needs it")
    cards = open_cards(config)
    simulated_scanner = SimulatedScanner() if config.scanner.kind == "simulated" else None
    scanner: CodeScanner | None = simulated_scanner
    if config.scanner.kind == "hid" and config.scanner.device is not None:
        scanner = HidScanner(config.scanner.device)
    simulation = None
    if wanted is not None:
        from devices.simulation import Simulation  # here only: with it come the virtual cards

        paper = SimulatedPrinter(wanted.receipts_dir, config.printer.port) if wanted.printer else None
        simulation = Simulation(wanted.control_socket, cards.virtual, simulated_scanner, paper)
    return Devices(cards, open_printer(config), scanner, simulation)


def open_printer(config: TerminalConfig) -> ReceiptPrinter | None:
    settings = config.printer
    if settings.kind == "none":
        return None
    return EscposPrinter(settings.host, settings.port, settings.width_dots, settings.timeout_s)


# ---- cards --------------------------------------------------------------------------------------


def open_cards(config: TerminalConfig) -> CardDevices:
    """Raises ConfigError and EacError."""
    match config.reader.kind:
        case "none":
            return CardDevices()
        case "simulated":
            return _simulated_cards(config)
        case "pcsc":
            return _real_cards(config)


def offered_ways(config: TerminalConfig, known: Certificates) -> frozenset[Way]:
    """The configured ways that can work. Without a terminal certificate nobody is sent for staff in vain."""
    missing = {Way.ON_SITE} if known.terminal.current is None else set()
    return frozenset(config.reader.ways) - missing


def open_slot(config: TerminalConfig) -> Slot | None:
    """The real reader, or None."""
    if config.reader.kind != "pcsc":
        return None
    from devices.cards.pcsc.slot import PcscSlot  # here only: a terminal without a reader needs no pyscard

    return PcscSlot(config.reader.name or None, config.reader.deadline_s)


def _real_cards(config: TerminalConfig) -> CardDevices:
    slot = open_slot(config)
    if slot is None:
        return CardDevices()
    known = load_certificates(config.reader.eac_dir, config.reader.csca_dir)
    reader, turns = CardReader(slot, card_ways(known)), Turns()
    online = None
    if Way.ONLINE in config.reader.ways and config.online is not None:
        online = _real_online(config, config.online, turns)
    return CardDevices(reader, ReaderInTurn(reader, turns), online, offered_ways(config, known))


def _real_online(config: TerminalConfig, settings: OnlineConfig, turns: Turns) -> OnlineIdentity:
    from kiosk.eid_requests import SocketEidServer, load_adapter_key  # few terminals have an eID server yet

    adapter_key = load_adapter_key(settings.adapter_key_file)

    def make() -> OnlineIdentity:
        from devices.cards.ways.online.way import OnlineSettings, OnlineWay
        from kiosk.ausweisapp import borrowed

        return OnlineWay(
            turns.starting(lambda: borrowed(settings.ausweisapp_socket)),
            SocketEidServer(config.delivery.sync_socket),
            OnlineSettings(adapter_key, settings.developer_mode),
        )

    return LateOnline(make)


def _simulated_cards(config: TerminalConfig) -> CardDevices:
    from devices.cards.virtual.slot import VirtualSlot  # a terminal with real cards has none

    people = config.simulation.people_dir if config.simulation else None
    virtual = VirtualSlot(people or PEOPLE, pki=lambda: _specimen_pki(config))
    _specimen_pki(config)
    folder = config.state_dir / SPECIMEN_PKI
    known = load_certificates(folder / "eac", folder / "csca")
    slot, turns = SharedSlot(virtual), Turns()
    online = None
    if Way.ONLINE in config.reader.ways:
        online = LateOnline(lambda: _simulated_online(config.town.name, slot, known, turns))
    reader = CardReader(slot, card_ways(known))
    return CardDevices(reader, ReaderInTurn(reader, turns), online, offered_ways(config, known), virtual)


def _simulated_online(town: str, slot: SharedSlot, known: Certificates, turns: Turns) -> OnlineIdentity:
    """AusweisApp and eID server played here, with the very card that lies in the slot."""
    from devices.cards.ways.online.replay import ReplayEidServer
    from devices.cards.ways.online.simulated_ausweisapp import SimulatedAusweisApp
    from devices.cards.ways.online.simulated_session import Provider
    from devices.cards.ways.online.slot_card import SlotCard
    from devices.cards.ways.online.way import OnlineSettings, OnlineWay

    app = SimulatedAusweisApp(Provider(subject=town))
    slot.share(lambda present: app.lay(SlotCard(slot, known) if present else None))
    server = ReplayEidServer(app.read)
    return OnlineWay(turns.starting(app.running), server, OnlineSettings(server.adapter_key))


def _specimen_pki(config: TerminalConfig) -> SpecimenPki:
    """The test PKI beside the terminal's state, made at the first start."""
    from devices.cards.pki.making import open_specimen_pki  # a terminal with real cards makes none

    return open_specimen_pki(config.state_dir / SPECIMEN_PKI, datetime.now(TIMEZONE).date())

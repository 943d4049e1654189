"""`kiosk card …`: a technician's trial of reader, card and certificates, beside the citizen's window.

Rules
  1. What unlocks a card is taken from the prompt, or from standard input, where the word on the command line is "-" or
     missing: a command line stays in the shell's history and in the list of processes.
  2. What is read goes to standard output, everything else to standard error; nothing is kept.
  3. The reader is used alone: stop a window that runs (`kiosk run`) first.

On-site reading of a person's card needs that person's consent and a comparison with the photo here as at the window
(§ 18a PAuswG); a technician uses a test card, or a virtual one (`kiosk card insert`).
Errors leave as they are (KioskError): the command line shows code and remedy.
"""

from __future__ import annotations

import getpass
import json
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from kiosk.console import say
from kiosk.errors import CardError, ConfigError
from kiosk.identity import Attribute, CardKey, CardKind, IdentityData, MrzKey, Secret, Way
from kiosk.ports import ReadRequest

if TYPE_CHECKING:
    from pathlib import Path

    from devices.cards.slot import Slot
    from devices.cards.virtual.vpcd import VpcdClient
    from devices.cards.ways.configured import Certificates
    from devices.cards.ways.opened import OpenedCard
    from kiosk.config import ReaderConfig

FROM_PROMPT = "-"
KINDS = {
    CardKind.GERMAN: "German card with the eID application",
    CardKind.EU_CARD: "identity card of another EU state",
    CardKind.PASSPORT: "passport, or a travel document unlocked like one",
    CardKind.UNKNOWN: "no identity document",
}
PROMPTS = dict.fromkeys(CardKind, "CAN: ") | {
    CardKind.PASSPORT: "number, birth and expiry (X1 1990-01-31 2030-01-31): "
}


@dataclass(frozen=True, slots=True)
class ReadOrder:
    """What `kiosk card read` was told. `way` None is the one that fits the card.

    `key` is a CAN, or number, birth and expiry of a document with blanks between ("X1 1990-01-31 2030-01-31");
    unknown parts of the birth date are left out ("X1 1990 2030-01-31").
    """

    key: str = field(default=FROM_PROMPT, repr=False)
    way: Way | None = None
    attributes: frozenset[Attribute] = frozenset(Attribute)
    as_json: bool = False


def open_slot(config: ReaderConfig) -> Slot:
    """The reader of a configuration. Raises CardError CARD-01 or CARD-22."""
    from devices.cards.pcsc.slot import PcscSlot

    return PcscSlot(config.name or None, config.deadline_s)


def watch(slot: Slot, until: Callable[[], object] | None = None) -> int:
    """Say when cards come and go, until Ctrl-C or as long as `until` takes."""
    say("watching the reader; Ctrl-C ends", sys.stderr)
    slot.watch(lambda present: say(f"{datetime.now():%H:%M:%S} {'card inserted' if present else 'no card'}"))  # noqa: DTZ005  # the technician's own clock
    try:
        (until or threading.Event().wait)()
    finally:
        slot.close()
    return 0


def info(slot: Slot, certificates: Certificates) -> int:
    """Say what the card is, what it would need and what this terminal lacks. Nothing personal is read."""
    from devices.cards.ways.requirements import requirements

    card = _looked_at(slot)
    _row("card", KINDS[card.seen.kind])
    _row("applications", ", ".join(aid.hex().upper() for aid in card.seen.applications) or "none listed")
    _row("PACE", ", ".join(_pace_names(card)) or "none announced")
    _row("one answer", f"up to {card.chunk} bytes")
    found = requirements(card.seen.kind, certificates)
    for item in found:
        _row(item.way, f"needs {item.needs}")
        if item.lacks:
            _row("", f"→ {item.lacks}")
    if not found:
        _row("ways", "none: this terminal reads no such card")
    return 0


def asked(prompt: str) -> str:
    """Without an echo at a terminal, else the next line of standard input."""
    return getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline().strip()


def read(slot: Slot, certificates: Certificates, order: ReadOrder, ask: Callable[[str], str] = asked) -> int:
    """Read the card that lies there and print what it gave."""
    from devices.cards.reader import CardReader
    from devices.cards.ways.configured import card_ways

    reader = CardReader(slot, card_ways(certificates))
    try:
        kind = reader.look()
        way = order.way or (Way.ON_SITE if kind is CardKind.GERMAN else Way.TRAVEL_DOCUMENT)
        key = ask(PROMPTS[kind]) if order.key == FROM_PROMPT else order.key
        request = ReadRequest(way, _key(key), order.attributes)
        identity = reader.read(request, lambda phase: say(f"{phase} …", sys.stderr))
    finally:
        reader.close()
    if order.as_json:
        say(json.dumps(as_json(identity), ensure_ascii=False, indent=1))
    else:
        _show(identity)
    return 0


def insert(client: VpcdClient, until: Callable[[], object] | None = None) -> int:
    """Keep a virtual card in the reader of vpcd, as `watch` watches. Raises CardError CARD-01 where no vpcd listens."""
    client.insert()
    say("the virtual card lies in the reader; Ctrl-C takes it out", sys.stderr)
    try:
        (until or threading.Event().wait)()
    finally:
        client.remove()
    return 0


def virtual_card(person: str, fault: str | None, folder: Path) -> VpcdClient:
    """A test person's card, signed by the test PKI in `folder`, which is made where there is none.

    A terminal that is to read it has `folder`/eac and `folder`/csca as its [reader] eac_dir and csca_dir.
    Raises ConfigError for a person or fault nobody knows, EacError for a PKI that cannot be read or made.
    """
    from devices.cards.people import load_people
    from devices.cards.pki.making import open_specimen_pki
    from devices.cards.virtual.faults import Fault
    from devices.cards.virtual.making import make_card
    from devices.cards.virtual.vpcd import VpcdClient

    people = load_people()
    if person not in people:
        raise ConfigError("CONFIG-02", f"no test person {person}; there are: {', '.join(people)}")
    if fault is not None and fault not in list(Fault):
        raise ConfigError("CONFIG-02", f"no fault {fault}; there are: {', '.join(Fault)}")
    today = datetime.now(UTC).date()
    pki = open_specimen_pki(folder, today)
    return VpcdClient(make_card(people[person], Fault(fault) if fault else None, today=today, pki=pki))


def as_json(identity: IdentityData) -> dict[str, Any]:
    """One reading as plain values; attributes in the order of `Attribute`."""
    return {
        "way": identity.way.value,
        "assurance": identity.assurance.value,
        "authenticity": identity.authenticity.value,
        "read_at": identity.read_at.isoformat(),
        "expires_on": identity.expires_on.isoformat() if identity.expires_on else None,
        "attributes": {key.value: identity.attributes[key] for key in Attribute if key in identity.attributes},
    }


def _looked_at(slot: Slot) -> OpenedCard:
    from devices.cards.ways.opened import open_card

    try:
        channel = slot.connect()
        try:
            return open_card(channel)
        finally:
            channel.close()
    finally:
        slot.close()


def _pace_names(card: OpenedCard) -> list[str]:
    """As the standards name them; the number is that of the standardised group."""
    infos = card.seen.access.pace if card.seen.access else ()
    return [
        f"{'ECDH' if info.protocol.elliptic else 'DH'}-{info.protocol.mapping.value} {info.protocol.cipher.value}"
        f" ({info.parameter_id})"
        for info in infos
    ]


def _key(text: str) -> CardKey:
    """Three words are what is printed on a passport, one is a CAN. Raises CardError CARD-03 or CARD-28."""
    from kiosk.procedures.fields.dates import earliest  # imports a quarter of a second of field kinds

    parts = text.split()
    if len(parts) != 3:
        can = text.strip()
        if not (can.isascii() and can.isdecimal()):
            raise CardError("CARD-03", "neither the digits of a CAN nor number, birth and expiry")
        return Secret(can)
    try:
        earliest(parts[1])
        return MrzKey(parts[0], parts[1], date.fromisoformat(parts[2]))
    except ValueError:
        raise CardError("CARD-28", "dates are written 1990-01-31") from None


def _show(identity: IdentityData) -> None:
    values = as_json(identity)
    given = values.pop("attributes")
    for label, text in (*given.items(), *values.items()):
        _row(label, text or "-")


def _row(label: str, text: object) -> None:
    say(f"{label:16} {text}")

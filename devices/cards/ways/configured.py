"""The ways of one terminal, with the certificates it has.

A way whose certificates are missing is there all the same, so that it can say what is missing (CARD-12, CARD-10).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from devices.cards.pki.csca import CscaStore
from devices.cards.pki.terminal_store import TerminalStore
from devices.cards.ways.on_site import OnSite
from devices.cards.ways.opened import CardWay
from devices.cards.ways.travel_document import TravelDocument
from kiosk.identity import Way


@dataclass(frozen=True, slots=True)
class Certificates:
    """What this terminal knows. Either store may be empty."""

    terminal: TerminalStore
    trust: CscaStore


def load_certificates(eac_dir: Path | None, csca_dir: Path | None) -> Certificates:
    """Raises EacError for files that are malformed."""
    return Certificates(TerminalStore(eac_dir), CscaStore(csca_dir))


def card_ways(certificates: Certificates) -> dict[Way, CardWay]:
    """The ways a reader takes itself; the online way belongs to another program."""
    return {
        Way.ON_SITE: OnSite(certificates.terminal, certificates.trust),
        Way.TRAVEL_DOCUMENT: TravelDocument(certificates.trust),
    }

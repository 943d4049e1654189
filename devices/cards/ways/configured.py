"""The ways of one terminal, with the certificates it has.

Rules
  1. A way whose certificates are missing is there all the same, so that it can say what is missing (CARD-12, CARD-10).
  2. The protocols are imported with the first card that is read: a terminal that starts does not wait for them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from devices.cards.pki.csca import CscaStore
from devices.cards.pki.terminal_store import TerminalStore
from kiosk.identity import IdentityData, Way
from kiosk.ports import ReadRequest

if TYPE_CHECKING:
    from devices.cards.ways.opened import CardWay, OpenedCard, Progress


@dataclass(frozen=True, slots=True)
class Certificates:
    """What this terminal knows. Either store may be empty."""

    terminal: TerminalStore
    trust: CscaStore


@dataclass(frozen=True, slots=True)
class LateWay:
    """A CardWay that is made for each reading."""

    make: Callable[[], CardWay]

    def read(self, card: OpenedCard, request: ReadRequest, progress: Progress) -> IdentityData:
        """Raises what the way raises."""
        return self.make().read(card, request, progress)


def load_certificates(eac_dir: Path | None, csca_dir: Path | None) -> Certificates:
    """Raises EacError for files that are malformed."""
    return Certificates(TerminalStore(eac_dir), CscaStore(csca_dir))


def card_ways(certificates: Certificates) -> dict[Way, LateWay]:
    """The ways a reader takes itself; the online way belongs to another program."""

    def on_site() -> CardWay:
        from devices.cards.ways.on_site import OnSite

        return OnSite(certificates.terminal, certificates.trust)

    def travel_document() -> CardWay:
        from devices.cards.ways.travel_document import TravelDocument

        return TravelDocument(certificates.trust)

    return {Way.ON_SITE: LateWay(on_site), Way.TRAVEL_DOCUMENT: LateWay(travel_document)}

"""What a kind of card needs to be read, way by way, and what of it this terminal lacks.

Said before anything is asked of anybody, so that a missing certificate never looks like a card that cannot be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from devices.cards.ways.configured import Certificates
from kiosk.identity import CardKind, Way

IMPORT: Final = "`kiosk eac import`"
NO_STATES: Final = f"no CSCA certificates, so that the data stay unverified: {IMPORT}"
NO_SIGNER_KNOWN: Final = f"no CSCA certificates, so that no card counts as genuine: {IMPORT}"
NO_CERTIFICATE: Final = f"no terminal certificate: {IMPORT}; other cards, and data typed by hand, work without"
NO_CAN_RIGHT: Final = "a terminal certificate with the right to use the CAN: order one for on-site reading"


@dataclass(frozen=True, slots=True)
class Requirement:
    """For one way. `lacks` says what this terminal has not got and what that means; empty where nothing is missing."""

    way: Way
    needs: str
    lacks: str = ""


def requirements(kind: CardKind, certificates: Certificates) -> tuple[Requirement, ...]:
    """Empty for a card that no way reads. Raises EacError EAC-01 for certificates that are malformed."""
    match kind:
        case CardKind.GERMAN:
            return (
                Requirement(Way.ONLINE, "AusweisApp, the PIN, and an eID server of the town"),
                Requirement(
                    Way.ON_SITE,
                    "the CAN, a confirmation by staff, and a terminal certificate that may use the CAN",
                    _lacks_for_on_site(certificates),
                ),
            )
        case CardKind.EU_CARD:
            return (_printed("the CAN, or what stands in the machine-readable zone", certificates),)
        case CardKind.PASSPORT:
            return (_printed("document number, date of birth and date of expiry", certificates),)
        case CardKind.UNKNOWN:
            return ()


def _printed(needs: str, certificates: Certificates) -> Requirement:
    return Requirement(Way.TRAVEL_DOCUMENT, needs, "" if certificates.trust else NO_STATES)


def _lacks_for_on_site(certificates: Certificates) -> str:
    """The first thing that is missing."""
    own = certificates.terminal.current
    if own is None:
        return NO_CERTIFICATE
    if not own.chat.can_allowed:
        return NO_CAN_RIGHT
    return "" if certificates.trust else NO_SIGNER_KNOWN

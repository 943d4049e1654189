"""What a travel document says about its holder, as the attributes procedures ask for.

Rules
  1. National letters (DG11) come before transliterated ones (DG1).
  2. Names that may have been cut off in the zone are left out, so that the citizen is asked.
  3. A birth year of two digits is of the last hundred years; DG11 has all four and decides. A day in an unknown month,
     and a month in an unknown year, say nothing.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from devices.cards.applications.lds import HolderDetails
from devices.cards.applications.mrz import Mrz
from devices.cards.applications.values import partial_date, whole_date
from kiosk.identity import Attribute

CENTURY: Final = 100
UNKNOWN: Final = "<<"


def holder_attributes(mrz: Mrz, details: HolderDetails | None, today: date) -> dict[Attribute, str]:
    """Only what is known for sure. Raises CardError CARD-07 for a date that is no day."""
    details = details or HolderDetails()
    found = {
        Attribute.NATIONALITY: mrz.nationality,
        Attribute.DATE_OF_BIRTH: details.date_of_birth or birth_date(mrz, today),
        Attribute.PLACE_OF_BIRTH: details.place_of_birth,
    }
    if details.family_names:
        found |= {Attribute.FAMILY_NAMES: details.family_names, Attribute.GIVEN_NAMES: details.given_names}
    elif mrz.names_complete:
        found |= {Attribute.FAMILY_NAMES: mrz.family_names, Attribute.GIVEN_NAMES: mrz.given_names}
    return {key: text for key, text in found.items() if text}


def birth_date(mrz: Mrz, today: date) -> str:
    """ISO 8601 with unknown parts left out, never after `today`. Raises CardError CARD-07."""
    year, day = mrz.date_of_birth[:2], mrz.date_of_birth[2:]
    if year == UNKNOWN:
        return ""
    if day.startswith(UNKNOWN):
        day = UNKNOWN * 2
    this_century = today.year - today.year % CENTURY
    born = partial_date(f"{this_century + int(year):04}{day}")
    if born <= today.isoformat()[: len(born)]:
        return born
    return partial_date(f"{this_century - CENTURY + int(year):04}{day}")


def expiry_date(mrz: Mrz) -> date:
    """No document with a chip expired in another century than this. Raises CardError CARD-07."""
    return whole_date(f"20{mrz.date_of_expiry}")

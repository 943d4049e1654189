"""Access rights by AusweisApp's names: which attributes need which, and which are refused at a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from kiosk.identity import Attribute

RIGHTS: Mapping[Attribute, str] = MappingProxyType(
    {
        Attribute.FAMILY_NAMES: "FamilyName",
        Attribute.GIVEN_NAMES: "GivenNames",
        Attribute.BIRTH_NAME: "BirthName",
        Attribute.DOCTORAL_DEGREE: "DoctoralDegree",
        Attribute.DATE_OF_BIRTH: "DateOfBirth",
        Attribute.PLACE_OF_BIRTH: "PlaceOfBirth",
        Attribute.NATIONALITY: "Nationality",
        Attribute.STREET: "Address",
        Attribute.POSTCODE: "Address",
        Attribute.CITY: "Address",
    }
)

# Reading with the CAN is for staff (§ 18a PAuswG), and no terminal of a town hall writes to a card.
REFUSED: Final = frozenset(
    {
        "CanAllowed",
        "PinManagement",
        "WriteAddress",
        "WriteCommunityID",
        "WriteResidencePermitI",
        "WriteResidencePermitII",
    }
)


def rights_for(attributes: frozenset[Attribute]) -> frozenset[str]:
    return frozenset(RIGHTS[attribute] for attribute in attributes)

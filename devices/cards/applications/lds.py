"""The Logical Data Structure of travel documents: its index, DG1, DG11, DG12 and the wrappers of DG14, DG15 and SOD.

Sources: ICAO 9303-10 §4.6 and §4.7. Which hash each data group must have is in security_object.py, the face in face.py.

Rules
  1. Of DG11 and DG12 only what a procedure can use is taken; everything else is passed over unread.
  2. DG14, DG15 and the SOD leave here as bytes: what they mean is the business of protocols/ and pki/.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from devices.cards.applications.mrz import Mrz, build_mrz, parse_mrz
from devices.cards.applications.values import card_text, partial_date, whole_date
from devices.cards.wire import tlv
from kiosk.errors import CardError

APPLICATION_ID: Final = bytes.fromhex("A0000002471001")
MAX_BYTES: Final = 65536

COM_TAG: Final = 0x60
SOD_TAG: Final = 0x77
# Tags of DG1 to DG16, in this order (ICAO 9303-10 table 38).
GROUP_TAGS: Final = bytes.fromhex("61 75 63 76 65 66 67 68 69 6A 6B 6C 6D 6E 6F 70")

LDS_VERSION, UNICODE_VERSION, TAG_LIST = 0x5F01, 0x5F36, 0x5C
ZONE: Final = 0x5F1F
FULL_NAME, PLACE_OF_BIRTH, FULL_DATE_OF_BIRTH = 0x5F0E, 0x5F11, 0x5F2B
ISSUING_AUTHORITY, DATE_OF_ISSUE = 0x5F19, 0x5F26
BCD_DATE_BYTES: Final = 4
NAMES_APART: Final = "<<"


@dataclass(frozen=True, slots=True)
class Com:
    """EF.COM: versions as four and six digits, and the numbers of the data groups that are there."""

    groups: tuple[int, ...]
    lds_version: str = "0107"
    unicode_version: str = "040000"


@dataclass(frozen=True, slots=True, repr=False)
class HolderDetails:
    """DG11, as far as it is used: names in national letters, and the whole date of birth.

    Empty where the document does not say; the date is ISO 8601 with unknown parts left out.
    """

    family_names: str = ""
    given_names: str = ""
    date_of_birth: str = ""
    place_of_birth: str = ""


@dataclass(frozen=True, slots=True)
class DocumentDetails:
    """DG12, as far as it is used."""

    issuing_authority: str = ""
    date_of_issue: date | None = None


def tag_of(group: int) -> int:
    """The tag of a data group, 1 to 16."""
    return GROUP_TAGS[group - 1]


def unwrap(group: int, data: bytes, longest: int = MAX_BYTES) -> bytes:
    """What is inside: SecurityInfos for DG14, a SubjectPublicKeyInfo for DG15. Raises CardError CARD-07."""
    return _only(tag_of(group), data, longest)


def wrap(group: int, content: bytes) -> bytes:
    return tlv.encode(tag_of(group), content)


def signed_data(ef_sod: bytes) -> bytes:
    """The CMS message of EF.SOD. Raises CardError CARD-07."""
    return _only(SOD_TAG, ef_sod)


def build_sod(cms: bytes) -> bytes:
    return tlv.encode(SOD_TAG, cms)


def parse_com(data: bytes) -> Com:
    """Raises CardError CARD-07. Tags of no data group are passed over."""
    content = _only(COM_TAG, data)
    tags = tlv.need(content, TAG_LIST)
    groups = tuple(GROUP_TAGS.index(tag) + 1 for tag in tags if tag in GROUP_TAGS)
    return Com(groups, _digits(content, LDS_VERSION), _digits(content, UNICODE_VERSION))


def build_com(com: Com) -> bytes:
    return tlv.encode(
        COM_TAG,
        tlv.encode(LDS_VERSION, com.lds_version.encode("ascii"))
        + tlv.encode(UNICODE_VERSION, com.unicode_version.encode("ascii"))
        + tlv.encode(TAG_LIST, bytes(tag_of(group) for group in com.groups)),
    )


def parse_dg1(data: bytes) -> Mrz:
    """Raises CardError CARD-07."""
    zone = tlv.need(_only(tag_of(1), data), ZONE)
    try:
        return parse_mrz(zone.decode("ascii"))
    except UnicodeDecodeError:
        raise CardError("CARD-07", "malformed machine-readable zone") from None


def build_dg1(mrz: Mrz) -> bytes:
    return wrap(1, tlv.encode(ZONE, build_mrz(mrz).encode("ascii")))


def parse_dg11(data: bytes) -> HolderDetails:
    """Raises CardError CARD-07."""
    content = _only(tag_of(11), data)
    family, given = _names(_text(content, FULL_NAME))
    place = ", ".join(part for part in _text(content, PLACE_OF_BIRTH).split("<") if part)
    born = tlv.find(content, FULL_DATE_OF_BIRTH)
    return HolderDetails(family, given, partial_date(_date_digits(born)) if born else "", place)


def build_dg11(details: HolderDetails) -> bytes:
    """Blanks between names stand as fillers, as in the machine-readable zone."""
    names = NAMES_APART.join((details.family_names, details.given_names)).replace(" ", "<")
    born = details.date_of_birth.replace("-", "").ljust(8, "0") if details.date_of_birth else ""
    return wrap(11, _listed((FULL_NAME, names), (FULL_DATE_OF_BIRTH, born), (PLACE_OF_BIRTH, details.place_of_birth)))


def parse_dg12(data: bytes) -> DocumentDetails:
    """Raises CardError CARD-07."""
    content = _only(tag_of(12), data)
    issued = tlv.find(content, DATE_OF_ISSUE)
    return DocumentDetails(_text(content, ISSUING_AUTHORITY), whole_date(_date_digits(issued)) if issued else None)


def build_dg12(details: DocumentDetails) -> bytes:
    issued = f"{details.date_of_issue:%Y%m%d}" if details.date_of_issue else ""
    return wrap(12, _listed((ISSUING_AUTHORITY, details.issuing_authority), (DATE_OF_ISSUE, issued)))


def _only(tag: int, data: bytes, longest: int = MAX_BYTES) -> bytes:
    """The value of the one object a file is. Zeros behind it are the file's unused end."""
    if len(data) > longest:
        raise CardError("CARD-07", "a file of the travel document is too long")
    found, rest = tlv.first(data)
    if found.tag != tag or rest.strip(b"\x00"):
        raise CardError("CARD-07", f"a file of the travel document is not of tag {tag:02X}")
    return found.value


def _digits(content: bytes, tag: int) -> str:
    text = _text(content, tag)
    if text and not (text.isascii() and text.isdecimal()):
        raise CardError("CARD-07", "a version in EF.COM is no number")
    return text


def _text(content: bytes, tag: int) -> str:
    return card_text(tlv.find(content, tag) or b"")


def _names(text: str) -> tuple[str, str]:
    """Primary and secondary identifier; both empty where they cannot be told apart."""
    family, apart, given = text.partition(NAMES_APART)
    if not apart:
        return "", ""
    return _words(family), _words(given)


def _words(text: str) -> str:
    return " ".join(text.replace("<", " ").split())


def _date_digits(value: bytes) -> str:
    """YYYYMMDD from text, or from packed digits as documents of the first years have them."""
    if len(value) == BCD_DATE_BYTES:
        return value.hex()
    return value.decode("ascii", "replace")


def _listed(*parts: tuple[int, str]) -> bytes:
    """Tag list and objects of what is there."""
    there: Iterable[tuple[int, str]] = [(tag, text) for tag, text in parts if text]
    tags = b"".join(tag.to_bytes(2, "big") for tag, _ in there)
    objects = b"".join(tlv.encode(tag, text.encode("utf-8")) for tag, text in there)
    return tlv.encode(TAG_LIST, tags) + objects

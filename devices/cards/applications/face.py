"""The face of a travel document (DG2): found in either encoding, and decoded within bounds.

Sources: ICAO 9303-10 §4.7.2 (biometric templates), ISO/IEC 19794-5:2005 §5, ISO/IEC 39794-5:2019 annex A.

Rules
  1. What kind of picture it is, its first bytes tell: the field for it is wrong often enough.
  2. A picture too large to be a face is refused by its header, before anything of it is decoded.
  3. Decoding takes tens of milliseconds: never call it on the UI thread.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final

from devices.cards.applications import jpeg2000, lds
from devices.cards.wire import tlv
from kiosk.errors import CardError

if TYPE_CHECKING:
    from PIL import Image

MAX_BYTES: Final = 512 * 1024
MAX_PIXELS: Final = 2_000_000
MAX_JPEG_SCANS: Final = 64

INFORMATION_TEMPLATES, INFORMATION_TEMPLATE = 0x7F61, 0x7F60
HEADER, COUNT = 0xA1, 0x02
DATA, CONSTRUCTED_DATA = 0x5F2E, 0x7F2E
SEQUENCE: Final = 0x30

# ISO 19794-5: facial record header, then per face information, feature points, image information and the image.
RECORD_MAGIC: Final = b"FAC\x00010\x00"
RECORD_HEADER_BYTES: Final = 14
FACE_INFORMATION_BYTES: Final = 20
FEATURE_POINT_BYTES: Final = 8
IMAGE_INFORMATION_BYTES: Final = 12

# ISO 39794-5: the block inside the template, then representation, base, 2D image and its bytes.
FACE_BLOCK: Final = 0x65
WAY_TO_IMAGE: Final = (0xA1, SEQUENCE, 0xA1, 0xA0, 0xA0, 0x80)


class ImageFormat(Enum):
    """What a picture begins with; JP2 is a container around a JPEG 2000 codestream."""

    JPEG = b"\xff\xd8\xff"
    JP2 = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
    JPEG_2000 = b"\xff\x4f\xff\x51"


class FaceEncoding(Enum):
    """Format owner and type of the biometric data, as the header says it (tags 87 and 88)."""

    ISO_19794 = (b"\x01\x01", b"\x00\x08")
    ISO_39794 = (b"\x01\x01", b"\x00\x1e")


@dataclass(frozen=True, slots=True)
class FaceImage:
    """One picture as the chip holds it."""

    format: ImageFormat
    data: bytes = field(repr=False)


def face_image(data: bytes) -> FaceImage:
    """Raises CardError CARD-07 for anything but the three formats."""
    if len(data) > MAX_BYTES:
        raise CardError("CARD-07", "the face is too large")
    for kind in ImageFormat:
        if data.startswith(kind.value):
            return FaceImage(kind, data)
    raise CardError("CARD-07", "the face is in no known format")


def parse_dg2(data: bytes) -> FaceImage:
    """The first face. Raises CardError CARD-07."""
    template = tlv.need(lds.unwrap(2, data, MAX_BYTES), INFORMATION_TEMPLATES, INFORMATION_TEMPLATE)
    for part in tlv.parse(template):
        if part.tag in (DATA, CONSTRUCTED_DATA):
            old = part.value.startswith(RECORD_MAGIC[:4])
            return face_image(_image_of_record(part.value) if old else _image_of_block(part.value))
    raise CardError("CARD-07", "DG2 without a face")


def _image_of_record(record: bytes) -> bytes:
    """ISO 19794-5."""
    start = RECORD_HEADER_BYTES
    if len(record) < start + FACE_INFORMATION_BYTES:
        raise CardError("CARD-07", "the face record is too short")
    face_length = int.from_bytes(record[start : start + 4], "big")
    points = int.from_bytes(record[start + 4 : start + 6], "big")
    before = FACE_INFORMATION_BYTES + points * FEATURE_POINT_BYTES + IMAGE_INFORMATION_BYTES
    if not before < face_length <= len(record) - start:
        raise CardError("CARD-07", "the lengths of the face record do not fit")
    return record[start + before : start + face_length]


def _image_of_block(block: bytes) -> bytes:
    """ISO 39794-5, with or without the context tag around the block."""
    inner = tlv.find(block, 0xA1)
    return tlv.need(inner if inner is not None else block, FACE_BLOCK, *WAY_TO_IMAGE)


def build_dg2(image: FaceImage, encoding: FaceEncoding = FaceEncoding.ISO_19794) -> bytes:
    """One face in one template."""
    owner, kind = encoding.value
    header = (
        tlv.encode(0x80, b"\x01\x01") + tlv.encode(0x81, b"\x02") + tlv.encode(0x87, owner) + tlv.encode(0x88, kind)
    )
    match encoding:
        case FaceEncoding.ISO_19794:
            content = tlv.encode(DATA, _record(image))
        case FaceEncoding.ISO_39794:
            content = tlv.encode(CONSTRUCTED_DATA, tlv.encode(0xA1, _block(image)))
    template = tlv.encode(INFORMATION_TEMPLATE, tlv.encode(HEADER, header) + content)
    return lds.wrap(2, tlv.encode(INFORMATION_TEMPLATES, tlv.encode(COUNT, b"\x01") + template))


# Image data type of ISO 19794-5, image data format of ISO 39794-5.
RECORD_KINDS: Final[Mapping[ImageFormat, int]] = {ImageFormat.JPEG: 0, ImageFormat.JP2: 1, ImageFormat.JPEG_2000: 1}
BLOCK_KINDS: Final[Mapping[ImageFormat, int]] = {ImageFormat.JPEG: 2, ImageFormat.JP2: 3, ImageFormat.JPEG_2000: 3}


def _record(image: FaceImage) -> bytes:
    """No feature points; size, colours and source left unspecified, for the picture itself tells."""
    face_length = FACE_INFORMATION_BYTES + IMAGE_INFORMATION_BYTES + len(image.data)
    head = RECORD_MAGIC + (RECORD_HEADER_BYTES + face_length).to_bytes(4, "big") + b"\x00\x01"
    information = face_length.to_bytes(4, "big").ljust(FACE_INFORMATION_BYTES, b"\x00")
    image_information = bytes([1, RECORD_KINDS[image.format]]).ljust(IMAGE_INFORMATION_BYTES, b"\x00")
    return head + information + image_information + image.data


def _block(image: FaceImage) -> bytes:
    version = tlv.encode(0xA0, tlv.encode(0x80, b"\x03") + tlv.encode(0x81, b"\x07\xe3"))
    information = tlv.encode(0xA1, tlv.encode(0xA0, tlv.encode(0x80, bytes([BLOCK_KINDS[image.format]]))))
    picture = tlv.encode(0xA0, tlv.encode(0x80, image.data) + information)
    representation = tlv.encode(0x80, b"\x01") + tlv.encode(0xA1, tlv.encode(0xA0, picture))
    return tlv.encode(FACE_BLOCK, version + tlv.encode(0xA1, tlv.encode(SEQUENCE, representation)))


def decode_face(image: FaceImage) -> Image.Image:
    """In grey or RGB, whole in memory. Takes tens of milliseconds. Raises CardError CARD-07."""
    from PIL import Image  # 40 ms, and needed only where a face is shown

    _refuse_bombs(image)
    try:
        with Image.open(io.BytesIO(image.data), formats=("JPEG", "JPEG2000")) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise CardError("CARD-07", "the face has too many pixels")
            return opened.convert("L" if opened.mode == "L" else "RGB")
    except CardError:
        raise
    except Exception as error:  # the decoders raise whatever comes to their mind
        raise CardError("CARD-07", f"the face cannot be decoded: {type(error).__name__}") from None


def _refuse_bombs(image: FaceImage) -> None:
    """What would take long although it is small: many scans of a JPEG, endless packets of a JPEG 2000."""
    match image.format:
        case ImageFormat.JPEG:
            if image.data.count(b"\xff\xda") > MAX_JPEG_SCANS:
                raise CardError("CARD-07", "the face has too many scans")
        case ImageFormat.JP2:
            jpeg2000.check(jpeg2000.codestream(image.data), MAX_PIXELS)
        case ImageFormat.JPEG_2000:
            jpeg2000.check(image.data, MAX_PIXELS)

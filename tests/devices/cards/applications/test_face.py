"""Faces: both encodings, every format, and pictures that are none. Every face here is drawn by code."""

from __future__ import annotations

import io
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from devices.cards.applications import face, lds
from devices.cards.applications.drawn_face import SIZE, drawn_face
from devices.cards.applications.face import FaceEncoding, FaceImage, ImageFormat, build_dg2, decode_face, parse_dg2
from devices.cards.wire import tlv
from kiosk.errors import CardError
from tests.devices.cards.applications.refusals import read_or_refused, refused

EVERY_FACE = [(kind, encoding) for kind in ImageFormat for encoding in FaceEncoding]


@cache
def drawn(kind: ImageFormat) -> FaceImage:
    return drawn_face(kind)


@cache
def dg2(kind: ImageFormat, encoding: FaceEncoding) -> bytes:
    return build_dg2(drawn(kind), encoding)


def record(kind: ImageFormat) -> bytes:
    """The face record of ISO 19794-5 inside DG2."""
    return tlv.need(lds.unwrap(2, dg2(kind, FaceEncoding.ISO_19794)), 0x7F61, 0x7F60, 0x5F2E)


def around(content: bytes) -> bytes:
    """A DG2 with this as its one face."""
    return lds.wrap(2, tlv.encode(0x7F61, tlv.encode(0x7F60, tlv.encode(0x5F2E, content))))


@pytest.mark.parametrize(("kind", "encoding"), EVERY_FACE)
def test_a_face_comes_back_byte_by_byte(kind, encoding):
    assert parse_dg2(dg2(kind, encoding)) == drawn(kind)


@pytest.mark.parametrize("kind", ImageFormat)
def test_a_face_is_decoded(kind):
    picture = decode_face(drawn(kind))
    assert (picture.size, picture.mode) == (SIZE, "RGB")
    red, green, blue = picture.getpixel((120, 150))
    assert red > green > blue


def test_a_grey_face_stays_grey():
    out = io.BytesIO()
    Image.new("L", (120, 160), 90).save(out, "JPEG")
    assert decode_face(face.face_image(out.getvalue())).mode == "L"


def test_feature_points_before_the_picture_are_passed_over():
    image = drawn(ImageFormat.JPEG)
    plain = record(ImageFormat.JPEG)
    start = face.RECORD_HEADER_BYTES
    length = int.from_bytes(plain[start : start + 4], "big") + 3 * face.FEATURE_POINT_BYTES
    with_points = (
        plain[:start]
        + length.to_bytes(4, "big")
        + b"\x00\x03"
        + plain[start + 6 : start + face.FACE_INFORMATION_BYTES]
        + bytes(3 * face.FEATURE_POINT_BYTES)
        + plain[start + face.FACE_INFORMATION_BYTES :]
    )
    assert parse_dg2(around(with_points)) == image


def test_the_newer_block_may_stand_without_its_context_tag():
    inside = lds.unwrap(2, dg2(ImageFormat.JPEG_2000, FaceEncoding.ISO_39794))
    block = tlv.need(inside, 0x7F61, 0x7F60, 0x7F2E, 0xA1)
    assert parse_dg2(around(block)) == drawn(ImageFormat.JPEG_2000)


def test_what_is_no_face_is_refused():
    refused(parse_dg2, b"")
    refused(parse_dg2, lds.wrap(2, b""))
    refused(parse_dg2, lds.wrap(1, b""))
    template = tlv.encode(0x7F61, tlv.encode(0x7F60, tlv.encode(0xA1, b"")))
    assert "without a face" in refused(parse_dg2, lds.wrap(2, template))
    cut = record(ImageFormat.JPEG)[:60]
    for content in (b"", b"FAC\x00", b"FAC\x00010\x00" + b"\xff" * 60, b"BMsomething", cut):
        refused(parse_dg2, around(content))


def test_a_face_of_endless_size_is_refused():
    assert "too long" in refused(parse_dg2, bytes(face.MAX_BYTES + 1))
    with pytest.raises(CardError, match="too large"):
        face.face_image(ImageFormat.JPEG.value + bytes(face.MAX_BYTES))


@pytest.mark.parametrize("encoding", FaceEncoding)
def test_a_face_larger_than_other_files_may_be_is_read(encoding):
    image = face.face_image(drawn(ImageFormat.JPEG).data + bytes(2 * lds.MAX_BYTES))
    assert parse_dg2(build_dg2(image, encoding)) == image


def test_a_picture_with_too_many_pixels_is_refused_by_its_header():
    out = io.BytesIO()
    Image.new("L", (4000, 3000)).save(out, "JPEG")
    assert "too many pixels" in refused(decode_face, face.face_image(out.getvalue()))


def test_a_picture_with_endless_scans_is_refused():
    image = drawn(ImageFormat.JPEG)
    bomb = image.data + b"\xff\xda\x00\x08" * face.MAX_JPEG_SCANS
    assert "scans" in refused(decode_face, FaceImage(ImageFormat.JPEG, bomb))


@pytest.mark.parametrize("kind", ImageFormat)
def test_half_a_picture_is_refused(kind):
    data = drawn(kind).data
    refused(decode_face, FaceImage(kind, data[: len(data) // 2]))
    refused(decode_face, FaceImage(kind, kind.value))


def test_a_face_hides_from_repr():
    assert "data" not in repr(drawn(ImageFormat.JPEG))


@given(st.sampled_from(EVERY_FACE), st.integers(0, 120), st.binary(min_size=1, max_size=4))
def test_damaged_wrappers_are_read_or_refused(which, place, damage):
    data = dg2(*which)
    read_or_refused(parse_dg2, data[:place] + damage + data[place + len(damage) :])


@given(st.sampled_from(ImageFormat), st.floats(0, 1), st.binary(min_size=1, max_size=3))
def test_damaged_pictures_are_decoded_or_refused(kind, where, damage):
    data = drawn(kind).data
    place = int(where * len(data))
    read_or_refused(decode_face, FaceImage(kind, data[:place] + damage + data[place + len(damage) :]))

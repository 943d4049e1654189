"""Headers of JPEG 2000: faces pass, and what would keep a decoder busy for hours does not."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from devices.cards.applications import jpeg2000
from devices.cards.applications.drawn_face import drawn_face
from devices.cards.applications.face import MAX_PIXELS, ImageFormat
from tests.devices.cards.applications.refusals import read_or_refused, refused

BARE = drawn_face(ImageFormat.JPEG_2000).data
CONTAINER = drawn_face(ImageFormat.JP2).data
SIZ_BODY = BARE.index(b"\xff\x51") + 4
COD_BODY = BARE.index(b"\xff\x52") + 4


def changed(place: int, new: bytes, data: bytes = BARE) -> bytes:
    return data[:place] + new + data[place + len(new) :]


def check(data: bytes) -> None:
    jpeg2000.check(data, MAX_PIXELS)


def test_a_face_passes_bare_and_in_its_container():
    check(BARE)
    check(jpeg2000.codestream(CONTAINER))


@pytest.mark.parametrize(
    "options",
    [
        {"tile_size": (64, 64)},
        {"quality_mode": "rates", "quality_layers": [40, 20, 10]},
        {"precinct_size": (128, 128)},
        {"num_resolutions": 1},
        {"progression": "RPCL"},
    ],
    ids=str,
)
def test_what_encoders_of_faces_write_passes(options):
    out = io.BytesIO()
    Image.new("RGB", (413, 531), (90, 120, 150)).save(out, "JPEG2000", no_jp2=True, **options)
    check(out.getvalue())


def test_millions_of_pixels_tiles_layers_blocks_and_precincts_are_refused():
    assert "pixels" in refused(check, changed(SIZ_BODY + 2, b"\x7f\xff\xff\xff"))
    assert "tiles" in refused(check, changed(SIZ_BODY + 18, b"\x00\x00\x00\x01\x00\x00\x00\x01"))
    assert "colours" in refused(check, changed(SIZ_BODY + 34, b"\x40\x00"))
    assert "layers" in refused(check, changed(COD_BODY + 2, b"\xff\xff"))
    assert "layers" in refused(check, changed(COD_BODY + 5, b"\x20"))
    large = changed(SIZ_BODY + 2, b"\x00\x00\x05\x00\x00\x00\x05\x00")
    assert "code blocks" in refused(
        check, changed(COD_BODY + 6, b"\x00\x00", changed(SIZ_BODY + 18, large[SIZ_BODY + 2 : SIZ_BODY + 10], large))
    )
    levels = BARE[COD_BODY + 5]
    tiny = bytes([BARE[COD_BODY] | 1]) + BARE[COD_BODY + 1 : COD_BODY + 10] + bytes(levels + 1)
    length = (len(tiny) + 2).to_bytes(2, "big")
    end = COD_BODY + 10
    assert "precincts" in refused(check, BARE[: COD_BODY - 2] + length + tiny + BARE[end:])


def test_a_tile_may_not_change_what_the_header_said():
    start = BARE.index(b"\xff\x90")
    coding = BARE[COD_BODY - 4 : COD_BODY + 10]
    tile_length = int.from_bytes(BARE[start + 6 : start + 10], "big") + len(coding)
    head = changed(6, tile_length.to_bytes(4, "big"), BARE[start : start + 12])
    assert "tile no face needs" in refused(check, BARE[:start] + head + coding + BARE[start + 12 :])


def test_a_header_that_says_a_thing_twice_or_never_is_refused():
    coding = BARE[COD_BODY - 4 : COD_BODY + 10]
    start = BARE.index(b"\xff\x90")
    assert "no face needs" in refused(check, BARE[:start] + coding + BARE[start:])
    assert "without its coding" in refused(check, BARE.replace(coding, b""))
    refused(check, BARE[:start])
    refused(check, b"")


def test_a_container_without_a_picture_is_refused():
    for data in (
        b"",
        CONTAINER[:40],
        CONTAINER.replace(b"jp2c", b"jp2x"),
        b"\x00\x00\x00\x01jp2c",
        b"\x00\x00\x00\x08abcd" * 99,
    ):
        assert "without a picture" in refused(jpeg2000.codestream, data)


@given(st.integers(0, 160), st.binary(min_size=1, max_size=8))
def test_damaged_headers_are_read_or_refused(place, damage):
    read_or_refused(check, changed(place, damage))
    read_or_refused(jpeg2000.codestream, changed(place, damage, CONTAINER))


@given(st.binary(max_size=100))
def test_any_bytes_are_read_or_refused(data):
    for parse in (check, jpeg2000.codestream):
        read_or_refused(parse, b"\xff\x4f" + data)

"""Selecting and reading the files of a virtual card, without anything that protects them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.cards.virtual.file_system import Access, CardFile, Directory, FileSystem
from devices.cards.wire.apdu import Command

AID = bytes.fromhex("A0000002471001")
SMALL = bytes(range(100))
LARGE = bytes(index % 251 for index in range(40_000))


@pytest.fixture
def files() -> FileSystem:
    master_file = Directory((CardFile(0x011C, 0x1C, SMALL), CardFile(0x2F00, 0x1E, b"index")))
    application = Directory(
        (CardFile(0x0101, 0x01, b"one"), CardFile(0x0102, 0x02, LARGE), CardFile(0x0103, 0x03, b"", Access.INSPECTION)),
        AID,
    )
    return FileSystem((master_file, application), lambda file: file.access is Access.FREE)


def select(fid: str, p1: int = 0x02, p2: int = 0x0C, le: int | None = None) -> Command:
    return Command(0x00, 0xA4, p1, p2, bytes.fromhex(fid), le)


def read(offset: int, le: int | None) -> Command:
    return Command(0x00, 0xB0, offset >> 8, offset & 0xFF, le=le)


def read_short(sfi: int, offset: int, le: int) -> Command:
    return Command(0x00, 0xB0, 0x80 | sfi, offset, le=le)


def test_a_file_is_selected_and_read(files):
    assert files.select(select("011C")) == (b"", 0x9000)
    assert files.read(read(10, 20)) == (SMALL[10:30], 0x9000)


def test_reading_past_the_end_gives_what_is_there_and_says_so(files):
    files.select(select("011C"))
    assert files.read(read(90, 255)) == (SMALL[90:], 0x6282)
    assert files.read(read(100, 255)) == (b"", 0x6282)
    assert files.read(read(101, 255)) == (b"", 0x6B00)


@pytest.mark.parametrize("everything", [256, 65536])
def test_as_much_as_there_is_may_be_little(files, everything):
    files.select(select("011C"))
    assert files.read(read(0, everything)) == (SMALL, 0x9000)


def test_nothing_is_read_before_something_is_selected(files):
    assert files.read(read(0, 10)) == (b"", 0x6986)


def test_reading_needs_a_length(files):
    files.select(select("011C"))
    assert files.read(read(0, None)) == (b"", 0x6700)


def test_a_short_identifier_selects(files):
    assert files.read(read_short(0x1C, 5, 4)) == (SMALL[5:9], 0x9000)
    assert files.read(read(9, 4)) == (SMALL[9:13], 0x9000)


def test_a_short_identifier_of_no_file_leaves_nothing_selected(files):
    files.select(select("011C"))
    assert files.read(read_short(0x11, 0, 4)) == (b"", 0x6A82)
    assert files.read(read(0, 4)) == (b"", 0x6986)


def test_an_application_has_its_own_files(files):
    assert files.select(select("0101")) == (b"", 0x6A82)
    assert files.select(select(AID.hex(), p1=0x04)) == (b"", 0x9000)
    assert files.in_application
    assert files.select(select("0101")) == (b"", 0x9000)
    assert files.select(select("011C")) == (b"", 0x6A82)


def test_from_an_application_back_to_the_master_file(files):
    files.select(select(AID.hex(), p1=0x04))
    assert files.select(select("3F00", p1=0x00)) == (b"", 0x9000)
    assert not files.in_application
    files.select(select(AID.hex(), p1=0x04))
    assert files.select(select("", p1=0x00)) == (b"", 0x9000)
    assert not files.in_application


def test_an_identifier_alone_is_looked_for_in_the_application_and_then_in_the_master_file(files):
    files.select(select(AID.hex(), p1=0x04))
    assert files.select(select("0101", p1=0x00)) == (b"", 0x9000)
    assert files.in_application
    assert files.select(select("011C", p1=0x00)) == (b"", 0x9000)
    assert files.read(read(0, 3)) == (SMALL[:3], 0x9000)


def test_an_unknown_application_is_not_found_and_nothing_is_changed(files):
    files.select(select("011C"))
    assert files.select(select("D27600006601", p1=0x04)) == (b"", 0x6A82)
    assert files.read(read(0, 1))[1] == 0x9000


def test_selecting_for_information_answers_with_it(files):
    assert files.select(select("011C", p2=0x04, le=256)) == (bytes.fromhex("6208800200648302011C"), 0x9000)
    assert files.select(select(AID.hex(), p1=0x04, p2=0x00, le=256)) == (b"\x6f\x09\x84\x07" + AID, 0x9000)
    assert files.select(select("0101", p2=0x00)) == (b"", 0x9000)


def test_a_length_where_no_answer_is_wanted_is_refused(files):
    assert files.select(select("011C", le=256)) == (b"", 0x6700)


def test_a_file_that_may_not_be_read_can_be_selected(files):
    files.select(select(AID.hex(), p1=0x04))
    assert files.select(select("0103")) == (b"", 0x9000)
    assert files.read(read(0, 10)) == (b"", 0x6982)
    assert files.read(read_short(0x03, 0, 10)) == (b"", 0x6982)


def test_far_offsets_need_the_odd_instruction(files):
    files.select(select(AID.hex(), p1=0x04))
    files.select(select("0102"))
    far = Command(0x00, 0xB1, 0x00, 0x00, bytes.fromhex("54029000"), le=256)
    assert files.read_far(far) == (b"\x53\x82\x01\x00" + LARGE[0x9000 : 0x9000 + 256], 0x9000)
    assert files.read_far(Command(0x00, 0xB1, 0x00, 0x02, bytes.fromhex("540100"), le=2))[0] == b"\x53\x02" + LARGE[:2]


def test_an_odd_read_without_an_offset_is_malformed(files):
    files.select(select("011C"))
    assert files.read_far(Command(0x00, 0xB1, 0x00, 0x00, b"\x54", le=4)) == (b"", 0x6A80)
    assert files.read_far(Command(0x00, 0xB1, 0x00, 0x11, bytes.fromhex("540100"), le=4)) == (b"", 0x6A82)


@pytest.mark.parametrize("p1", [0x01, 0x03, 0x08, 0x09])
def test_other_ways_of_selecting_are_not_known(files, p1):
    assert files.select(select("011C", p1=p1)) == (b"", 0x6A86)


@given(st.integers(1, 300), st.integers(1, 400))
def test_any_chunks_give_the_file_back(chunk, length):
    content = LARGE[:length]
    files = FileSystem((Directory((CardFile(0x0101, 1, content),)),), lambda file: True)
    files.select(select("0101"))
    got = b""
    while True:
        data, status = files.read(read(len(got), chunk))
        got += data
        if status == 0x6282 or len(got) == length:
            break
    assert got == content

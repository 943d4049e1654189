"""The files of travel documents: the specimen's, and our own built and read again."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.cards.applications import lds
from devices.cards.applications.lds import Com, DocumentDetails, HolderDetails
from devices.cards.people import load_people, printed_zone
from devices.cards.wire import tlv
from tests.devices.cards.applications import specimen
from tests.devices.cards.applications.refusals import read_or_refused, refused

NAMES = st.text("ABCŁŚéöß'-", min_size=1, max_size=12)


def test_the_specimens_index_is_read_and_written_alike():
    com = lds.parse_com(specimen.EF_COM)
    assert com == Com(groups=(1, 2, 3, 14), lds_version="0107", unicode_version="040000")
    assert lds.build_com(com) == specimen.EF_COM


def test_the_specimens_zone_is_read():
    mrz = lds.parse_dg1(specimen.DG1)
    assert (mrz.family_names, mrz.given_names, mrz.document_number) == ("MUSTERMANN", "ERIKA", "C11T002JM")
    assert (mrz.date_of_birth, mrz.date_of_expiry, mrz.nationality) == ("960812", "131031", "D")


def test_the_specimens_security_infos_and_key_are_unwrapped():
    assert lds.unwrap(14, specimen.DG14) == specimen.DG14[4:]
    assert lds.unwrap(15, specimen.DG15) == specimen.DG15[3:]
    assert lds.wrap(14, lds.unwrap(14, specimen.DG14)) == specimen.DG14
    assert lds.wrap(15, lds.unwrap(15, specimen.DG15)) == specimen.DG15


@pytest.mark.parametrize("person", load_people().values(), ids=lambda person: person.id)
def test_a_persons_zone_comes_back(person):
    found = lds.parse_dg1(lds.build_dg1(printed_zone(person)))
    assert found.information == printed_zone(person).information
    assert found.document_number == person.document_number


def test_a_sod_is_unwrapped():
    assert lds.signed_data(lds.build_sod(b"\x30\x00")) == b"\x30\x00"


def test_zeros_behind_a_file_are_its_unused_end():
    assert lds.parse_dg1(specimen.DG1 + bytes(10)) == lds.parse_dg1(specimen.DG1)
    assert "tag" in refused(lds.parse_dg1, specimen.DG1 + b"\x00\x01")


@pytest.mark.parametrize("born", [b"19790930", bytes.fromhex("19790930")])
def test_a_date_of_dg11_is_text_or_packed_digits(born):
    content = tlv.encode(0x5C, bytes.fromhex("5F2B")) + tlv.encode(0x5F2B, born)
    assert lds.parse_dg11(lds.wrap(11, content)).date_of_birth == "1979-09-30"


def test_a_place_of_dg11_may_be_in_parts():
    content = tlv.encode(0x5C, bytes.fromhex("5F11")) + tlv.encode(0x5F11, "PRZYKŁADOWO<POL".encode())
    assert lds.parse_dg11(lds.wrap(11, content)).place_of_birth == "PRZYKŁADOWO, POL"


def test_a_full_name_whose_parts_cannot_be_told_apart_is_no_name():
    content = tlv.encode(0x5C, bytes.fromhex("5F0E")) + tlv.encode(0x5F0E, b"ZOFIA PRZYKLADOWSKA")
    assert lds.parse_dg11(lds.wrap(11, content)) == HolderDetails()


@given(
    family=NAMES,
    given_names=NAMES,
    born=st.sampled_from(["", "1979", "1979-09", "1979-09-30"]),
    place=NAMES | st.just(""),
)
def test_details_of_the_holder_come_back(family, given_names, born, place):
    details = HolderDetails(family, given_names, born, place)
    assert lds.parse_dg11(lds.build_dg11(details)) == details


@given(NAMES | st.just(""), st.dates(date(2004, 1, 1), date(2099, 1, 1)) | st.none())
def test_details_of_the_document_come_back(authority, issued):
    details = DocumentDetails(authority, issued)
    assert lds.parse_dg12(lds.build_dg12(details)) == details


@given(st.sets(st.integers(1, 16)).map(sorted).map(tuple))
def test_an_index_comes_back(groups):
    assert lds.parse_com(lds.build_com(Com(groups))).groups == groups


def test_a_holder_hides_from_repr():
    assert "ZOFIA" not in repr(HolderDetails("WZOR", "ZOFIA"))


def test_malformed_files_are_refused():
    assert "tag 61" in refused(lds.parse_dg1, specimen.DG14)
    refused(lds.parse_com, b"")
    refused(lds.parse_com, lds.build_com(Com((1,), lds_version="1.7x")))
    refused(lds.parse_dg1, lds.wrap(1, tlv.encode(0x5F1F, "Ä".encode() * 44)))
    refused(lds.parse_dg12, lds.wrap(12, tlv.encode(0x5F26, b"2026")))
    refused(lds.signed_data, b"\x77")
    assert "too long" in refused(lds.signed_data, lds.build_sod(bytes(70000)))


@given(st.binary(max_size=120), st.sampled_from([lds.parse_com, lds.parse_dg1, lds.parse_dg11, lds.parse_dg12]))
def test_any_bytes_are_read_or_refused(data, parse):
    for tag in (b"", b"\x60", b"\x61", b"\x6b", b"\x6c"):
        read_or_refused(parse, tag + bytes([len(data)]) + data if tag else data)

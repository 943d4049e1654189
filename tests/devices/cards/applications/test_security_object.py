"""Whether a data group is the one that was signed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.cards.applications.security_object import build_security_object, parse_security_object
from devices.cards.wire import tlv
from tests.devices.cards.applications import specimen
from tests.devices.cards.applications.refusals import read_or_refused, refused

ALGORITHMS = ("sha1", "sha224", "sha256", "sha384", "sha512")


def test_the_specimens_data_groups_are_those_that_were_signed():
    found = parse_security_object(specimen.SECURITY_OBJECT)
    assert found.algorithm == "sha1"
    assert tuple(found.hashes) == (1, 2, 3, 14)
    assert found.matches(1, specimen.DG1)
    assert found.matches(14, specimen.DG14)


def test_another_data_group_is_noticed():
    found = parse_security_object(specimen.SECURITY_OBJECT)
    assert not found.matches(1, specimen.DG1.replace(b"ERIKA", b"ERIKB"))
    assert not found.matches(14, specimen.DG1)
    assert not found.matches(15, specimen.DG15)


@given(st.dictionaries(st.integers(1, 16), st.binary(max_size=20)), st.sampled_from(ALGORITHMS))
def test_what_is_built_matches(groups, algorithm):
    found = parse_security_object(build_security_object(groups, algorithm))
    assert found.algorithm == algorithm
    assert all(found.matches(number, data) for number, data in groups.items())
    assert not any(found.matches(number, data + b"x") for number, data in groups.items())


def test_a_version_behind_the_table_is_passed_over():
    content = tlv.need(specimen.SECURITY_OBJECT, 0x30)
    version = tlv.encode(0x30, tlv.encode(0x13, b"0108") + tlv.encode(0x13, b"040000"))
    assert parse_security_object(tlv.encode(0x30, content + version)).algorithm == "sha1"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x30\x00",
        specimen.SECURITY_OBJECT.replace(bytes.fromhex("2b0e03021a"), bytes.fromhex("2b0e03021b")),
        specimen.SECURITY_OBJECT.replace(bytes.fromhex("020102"), bytes.fromhex("020101")),
        specimen.SECURITY_OBJECT.replace(bytes.fromhex("020102"), bytes.fromhex("020111")),
        specimen.SECURITY_OBJECT.replace(bytes.fromhex("2b0e03021a0500"), bytes.fromhex("2b0e03021a0501")),
        build_security_object({1: b"x"}, "sha256").replace(bytes.fromhex("040201"), bytes.fromhex("040203")),
        tlv.encode(0x30, bytes(20000)),
    ],
    ids=["empty", "nothing", "unknown hash", "twice", "no group", "length", "other hash", "too long"],
)
def test_a_malformed_security_object_is_refused(content):
    refused(parse_security_object, content)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data):
    for content in (data, tlv.encode(0x30, data)):
        read_or_refused(parse_security_object, content)

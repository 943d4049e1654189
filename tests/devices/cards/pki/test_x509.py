"""Certificates of states and their signers: what is read of them, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from devices.cards.crypto.groups import LIBRARY_CURVES
from devices.cards.pki.making_documents import Order, issue
from devices.cards.pki.private_keys import draw_ec_key
from devices.cards.pki.signatures import EcPublicKey
from devices.cards.pki.x509 import parse_certificate
from devices.cards.wire import tlv
from tests.devices.cards.pki.conftest import NOW
from tests.devices.cards.pki.refusals import code_of

A_DAY = timedelta(days=1)


@pytest.mark.parametrize("curve", LIBRARY_CURVES)
def test_what_is_issued_is_read(curve):
    made = issue(Order("CSCA", draw_ec_key(curve), 77, NOW, NOW + A_DAY, is_authority=True))
    certificate = made.certificate
    assert isinstance(certificate.key, EcPublicKey)
    assert (certificate.key, certificate.key.curve.name) == (made.key.public, curve)
    assert (certificate.name, certificate.country) == ("DE, Rathaus-Kiosk trial, CSCA", "DE")
    assert (certificate.serial, certificate.begins, certificate.ends) == (77, NOW, NOW + A_DAY)
    assert certificate.is_authority
    assert not certificate.may_sign_documents
    assert certificate.names(certificate)
    assert certificate.is_signed_by(certificate)


def test_the_ends_of_its_time_are_in_it(pki):
    certificate = pki.csca().certificate
    assert certificate.valid_at(certificate.begins)
    assert certificate.valid_at(certificate.ends)
    assert not certificate.valid_at(certificate.begins - timedelta(seconds=1))
    assert not certificate.valid_at(certificate.ends + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("change", "able"),
    [
        ({}, True),
        ({"usages": frozenset()}, True),
        ({"usages": frozenset({"key_cert_sign"})}, False),
        ({"purposes": frozenset({"1.3.6.1.5.5.7.3.1"})}, False),
        ({"is_authority": True}, False),
    ],
)
def test_who_may_sign_documents(pki, change, able):
    assert replace(pki.document_signer().certificate, **change).may_sign_documents is able


@pytest.mark.parametrize("written", [b"361122000000", b"00000101000000Z"], ids=["without its zone", "year 0"])
def test_a_time_that_cannot_be_compared_is_refused(pki, written):
    der = pki.csca().certificate.der
    ends = tlv.encode(0x17, b"361122000000Z")
    assert der.count(ends) == 1
    instead = tlv.encode(0x17 if len(written) == 12 else 0x18, written)
    assert code_of(lambda: parse_certificate(resized(der, ends, instead))) == "CARD-07"


def resized(der: bytes, old: bytes, new: bytes) -> bytes:
    """The certificate with another object in its validity."""
    content, *rest = tlv.parse(tlv.need(der, 0x30))
    parts = [
        tlv.encode(part.tag, part.value.replace(old, new) if old in part.value else part.value)
        for part in tlv.parse(content.value)
    ]
    others = b"".join(tlv.encode(item.tag, item.value) for item in rest)
    return tlv.encode(0x30, tlv.encode(0x30, b"".join(parts)) + others)


def test_a_key_of_another_kind_is_refused(pki):
    der = pki.csca().certificate.der
    changed = der.replace(bytes.fromhex("2a8648ce3d0201"), bytes.fromhex("2a8648ce3d0209"))
    assert code_of(lambda: parse_certificate(changed)) == "CARD-07"


def test_a_country_is_shown_without_control_characters_and_short(pki):
    """It stands in what `kiosk eac check` prints, and in file names."""
    der = pki.csca().certificate.der
    country = bytes.fromhex("0603550406130244") + b"E"
    for written, shown in ((b"\x1b[", "["), (b"de", "DE")):
        changed = der.replace(country, country[:-2] + written)
        assert parse_certificate(changed).country == shown
    long = tlv.encode(0x31, tlv.encode(0x30, country[:5] + tlv.encode(0x13, b"D" * 300)))
    short = tlv.encode(0x31, tlv.encode(0x30, country))
    assert parse_certificate(resized(der, short, long)).country == "DDD"


def test_no_bytes_are_shown(pki):
    certificate = pki.document_signer().certificate
    assert "Certificate(name=" in repr(certificate)
    assert "signature=" not in repr(certificate)

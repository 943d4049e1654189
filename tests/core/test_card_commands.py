"""What a technician sees of readers, cards and certificates at the command line."""

from __future__ import annotations

import io
import json
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from devices.cards.pki.making import SpecimenPki, make_specimen_pki
from devices.cards.virtual.faults import Fault
from devices.cards.virtual.making import make_card
from devices.cards.virtual.slot import VirtualSlot
from devices.cards.virtual.vpcd import VpcdClient
from devices.cards.ways.configured import Certificates, load_certificates
from kiosk.card_commands import ReadOrder, asked, info, insert, read, virtual_card, watch
from kiosk.errors import CardError, ConfigError
from kiosk.identity import Attribute, Way

NAMES = frozenset({Attribute.FAMILY_NAMES, Attribute.GIVEN_NAMES})


@pytest.fixture
def pki() -> SpecimenPki:
    return make_specimen_pki(datetime.now(UTC).date())


@pytest.fixture
def slot(pki) -> Iterator[VirtualSlot]:
    slot = VirtualSlot(wait=lambda seconds: None, pki=lambda: pki)
    yield slot
    slot.close()


@pytest.fixture
def certificates(pki, tmp_path) -> Certificates:
    pki.write_terminal(tmp_path / "eac")
    pki.write_csca(tmp_path / "csca")
    return load_certificates(tmp_path / "eac", tmp_path / "csca")


@pytest.fixture
def nothing() -> Certificates:
    return load_certificates(None, None)


def rows(text: str) -> dict[str, str]:
    return {line[:16].strip(): line[17:] for line in text.splitlines()}


@pytest.mark.parametrize(
    ("person", "kind"),
    [
        ("erika", "German card with the eID application"),
        ("wannes", "identity card of another EU state"),
        ("zofia", "passport, or a travel document unlocked like one"),
    ],
)
def test_info_says_what_the_card_is(slot, certificates, capsys, person, kind):
    slot.insert(person)
    assert info(slot, certificates) == 0
    shown = capsys.readouterr().out
    assert rows(shown)["card"] == kind
    assert not any(value and value in shown for value in slot.people[person].attributes.values() if len(value) > 3)


def test_info_says_what_is_missing_for_the_card(slot, nothing, capsys):
    slot.insert("erika")
    info(slot, nothing)
    shown = capsys.readouterr().out
    assert "needs the CAN, a confirmation by staff" in rows(shown)["on_site"]
    assert "→ no terminal certificate: `kiosk eac import`" in shown


def test_info_says_what_works_without_certificates(slot, nothing, capsys):
    slot.insert("zofia")
    info(slot, nothing)
    assert "unverified" in capsys.readouterr().out


def test_info_with_everything_there_complains_of_nothing(slot, certificates, capsys):
    slot.insert("erika")
    info(slot, certificates)
    assert "→" not in capsys.readouterr().out


def test_a_card_is_read_the_way_that_fits_it(slot, certificates, capsys):
    slot.insert("erika")
    assert read(slot, certificates, ReadOrder(slot.people["erika"].can)) == 0
    shown = rows(capsys.readouterr().out)
    assert (shown["family_names"], shown["way"], shown["assurance"]) == ("Beispiel", "on_site", "high")


def test_a_passport_is_read_with_what_is_printed_on_it(slot, certificates, capsys):
    slot.insert("zofia")
    zofia = slot.people["zofia"]
    born = date.fromisoformat(zofia.attributes[Attribute.DATE_OF_BIRTH])
    key = f"{zofia.document_number} {born} {zofia.expires_on}"
    assert read(slot, certificates, ReadOrder(key, attributes=NAMES, as_json=True)) == 0
    given = json.loads(capsys.readouterr().out)
    assert given["attributes"] == {"family_names": "Przykładowska-Wzór", "given_names": "Zofia Łucja"}
    assert (given["way"], given["authenticity"]) == ("travel_document", "verified")


def test_a_passport_with_unknown_parts_of_the_birth_date_is_read(slot, certificates, capsys):
    zofia = slot.people["zofia"]
    slot.people["zofia"] = replace(zofia, attributes={**zofia.attributes, Attribute.DATE_OF_BIRTH: "1979"})
    slot.insert("zofia")
    order = ReadOrder(f"{zofia.document_number} 1979 {zofia.expires_on}", as_json=True)
    assert read(slot, certificates, order) == 0
    assert json.loads(capsys.readouterr().out)["attributes"]["date_of_birth"] == "1979"


def test_the_can_is_asked_for_where_it_is_not_given(slot, certificates, capsys):
    slot.insert("erika")
    prompts: list[str] = []

    def ask(prompt: str) -> str:
        prompts.append(prompt)
        return slot.people["erika"].can

    assert read(slot, certificates, ReadOrder(), ask) == 0
    assert prompts == ["CAN: "]
    assert slot.people["erika"].can not in "".join(capsys.readouterr())


def test_a_program_gives_the_can_on_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("500540\nmore\n"))
    assert asked("CAN: ") == "500540"


def test_an_order_shows_nobody_the_can():
    assert "500540" not in repr(ReadOrder("500540"))


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (ReadOrder("000000"), "CARD-03"),
        (ReadOrder("X1 yesterday tomorrow"), "CARD-28"),
        (ReadOrder("X1 1990-1 2030-01-31"), "CARD-28"),
        (ReadOrder("€"), "CARD-03"),
        (ReadOrder(""), "CARD-03"),
        (ReadOrder("X1 1990-01-31"), "CARD-03"),
        (ReadOrder("000000", way=Way.TRAVEL_DOCUMENT), "CARD-27"),
        (ReadOrder("000000", way=Way.ONLINE), "CARD-16"),
    ],
)
def test_what_fails_leaves_with_its_code(slot, certificates, order, code):
    slot.insert("erika")
    with pytest.raises(CardError) as caught:
        read(slot, certificates, order)
    assert caught.value.code == code


def test_nothing_is_printed_of_a_reading_that_fails(slot, certificates, capsys):
    slot.insert("erika", Fault.CLONE)
    with pytest.raises(CardError, match="CARD-09"):
        read(slot, certificates, ReadOrder(slot.people["erika"].can))
    assert capsys.readouterr().out == ""


def test_watch_says_when_cards_come_and_go(slot, capsys):
    def hand() -> None:
        slot.insert("erika")
        slot.remove()

    assert watch(slot, until=hand) == 0
    shown = [line[9:] for line in capsys.readouterr().out.splitlines()]
    assert shown == ["no card", "card inserted", "no card"]


def test_the_virtual_card_and_the_terminal_trust_each_other_over_one_folder(tmp_path):
    virtual_card("erika", None, tmp_path)
    found = load_certificates(tmp_path / "eac", tmp_path / "csca")
    assert found.terminal.current is not None
    assert found.trust


@pytest.mark.parametrize(("person", "fault"), [("nobody", None), ("erika", "unheard-of")])
def test_an_unknown_person_or_fault_is_answered_with_those_there_are(tmp_path, person, fault):
    with pytest.raises(ConfigError, match="there are: "):
        virtual_card(person, fault, tmp_path)


def test_a_virtual_card_lies_in_the_reader_until_it_is_ended(slot, pki):
    card = make_card(slot.people["erika"], None, today=pki.made_on, pki=pki)
    with socket.create_server(("127.0.0.1", 0)) as reader:
        client = VpcdClient(card, *reader.getsockname())
        lying: list[bool] = []
        assert insert(client, until=lambda: lying.append(client.inserted)) == 0
    assert lying == [True]
    assert not client.inserted


def test_without_a_reader_a_virtual_card_lies_nowhere(slot, pki):
    card = make_card(slot.people["erika"], None, today=pki.made_on, pki=pki)
    with socket.create_server(("127.0.0.1", 0)) as reader:
        nobody = reader.getsockname()
    with pytest.raises(CardError, match="CARD-01"):
        insert(VpcdClient(card, *nobody))

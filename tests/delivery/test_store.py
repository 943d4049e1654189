"""Save is the commit point: both departments or none, unreadable here, readable there, and honest about failing."""

from __future__ import annotations

import json
import os
import resource
import stat
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from kiosk.application import OutOfServiceReason
from kiosk.delivery.keys import KeyCache
from kiosk.delivery.outbox import Outbox
from kiosk.delivery.outbox_file import ASIDE
from kiosk.delivery.prepare import ReadyMaker
from kiosk.delivery.reference import read_code, read_reference, status_index, status_token
from kiosk.delivery.store import OutboxStore
from kiosk.delivery.submission import (
    ATTACHMENT_LIMIT_BYTES,
    DATA_LIMIT_BYTES,
    METADATA_LIMIT_BYTES,
    check_parts,
    read_data,
    read_metadata,
)
from kiosk.delivery.tokens import open_sealed, public_part
from kiosk.errors import CentralError, DeliveryError, DocumentError, OutboxError
from kiosk.identity import Authenticity
from kiosk.language import load

FORM = b"%PDF-1.7 Beispielowa"


@pytest.fixture
def maker():
    return ReadyMaker("C2", lambda application, destination, reference: FORM + reference.encode())


@pytest.fixture
def draft(maker, application):
    return maker.prepare(application)


@pytest.fixture
def keys(config, department_key):
    cache = KeyCache(config.delivery.keys_dir)
    for destination in config.delivery.destinations.values():
        cache.store(destination.destination_id, public_part(department_key))
    return cache


@pytest.fixture
def woken():
    return []


@pytest.fixture
def store(config, keys, woken):
    store = OutboxStore(config, load("de"), lambda: woken.append(True))
    yield store
    store.close()


def rows(config):
    box = Outbox(config.outbox.path)
    try:
        return {row.destination: (row, box.sealed(row.id)) for row in box.all_rows()}
    finally:
        box.close()


def opened(sealed, private):
    metadata = read_metadata(open_sealed(sealed.metadata, private, METADATA_LIMIT_BYTES))
    data = open_sealed(sealed.data, private, DATA_LIMIT_BYTES)
    files = {key: open_sealed(jwe, private, ATTACHMENT_LIMIT_BYTES) for key, jwe in sealed.attachments.items()}
    check_parts(metadata, data, files)
    return metadata, read_data(data), files


# ---- prepare ----------------------------------------------------------------------------------


def test_a_draft_has_a_code_a_reference_for_each_department_and_the_forms(draft):
    assert read_code(draft.code) == draft.code
    assert draft.status_index == status_index(status_token(draft.code))
    assert set(draft.references) == set(draft.forms) == {"dog-tax", "dog-register"}
    assert all(read_reference(text) == text for text in draft.references.values())
    assert draft.forms["dog-tax"].endswith(draft.references["dog-tax"].encode())
    assert draft.code not in repr(draft)


def test_data_laid_out_ahead_are_the_data_laid_out_at_once(store, application, draft, config, department_key):
    store.save(application, draft, share_references=False)
    store.save(application, replace(draft, application_id=uuid4(), data={}), share_references=False)
    box = Outbox(config.outbox.path)
    kept = [box.sealed(row.id) for row in box.all_rows()]
    box.close()
    clear = [open_sealed(sealed.data, department_key, DATA_LIMIT_BYTES) for sealed in kept]
    assert clear[:2] == clear[2:] == list(draft.data.values())


def test_a_form_that_cannot_be_rendered_is_no_draft(application):
    def render(*_):
        raise DocumentError("DOC-01")

    with pytest.raises(DocumentError):
        ReadyMaker("C2", render).prepare(application)


# ---- save -------------------------------------------------------------------------------------


def test_each_department_can_read_its_own_fields_and_no_others(store, application, draft, config, department_key):
    store.save(application, draft, share_references=False)
    found = {name: opened(sealed, department_key) for name, (_, sealed) in rows(config).items()}
    paths = {name: [row.path for part in data.sections for row in part.rows] for name, (_, data, _) in found.items()}
    assert paths == {"dog-tax": ["name", "dog", "relief"], "dog-register": ["name", "born", "dog", "age"]}
    [first, *_] = found["dog-tax"][1].sections[0].rows
    assert (first.label, first.text, first.source, first.contested) == (
        "Name",
        "Žofia Beispielowa",
        "card",
        "Žofia Anders",
    )
    assert found["dog-register"][1].sections[1].rows[1].value == 3
    assert found["dog-register"][1].warnings == ("Bitte das Geburtsdatum prüfen.",)
    assert found["dog-tax"][1].warnings == ()
    assert found["dog-tax"][1].flags == ("language-dsb", "card-contested")


def test_metadata_say_who_when_and_how_it_was_identified(store, application, draft, config, department_key):
    saved_at = store.save(application, draft, share_references=False)
    metadata, data, files = opened(rows(config)["dog-tax"][1], department_key)
    assert metadata.reference == draft.references["dog-tax"]
    assert metadata.status_index == draft.status_index
    assert metadata.recorded_at == saved_at
    assert timedelta() <= datetime.now(UTC) - saved_at < timedelta(minutes=1)
    assert metadata.terminal == "Foyer"
    assert metadata.application_date == data.answered_on == date(2026, 11, 22)
    assert metadata.identification == application.evidence
    assert metadata.identification.authenticity is Authenticity.VERIFIED
    assert metadata.service.name == "Hund anmelden"
    [info] = metadata.attachments
    assert info.filename == f"{metadata.reference}.pdf"
    assert files[info.attachment_id] == draft.forms["dog-tax"]


@pytest.mark.parametrize("agreed", [False, True])
def test_departments_learn_of_each_other_only_with_consent(agreed, store, application, draft, config, department_key):
    store.save(application, draft, share_references=agreed)
    metadata, _, _ = opened(rows(config)["dog-tax"][1], department_key)
    assert metadata.related_references == ((draft.references["dog-register"],) if agreed else ())


def test_an_anonymous_application_has_no_identification(store, application, maker, config, department_key):
    anonymous = replace(application, evidence=None, language="de")
    store.save(anonymous, maker.prepare(anonymous), share_references=False)
    metadata, data, _ = opened(rows(config)["dog-tax"][1], department_key)
    assert metadata.identification is None
    assert data.flags == ("card-contested",)


def test_nothing_readable_reaches_the_disk(store, application, draft, config, tmp_path):
    store.save(application, draft, share_references=True)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    secrets = ["Beispielowa", "Anders", "Łapka", "1964-08", draft.code, draft.code.replace("-", ""), "Befreiung"]
    secrets.append(status_token(draft.code))
    assert any(path.name.startswith("outbox") for path in files)
    for path in files:
        content = path.read_bytes()
        assert not [secret for secret in secrets if secret.encode() in content], path


def test_saving_wakes_sync_and_saving_again_stores_once(store, application, draft, config, woken):
    for _ in range(2):
        store.save(application, draft, share_references=False)
    assert len(rows(config)) == 2
    assert woken == [True, True]


def test_a_full_disk_is_told_and_nothing_is_stored(store, application, draft, config, woken):
    assert store.readiness() is None
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (config.outbox.path.stat().st_size, hard))
    try:
        with pytest.raises(OutboxError, match="OUTBOX-01"):
            store.save(application, draft, share_references=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    assert rows(config) == {}
    assert woken == []
    store.save(application, draft, share_references=False)
    assert len(rows(config)) == 2


def test_without_a_key_nothing_is_stored(config, application, draft):
    store = OutboxStore(config, load("de"), lambda: None)
    with pytest.raises(OutboxError, match="DELIV-05"):
        store.save(application, draft, share_references=False)
    assert not config.outbox.path.exists()


# ---- readiness --------------------------------------------------------------------------------


def test_a_terminal_with_keys_and_space_is_ready(store):
    assert store.readiness() is None


def test_no_visit_starts_without_keys(config):
    store = OutboxStore(config, load("de"), lambda: None)
    assert store.readiness() is OutOfServiceReason.NO_DESTINATION_KEYS
    store.close()


def test_no_visit_starts_below_the_low_water_mark_but_a_started_one_finishes(config, keys, application, draft):
    low = replace(config, outbox=replace(config.outbox, low_water_bytes=10**18))
    store = OutboxStore(low, load("de"), lambda: None)
    assert store.readiness() is OutOfServiceReason.OUTBOX_FULL
    store.save(application, draft, share_references=False)
    assert len(rows(config)) == 2
    store.close()


def test_a_damaged_outbox_takes_the_terminal_out_of_service(store, config, application, draft):
    config.outbox.path.parent.mkdir(parents=True, exist_ok=True)
    config.outbox.path.write_bytes(b"garbage" * 1000)
    for _ in range(2):
        assert store.readiness() is OutOfServiceReason.OUTBOX_DAMAGED
    with pytest.raises(OutboxError, match="OUTBOX-02"):
        store.save(application, draft, share_references=False)
    assert config.outbox.path.with_name(config.outbox.path.name + ASIDE).read_bytes() == b"garbage" * 1000


def test_an_outbox_damaged_while_it_is_open_is_noticed(store, config, application, draft):
    store.save(application, draft, share_references=False)
    config.outbox.path.rename(config.outbox.path.with_name("gone"))
    with pytest.raises(OutboxError, match="OUTBOX-02"):
        store.save(application, replace(draft, application_id=uuid4()), share_references=False)


def test_window_and_delivery_may_both_write(store, config):
    before = os.umask(0o007)
    try:
        assert store.readiness() is None
        assert stat.S_IMODE(config.outbox.path.stat().st_mode) == 0o660
        log = config.outbox.path.with_name(config.outbox.path.name + "-wal")
        assert stat.S_IMODE(log.stat().st_mode) == 0o660
    finally:
        os.umask(before)


# ---- keys -------------------------------------------------------------------------------------


def test_a_rotated_key_is_used_without_a_restart(keys, config, department_key, department_public):
    destination = next(iter(config.delivery.destinations.values())).destination_id
    assert keys.key_of(destination)["kid"] == department_public["kid"]
    KeyCache(config.delivery.keys_dir).store(destination, public_part(department_key) | {"kid": "next"})
    assert keys.key_of(destination)["kid"] == "next"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"kty": "RSA"}', b"\xff\xfe", b"[" * 15_000, b" " * 30_000])
def test_a_spoiled_key_file_is_no_key(content, keys, config):
    destination = next(iter(config.delivery.destinations.values())).destination_id
    (config.delivery.keys_dir / f"{destination}.json").write_bytes(content)
    with pytest.raises(DeliveryError, match="DELIV-05"):
        keys.key_of(destination)


# ---- the receiving side -----------------------------------------------------------------------


@pytest.mark.parametrize("read", [read_metadata, read_data])
@pytest.mark.parametrize(
    "clear", [b"", b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"contentStructure": {"data": 7}}', b"x" * 6_000_000]
)
def test_malformed_parts_are_refused(read, clear):
    with pytest.raises(CentralError, match="CENTRAL-03"):
        read(clear)


def test_a_foreign_senders_metadata_are_read_too():
    foreign = {
        "contentStructure": {"data": {"hash": {"type": "sha512", "content": "AB" * 64}}, "attachments": []},
        "publicServiceType": {"identifier": "urn:de:fim:leika:leistung:1", "name": "Etwas"},
    }
    metadata = read_metadata(json.dumps(foreign).encode())
    assert (metadata.data_digest, metadata.status_index, metadata.identification) == ("ab" * 64, "", None)


def test_swapped_parts_are_noticed(store, application, draft, config, department_key):
    store.save(application, draft, share_references=False)
    found = rows(config)
    metadata, _, files = opened(found["dog-tax"][1], department_key)
    other = open_sealed(found["dog-register"][1].data, department_key, DATA_LIMIT_BYTES)
    own = open_sealed(found["dog-tax"][1].data, department_key, DATA_LIMIT_BYTES)
    for data, attachments in ((other, files), (own, {}), (own, dict.fromkeys(files, b"another form"))):
        with pytest.raises(CentralError, match="CENTRAL-03"):
            check_parts(metadata, data, attachments)

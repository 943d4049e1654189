"""What sync looks after: keys the town vouches for, and what a restored service lost."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from jwcrypto.jwk import JWK

from kiosk.delivery.courier import Courier
from kiosk.delivery.fitconnect import FitConnect
from kiosk.delivery.key_list import KeyList, name_of, sign_key_list
from kiosk.delivery.keys import KeyCache
from kiosk.delivery.outbox import RowState
from kiosk.delivery.tokens import make_signature_key, public_part
from kiosk.delivery.upkeep import KeyKeeper, LostAndFound, clock_is_wrong
from kiosk.errors import ConfigError, DeliveryError

NOW = datetime.now(UTC).replace(microsecond=0)
SILENT = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def town_key() -> JWK:
    return make_signature_key()


@pytest.fixture
def signed(service, town_key):
    """The town signs a list with the published key, or with others; `age` in days."""

    def sign(*publics, age=1, lasts=30):
        names = frozenset(name_of(public) for public in publics or (service.published,))
        issued = NOW - timedelta(days=age)
        listed = KeyList({UUID(service.destination_id): names}, issued, issued + timedelta(days=lasts))
        return sign_key_list(listed, town_key)

    return sign


@pytest.fixture
def trusting(config, town_key, tmp_path):
    """The delivery settings of a terminal that knows the town's key."""
    file = tmp_path / "town.jwk"
    file.write_text(json.dumps(public_part(town_key)))
    return replace(config.delivery, town_key_file=file)


def refresh(delivery):
    """The codes of what failed."""
    return {error.code for error in KeyKeeper(delivery, FitConnect(delivery)).refresh()}


def cached(delivery, service):
    try:
        return KeyCache(delivery.keys_dir).public(UUID(service.destination_id))["kid"]
    except DeliveryError as error:
        return error.code


class TestKeys:
    def test_a_key_on_the_signed_list_is_kept(self, service, trusting, signed):
        service.key_list = signed()
        assert refresh(trusting) == set()
        assert cached(trusting, service) == service.published["kid"]

    def test_a_key_that_is_not_on_it_is_not(self, service, trusting, signed):
        service.key_list = signed(public_part(make_signature_key()))
        assert refresh(trusting) == {"DELIV-05"}
        assert cached(trusting, service) == "DELIV-05"

    def test_without_a_list_no_key_is_believed(self, service, trusting):
        assert refresh(trusting) == {"DELIV-05"}
        assert cached(trusting, service) == "DELIV-05"

    def test_a_list_signed_by_somebody_else_counts_for_nothing(self, service, trusting, signed, town_key):
        service.key_list = signed()
        assert refresh(trusting) == set()
        stranger = make_signature_key()
        names = {UUID(service.destination_id): frozenset({name_of(public_part(stranger))})}
        service.key_list = sign_key_list(KeyList(names, NOW, NOW + timedelta(days=9)), stranger)
        assert refresh(trusting) == {"DELIV-05"}
        assert cached(trusting, service) == service.published["kid"], "the list that was kept still counts"

    def test_an_older_list_does_not_bring_a_dropped_key_back(self, service, trusting, signed):
        old = service.published
        service.key_list = signed(age=3)
        assert refresh(trusting) == set()
        newest = signed(public_part(make_signature_key()), age=1)
        service.key_list = newest
        assert refresh(trusting) == {"DELIV-05"}
        assert cached(trusting, service) == "DELIV-05", "a key the town no longer vouches for is gone"
        service.key_list = signed(old, age=2)
        assert refresh(trusting) == {"DELIV-05"}
        assert cached(trusting, service) == "DELIV-05"

    def test_what_was_kept_serves_without_a_network_until_the_list_ends(self, service, trusting, signed):
        service.key_list = signed()
        assert refresh(trusting) == set()
        assert refresh(replace(trusting, api_url=SILENT, token_url=SILENT)) == {"DELIV-01"}
        assert cached(trusting, service) == service.published["kid"]

    def test_a_list_that_has_ended_is_none(self, service, trusting, signed):
        service.key_list = signed(age=40, lasts=30)
        assert refresh(trusting) == {"DELIV-05"}
        assert cached(trusting, service) == "DELIV-05"

    def test_a_pinned_key_needs_no_list(self, service, config):
        def pinned(thumbprint):
            destinations = {
                name: replace(item, key_thumbprints=(thumbprint,))
                for name, item in config.delivery.destinations.items()
            }
            return replace(config.delivery, destinations=destinations)

        assert refresh(pinned(name_of(service.published).thumbprint)) == set()
        assert cached(config.delivery, service) == service.published["kid"]
        assert refresh(pinned("another")) == {"DELIV-05"}
        assert cached(config.delivery, service) == "DELIV-05"

    def test_another_machine_needs_somebody_who_vouches(self, config, service):
        away = replace(config.delivery, api_url="https://delivery.example")
        with pytest.raises(ConfigError, match=r"town_key_file or delivery\.destinations\.dog-tax\.key_thumbprints"):
            refresh(away)

    @pytest.mark.parametrize("text", ["", "{}", "[1]", '{"kty": "RSA", "n": "AQAB", "e": "AQAB"}'])
    def test_a_town_key_that_is_none_is_a_fault_of_the_configuration(self, config, service, tmp_path, text):
        (tmp_path / "bad.jwk").write_text(text)
        with pytest.raises(ConfigError, match=r"delivery\.town_key_file"):
            refresh(replace(config.delivery, town_key_file=tmp_path / "bad.jwk"))


class TestRestored:
    @pytest.fixture
    def delivered(self, outbox, config, service, new_row):
        """Three submissions that the service has proven to hold, and whoever looks after them."""
        rows = [new_row(1) for _ in range(3)]
        outbox.put(rows)
        client = FitConnect(config.delivery)
        courier = Courier(client, lambda work: work(outbox))
        for row in rows:
            courier.deliver(row.id)
        return rows, courier, LostAndFound(client, courier)

    def test_a_service_that_was_never_restored_is_asked_nothing(self, delivered, service):
        calls = len(service.calls)
        assert delivered[2].look() == 0
        assert len(service.calls) == calls + 1

    def test_what_a_restored_service_lost_goes_its_way_again_and_arrives_once(self, delivered, service, outbox):
        rows, courier, lost = delivered
        gone = outbox.row(rows[1].id).submission_id
        service.forget(str(gone))
        service.restored_at = NOW.isoformat()
        assert lost.look() == 1
        assert outbox.row(rows[1].id).state is RowState.SEALED
        courier.deliver(rows[1].id)
        assert len(service.arrived) == len(set(service.arrived)) == 3
        assert {outbox.row(row.id).state for row in rows} == {RowState.DELIVERED}

    def test_a_restoration_is_looked_after_once(self, delivered, service):
        service.restored_at = NOW.isoformat()
        assert delivered[2].look() == 0
        calls = len(service.calls)
        assert delivered[2].look() == 0
        assert len(service.calls) == calls + 1

    def test_one_it_knows_but_cannot_prove_is_uploaded_again_under_its_ids(self, delivered, service, outbox):
        rows, courier, lost = delivered
        known = outbox.row(rows[0].id).submission_id
        service.tokens[str(known)].pop()
        service.contents.pop(str(known))
        service.arrived.remove(str(known))
        service.restored_at = NOW.isoformat()
        assert lost.look() == 1
        assert outbox.row(rows[0].id).state is RowState.UPLOADING
        courier.deliver(rows[0].id)
        assert service.arrived.count(str(known)) == 1
        assert len(service.arrived) == 3

    def test_a_look_that_breaks_off_begins_anew(self, delivered, service, outbox):
        rows, _, lost = delivered
        service.forget(str(outbox.row(rows[2].id).submission_id))
        service.restored_at = NOW.isoformat()
        service.fails("GET", "/v2/submissions/[^/]+/events", "503")
        with pytest.raises(DeliveryError):
            lost.look()
        assert lost.look() == 1

    def test_a_foreign_service_has_no_such_page(self, config, service):
        service.fails("GET", "/.well-known/.*", "404-page", times=2)
        assert FitConnect(config.delivery).restored_at() is None
        assert FitConnect(config.delivery).key_list() is None


def test_the_services_date_tells_whether_the_clock_is_wrong(config, service):
    client = FitConnect(config.delivery)
    assert not clock_is_wrong(client.clock_ahead_s), "nothing was told yet"
    client.service_keys()
    assert abs(client.clock_ahead_s) < 5
    assert not clock_is_wrong(client.clock_ahead_s)
    assert clock_is_wrong(-31.0)
    assert clock_is_wrong(86_400.0)

"""Addresses, waiting times and the client's own rules; what the service may do wrong is in test_courier.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.delivery.fitconnect import RETRY_AFTER_LIMIT_S, FitConnect, require_tls
from kiosk.delivery.fitconnect import _retry_after as retry_after
from kiosk.delivery.schedule import BASE_S, CAP_S, wait_s
from kiosk.errors import ConfigError, DeliveryError


@pytest.mark.parametrize(
    "url", ["https://delivery.example", "http://127.0.0.1:8000", "http://[::1]/", "http://localhost"]
)
def test_tls_is_not_asked_for_on_this_machine(url):
    require_tls("delivery.api_url", url)


@pytest.mark.parametrize(
    "url", ["http://delivery.example", "http://10.0.0.1", "ftp://127.0.0.1", "", "https://", "http://127.0.0.1.example"]
)
def test_tls_is_required_for_another_machine(url, config):
    with pytest.raises(ConfigError, match=r"delivery\.api_url"):
        require_tls("delivery.api_url", url)
    with pytest.raises(ConfigError, match="CONFIG-02"):
        FitConnect(replace(config.delivery, api_url=url))


def test_a_destination_key_comes_with_the_kid_it_was_named_by(service, config):
    client = FitConnect(config.delivery)
    destination = next(iter(config.delivery.destinations.values())).destination_id
    assert client.destination_key(destination) == service.published
    service.fails("GET", ".*/keys/.*", "list")
    with pytest.raises(DeliveryError, match="DELIV-01"):
        client.destination_key(destination)
    service.published = service.published | {"kid": "../../token"}
    with pytest.raises(DeliveryError, match="DELIV-05"):
        client.destination_key(destination)


def test_service_keys_of_no_use_are_left_out(service, config):
    assert list(FitConnect(config.delivery).service_keys()) == [service.key["kid"]]


# ---- waiting ----------------------------------------------------------------------------------


@given(st.integers(-5, 10**6), st.floats(0, 1, exclude_max=True), st.one_of(st.none(), st.floats(0, 5000)))
def test_the_wait_is_spread_bounded_and_never_shorter_than_asked(attempts, chance, asked):
    wait = wait_s(attempts, chance, asked)
    assert (asked or 0) <= wait <= max(CAP_S, asked or 0)


def test_the_wait_doubles_up_to_its_cap():
    ceilings = [wait_s(attempts, 1.0) for attempts in range(1, 15)]
    assert ceilings[:4] == [BASE_S, 4, 8, 16]
    assert ceilings[-1] == CAP_S


@given(st.text(max_size=50))
def test_any_retry_after_is_a_bounded_wait_or_none(text):
    wait = retry_after(text)
    assert wait is None or 0 <= wait <= RETRY_AFTER_LIMIT_S


def test_both_forms_of_retry_after_are_understood():
    assert retry_after("120") == 120
    assert retry_after("999999") == RETRY_AFTER_LIMIT_S
    soon = format_datetime(datetime.now(UTC) + timedelta(minutes=5), usegmt=True)
    assert 290 < retry_after(soon) <= 300
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0

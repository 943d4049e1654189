"""The terminal's end of what sync carries: an eID server, asked over the local socket of a running sync."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
from dataclasses import replace

import pytest

from devices.cards.ways.online.eid_server import Ticket
from devices.cards.ways.online.sealed_result import KeyPair
from kiosk.config import OnlineConfig
from kiosk.delivery.eid_carrier import DEADLINE_S as CARRIED_WITHIN_S
from kiosk.delivery.status_desk import SocketStatusDesk
from kiosk.delivery.sync import Sync
from kiosk.eid_requests import DEADLINE_S, SocketEidServer, load_adapter_key
from kiosk.errors import CardError, ConfigError
from kiosk.identity import Attribute
from tests.delivery.eid_service import Answer, eid_service

TOKEN_URL = "https://eid.example/tctoken"
OPENED = Answer(
    201, json.dumps({"tc_token_url": TOKEN_URL, "session": "abc"}).encode(), {"Content-Type": "application/json"}
)


@pytest.fixture
def eid():
    with eid_service() as running:
        yield running


@pytest.fixture
def online(config, eid, tmp_path):
    """A terminal with an eID server."""
    return replace(config, online=OnlineConfig(eid.url, tmp_path / "adapter.jwk"))


def beside_sync(config, scene):
    """What `scene` gives while sync runs."""

    async def both():
        running = asyncio.create_task(Sync(config).run())
        while not config.delivery.sync_socket.exists():
            await asyncio.sleep(0)
        try:
            return await asyncio.to_thread(scene, SocketEidServer(config.delivery.sync_socket))
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            await running

    return asyncio.run(both())


def test_a_session_is_opened_and_its_result_fetched(online, eid):
    eid.says(OPENED, Answer(200, b"a.b.c.d.e" * 7000, {"Content-Type": "application/jose"}))

    def scene(server):
        ticket = server.ticket(KeyPair().public, frozenset({Attribute.CITY, Attribute.STREET}))
        return ticket, server.result(ticket)

    ticket, result = beside_sync(online, scene)

    assert ticket == Ticket(TOKEN_URL, "abc")
    assert result == b"a.b.c.d.e" * 7000
    assert json.loads(eid.asked[0][2])["attributes"] == ["city", "street"]


def test_a_server_that_refuses_is_named(online, eid):
    eid.says(Answer(503))

    def scene(server):
        with pytest.raises(CardError, match="CARD-25"):
            server.ticket(KeyPair().public, frozenset())
        with pytest.raises(CardError, match="CARD-25"):
            server.result(Ticket(TOKEN_URL, "abc"))

    beside_sync(online, scene)


def test_a_silent_eid_server_holds_up_nothing_else_of_sync(online, eid):
    released = threading.Event()
    eid.before = lambda: released.wait(20)
    eid.says(OPENED)

    def scene(server):
        tickets = []
        asking = threading.Thread(target=lambda: tickets.append(server.ticket(KeyPair().public, frozenset())))
        asking.start()
        assert eid.met.wait(20)
        health = SocketStatusDesk(online.delivery.sync_socket).health()
        released.set()
        asking.join(20)
        return health, tickets

    health, tickets = beside_sync(online, scene)
    assert health.waiting == 0
    assert len(tickets) == 1


def test_a_terminal_without_an_eid_server_opens_no_session(config):
    def scene(server):
        with pytest.raises(CardError, match="CARD-25"):
            server.ticket(KeyPair().public, frozenset())

    beside_sync(config, scene)


def test_where_no_sync_runs_it_says_so(tmp_path):
    with pytest.raises(CardError, match=r"CARD-25.*kiosk sync does not answer"):
        SocketEidServer(tmp_path / "sync.sock").ticket(KeyPair().public, frozenset())


def test_sync_gives_up_before_the_terminal_does():
    assert CARRIED_WITHIN_S < DEADLINE_S


# ---- the adapter's key --------------------------------------------------------------------------


def test_the_adapters_key_is_read(tmp_path):
    public = KeyPair().public
    (tmp_path / "key").write_text(json.dumps({**public, "kid": "2026", "use": "sig"}))
    assert load_adapter_key(tmp_path / "key") == public


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "[" * 5000,
        "{}",
        '{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}',
        '{"kty": "EC", "crv": "P-256", "x": 7, "y": 8}',
        '{"kty": "oct", "k": "AA"}',
    ],
)
def test_what_is_no_public_key_is_refused_with_the_key_path(tmp_path, text):
    (tmp_path / "key").write_text(text)
    with pytest.raises(ConfigError, match=r"CONFIG-02.*online\.adapter_key_file"):
        load_adapter_key(tmp_path / "key")


def test_a_private_key_is_refused(tmp_path):
    key = {**KeyPair().public, "d": "A" * 43}
    (tmp_path / "key").write_text(json.dumps(key))
    with pytest.raises(ConfigError, match="CONFIG-02"):
        load_adapter_key(tmp_path / "key")


def test_a_missing_key_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"CONFIG-01.*absent"):
        load_adapter_key(tmp_path / "absent")

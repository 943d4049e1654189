"""The WebSocket client, where AusweisApp is not what it should be."""

from __future__ import annotations

import socket
import threading
from queue import SimpleQueue

import pytest
from websockets.sync.server import serve

from devices.cards.ways.online import commands as say
from devices.cards.ways.online import messages as sdk
from devices.cards.ways.online.client import SdkClient
from kiosk.errors import CardError
from kiosk.identity import Secret

PATIENCE_S = 20.0


@pytest.fixture
def server():
    """Gives a port on which `talk(connection)` speaks to one client."""
    servers = []

    def start(talk) -> int:
        listening = serve(talk, "127.0.0.1", 0)
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        servers.append((listening, thread))
        return listening.socket.getsockname()[1]

    yield start
    for listening, thread in servers:
        listening.shutdown()
        thread.join()


@pytest.fixture
def inbox() -> SimpleQueue:
    return SimpleQueue()


def test_nobody_listens(inbox):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(CardError, match="CARD-24"), SdkClient(port, inbox.put):
        pass


def test_somebody_listens_and_says_nothing(inbox):
    with (
        socket.create_server(("127.0.0.1", 0)) as mute,
        pytest.raises(CardError, match="CARD-24"),
        SdkClient(mute.getsockname()[1], inbox.put, deadline_s=0.05),
    ):
        pass


def test_messages_come_in_their_order_and_then_the_end(server, inbox):
    def talk(connection):
        connection.send('{"msg":"AUTH"}')
        connection.send('{"msg":"INSERT_CARD"}')

    with SdkClient(server(talk), inbox.put):
        assert inbox.get(timeout=PATIENCE_S) == sdk.Auth()
        assert inbox.get(timeout=PATIENCE_S) == sdk.InsertCard()
        assert inbox.get(timeout=PATIENCE_S).code == "CARD-24"


@pytest.mark.parametrize("frame", ["nonsense", b"{}", "x" * 300_000], ids=["no JSON", "bytes", "too long"])
def test_what_is_no_message_ends_it(server, inbox, frame):
    with SdkClient(server(lambda connection: connection.send(frame)), inbox.put):
        assert inbox.get(timeout=PATIENCE_S).code in {"CARD-07", "CARD-24"}


def test_a_pin_that_can_no_longer_be_sent_is_not_in_the_error(server, inbox):
    with SdkClient(server(lambda connection: None), inbox.put) as client:
        assert inbox.get(timeout=PATIENCE_S).code == "CARD-24"
        with pytest.raises(CardError, match="CARD-24") as gone:
            client.send(say.SetPin(Secret("481516")))

    assert gone.value.__context__ is None or "481516" not in str(gone.value.__context__)


def test_after_the_end_nothing_is_delivered(server, inbox):
    with SdkClient(server(lambda connection: connection.recv()), inbox.put):
        pass

    assert inbox.empty()

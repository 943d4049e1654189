"""The client of vpcd, spoken to by a socket that plays vpcd's side of the published protocol."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from devices.cards.virtual.card import VirtualCard
from devices.cards.virtual.faults import Fault
from devices.cards.virtual.vpcd import VpcdClient
from kiosk.errors import CardError

OFF, ON, RESET, ATR = b"\x00", b"\x01", b"\x02", b"\x04"
SELECT_MASTER_FILE = bytes.fromhex("00A4000C023F00")
READ_INDEX = bytes.fromhex("00B09E0000")


class Reader:
    """vpcd: listens, and speaks first."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(5.0)
        self.port = self._listener.getsockname()[1]
        self.connection: socket.socket | None = None

    def accept(self) -> None:
        self.connection, _ = self._listener.accept()
        self.connection.settimeout(5.0)

    def tell(self, message: bytes) -> None:
        assert self.connection is not None
        self.connection.sendall(len(message).to_bytes(2, "big") + message)

    def ask(self, message: bytes) -> bytes:
        self.tell(message)
        return self.receive(int.from_bytes(self.receive(2), "big"))

    def receive(self, length: int) -> bytes:
        assert self.connection is not None
        data = b""
        while len(data) < length:
            part = self.connection.recv(length - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def empty(self) -> bool:
        """Whether the card was taken out."""
        assert self.connection is not None
        return self.connection.recv(1) == b""

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
        self._listener.close()


@pytest.fixture
def reader() -> Iterator[Reader]:
    reader = Reader()
    yield reader
    reader.close()


@pytest.fixture
def inserted(reader, plain_card):
    """Puts a card into the reader and takes it out at the end."""
    clients: list[VpcdClient] = []

    def insert(fault: Fault | None = None) -> VpcdClient:
        client = VpcdClient(plain_card(fault), port=reader.port)
        clients.append(client)
        client.insert()
        reader.accept()
        return client

    yield insert
    for client in clients:
        client.remove()


def test_the_answer_to_reset_is_told_before_and_after_power_on(reader, inserted):
    inserted()
    before = reader.ask(ATR)
    reader.tell(ON)
    assert reader.ask(ATR) == before
    assert before[0] == 0x3B


def test_a_command_is_answered_with_data_and_status_word(reader, inserted):
    inserted()
    reader.tell(ON)
    assert reader.ask(SELECT_MASTER_FILE) == b"\x90\x00"
    assert reader.ask(READ_INDEX) == b"index\x90\x00"


def test_messages_may_come_in_pieces(reader, inserted):
    inserted()
    reader.tell(ON)
    assert reader.connection is not None
    for byte in len(READ_INDEX).to_bytes(2, "big") + READ_INDEX:
        reader.connection.sendall(bytes([byte]))
    assert reader.receive(2 + 7) == b"\x00\x07index\x90\x00"


def test_reset_forgets_what_was_selected(reader, inserted):
    inserted()
    reader.tell(ON)
    reader.ask(READ_INDEX)
    assert reader.ask(bytes.fromhex("00B0000000")) == b"index\x90\x00"
    reader.tell(RESET)
    assert reader.ask(bytes.fromhex("00B0000000")) == b"\x69\x86"


def test_removing_the_card_ends_the_connection(reader, inserted):
    client = inserted()
    assert client.inserted
    client.remove()
    assert not client.inserted
    assert reader.empty()


def test_a_removed_card_can_be_put_in_again(reader, inserted):
    client = inserted()
    client.remove()
    client.insert()
    reader.accept()
    reader.tell(ON)
    assert reader.ask(READ_INDEX) == b"index\x90\x00"


def test_a_reader_that_goes_away_ends_it(reader, inserted):
    client = inserted()
    assert reader.connection is not None
    reader.connection.close()
    client.wait()
    assert not client.inserted


def test_a_mute_card_stays_and_says_nothing(reader, inserted):
    client = inserted(Fault.MUTE)
    reader.tell(ON)
    reader.tell(READ_INDEX)
    assert reader.ask(ATR)[0] == 0x3B
    assert client.inserted


def test_a_command_without_power_takes_the_card_out(reader, inserted):
    client = inserted()
    reader.tell(OFF)
    reader.tell(READ_INDEX)
    assert reader.empty()
    client.wait()


def test_where_no_vpcd_listens_the_reader_is_missing(plain_card):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(CardError, match="CARD-01"):
        VpcdClient(plain_card(None), port=port).insert()


def test_small_messages_are_not_held_back(reader, inserted):
    client = inserted()
    connection = client._connection
    assert isinstance(connection, socket.socket)
    assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_card_in_no_reader_needs_no_removing(plain_card):
    card: VirtualCard = plain_card(None)
    client = VpcdClient(card)
    client.remove()
    client.wait()
    assert not client.inserted

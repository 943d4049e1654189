"""Our client against the AusweisApp2 that Debian ships (1.26.2), alone in its namespaces: no reader, no network."""

from __future__ import annotations

import socket
from contextlib import suppress
from queue import SimpleQueue

import pytest

from devices.cards.ways.online import commands as say
from devices.cards.ways.online import messages as sdk
from devices.cards.ways.online.client import SdkClient
from devices.cards.ways.online.dialogue_state import EnterNewPin
from devices.cards.ways.online.process import running
from devices.cards.ways.online.replay import ReplayEidServer
from devices.cards.ways.online.way import OnlineSettings, OnlineWay
from kiosk.errors import CardError
from kiosk.online import EnterPin, InsertCard
from tests.devices.cards.namespaces import alone
from tests.devices.cards.ways.online.sdk import SIMULATOR, Talk, ausweisapp, changes_pin


@alone
def test_it_tells_its_version_and_its_levels():
    with ausweisapp() as talk:
        assert talk.says(say.GetInfo()).hears(sdk.Info).name == "AusweisApp2"
        assert 2 in talk.says(say.GetApiLevel()).hears(sdk.ApiLevel).available
        assert talk.says(say.SetApiLevel(2)).hears(sdk.ApiLevel) == sdk.ApiLevel(2)
        assert talk.says(say.GetStatus()).hears(sdk.Status) == sdk.Status()


@alone
def test_it_lists_its_readers_while_it_waits_for_a_card():
    simulator = sdk.Reader(SIMULATOR, insertable=True, keypad=True)
    with ausweisapp() as talk:
        talk.says(say.RunChangePin()).hears(sdk.InsertCard)
        # It wants a card even before it has looked for readers.
        while simulator not in talk.heard:
            talk.hears(sdk.Reader)
        readers = talk.says(say.GetReaderList()).hears(sdk.ReaderList).readers

    assert readers == (simulator,)


@alone
def test_a_reader_that_is_not_there_is_not_attached():
    with ausweisapp() as talk:
        talk.says(say.GetReader("foo"))
        # Its Simulator may come in between.
        while (reader := talk.hears(sdk.Reader)).name == SIMULATOR:
            pass

    assert reader == sdk.Reader("foo", attached=False)


@alone
def test_it_says_what_it_cannot_do_now():
    with ausweisapp() as talk:
        for command in (say.SetPin(), say.Accept(), say.GetCertificate(), say.Cancel()):
            assert talk.says(command).hears(sdk.BadState) == sdk.BadState(say.NAMES[type(command)])


@alone
def test_the_pin_of_its_simulator_is_changed_on_the_readers_keys():
    with ausweisapp() as talk:
        questions = _changes_pin_of_the_simulator(talk)

    assert questions[:3] == [InsertCard(), EnterPin(tries_left=3, on_reader=True), EnterNewPin(on_reader=True)]


@alone
def test_it_takes_no_second_client():
    with (
        running() as port,
        SdkClient(port, SimpleQueue().put),
        pytest.raises(CardError, match="CARD-24"),
        SdkClient(port, SimpleQueue().put),
    ):
        pass


@alone
def test_a_token_address_that_leads_nowhere_ends_with_the_real_code():
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"https://127.0.0.1:{nobody.getsockname()[1]}/tctoken"
        server = ReplayEidServer(lambda: None, address)
        way = OnlineWay(running, server, OnlineSettings(server.adapter_key, developer_mode=True))

        with pytest.raises(CardError) as ended:
            way.identify(frozenset(), SimpleQueue().put, lambda phase: None)

    assert (ended.value.code, ended.value.detail) == ("CARD-25", "/dp#trustedChannelEstablishmentFailed")


@alone
def test_an_address_that_is_none_is_refused():
    with ausweisapp() as talk:
        assert talk.says(say.RunAuth("")).hears(sdk.Auth).error


def _changes_pin_of_the_simulator(talk: Talk) -> list[object]:
    """The Simulator presses its keys by itself, every third time before AusweisApp has asked; the PIN then stays."""
    for _ in range(30):
        with suppress(CardError):
            return changes_pin(talk, lay=lambda: talk.says(say.SetCard(SIMULATOR)))
    return []

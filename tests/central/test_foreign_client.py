"""A public FIT-Connect client, unchanged but for its table of addresses, in front of the running service.

It speaks v1, announces a service without a name, and names the key by its thumbprint: all that is its way.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from uuid import UUID

import fitconnect.fitconnect as public_client
import pytest
from fitconnect import Environment, FITConnectClient

from .conftest import SERVICE, DemoTown

pytestmark = pytest.mark.xdist_group("central-demo")

DATA = {"$schema": "urn:example:schema:dog:1", "dog": "Mila", "zeichen": "ŭ €"}
PDF = b"%PDF-1.7 " + b"an attachment " * 20_000
SYSTEM = """
commands.setup(config)
from kiosk.central.opening.keyring import Keyring
from kiosk.central import town
from kiosk.central.models import Client, Destination, DestinationKey
office = Destination.objects.get(pk='{destination}')
made = town.add_client('line-of-business', Client.Role.SUBSCRIBER, [office])
key = Keyring.of(config).private(office.current_key(DestinationKey.Use.ENCRYPTION).kid)
import json
print(json.dumps([made.secret, key.export_private(as_dict=True)]))
"""


@pytest.fixture
def client(live: DemoTown, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], FITConnectClient]:
    addresses = {"TOKEN_URL": f"{live.url}/token", "SUBMISSION_API_URL": f"{live.url}/v1"}
    monkeypatch.setitem(public_client._ENVIRONMENT_CONFIG, Environment.TESTING, addresses)
    return lambda client_id, secret: FITConnectClient(Environment.TESTING, client_id, secret)


def test_it_sends_with_an_attachment_and_as_a_subscriber_lists_receives_and_decrypts(
    live: DemoTown, client: Callable[[str, str], FITConnectClient]
) -> None:
    destination = live.seed["destinations"]["dog-tax"]
    sender = client(live.seed["client_id"], live.seed["client_secret"])

    sent = sender.submission(destination, SERVICE["identifier"], data=DATA, attachments=[PDF])

    secret, private_key = json.loads(live.told(SYSTEM.format(destination=destination)))
    subscriber = client("line-of-business", secret)
    assert sent["submissionId"] in [item["submissionId"] for item in subscriber.available_submissions()]
    received = subscriber.retrieve_submission(sent["submissionId"], private_key)
    assert received["serviceType"] == {"identifier": SERVICE["identifier"], "name": ""}
    assert received["data_json"] == DATA
    assert list(received["attachments"].values()) == [PDF]
    assert received["metadata"]["contentStructure"]["data"]["submissionSchema"]["schemaUri"] == DATA["$schema"]


def test_two_attachments_it_announces_under_one_id_and_is_told_so(
    live: DemoTown, client: Callable[[str, str], FITConnectClient]
) -> None:
    sender = client(live.seed["client_id"], live.seed["client_secret"])

    with pytest.raises(ValueError, match="duplicate-attachment-ids"):
        sender.create_submission(str(UUID(live.seed["destinations"]["dog-tax"])), SERVICE["identifier"], 2)

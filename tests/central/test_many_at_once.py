"""Eight callers at the same moment, over as many connections to the running service: one row, one token, no error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
import requests

from kiosk.delivery.tokens import encryption_key, seal, verification_key, verify_event

from .conftest import SERVICE, DemoTown

pytestmark = pytest.mark.xdist_group("central-demo")

CALLERS = 8


class Terminal:
    """Calls as bare as they can be: what is tested is the service."""

    def __init__(self, live: DemoTown) -> None:
        form = {"grant_type": "client_credentials"}
        form |= {key: live.seed[key] for key in ("client_id", "client_secret")}
        token = requests.post(f"{live.url}/token", form, timeout=30).json()["access_token"]
        self.url, self.headers = live.url, {"Authorization": f"Bearer {token}"}
        self.destination = live.seed["destinations"]["dog-tax"]
        keys = self.get(f"/v2/destinations/{self.destination}/keys").json()["keys"]
        self.key = next(encryption_key(key) for key in keys if key["alg"] == "RSA-OAEP-256")

    def get(self, path: str) -> requests.Response:
        return requests.get(self.url + path, headers=self.headers, timeout=60)

    def put(self, path: str, body: Any) -> requests.Response:
        return requests.put(self.url + path, json=body, headers=self.headers, timeout=60)

    def announced(self) -> str:
        body = {"destinationId": self.destination, "announcedAttachments": [], "publicService": SERVICE}
        made = requests.post(f"{self.url}/v2/submissions", json=body, headers=self.headers, timeout=60)
        return f"/v2/submissions/{made.json()['submissionId']}"

    def parts(self) -> dict[str, str]:
        """Other bytes each time."""
        sealed = [seal(uuid4().bytes, self.key, "application/json") for _ in range(2)]
        return dict(zip(("encryptedMetadata", "encryptedData"), sealed, strict=True))


@pytest.fixture
def caller(live: DemoTown) -> Terminal:
    return Terminal(live)


@pytest.fixture
def at_once() -> Iterator[Callable[[Callable[[], Any]], list[Any]]]:
    together = Barrier(CALLERS, timeout=60)

    def one(work: Callable[[], Any]) -> Any:
        together.wait()
        return work()

    with ThreadPoolExecutor(CALLERS) as pool:
        yield lambda work: list(pool.map(one, [work] * CALLERS))


def test_identical_final_calls_all_succeed_and_are_one_delivery(caller: Terminal, at_once: Any) -> None:
    path, body = caller.announced(), caller.parts()

    assert [answer.status_code for answer in at_once(lambda: caller.put(path, body))] == [200] * CALLERS

    keys = {key["kid"]: verification_key(key) for key in caller.get("/.well-known/jwks.json").json()["keys"]}
    names = [verify_event(token, keys).name for token in caller.get(f"{path}/events").json()["eventLog"]]
    assert names.count("submit-submission") == 1


def test_of_different_final_calls_one_succeeds(caller: Terminal, at_once: Any) -> None:
    path = caller.announced()

    statuses = [answer.status_code for answer in at_once(lambda: caller.put(path, caller.parts()))]

    assert sorted(statuses) == [200] + [409] * (CALLERS - 1)


def test_all_who_ask_first_for_a_token_get_the_same_one(caller: Terminal, at_once: Any) -> None:
    path = caller.announced()

    logs = [answer.json()["eventLog"] for answer in at_once(lambda: caller.get(f"{path}/events"))]

    assert len(logs[0]) == 1
    assert all(log == logs[0] for log in logs)

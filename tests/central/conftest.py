"""A town for every test: two departments with real 4096-bit keys, a terminal, a line-of-business system, staff.

Django is set up once per run; the town is made once and every test works on its own copy of the database.
KIOSK_TEST_DATABASE=postgresql runs the same tests on PostgreSQL (databases.py).
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import requests
from jwcrypto.jwk import JWK

from kiosk.central import commands
from kiosk.config import CentralConfig, TownConfig
from kiosk.delivery.reference import mint_code, status_index, status_token
from kiosk.delivery.submission import content_hash, padded_json
from kiosk.delivery.tokens import seal

from .databases import Databases, running_databases

SERVICE = {"identifier": "urn:de:fim:leika:leistung:99102013104000", "name": "Hund anmelden"}
PDF = b"%PDF-1.7 a filled form"
CONFIG = """
issuer = "http://127.0.0.1:8000"
DATABASE
service_keys_dir = "state/service-keys"
opening_socket = "state/o.sock"
secret_key_file = "state/secret-key"
department_keys_dir = "state/department-keys"
key_encryption_key_file = "state/key-encryption-key"
[town]
name = "Stadt Musterstadt"
"""
PASSWORD_OF = {"steuern": "eine lange Losung 1", "ordnung": "eine lange Losung 2"}


@dataclass(frozen=True)
class Town:
    """What a test needs to know about the town it stands in. `secrets` are client secrets by client id."""

    config: CentralConfig
    tax: UUID
    order: UUID
    secrets: dict[str, str] = field(repr=False)


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    with running_databases() as found:
        yield found


@pytest.fixture(scope="session")
def central_config(tmp_path_factory: pytest.TempPathFactory, databases: Databases) -> Iterator[CentralConfig]:
    folder = tmp_path_factory.mktemp("central")
    sockets = Path(tempfile.mkdtemp(prefix="kc-"))  # a Unix socket's path has at most 107 bytes
    config = CentralConfig(
        issuer="http://127.0.0.1:8000",
        service_keys_dir=folder / "service-keys",
        opening_socket=sockets / "opening.sock",
        secret_key_file=folder / "secret-key",
        town=TownConfig("Stadt Musterstadt", "Město Musterstadt"),
        department_keys_dir=folder / "department-keys",
        key_encryption_key_file=folder / "key-encryption-key",
        allowed_hosts=("testserver", "127.0.0.1"),
        **databases.place(folder, "template"),
    )
    commands.setup(config)
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a million rounds are for life
    yield config
    shutil.rmtree(sockets)


@dataclass(frozen=True)
class DemoTown:
    """The demo's town, made by a process of its own: its configuration file, log and what `seed_demo` gave."""

    config_file: Path
    log: Path
    url: str
    seed: dict[str, Any]

    def command(self, call: str) -> list[str]:
        """A command line that makes `call`, with `commands` and `config` at hand."""
        return python_with(self.config_file, call)

    def told(self, call: str) -> str:
        """What a new process prints that makes `call`."""
        done = subprocess.run(self.command(call), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


SHOW_SEED = "import dataclasses, json; print(json.dumps(dataclasses.asdict(commands.seed_demo(config)), default=str))"


def python_with(config_file: Path, call: str) -> list[str]:
    """Django is set up once a process: what must start afresh runs in one of its own."""
    lines = [
        "from pathlib import Path",
        "from kiosk.central import commands",
        "from kiosk.config import load_central",
        f"config = load_central(Path({str(config_file)!r}))",
        call,
    ]
    return [sys.executable, "-c", "\n".join(lines)]


@pytest.fixture(scope="session")
def demo_town(tmp_path_factory: pytest.TempPathFactory, databases: Databases) -> Iterator[DemoTown]:
    folder = tmp_path_factory.mktemp("demo")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url, config = f"http://127.0.0.1:{port}", folder / "central.toml"
    with databases.written(CONFIG) as text:
        config.write_text(text.replace("http://127.0.0.1:8000", url).replace("[town]", f"port = {port}\n[town]"))
        made = DemoTown(config, folder / "log", url, {})
        yield replace(made, seed=json.loads(made.told(SHOW_SEED)))


@pytest.fixture(scope="session")
def live(demo_town: DemoTown) -> Iterator[DemoTown]:
    """Both processes of the demo's town, ready."""
    from .running_town import running, wait_for

    with (
        running(demo_town.command("commands.open_(config)"), demo_town.log),
        running(demo_town.command("commands.serve(config)"), demo_town.log),
    ):
        wait_for(lambda: requests.get(f"{demo_town.url}/.well-known/jwks.json", timeout=5).ok)
        wait_for((demo_town.config_file.parent / "state" / "o.sock").exists)
        yield demo_town


@pytest.fixture(scope="session")
def keyring(central_config: CentralConfig) -> Any:
    from kiosk.central.opening.keyring import Keyring

    commands.make_key_encryption_key(central_config.key_encryption_key_file)
    return Keyring.of(central_config, {})


@pytest.fixture(scope="session")
def founded(central_config: CentralConfig, keyring: Any) -> Town:
    """The town as it stands in the template database."""
    commands.migrate(central_config)
    from django.contrib.auth.models import User
    from django.db import connection

    from kiosk.central import town
    from kiosk.central.models import Client

    tax_office = town.add_department("Steuern und Abgaben", "030 23125 001")
    order_office = town.add_department("Öffentliche Ordnung", "030 23125 002")
    tax = town.add_destination(tax_office, "Hundesteuer", [(SERVICE["identifier"], SERVICE["name"])])
    order = town.add_destination(order_office, "Hundehaltung")
    for destination in (tax, order):
        town.make_keys(destination, keyring)
    clients = [
        town.add_client("terminal-1", Client.Role.SENDER, [tax, order]),
        town.add_client("terminal-2", Client.Role.SENDER, [tax]),
        town.add_client("tax-system", Client.Role.SUBSCRIBER, [tax]),
    ]
    for login, department in (("steuern", tax_office), ("ordnung", order_office)):
        user = User.objects.create_user(login, password=PASSWORD_OF[login])
        department.staff.add(user)
    connection.close()
    return Town(central_config, tax.pk, order.pk, {client.name: client.secret for client in clients})


@pytest.fixture
def town(founded: Town, databases: Databases, tmp_path: Path) -> Iterator[Town]:
    """A fresh copy of the town."""
    from django.db import connections

    from kiosk.central.service import registry

    registry.forget()
    connections["default"].close()
    with databases.copy(founded.config, tmp_path) as name:
        connections.settings["default"]["NAME"] = name
        yield founded
        connections["default"].close()


@pytest.fixture
def http(town: Town) -> Any:
    """A browser that is nobody yet; a fault in a view becomes a 500, as in service."""
    from django.test import Client

    return Client(raise_request_exception=False)


class Api:
    """One authenticated client of the delivery service."""

    def __init__(self, town: Town, client_id: str) -> None:
        from django.test import Client

        self._http = Client(raise_request_exception=False)
        form = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": town.secrets[client_id],
        }
        body = "&".join(f"{key}={value}" for key, value in form.items())
        answer = self._http.post("/token", body, content_type="application/x-www-form-urlencoded")
        self.headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def get(self, path: str, **query: str) -> Any:
        return self._http.get(path, query, headers=self.headers)

    def post(self, path: str, body: object) -> Any:
        return self._http.post(path, json.dumps(body), content_type="application/json", headers=self.headers)

    def put(self, path: str, body: object) -> Any:
        return self._http.put(path, json.dumps(body), content_type="application/json", headers=self.headers)

    def put_jose(self, path: str, text: str) -> Any:
        return self._http.put(path, text, content_type="application/jose", headers=self.headers)

    def post_jose(self, path: str, text: str) -> Any:
        return self._http.post(path, text, content_type="application/jose", headers=self.headers)

    def raw(self, method: str, path: str, body: bytes = b"", content_type: str = "application/json") -> Any:
        return self._http.generic(method, path, body, content_type=content_type, headers=self.headers)


@pytest.fixture
def api(town: Town) -> Callable[[str], Api]:
    return lambda client_id: Api(town, client_id)


@pytest.fixture
def terminal(api: Callable[[str], Api]) -> Api:
    return api("terminal-1")


def rows(**changes: Any) -> list[dict[str, Any]]:
    """One section with three answers; `changes` alter the name's row."""
    name = {"path": "name", "label": "Name", "text": "Ada Beispiel", "value": "Ada Beispiel", "source": "card"}
    dog = {"path": "dogs.1.name", "label": "Rufname", "text": "Mila", "value": "Mila", "source": "typed"}
    chip = {"path": "dogs.1.chip", "label": "Chipnummer", "text": "", "value": None, "source": "typed"}
    return [{"title": "Antrag", "rows": [{"contested": None} | row for row in (name | changes, dog, chip)]}]


def clear_data(**changes: Any) -> dict[str, Any]:
    return {
        "procedure": {"id": "hund-anmelden", "version": "1", "digest": "0" * 64, "title": "Hund anmelden"},
        "destination": "dog-tax",
        "language": "de",
        "answered_on": "2026-11-22",
        "flags": [],
        "warnings": [],
        "sections": rows(),
    } | changes


IDENTIFICATION = {
    "way": "on_site",
    "assurance": "substantial",
    "authenticity": "verified",
    "readAt": "2026-11-22T13:05:00+00:00",
    "staffId": "17",
    "confirmedAt": "2026-11-22T13:04:00+00:00",
}


@dataclass
class Parcel:
    """One submission as a terminal makes it: clear parts, then sealed to the destination's current key."""

    destination_id: UUID
    reference: str = "C2-7K4M-9PW"
    code: str = field(default_factory=mint_code, repr=False)
    data: bytes = field(default_factory=lambda: padded_json(clear_data()))
    identification: dict[str, str] | None = field(default_factory=lambda: dict(IDENTIFICATION))
    attachment: bytes = PDF
    attachment_id: UUID = field(default_factory=uuid4)
    related: tuple[str, ...] = ()

    def key(self) -> JWK:
        from kiosk.central.models import Destination, DestinationKey

        destination = Destination.objects.get(pk=self.destination_id)
        return JWK(**destination.current_key(DestinationKey.Use.ENCRYPTION).jwk)

    def metadata(self) -> dict[str, Any]:
        form = {"attachmentId": str(self.attachment_id), "mimeType": "application/pdf", "purpose": "form"}
        form |= {"filename": "Antrag.pdf", "hash": {"type": "sha512", "content": content_hash(self.attachment)}}
        return {
            "contentStructure": {
                "data": {"hash": {"type": "sha512", "content": content_hash(self.data)}},
                "attachments": [form],
            },
            "publicService": SERVICE,
            "additionalReferenceInfo": {"senderReference": self.reference, "applicationDate": "2026-11-22"},
            "rathausKiosk": {
                "statusIndex": status_index(status_token(self.code)),
                "terminal": "Terminal Foyer 2",
                "recordedAt": "2024-11-22T13:07:00+00:00",
                "identification": self.identification,
                "relatedReferences": list(self.related),
            },
        }

    def sealed(self, **metadata: Any) -> dict[str, str]:
        key = self.key()
        return {
            "encryptedMetadata": seal(padded_json(self.metadata() | metadata), key, "application/json"),
            "encryptedData": seal(self.data, key, "application/json"),
        }

    def announcement(self) -> dict[str, Any]:
        return {
            "destinationId": str(self.destination_id),
            "announcedAttachments": [str(self.attachment_id)],
            "publicService": SERVICE,
        }

    def deliver(self, api: Api, body: dict[str, str] | None = None) -> UUID:
        """All calls in order; the submission's id."""
        made = api.post("/v2/submissions", self.announcement()).json()
        path = f"/v2/submissions/{made['submissionId']}"
        jwe = seal(self.attachment, self.key(), "application/pdf")
        assert api.put_jose(f"{path}/attachments/{self.attachment_id}", jwe).status_code == 204
        answer = api.put(path, body or self.sealed())
        assert answer.status_code == 200, answer.content
        return UUID(made["submissionId"])


@pytest.fixture
def parcel(town: Town) -> Parcel:
    return Parcel(town.tax)


@pytest.fixture
def open_arrivals(town: Town, keyring: Any) -> Callable[[], int]:
    """What the opening service does when something arrived."""
    from kiosk.central.opening.arrivals import open_waiting

    return lambda: open_waiting(keyring)


@pytest.fixture
def opening_desk(town: Town, keyring: Any) -> Iterator[threading.Event]:
    """The opening service's socket; the event is set when somebody wakes it."""
    from kiosk.central.opening.desk import Desk
    from kiosk.central.opening.server import listening

    woken = threading.Event()
    with listening(town.config.opening_socket, Desk(keyring, woken.set)):
        yield woken


def problem_of(answer: Any) -> str:
    """The name of the problem in an answer, which must be a whole problem document."""
    assert answer["Content-Type"] == "application/problem+json", answer.content
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["title"]
    return str(body["type"]).rpartition("/")[2]


@pytest.fixture
def problem() -> Callable[[Any], str]:
    return problem_of

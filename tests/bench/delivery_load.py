"""The terminals' side of a load, as cheap as can be: it shares the cores with what it measures.

Sealing is the terminal's own cost, so a pool of sealed parcels is made ahead; every request is bytes that stand ready
but for the submission's id. One connection, one request at a time, HTTP/1.1 kept alive.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import requests
from jwcrypto.jwk import JWK

from kiosk.delivery.reference import mint_code, status_index, status_token
from kiosk.delivery.submission import (
    BUCKET_BYTES,
    DATA_SCHEMA,
    JSON_TYPE,
    authentication_tags,
    content_hash,
    padded,
    padded_json,
)
from kiosk.delivery.tokens import encryption_key, seal, verification_key, verify_event
from tests.bench.delivery_town import Town

SERVICE = {"identifier": "urn:de:fim:leika:leistung:99102013104000", "name": "Hund anmelden"}
DESTINATION = "dog-tax"
DATA_BYTES = 5 * BUCKET_BYTES
POOL = 64
# Central's tokens live ten minutes.
TOKEN_S = 400.0
SUBMITTED = b"events/submit-submission"
JSON_HEAD = b"Content-Type: application/json\r\n"
JOSE_HEAD = b"Content-Type: application/jose\r\n"
FORM_HEAD = b"Content-Type: application/x-www-form-urlencoded\r\n"


class LoadError(Exception):
    """The service answered otherwise than a delivery expects."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One sealed submission as request bodies; `tags` as the service's token must name them."""

    announcement: bytes
    final: bytes
    attachments: tuple[tuple[UUID, bytes], ...]
    tags: dict[str, Any]
    metadata: str
    data: str


def make_pool(town: Town, attachment_bytes: int = 0, count: int = POOL) -> list[Parcel]:
    """Different parcels for one destination, which the opening service can open."""
    key = published_key(town, town.destinations[DESTINATION])
    return [_parcel(town.destinations[DESTINATION], key, attachment_bytes) for _ in range(count)]


def published_key(town: Town, destination_id: UUID) -> JWK:
    """The destination's encryption key, as anybody can fetch it."""
    answer = requests.get(f"{town.url}/v2/destinations/{destination_id}/keys", timeout=10).json()
    return next(encryption_key(key) for key in answer["keys"] if key["alg"] == "RSA-OAEP-256")


def service_keys(town: Town) -> dict[str, JWK]:
    answer = requests.get(f"{town.url}/.well-known/jwks.json", timeout=10).json()
    return {key["kid"]: verification_key(key) for key in answer["keys"]}


def _parcel(destination_id: UUID, key: JWK, attachment_bytes: int) -> Parcel:
    clear = {uuid4(): os.urandom(attachment_bytes)} if attachment_bytes else {}
    data = padded(_data()).ljust(DATA_BYTES)
    metadata = seal(padded_json(_metadata(data, clear)), key, JSON_TYPE)
    sealed = seal(data, key, JSON_TYPE)
    attachments = {name: seal(content, key, "application/pdf") for name, content in clear.items()}
    announcement = {
        "destinationId": str(destination_id),
        "announcedAttachments": [str(name) for name in attachments],
        "publicService": SERVICE,
    }
    return Parcel(
        announcement=json.dumps(announcement).encode(),
        final=json.dumps({"encryptedMetadata": metadata, "encryptedData": sealed}).encode(),
        attachments=tuple((name, jwe.encode()) for name, jwe in attachments.items()),
        tags=authentication_tags(metadata, sealed, attachments),
        metadata=metadata,
        data=sealed,
    )


def _data() -> bytes:
    return json.dumps(
        {
            "procedure": {"id": "hund-anmelden", "version": "1", "digest": "0" * 64, "title": "Hund anmelden"},
            "destination": DESTINATION,
            "language": "de",
            "answered_on": "2026-11-22",
            "flags": [],
            "warnings": [],
            "sections": [],
        }
    ).encode()


def _metadata(data: bytes, clear: dict[UUID, bytes]) -> dict[str, Any]:
    forms = [
        {
            "attachmentId": str(name),
            "hash": {"type": "sha512", "content": content_hash(content)},
            "mimeType": "application/pdf",
            "purpose": "form",
            "filename": "Antrag.pdf",
        }
        for name, content in clear.items()
    ]
    schema = {"schemaUri": DATA_SCHEMA, "mimeType": JSON_TYPE}
    described = {"hash": {"type": "sha512", "content": content_hash(data)}, "submissionSchema": schema}
    return {
        "contentStructure": {"data": described, "attachments": forms},
        "publicService": SERVICE,
        "additionalReferenceInfo": {"senderReference": "C2-7K4M-9PW", "applicationDate": "2026-11-22"},
        "rathausKiosk": {"statusIndex": status_index(status_token(mint_code())), "terminal": "Foyer"},
    }


class Wire(asyncio.Protocol):
    """One kept-alive connection."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None

    async def ask(self, head: bytes, body: bytes = b"") -> tuple[int, bytes]:
        """Status and body. Raises LoadError if the connection breaks."""
        loop = asyncio.get_running_loop()
        if self._transport is None or self._transport.is_closing():
            await loop.create_connection(lambda: self, "127.0.0.1", self._port)
        assert self._transport is not None
        self._answer = loop.create_future()
        length = b"Content-Length: %d\r\n\r\n" % len(body) if body else b"\r\n"
        self._transport.writelines((head, b"Host: 127.0.0.1\r\n", length, body))
        return await self._answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._received.clear()

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(LoadError("connection lost"))

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0 or self._answer is None or self._answer.done():
            return
        head = bytes(self._received[:end]).lower()
        length = _length(head)
        if len(self._received) < end + 4 + length:
            return
        body = bytes(self._received[end + 4 : end + 4 + length])
        self._received.clear()
        if b"connection: close" in head and self._transport is not None:
            self._transport.close()
        self._answer.set_result((int(head[9:12]), body))


def _length(head: bytes) -> int:
    name = b"\r\ncontent-length:"
    found = head.find(name)
    return int(head[found + len(name) :].split(b"\r\n", 1)[0]) if found >= 0 else 0


@dataclass
class Terminal:
    """One client with one connection; `delivered` are the ids the service gave to what it then took."""

    wire: Wire
    client_id: str
    secret: str = field(repr=False)
    bearer: bytes = b""
    bearer_until: float = 0.0
    delivered: list[str] = field(default_factory=list)

    async def authenticate(self) -> None:
        """Fetch a token, unless there is a fresh one."""
        if time.monotonic() < self.bearer_until:
            return
        self.bearer, self.bearer_until = b"", time.monotonic() + TOKEN_S
        form = f"grant_type=client_credentials&client_id={self.client_id}&client_secret={self.secret}"
        answer = await self._ask(b"POST /token", FORM_HEAD, form.encode(), 200)
        self.bearer = b"Authorization: Bearer " + json.loads(answer)["access_token"].encode() + b"\r\n"

    async def deliver(self, parcel: Parcel) -> str:
        """Announce, attachments, final PUT; the submission's id."""
        await self.authenticate()
        answer = await self._ask(b"POST /v2/submissions", JSON_HEAD, parcel.announcement, 201)
        submission_id: str = json.loads(answer)["submissionId"]
        path = b"/v2/submissions/" + submission_id.encode()
        for name, jwe in parcel.attachments:
            await self._ask(b"PUT " + path + b"/attachments/" + str(name).encode(), JOSE_HEAD, jwe, 204)
        await self._ask(b"PUT " + path, JSON_HEAD, parcel.final, 200)
        self.delivered.append(submission_id)
        return submission_id

    async def receipt(self, submission_id: str, parcel: Parcel, keys: dict[str, JWK]) -> None:
        """Fetch the event log and verify the service's `submit-submission` token over these bytes."""
        path = b"GET /v2/submissions/" + submission_id.encode() + b"/events?offset=0&limit=100"
        tokens = json.loads(await self._ask(path, b"", b"", 200))["eventLog"]
        token = next(token for token in tokens if SUBMITTED in _claims(token))
        event = verify_event(token, keys)
        if str(event.submission_id) != submission_id or event.payload["authenticationTags"] != parcel.tags:
            raise LoadError("a token over something else")

    async def get(self, path: str) -> Any:
        await self.authenticate()
        return json.loads(await self._ask(b"GET " + path.encode(), b"", b"", 200))

    async def _ask(self, line: bytes, kind: bytes, body: bytes, wanted: int) -> bytes:
        status, answer = await self.wire.ask(line + b" HTTP/1.1\r\n" + self.bearer + kind, body)
        if status != wanted:
            raise LoadError(f"{line.split()[0].decode()}: {status} {answer[:200]!r}")
        return answer


def _claims(token: str) -> bytes:
    part = token.split(".")[1]
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


@dataclass(frozen=True, slots=True)
class Run:
    """One load: seconds it took, and those of each whole delivery."""

    seconds: float
    each: list[float]

    @property
    def rate(self) -> float:
        return len(self.each) / self.seconds


Work = Callable[[Terminal, Parcel], Awaitable[object]]


async def deliver(terminal: Terminal, parcel: Parcel) -> None:
    await terminal.deliver(parcel)


def delivering_with_token(keys: dict[str, JWK]) -> Work:
    async def work(terminal: Terminal, parcel: Parcel) -> None:
        await terminal.receipt(await terminal.deliver(parcel), parcel, keys)

    return work


def terminals(town: Town, count: int) -> list[Terminal]:
    """As many, each with a connection of its own."""
    names = [f"bench-{number}" for number in range(count)]
    return [Terminal(Wire(town.port), name, town.secrets[name]) for name in names]


async def for_seconds(seconds: float, crowd: list[Terminal], pool: list[Parcel], work: Work) -> Run:
    """Every terminal, one delivery after the other, until the time is over."""
    until = time.perf_counter() + seconds
    return await _load(crowd, pool, work, lambda done: time.perf_counter() < until)


async def of_each(count: int, crowd: list[Terminal], pool: list[Parcel], work: Work) -> Run:
    """Every terminal as many."""
    return await _load(crowd, pool, work, lambda done: done < count)


async def _load(crowd: list[Terminal], pool: list[Parcel], work: Work, more: Callable[[int], bool]) -> Run:
    """`more` says whether a terminal that has done so many goes on."""
    each: list[float] = []
    numbers = itertools.count()

    async def one(terminal: Terminal) -> None:
        done = 0
        while more(done):
            started = time.perf_counter()
            await work(terminal, pool[next(numbers) % len(pool)])
            each.append(time.perf_counter() - started)
            done += 1

    started = time.perf_counter()
    await asyncio.gather(*(one(terminal) for terminal in crowd))
    return Run(time.perf_counter() - started, each)

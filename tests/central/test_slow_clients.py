"""Clients that hold a connection and let time pass: more of them than there are threads, and one in a hurry.

The server is the real one, with less patience.
"""

from __future__ import annotations

import re
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import requests

from .conftest import DemoTown, python_with
from .running_town import running, wait_for

pytestmark = pytest.mark.xdist_group("central-demo")

CROWD = 20
IMPATIENT = "from kiosk.central import serving; serving.PATIENCE_S = serving.ANSWER_S = 1.0; commands.serve(config)"
HEAD = "{} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n"
FORM = "application/x-www-form-urlencoded"


@contextmanager
def serving(town: DemoTown, folder: Path, more: str = "") -> Iterator[int]:
    """A server that waits a second for a request, and a second more until it is answered; its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    text = re.sub(r"\nport = \d+", f"\nport = {port}{more}", town.config_file.read_text())
    config = folder / "central.toml"
    config.write_text(text.replace('"state/', f'"{town.config_file.parent}/state/'))
    with running(python_with(config, IMPATIENT), folder / "log"):
        wait_for(lambda: listens(port))
        yield port


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def port(demo_town: DemoTown, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with serving(demo_town, tmp_path_factory.mktemp("impatient")) as port:
        yield port


@pytest.fixture
def crowd(port: int) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        yield [stack.enter_context(connected(port)) for _ in range(CROWD)]


def connected(port: int) -> socket.socket:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(30)
    connection.connect(("127.0.0.1", port))
    return connection


def told(connection: socket.socket, drip: bytes = b"") -> bytes:
    """What comes until the service ends it; meanwhile `drip` is sent several times a second."""
    answer = b""
    connection.settimeout(0.2 if drip else 30)
    while True:
        try:
            piece = connection.recv(65_536)
        except TimeoutError:
            connection.send(drip)
            continue
        except ConnectionError:
            return answer
        if not piece:
            return answer
        answer += piece


def still_answers(port: int) -> bool:
    return requests.get(f"http://127.0.0.1:{port}/.well-known/jwks.json", timeout=30).ok


def test_slow_bodies_hold_no_thread_and_are_told_so(port: int, crowd: list[socket.socket]) -> None:
    for connection in crowd:
        connection.sendall(HEAD.format("POST /token", FORM, 60_000).encode() + b"grant_type=")

    assert still_answers(port)
    assert b" 408 " in told(crowd[0], b"x")
    for connection in crowd[1:]:
        answer = told(connection)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"problems/request-timeout" in answer


def test_behind_tls_they_are_told_so_under_encryption(demo_town: DemoTown, tmp_path: Path) -> None:
    names = {name: tmp_path / f"{name}.pem" for name in ("certificate", "key")}
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-days", "1"]
    subprocess.run([*make, "-keyout", names["key"], "-out", names["certificate"]], check=True, capture_output=True)
    trusting = ssl.create_default_context(cafile=names["certificate"])
    trusting.check_hostname = False
    files = "".join(f'\ntls_{name}_file = "{path}"' for name, path in names.items())

    with (
        serving(demo_town, tmp_path, files) as port,
        connected(port) as plain,
        trusting.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
    ):
        connection.sendall(HEAD.format("POST /token", FORM, 60_000).encode() + b"grant_type=")

        assert told(connection).startswith(b"HTTP/1.1 408 ")


def test_slow_heads_hold_no_thread(port: int, crowd: list[socket.socket]) -> None:
    for connection in crowd:
        connection.sendall(b"GET /v2/submissions HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")

    assert still_answers(port)
    assert told(crowd[0], b"x") == b""
    assert [told(connection) for connection in crowd[1:]] == [b""] * (CROWD - 1)


def test_whoever_says_nothing_holds_no_thread(port: int, crowd: list[socket.socket]) -> None:
    assert still_answers(port)


def test_whoever_does_not_read_the_answers_holds_no_thread(port: int, crowd: list[socket.socket]) -> None:
    for connection in crowd:
        connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 500)

    # So many, because it takes a while until the buffers between them are full.
    assert all(still_answers(port) for _ in range(400))


@pytest.mark.parametrize(
    ("call", "media_type"),
    [
        ("POST /token", FORM),
        ("POST /status/lookup", "application/json"),
    ],
)
def test_a_huge_body_is_refused_before_it_was_sent(port: int, call: str, media_type: str) -> None:
    with connected(port) as connection:
        connection.sendall(HEAD.format(call, media_type, 100_000_000).encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 413 ")


def test_a_body_that_ends_early_is_refused(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(HEAD.format("POST /token", FORM, 100).encode() + b"grant_type=")
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(4096).startswith(b"HTTP/1.1 408 ")


def test_a_body_in_chunks_is_refused(port: int) -> None:
    answer = requests.post(
        f"http://127.0.0.1:{port}/token", data=iter([b"grant_type="]), headers={"Content-Type": FORM}, timeout=30
    )

    assert (answer.status_code, answer.headers["Content-Type"]) == (411, "application/problem+json")

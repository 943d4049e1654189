"""Both processes as a town runs them, a terminal's own client in front of them, and a browser's look-up behind."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest
import requests

from kiosk.delivery.reference import status_token

from .conftest import DemoTown, python_with
from .running_town import client, deliver, running, wait_for

pytestmark = pytest.mark.xdist_group("central-demo")


def logged_in(live: DemoTown, login: str) -> requests.Session:
    browser = requests.Session()
    page = browser.get(f"{live.url}/login", timeout=10).text
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    form = {"username": login, "password": live.seed["logins"][login], "csrfmiddlewaretoken": token[1]}  # type: ignore[index]
    assert browser.post(f"{live.url}/login", form, timeout=10).url.endswith("/inbox")
    return browser


def test_a_terminals_client_delivers_staff_reads_and_the_status_changes(live: DemoTown, tmp_path: Path) -> None:
    terminal = client(live, tmp_path)
    sent = deliver(live, terminal)
    token = status_token(sent.code)
    wait_for(lambda: terminal.status(token) is not None)
    assert terminal.status(token)["entries"][0]["state"] == "arrived"  # type: ignore[index]

    browser = logged_in(live, "steuern")
    page = browser.get(f"{live.url}/inbox/{sent.submission_id}", timeout=10).text
    assert 'data-path="dogs.1.name">Mila<' in page
    assert 'data-path="name">Ada Beispiel<' in page
    csrf = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]  # type: ignore[index]
    form = {"csrfmiddlewaretoken": csrf}
    browser.post(f"{live.url}/inbox/{sent.submission_id}/accept", form, timeout=10)

    assert terminal.status(token)["entries"][0]["state"] == "accepted"  # type: ignore[index]
    stranger = logged_in(live, "ordnung")
    assert stranger.get(f"{live.url}/inbox/{sent.submission_id}", timeout=10).status_code == 404
    terminal.close()
    assert "Ada" not in live.log.read_text()


def test_both_processes_tell_systemd_that_they_are_ready_and_alive(
    demo_town: DemoTown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "central.toml"
    text = demo_town.config_file.read_text().replace("state/o.sock", str(tmp_path / "o.sock"))
    config.write_text(
        re.sub(r"\nport = \d+", "\nport = 0", text).replace('"state/', f'"{demo_town.config_file.parent}/state/')
    )
    for call in ("commands.open_(config)", "commands.serve(config)"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
            systemd.bind(str(tmp_path / call[9:13]))
            systemd.settimeout(30)
            monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / call[9:13]))
            with running(python_with(config, call), tmp_path / "log"):
                assert {systemd.recv(200).split(b"\n")[0] for _ in range(2)} == {b"READY=1", b"WATCHDOG=1"}


def test_a_body_of_unknown_length_is_refused(live: DemoTown) -> None:
    answer = requests.post(
        f"{live.url}/status/lookup",
        data=iter([b'{"token": "x"}']),
        headers={"Content-Type": "application/json"},
        timeout=10,
    )

    assert answer.status_code == 411
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_huge_body_is_refused_before_it_was_sent(live: DemoTown) -> None:
    host, port = live.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 10) as connection:
        connection.sendall(
            b"POST /status/lookup HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Content-Length: 100000000\r\n\r\n"
        )
        assert b" 413 " in connection.recv(200)


def test_a_foreign_host_name_is_refused(live: DemoTown) -> None:
    answer = requests.get(f"{live.url}/v2/submissions", headers={"Host": "evil.example"}, timeout=10)

    assert answer.status_code == 400


def test_static_files_are_served_with_their_policy(live: DemoTown) -> None:
    answer = requests.get(f"{live.url}/static/central/inbox.css", timeout=10)

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, 'text/css; charset="utf-8"')
    assert "max-age=3600" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"

"""The bad network does what its plan says, and the good one nothing at all."""

from __future__ import annotations

import itertools
import socket
import socketserver
import threading

import pytest

from tests.faults.proxy import Fault, How, plan, running


class Echo(socketserver.BaseRequestHandler):
    """Repeats every line, in capitals."""

    def handle(self):
        for line in self.request.makefile("rb"):
            self.server.heard.append(line)
            self.request.sendall(line.upper())


@pytest.fixture
def echo():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads, server.heard = True, []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield server
        server.shutdown()


def asked(echo, fault, *lines):
    """What comes back through a proxy with this fault, until it has all come or the connection is gone."""
    with running(echo.server_address, itertools.repeat(fault)) as proxy, socket.socket() as line:
        line.settimeout(20)
        line.connect(("127.0.0.1", proxy.port))
        back = b""
        try:
            for number, text in enumerate(lines, 1):
                line.sendall(text)
                while back.count(b"\n") < number:
                    piece = line.recv(1000)
                    if not piece:
                        return back
                    back += piece
        except ConnectionError:
            pass
        return back


@pytest.mark.parametrize("fault", [Fault(), Fault(How.DELAY, seconds=0.01)])
def test_a_good_or_slow_line_carries_everything(echo, fault):
    assert asked(echo, fault, b"one\n", b"two\n") == b"ONE\nTWO\n"


def test_a_request_is_cut(echo):
    assert asked(echo, Fault(How.CUT_REQUEST, 5), b"a long question\n") == b""
    assert b"a long question\n" not in echo.heard


def test_an_answer_is_cut(echo):
    assert asked(echo, Fault(How.CUT_ANSWER, 5), b"a long question\n") == b"A LON"
    assert echo.heard == [b"a long question\n"]


def test_an_answer_is_swallowed(echo):
    assert asked(echo, Fault(How.SWALLOW), b"question\n") == b""
    assert echo.heard == [b"question\n"]


def test_a_request_arrives_twice(echo):
    assert asked(echo, Fault(How.DUPLICATE), b"question\n") == b"QUESTION\n"
    assert echo.heard == [b"question\n"] * 2


def test_a_half_open_line_says_nothing(echo):
    assert asked(echo, Fault(How.HALF_OPEN, seconds=0.01), b"question\n") == b""
    assert echo.heard == []


def test_a_plan_can_be_repeated_and_keeps_its_share():
    first, second = (list(itertools.islice(plan(3, 0.25), 2000)) for _ in range(2))
    assert first == second
    assert 400 < sum(fault.how is not How.WELL for fault in first) < 600
    assert {fault.how for fault in first} == set(How)

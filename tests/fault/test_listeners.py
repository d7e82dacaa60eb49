# SPDX-License-Identifier: Apache-2.0
"""Clients that hold connections and say little: mail servers do not notice."""
import contextlib
import http.client
import selectors
import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from support.world import World

from fault.conftest import Lengths
from fault.load import Load, Person, percentile, signed_in

_SLOW = (b"POST /v1/registrations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
         b"Content-Length: 100000\r\nX-Slow: " + b"a" * 4000)


class SlowLoris:
    """A context manager: `count` connections that send a byte each half second, opened again when they are closed."""

    def __init__(self, url: str, count: int) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "", parts.port or 80)
        self._count = count
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.open = 0

    def __enter__(self) -> "SlowLoris":
        self._thread.start()
        return self

    def __exit__(self, *unused: object) -> None:
        self._ending.set()
        self._thread.join(20)

    def _run(self) -> None:
        connections: list[tuple[socket.socket, int]] = []
        while not self._ending.is_set():
            kept = []
            for connection, at in connections:
                try:
                    connection.send(_SLOW[at:at + 1])
                    kept.append((connection, (at + 1) % len(_SLOW)))
                except OSError:
                    connection.close()
            connections = kept
            while len(connections) < self._count and not self._ending.is_set():
                try:
                    connections.append((socket.create_connection(self._address, 5), 0))
                except OSError:
                    break
            self.open = len(connections)
            self._ending.wait(0.5)
        for connection, _ in connections:
            connection.close()


@contextlib.contextmanager
def idle_connections(url: str, request: bytes, count: int) -> Iterator[list[socket.socket]]:
    """That many, each after one answered request."""
    parts = urlsplit(url)
    opened: list[socket.socket] = []
    try:
        for _ in range(count):
            connection = socket.create_connection((parts.hostname or "", parts.port or 80), 10)
            opened.append(connection)
            connection.sendall(request)
            assert connection.recv(4096).startswith(b"HTTP/1.1 "), f"connection {len(opened)} was not answered"
        yield opened
    finally:
        for connection in opened:
            connection.close()


def alive(connections: list[socket.socket]) -> int:
    """How many the gateway has not closed."""
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            selector.register(connection, selectors.EVENT_READ)
        return len(connections) - len(selector.select(0))


def post_latencies(world: World, people: list[Person], seconds: float) -> list[float]:
    """Of acknowledged notifications on one connection."""
    with Load(world.gateway.mailbox_url, people, threads=1, pause=0.004) as load:
        time.sleep(seconds)
    assert not load.refused and not any(box.broken for box in load.mailboxes)
    return load.latencies


def assert_not_slower(alone: list[float], beside: list[float]) -> None:
    """By the 99th percentile; generous, since the disk's fsync and the clients share the machine."""
    before, after = percentile(alone, 0.99), percentile(beside, 0.99)
    assert after < 3 * before + 0.05, f"{before * 1e3:.1f} ms alone, {after * 1e3:.1f} ms beside them"
    assert len(beside) > len(alone) / 3


@pytest.mark.row("LISTEN-13")
@pytest.mark.row("FAULT-11")
@pytest.mark.slow
@pytest.mark.parametrize("listener", ["registration", "mailbox"])
def test_slow_connections_do_not_slow_mail_servers(world: World, lengths: Lengths, many_files: None,
                                                   listener: str) -> None:
    people = signed_in(world, world.add_app(), 10)
    alone = post_latencies(world, people, 3)

    with SlowLoris(world.gateway.config.url(listener), lengths.slow_connections) as slow:
        time.sleep(1.5)
        assert slow.open >= lengths.slow_connections * 0.9
        beside = post_latencies(world, people, 5)
        assert slow.open >= lengths.slow_connections * 0.9

    assert_not_slower(alone, beside)


@pytest.mark.row("FAULT-11")
@pytest.mark.slow
@pytest.mark.parametrize(("listener", "request_line"), [("registration", "GET /v1/registrations/none HTTP/1.1"),
                                                        ("mailbox", "GET /ews/none HTTP/1.1")])
def test_idle_connections_do_not_exhaust_a_listener(many_files: None, world: World, lengths: Lengths, listener: str,
                                                    request_line: str) -> None:
    people = signed_in(world, world.add_app(), 10)
    alone = post_latencies(world, people, 2)
    memory = world.gateway.resident_bytes()
    url = world.gateway.config.url(listener)
    # The listeners' limit is 10,000 connections (max_connections): these and ours are below it.
    count = min(lengths.idle_connections, 9_900)

    with idle_connections(url, f"{request_line}\r\nHost: localhost\r\n\r\n".encode(), count) as idle:
        assert alive(idle) == count
        beside = post_latencies(world, people, 3)
        signed_in(world, world.add_app(), 1)
        assert alive(idle) == count
        grown = world.gateway.resident_bytes() - memory

    assert_not_slower(alone, beside)
    assert grown < 10e6 + count * 20_000, f"{grown / count:.0f} bytes each"


@pytest.mark.row("FAULT-12")
def test_connections_beyond_the_limit_leave_the_rest_served(world: World, many_files: None) -> None:
    config = world.gateway.config
    world.gateway.stop()
    config.file.write_text(config.text().replace("[listener.registration]\n",
                                                 "[listener.registration]\nmax_connections = 50\n"))
    world.gateway.start()
    people = signed_in(world, world.add_app(), 2)
    parts = urlsplit(config.url("registration"))
    opened = []
    try:
        for _ in range(120):
            opened.append(socket.create_connection((parts.hostname or "", parts.port or 80), 5))
        time.sleep(0.5)
        assert post_latencies(world, people, 1)
        first = opened[0]
        first.settimeout(5)
        first.sendall(b"GET /v1/registrations/none HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert first.recv(4096).startswith(b"HTTP/1.1 ")
    finally:
        for connection in opened:
            connection.close()
    time.sleep(0.3)
    again = http.client.HTTPConnection(parts.netloc, timeout=5)
    again.request("GET", "/v1/registrations/none")
    assert again.getresponse().status in (401, 404)
    again.close()

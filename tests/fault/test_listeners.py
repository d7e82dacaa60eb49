# SPDX-License-Identifier: Apache-2.0
"""Clients that hold connections and say little: mail servers do not notice."""
import contextlib
import http.client
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from simulators.phone import Account
from support.listener import body, folder_changed, new_mail
from support.mail import mail
from support.wait import until
from support.world import World

from fault.conftest import Lengths
from fault.load import Load, Person, figures, percentile, signed_in
from fault.odd import post

Say = Callable[[str], None]

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


def assert_not_slower(alone: list[float], beside: list[float], again: list[float], what: str, say: Say) -> None:
    """By the 99th percentile, before, beside and after; generous, since the disk's fsync, the clients and perhaps other
    programs share the machine."""
    say(f"alone  {figures(alone)}")
    say(f"beside {figures(beside)}: {what}")
    say(f"after  {figures(again)}")
    assert percentile(beside, 0.99) < 3 * max(percentile(alone, 0.99), percentile(again, 0.99)) + 0.1
    assert len(beside) / len(alone) > 1 / 3


def limit(world: World, listener: str, line: str) -> None:
    """Starts the gateway again, with a line more in a listener's section."""
    config = world.gateway.config
    world.gateway.stop()
    config.file.write_text(config.text().replace(f"[listener.{listener}]\n", f"[listener.{listener}]\n{line}\n"))
    world.gateway.start()


@pytest.mark.row("LISTEN-13")
@pytest.mark.row("FAULT-11")
@pytest.mark.slow
@pytest.mark.measures
@pytest.mark.parametrize("listener", ["registration", pytest.param("mailbox", marks=pytest.mark.whole)])
def test_slow_connections_do_not_slow_mail_servers(world: World, lengths: Lengths, many_files: None, listener: str,
                                                   say: Say) -> None:
    people = signed_in(world, world.add_app(), 10)
    alone = post_latencies(world, people, 2 if not lengths.whole else 5)

    with SlowLoris(world.gateway.config.url(listener), lengths.slow_connections) as slow:
        until(lambda: slow.open >= lengths.slow_connections, 10)
        beside = post_latencies(world, people, 3 if not lengths.whole else 15)
        assert slow.open >= lengths.slow_connections * 0.9

    again = post_latencies(world, people, 2)
    assert_not_slower(alone, beside, again, f"{lengths.slow_connections} slow connections on the {listener} listener",
                      say)


@pytest.mark.row("FAULT-11")
@pytest.mark.slow
@pytest.mark.measures
@pytest.mark.parametrize(("listener", "request_line"), [
    pytest.param("registration", "GET /v1/registrations/none HTTP/1.1", marks=pytest.mark.whole),
    ("mailbox", "GET /ews/none HTTP/1.1")])
def test_idle_connections_up_to_the_limit_do_not_exhaust_a_listener(
        many_files: None, world: World, lengths: Lengths, listener: str, request_line: str, say: Say) -> None:
    people = signed_in(world, world.add_app(), 10)
    alone = post_latencies(world, people, 2)
    count = lengths.idle_connections
    limit(world, listener, f"max_connections = {count}")  # in full: as by default
    memory = world.gateway.resident_bytes()

    request = f"{request_line}\r\nHost: localhost\r\n\r\n".encode()
    with idle_connections(world.gateway.config.url(listener), request, count) as idle:
        assert alive(idle) == count
        time.sleep(1.1)  # who was answered this moment is not idle yet
        beside = post_latencies(world, people, 3)
        signed_in(world, world.add_app(), 1)
        made_room = count - alive(idle)
        grown = world.gateway.resident_bytes() - memory

    assert 1 <= made_room <= 20, "those that were idle longest make room, and no more of them than needed"
    again = post_latencies(world, people, 2)
    assert_not_slower(alone, beside, again, f"{count} idle connections on the {listener} listener, {made_room} of them "
                      f"closed to make room; {grown / count:.0f} bytes each", say)
    assert grown < 10e6 + count * 20_000


@pytest.mark.row("FAULT-15")
@pytest.mark.slow
@pytest.mark.measures
def test_overload_is_answered_503_with_retry_after_early_and_cheaply(tmp_path: Path, odd_plugins: Path, say: Say) -> None:
    odd = '[[backend]]\ninstance = "odd"\nplugin = "odd_backend"\nenabled = true\n'
    with World(tmp_path, plugins=odd_plugins, more_config=odd) as world:
        (phone, account), other = signed_in(world, world.add_app(), 2)
        limit(world, "mailbox", "max_in_work = 40")
        held = []
        for count, what in ((4, "block 5000"), (36, "block 0")):  # its four threads first, then those who wait for them
            held += [threading.Thread(target=post, daemon=True, args=(account, "odd", what)) for _ in range(count)]
            for thread in held[-count:]:
                thread.start()
            time.sleep(0.5)

        parts = urlsplit(str(account.callbacks["ews"]["url"]))
        content = listener_body(account)
        connection = http.client.HTTPConnection(parts.netloc, timeout=10)
        refusals, latencies, busy = 2000, [], world.gateway.cpu_seconds()
        for _ in range(refusals):
            begun = time.monotonic()
            connection.request("POST", parts.path, content, {"Content-Type": "text/xml; charset=utf-8"})
            answer = connection.getresponse()
            answer.read()
            latencies.append(time.monotonic() - begun)
            assert (answer.status, answer.headers["retry-after"]) == (503, "1")
        busy = (world.gateway.cpu_seconds() - busy) / refusals
        connection.close()
        begun = time.monotonic()
        with socket.create_connection((parts.hostname or "", parts.port or 80), 10) as large:
            large.sendall(f"POST {parts.path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n\r\n".encode())
            said = large.recv(4096)  # before a byte of the body
        early = time.monotonic() - begun
        assert any(thread.is_alive() for thread in held), "all this while it was overloaded"
        assert phone.state(account)["state"] == "active", "the other listeners are not concerned"

        say(f"503 after {figures(latencies)}, {busy * 1e6:.0f} us of the gateway's CPU each; before a large body: "
            f"{early * 1e3:.1f} ms")
        assert said.startswith(b"HTTP/1.1 503 ") and b"retry-after: " in said.lower()
        assert percentile(latencies, 0.99) < 0.05 and early < 0.5
        assert busy < 200e-6
        for thread in held:
            thread.join(20)
        assert mail(account, 5) == "OK" and mail(other[1], 6) == "OK"
        world.wait_badge(phone, 5)


def listener_body(account: Account) -> bytes:
    """A notification of new mail."""
    return body(account.subscription_id, [*new_mail(folder=account.folder_id), folder_changed(3, account.folder_id)])


@pytest.mark.row("FAULT-12")
def test_connections_beyond_the_limit_leave_the_rest_served(world: World, many_files: None) -> None:
    config = world.gateway.config
    limit(world, "registration", "max_connections = 50")
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

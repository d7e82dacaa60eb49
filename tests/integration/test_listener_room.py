# SPDX-License-Identifier: Apache-2.0
"""A listener that has no room for all who come."""
import signal
import socket
import time
from contextlib import ExitStack
from pathlib import Path

from support.config import GatewayConfig
from support.gateway import Gateway
from support.wait import until


class SmallListener(GatewayConfig):
    """Its mailbox listener takes twenty connections."""

    def _listener(self, name: str) -> str:
        return super()._listener(name) + ("max_connections = 20\n" if name == "mailbox" else "")


def connect(port: int, *, wait: bool = True) -> socket.socket:
    connection = socket.socket()
    connection.settimeout(5)
    if wait:
        connection.connect(("127.0.0.1", port))
    else:
        connection.setblocking(False)
        connection.connect_ex(("127.0.0.1", port))
    return connection


def status(port: int) -> bytes:
    with connect(port) as connection:
        connection.sendall(b"GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        return connection.recv(100)[9:12]


def test_a_burst_on_a_full_listener_is_served_and_the_gateway_stops(tmp_path: Path) -> None:
    config = SmallListener(tmp_path, apns_endpoint="https://127.0.0.1:1")
    port = config.ports[1]
    with Gateway(config) as gateway, ExitStack() as held:
        gateway.start()
        for _ in range(20):
            held.enter_context(connect(port))
        time.sleep(1.2)  # an idle connection makes room after a second
        # Stopped for a moment, it finds the new ones in its backlog together, as under load.
        gateway.signal(signal.SIGSTOP)
        for _ in range(5):
            held.enter_context(connect(port, wait=False))
        gateway.signal(signal.SIGCONT)

        time.sleep(1.2)
        before = gateway.cpu_seconds()
        time.sleep(1)
        assert gateway.cpu_seconds() - before < 0.5
        assert status(port) == b"404"
        assert gateway.stop(5) == 0


def test_memory_of_bodies_is_bounded_and_given_back(tmp_path: Path) -> None:
    config = GatewayConfig(tmp_path, apns_endpoint="https://127.0.0.1:1")
    with Gateway(config) as gateway:
        gateway.start()
        at_first = gateway.resident_bytes()
        with ExitStack() as held:
            for _ in range(400):
                slow = held.enter_context(connect(config.ports[1]))
                slow.sendall(b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nf4240\r\n" + b"x" * 700_000)
            assert status(config.ports[1]) == b"404"
            assert gateway.resident_bytes() - at_first < 400 << 20  # 256 MiB, and what freed blocks leave
        until(lambda: gateway.resident_bytes() - at_first < 100 << 20, 10, "the memory is given back")

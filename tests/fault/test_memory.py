# SPDX-License-Identifier: Apache-2.0
"""A limit of memory that is reached costs what asks for more, and not the gateway."""
import contextlib
import resource
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from support.wait import until
from support.world import World

from fault.load import Load, lost, signed_in
from fault.network import Network

_SPARE = 200_000  # bytes: less than one step of the allocator


@contextlib.contextmanager
def no_more_memory(pid: int) -> Iterator[None]:
    """The process may map no more than it has now, and a little."""
    before = resource.prlimit(pid, resource.RLIMIT_AS)
    status = Path(f"/proc/{pid}/status").read_text()
    size = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmSize")) * 1024
    resource.prlimit(pid, resource.RLIMIT_AS, (size + _SPARE, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_AS, before)


def half_a_body(url: str) -> socket.socket | None:
    """A request of a megabyte that waits for its end; nothing if the gateway ended the connection."""
    parts = urlsplit(url)
    with contextlib.suppress(OSError):
        connection = socket.create_connection((parts.hostname, parts.port), 2)
        connection.sendall(b"POST /ews/AAAA HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\n"
                           b"Content-Length: 1000000\r\n\r\n" + b"x" * 999_000)
        return connection
    return None


def test_bodies_that_fill_the_memory_end_no_gateway(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        network, people = Network(world.apns), signed_in(world, world.add_app(), 5)
        gateway = world.gateway
        assert gateway.process
        with Load(gateway.mailbox_url, people, threads=2, pause=0.01) as load:
            with no_more_memory(gateway.process.pid):
                held = [half_a_body(gateway.mailbox_url) for _ in range(150)]
                until(lambda: "std::bad_alloc" in gateway.log(), 10, "memory is short, and the log says so")
                time.sleep(1)
                assert gateway.running
            for connection in held:
                if connection:
                    connection.close()
            before = load.acknowledgements
            until(lambda: load.acknowledgements > before + 20, 10, "mail servers are answered again")

        until(lambda: not lost(load, network.badges()), 20, "everything acknowledged is shown")
        assert gateway.log().count("std::bad_alloc") < 20

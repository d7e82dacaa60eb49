# SPDX-License-Identifier: Apache-2.0
"""One app's, or one provider's, trouble with its push network is nobody else's."""
import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.mail import mail
from support.wait import until
from support.world import World

from fault.conftest import Lengths
from fault.load import Load, Person, figures, percentile, signed_in
from fault.machine import Machine
from fault.network import Network
from fault.odd import odd_people, provider_section
from fault.told import tell, wait_shown

Say = Callable[[str], None]
IMPATIENT = "[dispatch]\nrequest_timeout_ms = 3000\n"


def latencies(network: Network, people: list[Person], rounds: int, first: int, *,
              reconnecting: bool = False) -> list[float]:
    """Seconds from the post to its push at the network; one mail at a time. `reconnecting`: each needs a connection of
    its own, since the one before was broken."""
    found = []
    for unread in range(first, first + rounds):
        for phone, account in people:
            if reconnecting:
                network.fault("close", on="now")
                time.sleep(0.02)
            posted = time.monotonic()
            since = network.last_number()
            assert mail(account, unread) == "OK"

            def arrived(phone: Any = phone, unread: int = unread, since: int = since) -> Any:
                return next((a for a in network.arrivals(token=phone.device_token, since=since)
                             if a.badge == unread and a.processed), None)

            found.append(until(arrived, 30, "the neighbour's push").at - posted)
    return found


def assert_side_by_side(alone: list[float], beside: list[float], trouble: str, say: Say) -> None:
    """Generous, since the disk's fsync and the clients share the machine."""
    say(f"alone  {figures(alone)}")
    say(f"beside {figures(beside)}: {trouble}")
    before, after = percentile(alone, 0.9), percentile(beside, 0.9)
    assert after < 3 * before + 0.05
    assert max(beside) < 1.0


@pytest.mark.row("RETRY-6")
@pytest.mark.row("FAULT-10")
@pytest.mark.slow
@pytest.mark.measures
@pytest.mark.parametrize("trouble", ["refused credential", pytest.param("unavailable", marks=pytest.mark.whole),
                                     "black hole", pytest.param("no answer", marks=pytest.mark.whole)])
def test_one_app_s_trouble_does_not_slow_another_s_pushes(tmp_path: Path, trouble: str, say: Say) -> None:
    with World(tmp_path, more_config=IMPATIENT) as world:
        network = Network(world.apns)
        world.gateway.add_tenant("troubled")
        troubled = world.add_app(tenant="troubled")
        victims, neighbours = signed_in(world, troubled, 30), signed_in(world, world.add_app(), 5)
        with Load(world.gateway.mailbox_url, victims, threads=1, pause=0.01):
            alone = latencies(network, neighbours, 20, 1)
            actions: dict[str, dict[str, Any]] = {
                "refused credential": {"kind": "answer", "status": 403, "reason": "InvalidProviderToken"},
                "unavailable": {"kind": "answer", "status": 503, "reason": "ServiceUnavailable"},
                "black hole": {"kind": "blackhole"}, "no answer": {"kind": "hold"}}
            struck = network.last_number()
            network.fault(**actions[trouble], match={"topic": troubled.bundle_id})
            time.sleep(0.5)
            beside = latencies(network, neighbours, 20, 100)

        assert any(a.topic == troubled.bundle_id and not a.processed for a in network.arrivals(since=struck))
        world.gateway.kill()  # in order, it would wait for the answers that never come
        assert_side_by_side(alone, beside, trouble, say)


@contextlib.contextmanager
def closed_port() -> Iterator[str]:
    """Nobody listens, and nobody else takes it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"https://127.0.0.1:{taken.getsockname()[1]}"


@contextlib.contextmanager
def silent_port() -> Iterator[str]:
    """Accepts, and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as silent:
        yield f"https://127.0.0.1:{silent.getsockname()[1]}"


@pytest.mark.row("FAULT-10")
@pytest.mark.slow
@pytest.mark.measures
@pytest.mark.parametrize("outage", [closed_port, silent_port])
def test_one_provider_s_outage_does_not_slow_another_s_pushes(
        tmp_path: Path, odd_plugins: Path, say: Say,
        outage: Callable[[], contextlib.AbstractContextManager[str]]) -> None:
    with World(tmp_path, plugins=odd_plugins, more_config=IMPATIENT) as world, outage() as endpoint:
        network = Network(world.apns)
        neighbours = signed_in(world, world.add_app(), 5)
        alone = latencies(network, neighbours, 20, 1)
        provider_section(world, endpoint)
        victims = odd_people(world, 30)
        tell(neighbours, 90)
        wait_shown(network, neighbours, 90, 5)
        with Load(world.gateway.mailbox_url, victims, threads=1, pause=0.01):
            time.sleep(0.5)
            beside = latencies(network, neighbours, 20, 100)

        assert world.gateway.metrics().sum("postbell_pending_pushes", app="com.example.odd") == len(victims)
        world.gateway.kill()
        assert_side_by_side(alone, beside, outage.__name__, say)


@pytest.mark.row("FAULT-10")
@pytest.mark.slow
@pytest.mark.measures
def test_silent_name_servers_of_one_provider_do_not_hold_up_another_s_connections(
        tmp_path: Path, odd_plugins: Path, lengths: Lengths, say: Say) -> None:
    name = "push.silent.example"
    with World(tmp_path, plugins=odd_plugins) as world:
        config, network = world.gateway.config, Network(world.apns)
        config.apns_endpoint = config.apns_endpoint.replace("127.0.0.1", "localhost")
        machine = Machine(world)
        neighbours = signed_in(world, world.add_app(), 2)
        alone = latencies(network, neighbours, 4, 1, reconnecting=True)
        with machine.fault("slow-dns", name):
            provider_section(world, f"https://{name}:443")
            tell(odd_people(world, 5), 1)
            time.sleep(0.3)
            beside = latencies(network, neighbours, 4, 100, reconnecting=True)
            if lengths.whole:
                begun = time.monotonic()
                assert world.gateway.stop(timeout=30) == 0
                say(f"stopped within {time.monotonic() - begun:.1f} s meanwhile")
            world.gateway.kill()
        assert_side_by_side(alone, beside, f"{name} is being looked up", say)

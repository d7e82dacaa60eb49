# SPDX-License-Identifier: Apache-2.0
"""One app's trouble with its push network is nobody else's."""
import time
from pathlib import Path
from typing import Any

import pytest
from support.mail import mail
from support.wait import until
from support.world import World

from fault.load import Load, Person, percentile, signed_in
from fault.network import Network


def latencies(network: Network, people: list[Person], rounds: int, first: int) -> list[float]:
    """Seconds from the post to its push at the network; one mail at a time."""
    found = []
    for unread in range(first, first + rounds):
        for phone, account in people:
            posted = time.monotonic()
            since = network.last_number()
            assert mail(account, unread) == "OK"

            def arrived(phone: Any = phone, unread: int = unread, since: int = since) -> Any:
                return next((a for a in network.arrivals(token=phone.device_token, since=since)
                             if a.badge == unread and a.processed), None)

            found.append(until(arrived, 10, "the neighbour's push").at - posted)
    return found


@pytest.mark.row("RETRY-6")
@pytest.mark.row("FAULT-10")
@pytest.mark.slow
@pytest.mark.parametrize("trouble", ["refused credential", "unavailable", "black hole", "no answer"])
def test_one_app_s_trouble_does_not_slow_another_s_pushes(tmp_path: Path, trouble: str) -> None:
    with World(tmp_path, more_config="[dispatch]\nrequest_timeout_ms = 3000\n") as world:
        network = Network(world.apns)
        world.gateway.add_tenant("troubled")
        troubled = world.add_app(tenant="troubled")
        victims, neighbours = signed_in(world, troubled, 30), signed_in(world, world.add_app(), 5)
        with Load(world.gateway.mailbox_url, victims, threads=1, pause=0.01):
            alone = latencies(network, neighbours, 10, 1)
            actions: dict[str, dict[str, Any]] = {
                "refused credential": {"kind": "answer", "status": 403, "reason": "InvalidProviderToken"},
                "unavailable": {"kind": "answer", "status": 503, "reason": "ServiceUnavailable"},
                "black hole": {"kind": "blackhole"}, "no answer": {"kind": "hold"}}
            network.fault(**actions[trouble], match={"topic": troubled.bundle_id})
            struck = network.last_number()
            time.sleep(0.5)
            beside = latencies(network, neighbours, 20, 100)

        assert any(a.topic == troubled.bundle_id and not a.processed for a in network.arrivals(since=struck))
        before, after = percentile(alone, 0.9), percentile(beside, 0.9)
        assert after < 3 * before + 0.02, f"{before * 1e3:.1f} ms alone, {after * 1e3:.1f} ms beside it"
        assert max(beside) < 1.0

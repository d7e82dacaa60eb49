# SPDX-License-Identifier: Apache-2.0
"""A push network that misbehaves: nothing is lost, it is not stormed, and all goes on soon after."""
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from support import apns_simulator, openssl
from support.apns import PROGRAM
from support.cli import postbell
from support.wait import stays, until
from support.world import World

from fault.conftest import Lengths
from fault.load import Load, Person, lost, signed_in, went_back
from fault.machine import Machine
from fault.network import Arrival, Network
from fault.told import tell, wait_shown

PEOPLE = 20
Say = Callable[[str], None]


@pytest.fixture
def people(world: World) -> list[Person]:
    return signed_in(world, world.add_app(), PEOPLE)


@pytest.fixture
def impatient_world(tmp_path: Path) -> Iterator[World]:
    """A request waits three seconds for its answer, not thirty."""
    with World(tmp_path, more_config="[dispatch]\nrequest_timeout_ms = 3000\n") as made:
        yield made


def by_device(arrivals: list[Arrival]) -> dict[str, list[Arrival]]:
    """In order of arrival."""
    found: dict[str, list[Arrival]] = {}
    for arrival in arrivals:
        found.setdefault(arrival.token, []).append(arrival)
    return found


def rate(moments: list[float], begin: float, length: float, periods: int) -> str:
    """How many of these moments lie in each period."""
    counts = [0] * periods
    for moment in moments:
        if 0 <= moment - begin < periods * length:
            counts[int((moment - begin) / length)] += 1
    return " ".join(map(str, counts))


def most_at_once(arrivals: list[Arrival]) -> int:
    """How many requests were open at one moment."""
    steps = sorted([(a.at, 1) for a in arrivals] + [(a.ended_at or a.at, -1) for a in arrivals])
    most = now = 0
    for _, step in steps:
        now += step
        most = max(most, now)
    return most


@pytest.mark.row("RETRY-5")
@pytest.mark.row("FAULT-4")
@pytest.mark.parametrize("action", [
    {"kind": "goaway", "cut": 5}, {"kind": "goaway", "error_code": "ENHANCE_YOUR_CALM", "cut": 5},
    {"kind": "goaway", "graceful": True}, {"kind": "rst_stream", "error_code": "REFUSED_STREAM"},
    {"kind": "close"}, {"kind": "close", "fin": True}], ids=lambda a: " ".join(map(str, a.values())))
def test_what_was_not_processed_in_a_batch_is_sent_again_soon_and_once(
        world: World, network: Network, people: list[Person], action: dict[str, Any], say: Say) -> None:
    tell(people, 1)
    wait_shown(network, people, 1, 5)
    network.fault(**action, match={"skip": 5, "next": 2})
    before = len(network.arrivals())

    tell(people, 2)

    took = wait_shown(network, people, 2, 8)
    say(f"all shown {took:.2f} s after the last notification, {len(network.arrivals(since=before))} requests for "
        f"{PEOPLE} pushes, {network.connections()} connections")
    later = by_device(network.arrivals(since=before))
    assert all(sum(a.processed for a in each) == 1 for each in later.values()), "one push for each"
    assert sum(map(len, later.values())) <= PEOPLE + 30
    assert network.connections() <= 6


@pytest.mark.row("FAULT-4")
def test_a_network_that_ends_each_connection_is_counted_and_does_not_fill_the_log(
        world: World, network: Network, people: list[Person]) -> None:
    network.fault("goaway", error_code="NO_ERROR")
    for count in range(1, 6):
        tell(people, count)
        wait_shown(network, people, count, 10)

    assert world.gateway.metrics().sum("postbell_goaways_total") >= 5
    assert world.gateway.log().count(" sent GOAWAY ") == 1


@pytest.mark.row("FAULT-4")
def test_streams_reset_with_an_internal_error_are_tried_again_with_pauses(
        network: Network, people: list[Person]) -> None:
    tell(people, 1)
    wait_shown(network, people, 1, 5)
    before = len(network.arrivals())
    network.fault("rst_stream", error_code="INTERNAL_ERROR", match={"skip": 2, "next": 8})

    tell(people, 2)

    wait_shown(network, people, 2, 15)
    for each in by_device(network.arrivals(since=before)).values():
        assert all(later.at - earlier.at > 0.4 for earlier, later in pairwise(each))


@pytest.mark.row("RETRY-1")
@pytest.mark.row("RETRY-2")
@pytest.mark.row("FAULT-5")
@pytest.mark.parametrize("retry_after", [None, 3])
@pytest.mark.parametrize(("status", "reason"), [(429, "TooManyRequests"), (503, "ServiceUnavailable"),
                                                (500, "InternalServerError")])
def test_who_is_told_to_come_later_comes_later(network: Network, people: list[Person], status: int, reason: str,
                                               retry_after: int | None) -> None:
    more = {} if retry_after is None else {"retry_after": retry_after}
    tell(people, 1)
    wait_shown(network, people, 1, 5)
    before = len(network.arrivals())
    network.fault("answer", status=status, reason=reason, match={"skip": 2, "next": 2 if retry_after else 5},
                  **more)

    tell(people, 2)

    wait_shown(network, people, 2, 15)
    for each in by_device(network.arrivals(since=before)).values():
        for refused, again in pairwise(each):
            assert again.at - (refused.ended_at or refused.at) > (retry_after or 0.5) - 0.1
    assert len(network.arrivals(since=before)) <= PEOPLE + 10
    assert network.connections() <= 2


@pytest.mark.row("FAULT-5")
def test_an_origin_that_only_fails_gets_few_requests_and_all_of_them_when_it_works(
        network: Network, people: list[Person], say: Say) -> None:
    network.fault("answer", status=503, reason="ServiceUnavailable")
    begun = time.monotonic()
    tell(people, 1)
    time.sleep(8)

    tell(people, 2)
    asked = network.arrivals()
    network.heal()

    # Probes at 1, 3 and 7 s; the next is 8 s after the last.
    say(f"requests in each second of the outage: {rate([a.at for a in asked], begun, 1, 8)}")
    asked = len(asked)
    assert asked <= PEOPLE + 10
    recovered = wait_shown(network, people, 2, 20)
    say(f"all shown {recovered:.1f} s after its end")
    assert recovered < 12
    assert len(network.arrivals()) <= asked + PEOPLE + 5
    assert network.badges() == {phone.device_token: [2] for phone, _ in people}


@pytest.mark.row("FAULT-5")
def test_a_network_that_lets_no_request_through_is_an_alarm_until_it_does(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        network = Network(world.apns)
        network.fault("settings", on="now", max_concurrent_streams=0)
        people = signed_in(world, world.add_app(), 1)
        tell(people, 1)

        until(lambda: world.gateway.metrics().sum("postbell_origin_failing") == 1, 40, "the alarm")
        said = world.gateway.log()
        assert "a push network cannot be reached or fails" in said and "the server allows no requests" in said

        network.heal()
        wait_shown(network, people, 1, 30)
        assert world.gateway.metrics().sum("postbell_origin_failing") == 0


@pytest.mark.row("FAULT-6")
@pytest.mark.slow
def test_a_connection_that_never_answers_again_is_given_up_and_replaced(impatient_world: World, say: Say) -> None:
    network = Network(impatient_world.apns)
    people = signed_in(impatient_world, impatient_world.add_app(), PEOPLE)
    tell(people, 1)
    wait_shown(network, people, 1, 5)
    network.fault("blackhole", on="now")

    tell(people, 2)

    # The request's three seconds, a PING's time, then the next probe.
    recovered = wait_shown(network, people, 2, 60)
    say(f"all shown after {recovered:.1f} s, of which 3 s are the request's and 10 s a PING's")
    assert recovered < 30
    assert 2 <= network.connections() <= 6
    assert not went_back(network.badges())


@pytest.mark.row("FAULT-6")
@pytest.mark.slow
@pytest.mark.parametrize("kind", [pytest.param("blackhole", marks=pytest.mark.whole), "half_open_tls"])
def test_handshakes_that_never_end_are_given_up_and_are_no_storm(world: World, network: Network, kind: str,
                                                                 say: Say) -> None:
    people = signed_in(world, world.add_app(), PEOPLE)
    network.fault(kind, on="accept")

    tell(people, 1)
    until(lambda: network.connections() >= 2, 30, "it tries again")
    tried = network.connections()
    network.heal()

    assert tried <= 4
    recovered = wait_shown(network, people, 1, 60)
    say(f"{tried} handshakes tried; all shown {recovered:.1f} s after they worked again")
    assert recovered < 20
    assert network.connections() <= tried + 3


@pytest.mark.row("FAULT-7")
def test_a_lowered_stream_limit_is_kept_and_a_raised_one_is_used(network: Network, people: list[Person]) -> None:
    tell(people, 1)
    wait_shown(network, people, 1, 5)
    network.fault("settings", on="now", max_concurrent_streams=1)
    network.fault("delay", delay_ms=100)
    time.sleep(0.3)  # the SETTINGS are acknowledged
    before = len(network.arrivals())
    tell(people, 2)
    wait_shown(network, people, 2, 15)
    lowered = network.arrivals(since=before)

    network.heal()
    network.fault("delay", delay_ms=100)
    time.sleep(0.3)
    tell(people, 3)
    wait_shown(network, people, 3, 10)
    raised = network.arrivals(since=before + len(lowered))

    for connection in {a.connection for a in lowered}:
        assert most_at_once([a for a in lowered if a.connection == connection]) == 1
    assert most_at_once(raised) > 3
    assert not network.statistics()["violation_counts"]


@pytest.mark.row("FAULT-8")
@pytest.mark.slow
def test_name_servers_that_fail_keep_everything_until_they_work(world: World, network: Network, say: Say) -> None:
    config = world.gateway.config
    config.apns_endpoint = config.apns_endpoint.replace("127.0.0.1", "localhost")
    config.write()
    machine = Machine(world)
    people = signed_in(world, world.add_app(), PEOPLE)
    tell(people, 1)
    wait_shown(network, people, 1, 5)
    said, before = len(world.gateway.log().splitlines()), len(network.arrivals())

    with machine.fault("no-dns"):
        network.fault("close", on="now")
        tell(people, 2)
        stays(lambda: world.gateway.running, 5)
        tell(people, 3)
        assert len(network.arrivals()) == before
        assert len(world.gateway.log().splitlines()) < said + 40, "the log is no storm either"

    recovered = wait_shown(network, people, 3, 20)
    say(f"all shown {recovered:.1f} s after the name servers worked again, after 5 s of failing")
    assert recovered < 12
    assert "no address for localhost" in world.gateway.log()


@pytest.mark.row("FAULT-8")
@pytest.mark.slow
def test_a_network_with_an_expired_certificate_is_sent_nothing(
        world: World, network: Network, people: list[Person], tmp_path: Path, say: Say) -> None:
    config = world.gateway.config
    right, right_ca = config.apns_endpoint, config.apns_ca
    with apns_simulator.start(PROGRAM, "--state-dir", tmp_path / "expired", "--certificate-days", "-1") as expired:
        world.gateway.stop()
        config.apns_endpoint, config.apns_ca = f"https://127.0.0.1:{expired.port}", expired.ca_file
        config.write()
        world.start_gateway()
        tell(people, 1)
        until(lambda: expired.stats()["connections"]["handshakes_failed"], 10)
        time.sleep(5)
        told = expired.stats()
        say(f"connections in each second: {' '.join(str(s['connections']) for s in told['seconds'])}")
        assert told["requests"] == 0
        assert told["connections"]["opened"] <= 8
        world.gateway.stop()
    config.apns_endpoint, config.apns_ca = right, right_ca
    config.write()
    world.start_gateway()
    wait_shown(network, people, 1, 10)


@pytest.mark.row("FAULT-8")
@pytest.mark.slow
def test_a_push_certificate_that_expires_keeps_everything_until_it_is_renewed(
        world: World, network: Network, tmp_path: Path, say: Say) -> None:
    app = world.add_app(credential="none")
    expires = datetime.now(timezone.utc) + timedelta(seconds=8)
    ours = openssl.push_certificate(tmp_path / "ours", app.bundle_id, app.bundle_id, expires=expires)
    world.gateway.add_certificate(app.tenant, app.bundle_id, ours.p12, ours.password_file)
    people = signed_in(world, app, 5)
    tell(people, 1)
    wait_shown(network, people, 1, 5)
    until(lambda: datetime.now(timezone.utc) > expires + timedelta(seconds=1), 15)
    world.gateway.restart()  # a resumed TLS session would not be asked for the certificate again
    before, opened, begun = len(network.arrivals()), network.connections(), time.monotonic()

    tell(people, 2)
    time.sleep(6)

    tried = network.connections() - opened
    say(f"{tried} connections tried in {time.monotonic() - begun:.1f} s, {len(network.arrivals()) - before} requests")
    assert 1 <= tried <= 6
    assert len(network.arrivals()) == before
    assert "expired" in world.gateway.log().lower()
    renewed = openssl.push_certificate(tmp_path / "renewed", app.bundle_id, app.bundle_id)
    world.gateway.add_certificate(app.tenant, app.bundle_id, renewed.p12, renewed.password_file)
    recovered = wait_shown(network, people, 2, 20)
    say(f"all shown {recovered:.1f} s after the renewal")
    assert recovered < 3


@pytest.mark.row("MERGE-11")
@pytest.mark.row("FAULT-9")
@pytest.mark.slow
@pytest.mark.parametrize("outage", ["no connection", "no answer", "503"])
def test_hours_of_outage_lose_nothing_are_no_storm_and_end_promptly(tmp_path: Path, outage: str, lengths: Lengths,
                                                                    say: Say) -> None:
    speed, hours = 1200.0, lengths.outage_hours  # three seconds each
    # Time-outs of the network are real time at any speed of the clock.
    with World(tmp_path, speed=speed, exchange_speed=1,
               more_config="[dispatch]\nrequest_timeout_ms = 1000\n") as world:
        network = Network(world.apns)
        people = signed_in(world, world.add_app(), PEOPLE)
        tell(people, 1)
        wait_shown(network, people, 1, 10)
        if outage == "no connection":
            network.fault("close", on="now")
            network.fault("close", on="accept")
        elif outage == "no answer":
            network.fault("hold")
        else:
            network.fault("answer", status=503, reason="ServiceUnavailable")
        requests, connections = network.last_number(), network.connections()
        opened_by_half_hour, memory = [], [world.gateway.resident_bytes()]

        begun = time.monotonic()
        with Load(world.gateway.mailbox_url, people, threads=1, pause=0.005) as load:
            for box in load.mailboxes:
                box.posted = 1
            for half_hour in range(2 * hours):
                time.sleep(max(0.0, begun + (half_hour + 1) * 1800 / speed - time.monotonic()))
                opened_by_half_hour.append(network.connections() - connections - sum(opened_by_half_hour))
                memory.append(world.gateway.resident_bytes())
        asked, tried = network.arrivals(since=requests), sum(opened_by_half_hour)
        healed = time.monotonic()
        network.heal()

        say(f"{hours} h: {load.acknowledgements} events acknowledged for {PEOPLE} devices")
        say(f"requests in each half hour: {rate([a.at for a in asked], begun, 1800 / speed, 2 * hours)}")
        say(f"connections in each half hour: {' '.join(map(str, opened_by_half_hour))}")
        say(f"resident MB at each half hour: {' '.join(f'{bytes_ / 1e6:.1f}' for bytes_ in memory)}")
        assert load.acknowledgements > 5 * PEOPLE
        assert tried <= 150 * hours, f"{tried} connections"
        assert len(asked) <= 5 * PEOPLE + 150 * hours, f"{len(asked)} requests"
        assert max(memory) - memory[0] < 15e6
        until(lambda: not lost(load, network.badges()), 15, "everybody is told")
        # Simulated minutes until the next probe, and the real second that an answer may take.
        recovered = time.monotonic() - healed
        say(f"everybody was told {recovered:.2f} s after its end")
        assert recovered < 5
        assert not went_back(network.badges())
        after = by_device([a for a in network.arrivals() if a.at > healed])
        assert max(sum(a.processed for a in each) for each in after.values()) <= 2, "the newest count, not all of them"
        assert postbell("credential", "list", "--config", world.gateway.config.file).code == 0

# SPDX-License-Identifier: Apache-2.0
"""An answer is a promise: what was acknowledged is pushed, whatever happens in between."""
import random
import sqlite3
import time
from pathlib import Path

import pytest
from support.cli import postbell
from support.mail import mail
from support.wait import stays
from support.world import World


@pytest.mark.row("DURABLE-1")
def test_what_was_acknowledged_is_pushed_after_a_kill_and_a_start(own_world: World) -> None:
    world = own_world
    app = world.add_app()
    people = [world.signed_in(app) for _ in range(5)]
    world.apns.fault({"type": "hold"}, topic=app.bundle_id)
    for number, (_, account) in enumerate(people, 1):
        assert mail(account, number) == "OK"

    world.gateway.kill()
    world.apns.clear_faults()
    world.start_gateway()

    for number, (phone, _) in enumerate(people, 1):
        world.wait_badge(phone, number)


@pytest.mark.row("DURABLE-1")
@pytest.mark.row("MERGE-6")
@pytest.mark.slow
def test_kills_under_load_lose_nothing_and_never_go_back(tmp_path: Path) -> None:
    with World(tmp_path, exchange_speed=60) as world:  # retries come after half a second
        app = world.add_app()
        people = [world.signed_in(app) for _ in range(4)]
        for _ in range(5):
            for _, account in people:
                world.exchange.mailbox(account.address).deliver(count=5)
            time.sleep(random.uniform(0.0, 0.3))
            world.gateway.kill()
            world.start_gateway()
        world.when(world.deliveries_settled, timeout=20)

        for phone, account in people:
            expected = world.exchange.record.last_acknowledged_unread(account.address)
            assert expected == 25
            world.wait_badge(phone, expected)
            counts = [p.badge for p in world.pushes(phone) if p.badge is not None]
            assert counts == sorted(counts)


@pytest.mark.row("DURABLE-2")
@pytest.mark.row("DURABLE-4")
@pytest.mark.row("DURABLE-5")
@pytest.mark.row("APNS-11")
def test_a_restart_in_order_repeats_nothing_and_forgets_nobody(own_world: World) -> None:
    world = own_world
    phone, account = world.signed_in(world.add_app())
    mail(account, 1)
    world.wait_badge(phone, 1)

    assert world.gateway.stop() == 0
    world.start_gateway()

    assert phone.state(account)["state"] == "active"
    stays(lambda: len(world.pushes(phone)) == 1, 0.7)
    mail(account, 2)
    world.wait_badge(phone, 2)
    # APNs answers 429 to a second token of a key within 20 minutes.
    assert [p.status for p in world.pushes(phone)] == [200, 200]


@pytest.mark.row("DURABLE-4")
def test_a_stop_answers_what_is_under_way(own_world: World) -> None:
    world = own_world
    app = world.add_app()
    people = [world.signed_in(app) for _ in range(3)]
    for _, account in people:
        world.exchange.mailbox(account.address).deliver(count=20)

    assert world.gateway.stop() == 0
    taken = {account.address: world.exchange.record.last_acknowledged_unread(account.address)
             for _, account in people}
    world.start_gateway()

    for phone, account in people:
        if taken[account.address] is not None:
            world.when(lambda phone=phone, account=account: any(
                (p.badge or 0) >= (taken[account.address] or 0) for p in world.pushes(phone) if p.delivered))


@pytest.mark.row("DURABLE-3")
def test_a_database_that_cannot_be_written_is_an_error_to_the_mail_server(own_world: World) -> None:
    world = own_world
    phone, account = world.signed_in(world.add_app())
    lock = sqlite3.connect(world.gateway.config.database, timeout=10, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    try:
        world.exchange.mailbox(account.address).deliver()
        failed = world.exchange.record.wait(
            lambda all_: any(d.kind == "events" and d.answered_at for d in all_), timeout=20)[-1]
        assert not failed.acknowledged
        assert (failed.http_status or 500) >= 500
    finally:
        lock.rollback()
        lock.close()
    world.exchange.mailbox(account.address).deliver()
    assert mail(account, 7) == "OK"
    world.wait_badge(phone, 7)


def test_a_second_gateway_on_the_same_data_does_not_start(own_world: World) -> None:
    again = postbell("serve", "--config", own_world.gateway.config.file, check=False, timeout=10)

    assert again.code != 0
    assert own_world.gateway.running

# SPDX-License-Identifier: Apache-2.0
"""All apps with one signing key present one token, whatever came before: Apple takes a new one once in 20 minutes."""
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from simulators.phone import Account, Phone
from support.mail import mail
from support.wait import stays, until
from support.world import TENANT, App, World


@pytest.fixture
def app(own_world: World) -> App:
    return own_world.add_app()


def other_app(world: World, app: App, key_file: Path | None = None) -> App:
    """One more app, with the same signing key."""
    other = world.add_app(credential="none")
    world.gateway.add_key(TENANT, other.bundle_id, key_file or app.key_file, app.key_id, app.team_id)
    return other


def ring(world: World, app: App) -> None:
    """Mail for a new phone with this app is delivered."""
    phone, account = world.signed_in(app)
    mail(account, 1)
    world.wait_badge(phone, 1)


def nothing(_: World) -> None:
    pass


def stop(world: World) -> None:
    world.gateway.restart()


def crash(world: World) -> None:
    world.gateway.kill()
    world.start_gateway()


@pytest.mark.row("APNS-11")
@pytest.mark.parametrize("happens", [nothing, stop, crash], ids=["-", "restart", "crash"])
def test_an_app_that_is_given_the_key_later_presents_the_same_token(own_world: World, app: App,
                                                                    happens: Callable[[World], None]) -> None:
    waiting = other_app(own_world, app)
    ring(own_world, app)
    happens(own_world)

    ring(own_world, other_app(own_world, app))
    ring(own_world, waiting)
    ring(own_world, app)


@pytest.mark.row("APNS-11")
def test_a_copy_of_the_key_with_other_line_breaks_is_the_same_key(own_world: World, app: App, tmp_path: Path) -> None:
    ring(own_world, app)
    own_world.gateway.restart()
    copy = tmp_path / "copy.p8"
    assert app.key_file is not None
    copy.write_bytes(app.key_file.read_bytes().replace(b"\n", b"\r\n"))

    ring(own_world, other_app(own_world, app, copy))


@pytest.mark.row("APNS-11")
@pytest.mark.parametrize("happens", [nothing, stop], ids=["-", "restart"])
def test_a_key_that_is_uploaded_again_presents_the_same_token(own_world: World, app: App,
                                                              happens: Callable[[World], None]) -> None:
    ring(own_world, app)
    happens(own_world)
    assert app.key_file is not None
    own_world.gateway.add_key(TENANT, app.bundle_id, app.key_file, app.key_id, app.team_id)

    ring(own_world, app)


@pytest.mark.row("APNS-11")
def test_a_key_whose_app_was_removed_presents_the_same_token(own_world: World, app: App) -> None:
    ring(own_world, app)
    own_world.gateway.cli("app", "remove", "--tenant", TENANT, "--app", app.bundle_id, "--confirm", app.bundle_id)

    ring(own_world, other_app(own_world, app))


@pytest.fixture
def renewing(tmp_path: Path) -> Iterator[tuple[World, Phone, Account]]:
    """A minute is a tenth of a second. A push waits for ten minutes, after which its token is to be renewed."""
    with World(tmp_path, speed=600) as world:
        phone, account = world.signed_in(world.add_app())
        mail(account, 1)
        world.wait_badge(phone, 1)
        signed_at = world.gateway.clock()
        until(lambda: world.gateway.clock() > signed_at + 43 * 60, 10.0, "the token is 43 minutes old")
        world.apns.fault({"type": "answer", "status": 429, "reason": "TooManyRequests", "retry_after": 600},
                         token=phone.device_token, times=1)
        mail(account, 2)
        world.wait_push(phone, 2)
        yield world, phone, account


@contextmanager
def locked_database(world: World) -> Iterator[None]:
    """Nothing can be written."""
    lock = sqlite3.connect(world.gateway.config.database, timeout=10, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        lock.rollback()
        lock.close()


@pytest.mark.row("APNS-11")
def test_a_crash_forgets_no_token_that_apple_has_seen(renewing: tuple[World, Phone, Account]) -> None:
    world, phone, account = renewing
    with locked_database(world):
        stays(lambda: len(world.pushes(phone)) == 2, 1.3, "the new token is not durable")
    world.wait_push(phone, 3)
    crash(world)

    mail(account, 3)

    world.wait_badge(phone, 3)
    assert all(push.delivered for push in world.pushes(phone)[2:]), "Apple resents no token"


@pytest.mark.row("APNS-11")
def test_a_database_that_cannot_be_written_holds_up_no_push(renewing: tuple[World, Phone, Account]) -> None:
    world, phone, _ = renewing
    with locked_database(world):
        assert world.wait_push(phone, 3).delivered


@pytest.mark.row("RULE-4")
def test_a_key_that_is_uploaded_again_is_not_paused_for_one_refused_token(tmp_path: Path) -> None:
    with World(tmp_path, speed=300) as world:  # a minute is a fifth of a second
        app = world.add_app()
        phone, account = world.signed_in(app)
        mail(account, 1)
        world.wait_badge(phone, 1)
        signed_at = world.gateway.clock()
        until(lambda: world.gateway.clock() > signed_at + 25 * 60, 10.0, "the token is 25 minutes old")
        assert app.key_file is not None
        world.gateway.add_key(TENANT, app.bundle_id, app.key_file, app.key_id, app.team_id)
        world.apns.set_clock(world.gateway.clock() + 38 * 60)  # for Apple the token is older than an hour

        mail(account, 2)

        world.wait_badge(phone, 2)
        assert [push.reason or push.status for push in world.pushes(phone)] == [200, "ExpiredProviderToken", 200]
        assert "its pushes are paused" not in world.gateway.log()

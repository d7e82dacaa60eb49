# SPDX-License-Identifier: Apache-2.0
"""Debian's Dovecot and a gateway that it does not trust, that does not trust it, is away or hangs: mail is delivered all the
same, and in time."""
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.dovecot import Dovecot
from support.dovecot_world import DovecotWorld
from support.wait import stays
from support.world import App

LIMIT = 0.5  # seconds, of the script
SLACK = 1.0  # of a busy machine


@pytest.fixture(scope="module")
def tls_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DovecotWorld]:
    with DovecotWorld(tmp_path_factory.mktemp("dovecot-tls"), tls=True) as made:
        yield made


@pytest.fixture
def world(tmp_path: Path) -> Iterator[DovecotWorld]:
    with DovecotWorld(tmp_path) as made:
        yield made


@pytest.fixture
def app(world: DovecotWorld) -> App:
    return world.add_app()


@contextmanager
def hanging(world: DovecotWorld) -> Iterator[None]:
    """The gateway takes connections, and says nothing."""
    world.gateway.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        world.gateway.signal(signal.SIGCONT)


@pytest.mark.row("DOVECOT-7")
@pytest.mark.parametrize("driver", ["ox", "script"])
def test_over_tls_the_gateway_is_verified_by_its_ca(tls_world: DovecotWorld, driver: str) -> None:
    url = tls_world.callback()
    assert url.startswith("https:")
    (tls_world.dovecot.drive_ox if driver == "ox" else tls_world.dovecot.drive_script)(url)
    phone, account = tls_world.signed_in_at_dovecot(tls_world.add_app())

    tls_world.dovecot.deliver(account.address)

    tls_world.wait_badge(phone, 1)


@pytest.mark.row("DOVECOT-7")
@pytest.mark.parametrize("driver", ["ox", "script"])
def test_without_the_ca_the_mail_is_there_and_dovecots_log_has_the_reason(tls_world: DovecotWorld, driver: str) -> None:
    with Dovecot() as dovecot:
        phone, account = tls_world.phone(tls_world.add_app()), tls_world.dovecot_account(port=dovecot.imap_port)
        (dovecot.drive_ox if driver == "ox" else dovecot.drive_script)(tls_world.callback())
        phone.add(account)
        phone.register(account)
        phone.subscribe(account)

        dovecot.deliver(account.address)

        assert dovecot.unread(account.address) == 1
        tls_world.when(lambda: "certificate" in dovecot.log())
        assert not tls_world.pushes(phone)


@pytest.mark.row("DOVECOT-8")
@pytest.mark.parametrize("driver", ["ox", "script"])
def test_a_wrong_secret_is_in_both_logs_and_loses_no_mail(world: DovecotWorld, app: App, driver: str) -> None:
    url = world.callback(secret="the-right-one")
    drive = world.dovecot.drive_ox if driver == "ox" else world.dovecot.drive_script
    drive(url.replace("://", "://postbell:a-wrong-one@"))
    phone, account = world.signed_in_at_dovecot(app)

    world.dovecot.deliver(account.address)

    assert world.dovecot.unread(account.address) == 1
    world.when(lambda: "Dovecot sends no password, or a wrong one" in world.gateway.log())
    world.when(lambda: "401" in world.dovecot.log())
    assert url.rpartition("/")[2] not in world.dovecot.log()
    assert not world.pushes(phone)

    drive(url.replace("://", "://postbell:the-right-one@"))
    world.dovecot.deliver(account.address)
    world.wait_badge(phone, 2)


@pytest.mark.row("DOVECOT-9")
def test_a_gateway_that_is_away_costs_a_badge_until_the_next_mail_and_no_mail(world: DovecotWorld, app: App) -> None:
    world.dovecot.drive_script(world.callback(), timeout_msecs=int(LIMIT * 1000))
    phone, account = world.signed_in_at_dovecot(app)
    world.gateway.stop()

    assert world.dovecot.deliver(account.address) < SLACK
    assert world.dovecot.unread(account.address) == 1
    assert "the gateway took no notification" in world.dovecot.log()

    world.gateway.start()
    world.dovecot.deliver(account.address)
    world.wait_badge(phone, 2)


@pytest.mark.row("DOVECOT-9")
def test_a_session_over_imap_outlives_a_restart_of_the_gateway(world: DovecotWorld, app: App) -> None:
    world.dovecot.drive_script(world.callback())
    phone, account = world.signed_in_at_dovecot(app)
    for unread in (1, 2):
        world.dovecot.deliver(account.address)
        world.wait_badge(phone, unread)

    with world.dovecot.imap(account.address) as session:
        session.store("1", "+FLAGS", "(\\Seen)")
        world.wait_badge(phone, 1)
        world.gateway.restart()
        session.store("2", "+FLAGS", "(\\Seen)")
        world.wait_badge(phone, 0)


@pytest.mark.row("DOVECOT-9")
def test_a_gateway_that_hangs_delays_mail_and_readers_by_the_scripts_limit(world: DovecotWorld, app: App) -> None:
    world.dovecot.drive_script(world.callback(), timeout_msecs=int(LIMIT * 1000))
    phone, account = world.signed_in_at_dovecot(app)
    world.dovecot.deliver(account.address)
    world.wait_badge(phone, 1)

    with hanging(world):
        assert LIMIT * 0.8 < world.dovecot.deliver(account.address) < LIMIT + SLACK
        assert world.dovecot.read(account.address, "1") < LIMIT + SLACK
    assert world.dovecot.unread(account.address) == 1

    world.dovecot.deliver(account.address)
    world.wait_badge(phone, 2)


@pytest.mark.row("DOVECOT-9")
def test_a_session_that_waited_once_leaves_the_gateway_alone_for_a_while(world: DovecotWorld, app: App) -> None:
    world.dovecot.drive_script(world.callback(), timeout_msecs=int(LIMIT * 1000))
    _, account = world.signed_in_at_dovecot(app)
    for _ in range(2):
        world.dovecot.deliver(account.address)

    with hanging(world), world.dovecot.imap(account.address) as session:
        session.store("1", "+FLAGS", "(\\Seen)")
        session.store("2", "+FLAGS", "(\\Seen)")
        session.store("1:2", "-FLAGS", "(\\Seen)")
    assert world.dovecot.log().count("the gateway took no notification") == 1


@pytest.mark.row("DOVECOT-6")
def test_what_the_ox_driver_repeats_after_a_time_out_rings_once(world: DovecotWorld, app: App) -> None:
    world.dovecot.drive_ox(world.callback(), timeout_msecs=300, max_retries=1)
    phone, account = world.signed_in_at_dovecot(app)

    with hanging(world):
        assert 2 * 0.25 < world.dovecot.deliver(account.address) < 2 * 0.3 + SLACK

    world.wait_badge(phone, 1)
    world.when(lambda: world.gateway.metrics().sum("postbell_plugin_dovecot_notifications_total") == 2)
    stays(lambda: len(world.pushes(phone)) == 1, 1)

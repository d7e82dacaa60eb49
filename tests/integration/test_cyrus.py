# SPDX-License-Identifier: Apache-2.0
"""Debian's Cyrus IMAP by way of the backend webhook: its events go through the notifier program that is installed with it."""
import socket
import time
from collections.abc import Iterator

import pytest
from simulators.phone import Account, Phone
from support.cyrus import DOMAIN, Cyrus
from support.pages import WEBHOOK_PAGE, sections
from support.wait import stays, until
from support.world import TENANT, App, World

SECRET = "cyrus-s3cret"
LIMIT_MS = 500
SLACK = 1.0  # seconds, of a busy machine
AWAY_SECONDS = 5  # of the program
@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(tmp_path_factory.mktemp("cyrus"), more_config="[dispatch]\nquiet_delay_ms = 200\n" + sections(WEBHOOK_PAGE)) as made:
        yield made


@pytest.fixture(scope="module")
def url(world: World) -> str:
    file = world.directory / "callback-secret"
    file.write_text(SECRET)
    return str(world.gateway.command("tenant", "callback", "add", "--tenant", TENANT, "--backend", "cyrus",
                                     "--secret-file", file)["url"])


@pytest.fixture(scope="module")
def cyrus(world: World, url: str) -> Iterator[Cyrus]:
    with Cyrus(url, SECRET, world.ca_file) as running:
        yield running


@pytest.fixture(scope="module")
def app(world: World) -> App:
    return world.add_app()


def approved(world: World, app: App, address: str) -> Phone:
    """A phone with an account that an admin approved."""
    phone = world.phone(app, backend="cyrus")
    account: Account = phone.add_account(address)
    account.backend = "cyrus"
    phone.register(account)
    world.gateway.command("registration", "approve", account.registration_id)
    return phone


def connections(server: socket.socket) -> int:
    """How many were made."""
    server.setblocking(False)
    made = []
    while True:
        try:
            made.append(server.accept()[0])
        except BlockingIOError:
            break
    for connection in made:
        connection.close()
    return len(made)


@pytest.mark.row("WEBHOOK-6")
@pytest.mark.parametrize("address", [f"anna@{DOMAIN}", f"anna.maria@{DOMAIN}", "anna@other.example"])
def test_the_badge_rises_with_mail_and_falls_when_it_is_read(world: World, app: App, cyrus: Cyrus, address: str) -> None:
    phone = approved(world, app, address)

    for unread in (1, 2, 3):
        cyrus.deliver(address)
        assert world.wait_badge(phone, unread).about["event"] == "new_mail"
    cyrus.read(address, "1:2")
    assert world.wait_badge(phone, 1).about["event"] == "count_changed"
    cyrus.read(address)
    world.wait_badge(phone, 0)
    assert cyrus.unread(address) == 0


@pytest.mark.row("WEBHOOK-6")
def test_the_badge_follows_whatever_a_mail_program_does(world: World, app: App, cyrus: Cyrus) -> None:
    address = f"bert@{DOMAIN}"
    phone = approved(world, app, address)
    with cyrus.imap(address) as session:
        session.create("INBOX/Archive")
        for _ in range(3):
            session.append("INBOX", "", "", b"Subject: appended\r\n\r\nbody\r\n")
        world.wait_badge(phone, 3)
        session.select("INBOX")
        session.fetch("1", "(BODY[])")  # as a mail program shows a mail
        world.wait_badge(phone, 2)
        session.store("1", "-FLAGS", "(\\Seen)")
        world.wait_badge(phone, 3)
        session.xatom("MOVE", "1", "INBOX/Archive")
        world.wait_badge(phone, 2)
        session.store("1", "+FLAGS", "(\\Deleted)")
        session.expunge()
        world.wait_badge(phone, 1)
    assert not world.pushes(phone, "new_mail")


@pytest.mark.row("WEBHOOK-6")
def test_mail_of_another_folder_is_not_told(world: World, app: App, cyrus: Cyrus) -> None:
    address = f"carl@{DOMAIN}"
    phone = approved(world, app, address)
    cyrus.deliver(address)
    world.wait_badge(phone, 1)
    taken = world.gateway.metrics().sum("postbell_plugin_webhook_events_total")

    with cyrus.imap(address) as session:
        session.create("INBOX/Lists")
        session.append("INBOX/Lists", "", "", b"Subject: appended\r\n\r\nbody\r\n")

    stays(lambda: world.gateway.metrics().sum("postbell_plugin_webhook_events_total") == taken)


@pytest.mark.row("WEBHOOK-6")
def test_a_server_with_dots_between_its_folders_is_understood(world: World, app: App, url: str) -> None:
    address = f"dora.maria@{DOMAIN}"
    phone = approved(world, app, address)
    with Cyrus(url, SECRET, world.ca_file, unixhierarchysep=False) as cyrus:
        cyrus.deliver(address)
        world.wait_badge(phone, 1)


@pytest.mark.row("WEBHOOK-7")
def test_a_gateway_that_hangs_is_waited_for_once_and_then_left_alone() -> None:
    address = f"erna@{DOMAIN}"
    with socket.create_server(("127.0.0.1", 0)) as silent, \
            Cyrus(f"http://127.0.0.1:{silent.getsockname()[1]}/cyrus/t", SECRET, timeout_msecs=LIMIT_MS) as cyrus:
        began = time.monotonic()
        took = [cyrus.deliver(address) for _ in range(40)]  # ten wait in notifyd's socket
        waits = connections(silent)
        assert 1 <= waits <= 1 + (time.monotonic() - began) / AWAY_SECONDS
        assert max(took) < LIMIT_MS / 1000 + SLACK
        assert cyrus.unread(address) == 40


@pytest.mark.row("WEBHOOK-7")
def test_a_gateway_that_was_away_is_told_again_after_a_moment(world: World, app: App, url: str) -> None:
    address = f"gina@{DOMAIN}"
    phone = approved(world, app, address)
    with Cyrus(url, SECRET, world.ca_file) as cyrus:
        world.gateway.stop()
        cyrus.deliver(address)
        away = cyrus.directory / "config/away"
        world.when(away.exists)
        world.gateway.start()
        until(lambda: time.time() - away.stat().st_mtime > AWAY_SECONDS, 10)
        cyrus.deliver(address)
        world.wait_badge(phone, 2)


@pytest.mark.row("WEBHOOK-7")
def test_a_wrong_secret_is_in_the_gateways_log_and_the_mail_is_delivered(world: World, url: str) -> None:
    with Cyrus(url, "a guess", world.ca_file) as cyrus:
        cyrus.deliver(f"fred@{DOMAIN}")
        world.when(lambda: "the mail server's secret is missing or wrong" in world.gateway.log())
        assert cyrus.unread(f"fred@{DOMAIN}") == 1

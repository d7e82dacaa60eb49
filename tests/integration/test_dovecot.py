# SPDX-License-Identifier: Apache-2.0
"""Debian's Dovecot with each of its two push drivers: mail comes by LMTP, is read over IMAP, and a phone's badge follows."""
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from support.dovecot_world import DovecotWorld
from support.wait import stays
from support.world import App


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DovecotWorld]:
    with DovecotWorld(tmp_path_factory.mktemp("dovecot"), quiet_delay_ms=200) as made:
        yield made


@pytest.fixture(scope="module")
def url(world: DovecotWorld) -> str:
    """Of the tenant's callback, with addressing by METADATA."""
    return world.callback()


@pytest.fixture
def app(world: DovecotWorld) -> App:
    return world.add_app()


@pytest.mark.row("DOVECOT-1")
def test_the_badge_rises_with_mail_and_falls_when_it_is_read(world: DovecotWorld, app: App, url: str) -> None:
    world.dovecot.drive_script(url)
    phone, account = world.signed_in_at_dovecot(app)

    for unread in (1, 2, 3):
        world.dovecot.deliver(account.address)
        world.wait_badge(phone, unread)
    assert all(push.about["event"] == "new_mail" for push in world.pushes(phone))

    world.dovecot.read(account.address, "1:2")
    assert world.wait_badge(phone, 1).about["event"] == "count_changed"
    world.dovecot.read(account.address)
    world.wait_badge(phone, 0)
    assert world.dovecot.unread(account.address) == 0


@pytest.mark.row("DOVECOT-2")
def test_the_badge_follows_whatever_a_mail_program_does(world: DovecotWorld, app: App, url: str) -> None:
    world.dovecot.drive_script(url)
    phone, account = world.signed_in_at_dovecot(app)
    message = EmailMessage()
    message["Subject"] = "appended"
    with world.dovecot.imap(account.address) as session:
        session.create("Archive")
        for _ in range(3):
            session.append("INBOX", "", "", message.as_bytes())
        world.wait_badge(phone, 3)
        session.select("INBOX")
        session.fetch("1", "(BODY[])")  # as a mail program shows a mail
        world.wait_badge(phone, 2)
        session.store("1", "-FLAGS", "(\\Seen)")
        world.wait_badge(phone, 3)
        session.xatom("MOVE", "1", "Archive")
        world.wait_badge(phone, 2)
        session.store("1", "+FLAGS", "(\\Deleted)")
        session.expunge()
        world.wait_badge(phone, 1)
    assert world.dovecot.unread(account.address) == 1
    assert not world.pushes(phone, "new_mail")


@pytest.mark.row("DOVECOT-2")
def test_a_flag_that_changes_no_count_is_not_told(world: DovecotWorld, app: App, url: str) -> None:
    world.dovecot.drive_script(url)
    phone, account = world.signed_in_at_dovecot(app)
    world.dovecot.deliver(account.address)
    world.wait_badge(phone, 1)
    taken = world.gateway.metrics().sum("postbell_plugin_dovecot_notifications_total")

    with world.dovecot.imap(account.address) as session:
        session.store("1", "+FLAGS", "(\\Flagged \\Answered)")

    assert world.gateway.metrics().sum("postbell_plugin_dovecot_notifications_total") == taken


@pytest.mark.row("DOVECOT-1")
def test_two_phones_of_one_owner_share_the_id_in_the_mailbox(world: DovecotWorld, app: App, url: str) -> None:
    world.dovecot.drive_script(url)
    first, account = world.signed_in_at_dovecot(app)
    second, again = world.signed_in_at_dovecot(app, account.address)
    assert account.subscription_id == again.subscription_id

    world.dovecot.deliver(account.address)

    world.wait_badge(first, 1)
    world.wait_badge(second, 1)


@pytest.mark.row("DOVECOT-3")
def test_the_ox_driver_tells_exact_counts_of_new_mail(world: DovecotWorld, app: App, url: str) -> None:
    world.dovecot.drive_ox(url)
    phone, account = world.signed_in_at_dovecot(app)
    for unread in (1, 2):
        world.dovecot.deliver(account.address)
        world.wait_badge(phone, unread)

    world.dovecot.read(account.address)
    pushes = len(world.pushes(phone))
    stays(lambda: len(world.pushes(phone)) == pushes, 1)  # the driver is silent about it

    world.dovecot.deliver(account.address)
    world.wait_badge(phone, 1)


@pytest.mark.row("DOVECOT-4")
def test_a_stranger_who_knows_the_address_hears_nothing(world: DovecotWorld, app: App, url: str) -> None:
    world.dovecot.drive_ox(url)
    phone, account = world.signed_in_at_dovecot(app)
    stranger = world.phone(app)
    theirs = stranger.add(world.dovecot_account(account.address))
    theirs.folder_id = "INBOX"
    stranger.register(theirs)
    for guess in (account.address, "pD9X3qj0Tq5f0o2m1cVvJ8yLrW4uKzB7hN6sEaGtRxQ"):
        theirs.subscription_id = guess
        stranger.report(theirs)

        world.dovecot.deliver(account.address)
        world.wait_badge(phone, world.dovecot.unread(account.address))
        assert not world.pushes(stranger)


@pytest.mark.row("DOVECOT-4")
def test_login_names_reach_nobody_and_the_log_says_what_is_missing(world: DovecotWorld, app: App, url: str) -> None:
    phone, account = world.phone(app), world.dovecot_account()
    world.dovecot.drive_ox(url, user_from_metadata=False)  # without user_from_metadata
    phone.add(account)
    phone.register(account)
    phone.subscribe(account)
    account.subscription_id = account.address
    phone.report(account)

    world.dovecot.deliver(account.address)

    world.when(lambda: "is user_from_metadata missing in Dovecot's push driver" in world.gateway.log())
    assert not world.pushes(phone)


@pytest.mark.row("DOVECOT-5")
@pytest.mark.parametrize("driver", ["ox", "script"])
def test_an_account_reaches_approved_registrations_alone(world: DovecotWorld, app: App, driver: str) -> None:
    phone, account = world.phone(app), world.dovecot_account(backend="dovecot-accounts")
    url = world.callback("dovecot-accounts")
    if driver == "ox":  # which tells of nobody whose mailbox has no METADATA
        world.dovecot.drive_ox(url, user_from_metadata=False)
        account.server.follow({"metadata_entry": "/private/vendor/vendor.dovecot/http-notify", "metadata_prefix": "user="})
    else:
        world.dovecot.drive_script(url, addressing="account")
    phone.add(account)
    phone.register(account)
    assert account.callbacks["dovecot-accounts"] == {}

    world.dovecot.deliver(account.address)
    stays(lambda: not world.pushes(phone))
    world.gateway.command("registration", "approve", account.registration_id)
    world.dovecot.deliver(account.address)

    world.wait_badge(phone, 2)


@pytest.mark.row("DOVECOT-1")
def test_mail_for_people_without_a_phone_is_delivered_and_not_told(world: DovecotWorld, url: str) -> None:
    world.dovecot.drive_script(url)
    taken = world.gateway.metrics().sum("postbell_plugin_dovecot_notifications_total")

    world.dovecot.deliver("nobody@example.net")

    assert world.dovecot.unread("nobody@example.net") == 1
    assert world.gateway.metrics().sum("postbell_plugin_dovecot_notifications_total") == taken


@pytest.mark.row("DOVECOT-6")
def test_a_mail_that_both_drivers_tell_of_rings_once(world: DovecotWorld, app: App, url: str) -> None:
    world.dovecot.drive_both(url)
    phone, account = world.signed_in_at_dovecot(app)

    world.dovecot.deliver(account.address)

    world.wait_badge(phone, 1)
    stays(lambda: len(world.pushes(phone)) == 1, 1)


@pytest.mark.row("DOVECOT-1")
def test_every_one_of_many_deliveries_is_told_within_the_scripts_limit(world: DovecotWorld, app: App, url: str) -> None:
    world.dovecot.drive_script(url)
    phone, account = world.signed_in_at_dovecot(app)

    for _ in range(20):
        world.dovecot.deliver(account.address)

    world.wait_badge(phone, 20)
    assert "the gateway took no notification" not in world.dovecot.log()

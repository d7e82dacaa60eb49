# SPDX-License-Identifier: Apache-2.0
"""The reported folder beside those that notifications name."""
import pytest
from simulators.exchange import ids
from simulators.exchange.mailbox import Event
from simulators.phone import Account, Phone
from support.listener import folder_changed, new_mail, status_event
from support.mail import mail, notify
from support.wait import stays
from support.world import App, World

_OTHERS = "postbell_other_folder_events_total"


@pytest.fixture
def signed_out(world: World, app: App) -> tuple[Phone, Account]:
    """Registered, and not subscribed yet."""
    phone = world.phone(app)
    account = phone.add_account(world.address(), world.exchange.ews_url)
    phone.register(account)
    return phone, account


def in_folder(folder: str, unread: int) -> list[Event]:
    return [*new_mail(folder=folder), folder_changed(unread, folder)]


@pytest.mark.row("FOLDER-1")
def test_a_folder_id_of_a_request_without_a_version_is_the_same_folder(world: World,
                                                                       signed_out: tuple[Phone, Account]) -> None:
    phone, account = signed_out
    account.server.folder_version = ""
    phone.subscribe(account)
    inbox = world.exchange.mailbox(account.address)
    assert account.folder_id == inbox.folders["inbox"].legacy_id != inbox.folders["inbox"].id

    inbox.deliver(count=3)

    world.wait_badge(phone, 3)
    assert phone.state(account)["note"] is None


@pytest.mark.row("FOLDER-1")
@pytest.mark.parametrize("named_by", ["guid", "address"])
@pytest.mark.parametrize("compressed", [True, False])
def test_every_spelling_of_the_reported_folder_is_a_badge(world: World, app: App, named_by: str,
                                                          compressed: bool) -> None:
    phone, account = world.signed_in(app)
    entry, mailbox = ids.entry_id(), "0b6f9a52-5d3c-4d1e-9c53-7f1f2d6f0a11"
    account.folder_id = ids.folder_id(entry, mailbox)
    phone.report(account)
    spelled = ids.folder_id(entry, mailbox if named_by == "guid" else account.address, compressed)

    notify(account, *in_folder(spelled, 4))

    world.wait_badge(phone, 4)


@pytest.mark.row("FOLDER-2")
@pytest.mark.row("FOLDER-3")
def test_a_spelling_that_cannot_be_read_rings_without_a_badge_and_is_said(world: World, app: App) -> None:
    phone, account = world.signed_in(app)
    account.folder_id = "an id of nobody's"
    phone.report(account, unread=1)
    before = world.gateway.metrics().sum(_OTHERS, backend="ews")

    assert notify(account, *in_folder("AQMkInbox=", 7)) == "OK"

    push = world.wait_push(phone, event="new_mail")
    assert push.badge is None
    assert "unread" not in push.about
    note = phone.state(account)["note"]
    assert "other folders than the reported folder_id" in note
    shown = world.gateway.command("registration", "show", account.registration_id)["registration"]
    assert shown["note"] == note
    assert world.gateway.metrics().sum(_OTHERS, backend="ews") > before

    account.folder_id = "AQMkInbox="
    phone.report(account)
    assert phone.state(account)["note"] is None
    mail(account, 8)
    world.wait_badge(phone, 8)


@pytest.mark.row("FOLDER-2")
@pytest.mark.row("BADGE-11")
def test_another_folder_is_silent_once_the_own_one_was_named(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    account.folder_id = "AQMkInbox="
    phone.report(account)
    mail(account, 1)
    world.wait_badge(phone, 1)

    notify(account, *in_folder("AQMkOther=", 9))

    count = len(world.pushes(phone))
    stays(lambda: len(world.pushes(phone)) == count, 1.0)
    assert phone.state(account)["note"] is None


@pytest.mark.row("FOLDER-3")
def test_a_folder_that_is_surely_another_is_silent_and_said(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    archive = world.exchange.mailbox(account.address).folders["archive"].id

    assert notify(account, *in_folder(archive, 9)) == "OK"

    world.when(lambda: phone.state(account)["note"] is not None)
    assert world.pushes(phone) == []
    assert phone.state(account)["state"] == "active"
    mail(account, 2)
    world.wait_badge(phone, 2)
    assert phone.state(account)["note"] is None
    assert notify(account, status_event()) == "OK"

# SPDX-License-Identifier: Apache-2.0
"""The same device, app and account register again."""
import os
from datetime import datetime, timedelta, timezone

import pytest
from simulators.phone import Account, ApiError, Phone
from support import listener
from support.listener import folder_changed, new_mail, status_event
from support.world import App, World


def callback(account: Account) -> str:
    return str(account.callbacks["ews"]["url"])


@pytest.mark.row("RENEW-1")
def test_the_old_secret_renews_and_everything_but_the_id_is_new(world: World,
                                                                signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    before = (account.registration_id, account.secret, callback(account))
    phone.device_token = os.urandom(32).hex()

    status = phone.register(account, with_previous_secret=True)

    assert status == 200
    assert account.registration_id == before[0]
    assert account.secret != before[1]
    assert callback(account) != before[2]


@pytest.mark.row("RENEW-2")
def test_the_same_device_token_renews(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    before = account.registration_id

    assert phone.register(account) == 200
    assert account.registration_id == before


@pytest.mark.row("RENEW-3")
def test_without_secret_or_token_it_is_another_registration(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    first, token, secret = account.registration_id, phone.device_token, account.secret
    phone.device_token = os.urandom(32).hex()

    assert phone.register(account) == 201
    assert account.registration_id != first
    assert world.api.state(first, secret)["state"] == "active"
    world.exchange.mailbox(account.address).deliver()
    world.when(lambda: world.apns.pushes(token), because="the first registration is left")


@pytest.mark.row("RENEW-3")
def test_a_wrong_previous_secret_renews_nothing(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    body = phone.registration_body(account) | {"device_token": os.urandom(32).hex(), "previous_secret": "wrong"}

    status = world.api.call("POST", "/v1/registrations", phone.enrolment_key, body).status

    assert status in (201, 401)
    assert phone.state(account)["state"] == "active"


@pytest.mark.row("RENEW-4")
def test_the_old_secret_is_refused_afterwards(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    old = account.secret
    phone.register(account, with_previous_secret=True)

    with pytest.raises(ApiError) as refused:
        world.api.state(account.registration_id, old)
    assert refused.value.status == 401


@pytest.mark.row("RENEW-5")
@pytest.mark.row("RENEW-6")
def test_two_callbacks_live_until_the_newest_is_reported(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    first, first_id = callback(account), account.subscription_id
    phone.register(account)
    second = callback(account)
    phone.register(account)
    third = callback(account)

    assert listener.notify(first, first_id, [status_event()]) == "OK"
    assert listener.notify(second, "never reported", [status_event()]) == "Unsubscribe"
    assert listener.notify(third, "newest", [status_event()]) == "OK"

    account.subscription_id = "newest"
    phone.report(account)
    assert listener.notify(third, "newest", [status_event()]) == "OK"
    assert listener.notify(first, first_id, [status_event()]) == "Unsubscribe"


@pytest.mark.row("RENEW-7")
def test_reporting_the_same_id_again_only_sets_when_it_expires(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    soon = (datetime.now(timezone.utc) + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")

    phone.report(account, expires_at=soon)
    world.exchange.mailbox(account.address).deliver()

    assert phone.state(account)["state"] == "active"
    assert world.wait_push(phone).badge == 1


@pytest.mark.row("RENEW-8")
def test_pushes_go_to_the_renewed_token(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    old, phone.device_token = phone.device_token, os.urandom(32).hex()
    phone.register(account, with_previous_secret=True)

    world.exchange.mailbox(account.address).deliver()

    assert world.wait_push(phone).badge == 1
    assert world.apns.pushes(old) == []


@pytest.mark.row("BADGE-9")
def test_renewal_keeps_the_count(world: World, app: App) -> None:
    phone, one = world.signed_in(app)
    two = phone.sign_in(world.address(), world.exchange.ews_url)
    world.exchange.mailbox(one.address).deliver(count=2)
    world.wait_badge(phone, 2)

    phone.register(one, with_previous_secret=True)
    listener.notify(str(two.callbacks["ews"]["url"]), two.subscription_id,
                    [*new_mail(folder=two.folder_id), folder_changed(5, two.folder_id)])

    world.wait_badge(phone, 7)

# SPDX-License-Identifier: Apache-2.0
"""What a device gets, for each kind of event and each style; and what its badge says."""
import sqlite3

import pytest
from simulators.phone import Account, Phone
from support import listener
from support.listener import folder_changed, new_mail, status_event
from support.mail import mail, notify, read
from support.wait import stays
from support.world import TENANT, App, World


@pytest.mark.row("APNS-1")
@pytest.mark.row("APNS-10")
@pytest.mark.row("BADGE-1")
def test_new_mail_is_an_alert_of_priority_10_with_the_badge(world: World, app: App,
                                                            signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    world.exchange.mailbox(account.address).deliver()

    push = world.wait_push(phone)

    assert (push.push_type, push.priority, push.topic) == ("alert", "10", app.bundle_id)
    assert push.aps == {"badge": 1}
    assert push.delivered, str(push)


@pytest.mark.row("APNS-2")
def test_style_badge_and_sync_wakes_the_app_as_well(world: World) -> None:
    phone, account = world.signed_in(world.add_app(style="badge+sync"))
    mail(account, 4)

    push = world.wait_push(phone)

    assert (push.push_type, push.priority) == ("alert", "10")
    assert push.aps == {"badge": 4, "content-available": 1}


@pytest.mark.row("APNS-3")
def test_style_alert_has_a_title_to_translate_a_sound_and_mutable_content(world: World) -> None:
    phone, account = world.signed_in(world.add_app(style="alert"))
    mail(account, 4)

    push = world.wait_push(phone)

    assert (push.push_type, push.priority) == ("alert", "10")
    assert push.aps == {"badge": 4, "sound": "default", "mutable-content": 1,
                        "alert": {"title-loc-key": "POSTBELL_NEW_MAIL"}}


@pytest.mark.row("ADMIN-27")
def test_an_apps_settings_reach_its_next_push(world: World) -> None:
    app = world.add_app(style="alert")
    phone, account = world.signed_in(app)
    change = ("app", "set", "--tenant", TENANT, "--app", app.bundle_id)
    refused = world.gateway.cli(*change, "--push-setting", "title-loc-kee=NEW", check=False)
    assert refused.code == 1 and "is not known" in refused.error and "title-loc-key" in refused.error

    world.gateway.command(*change, "--push-setting", "title-loc-key=NEW")
    mail(account, 1)
    assert world.wait_push(phone).aps["alert"] == {"title-loc-key": "NEW"}
    world.gateway.command(*change, "--unset", "title-loc-key")
    mail(account, 2)
    assert world.wait_push(phone, 2).aps["alert"] == {"title-loc-key": "POSTBELL_NEW_MAIL"}

    with sqlite3.connect(world.gateway.config.database) as database:
        audit = [what for (what,) in database.execute("SELECT what FROM audit")]
    assert audit.count(f"app/set tenant={TENANT} app={app.bundle_id} push_setting=title-loc-key") == 2


@pytest.mark.row("APNS-4")
@pytest.mark.parametrize("style", ["badge", "badge+sync", "alert"])
def test_reading_on_the_desktop_lowers_the_badge_quietly(world: World, style: str) -> None:
    phone, account = world.signed_in(world.add_app(style=style))
    read(account, 2)

    push = world.wait_push(phone)

    assert (push.push_type, push.priority) == ("alert", "5")
    assert push.aps == {"badge": 2}
    assert push.about["event"] == "count_changed"


@pytest.mark.row("APNS-5")
@pytest.mark.row("BADGE-2")
@pytest.mark.parametrize("style", ["badge", "badge+sync"])
@pytest.mark.parametrize("event", ["new_mail", "count_changed"])
def test_an_unknown_count_wakes_the_app_and_is_no_badge(world: World, style: str, event: str) -> None:
    phone, account = world.signed_in(world.add_app(style=style))
    mail(account, None) if event == "new_mail" else read(account, None)

    push = world.wait_push(phone)

    assert (push.push_type, push.priority) == ("background", "5")
    assert push.aps == {"content-available": 1}
    assert "unread" not in push.about and push.about["event"] == event


@pytest.mark.row("APNS-7")
def test_new_mail_of_unknown_count_in_style_alert_leaves_the_badge_to_the_extension(world: World) -> None:
    phone, account = world.signed_in(world.add_app(style="alert"))
    mail(account, None)

    push = world.wait_push(phone)

    assert (push.push_type, push.priority) == ("alert", "10")
    assert push.aps == {"sound": "default", "mutable-content": 1, "alert": {"title-loc-key": "POSTBELL_NEW_MAIL"}}


@pytest.mark.row("APNS-6")
@pytest.mark.row("STATE-11")
@pytest.mark.parametrize("style", ["badge", "alert"])
def test_a_broken_subscription_asks_the_app_silently_to_check(world: World, style: str) -> None:
    phone, account = world.signed_in(world.add_app(style=style))
    world.exchange.break_subscriptions(account.address)

    push = world.wait_push(phone, event="check_registration")

    assert (push.push_type, push.priority) == ("background", "5")
    assert push.aps == {"content-available": 1}


@pytest.mark.row("APNS-8")
def test_a_push_names_its_registration_beside_aps(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    mail(account, 3)

    push = world.wait_push(phone)

    assert push.about == {"registration_id": account.registration_id, "event": "new_mail", "unread": 3}
    assert set(push.payload) == {"aps", "postbell"}
    assert 0 < len(push.collapse_id.encode()) <= 64


@pytest.mark.row("APNS-9")
def test_a_production_certificate_does_not_push_to_a_sandbox_device(world: World) -> None:
    app = world.add_app(credential="certificate")
    phone = world.phone(app, environment="sandbox")
    account = phone.sign_in(world.address(), world.exchange.ews_url)
    mail(account, 1)

    stays(lambda: not world.pushes(phone), 0.7, "no credential serves the sandbox")


@pytest.mark.row("APNS-12")
def test_a_certificate_pushes_without_a_token(world: World) -> None:
    phone, account = world.signed_in(world.add_app(credential="certificate"))
    mail(account, 1)

    push = world.wait_push(phone)

    assert push.delivered, str(push)
    assert push.topic in push.credential


@pytest.mark.row("BADGE-3")
def test_no_unread_mail_is_a_badge_of_0(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    read(account, 0)

    assert world.wait_push(phone).aps == {"badge": 0}


@pytest.mark.row("BADGE-4")
@pytest.mark.row("BADGE-5")
def test_the_badge_is_the_sum_of_the_accounts_and_unknown_if_one_is(world: World, app: App) -> None:
    phone, one = world.signed_in(app, report_unread=False)
    two = phone.sign_in(world.address(), world.exchange.ews_url, report_unread=False)

    mail(one, 3)
    first = world.wait_push(phone)
    mail(two, 4)
    second = world.wait_badge(phone, 7)

    assert first.badge is None and first.about["unread"] == 3
    assert second.about["unread"] == 4 and second.about["registration_id"] == two.registration_id
    mail(one, None)
    world.wait_push(phone, 3)
    mail(two, 5)
    assert world.wait_push(phone, 4).badge is None


@pytest.mark.row("BADGE-6")
def test_an_account_that_waits_is_left_out(world: World, app: App) -> None:
    phone, account = world.signed_in(app)
    phone.register(phone.add_account(world.address(), world.exchange.ews_url))

    mail(account, 2)

    assert world.wait_push(phone).badge == 2


@pytest.mark.row("BADGE-8")
def test_a_deleted_account_takes_its_share_away_and_pushes_nothing(world: World, app: App) -> None:
    phone, one = world.signed_in(app)
    two = phone.sign_in(world.address(), world.exchange.ews_url)
    mail(one, 3)
    mail(two, 4)
    world.wait_badge(phone, 7)

    phone.sign_out(one)
    count = len(world.pushes(phone))
    stays(lambda: len(world.pushes(phone)) == count, 0.5, "no push for a deletion")
    mail(two, 5)

    world.wait_badge(phone, 5)


@pytest.mark.row("BADGE-11")
def test_another_folder_s_count_is_no_badge(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    notify(account, *new_mail(folder="AQMkOther="), folder_changed(99, "AQMkOther="))
    mail(account, 2)

    world.wait_badge(phone, 2)
    assert all(push.badge != 99 for push in world.pushes(phone))


@pytest.mark.row("BADGE-12")
def test_two_devices_with_the_same_account_do_not_add_up(world: World, app: App) -> None:
    one, account = world.signed_in(app)
    two, _ = world.signed_in(app, account.address)

    world.exchange.mailbox(account.address).deliver(count=2)

    world.wait_badge(one, 2)
    world.wait_badge(two, 2)


@pytest.mark.row("SUBID-1")
def test_the_first_status_event_is_welcome_before_the_id_is_known(world: World, signed_in: tuple[Phone, Account]) -> None:
    _, account = signed_in

    first = world.exchange.record.deliveries(account.address)[0]
    assert (first.kind, first.answer) == ("first status", "OK")


@pytest.mark.row("SUBID-2")
@pytest.mark.row("SUBID-4")
def test_an_id_that_was_never_reported_is_served_without_a_badge(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in

    assert notify(account, *new_mail(folder=account.folder_id), folder_changed(5, account.folder_id),
                  subscription_id="never reported") == "OK"
    stranger = world.wait_push(phone)
    assert mail(account, 6) == "OK"
    world.wait_badge(phone, 6)

    assert stranger.badge is None


@pytest.mark.row("SUBID-3")
def test_a_replaced_id_is_unsubscribed_at_once(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    old = account.subscription_id
    phone.subscribe(account)

    assert notify(account, status_event(), subscription_id=old) == "Unsubscribe"
    assert notify(account, status_event()) == "OK"
    assert mail(account, 1) == "OK"
    world.wait_badge(phone, 1)


@pytest.mark.row("SUBID-7")
@pytest.mark.row("STATE-6")
def test_only_the_reported_id_can_end_the_subscription(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    url = str(account.callbacks["ews"]["url"])

    listener.post(url, listener.error_body("somebody else's"))
    assert phone.state(account)["state"] == "active"
    assert listener.verdict(listener.post(url, listener.error_body(account.subscription_id))) == "OK"

    ended = world.wait_state(phone, account, "stale")
    assert ended["action"] == "resubscribe"


@pytest.mark.row("SUBID-8")
def test_an_unknown_callback_ends_the_subscription(world: World) -> None:
    url = f"{world.gateway.mailbox_url}/ews/{'x' * 43}"

    assert listener.notify(url, "id", [status_event()]) == "Unsubscribe"


@pytest.mark.row("SUBID-9")
def test_a_callback_that_is_encoded_is_served_and_one_that_cannot_be_ours_is_not_there(
        world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    root, _, token = str(account.callbacks["ews"]["url"]).rpartition("/")
    body = listener.body(account.subscription_id, [*listener.new_mail(folder=account.folder_id),
                                                   folder_changed(5, account.folder_id)])

    assert listener.verdict(listener.post(f"{root}/%{ord(token[0]):02X}{token[1:]}", body)) == "OK"
    world.wait_badge(phone, 5)
    for behind in (";jsessionid=1", "%20", "."):
        assert listener.post(f"{root}/{token}{behind}", body).status == 404
    assert phone.state(account)["state"] == "active"


@pytest.mark.row("STATE-1")
@pytest.mark.row("STATE-2")
def test_a_registration_waits_then_is_active(world: World, app: App) -> None:
    phone = world.phone(app)
    account = phone.add_account(world.address(), world.exchange.ews_url)
    phone.register(account)
    assert (phone.state(account)["state"], phone.state(account)["action"]) == ("waiting", "subscribe")
    assert notify(account, status_event(), subscription_id="early") == "OK"

    phone.check(account)

    assert (phone.state(account)["state"], phone.state(account)["action"]) == ("active", "none")
    assert notify(account, status_event()) == "OK"


@pytest.mark.row("STATE-6")
def test_the_app_subscribes_again_when_it_is_asked_to(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    world.exchange.break_subscriptions(account.address)
    world.wait_state(phone, account, "stale", "resubscribe")

    phone.check(account)
    world.exchange.mailbox(account.address).deliver()

    assert phone.state(account)["state"] == "active"
    world.wait_badge(phone, 1)


@pytest.mark.row("STATE-8")
@pytest.mark.row("STATE-9")
def test_an_app_turned_off_ends_its_subscriptions_and_turned_on_wants_new_ones(world: World, app: App) -> None:
    phone, account = world.signed_in(app)
    world.gateway.app("disable", app.tenant, app.bundle_id)
    assert (phone.state(account)["state"], phone.state(account)["action"]) == ("disabled", "none")
    assert notify(account, status_event()) == "Unsubscribe"

    world.gateway.app("enable", app.tenant, app.bundle_id)
    assert (phone.state(account)["state"], phone.state(account)["action"]) == ("stale", "resubscribe")
    assert notify(account, status_event()) == "Unsubscribe"
    phone.check(account)
    mail(account, 1)

    assert phone.state(account)["state"] == "active"
    world.wait_badge(phone, 1)


@pytest.mark.row("STATE-7")
@pytest.mark.row("STATE-13")
@pytest.mark.row("DEAD-1")
def test_a_dead_token_disables_until_the_device_registers_again(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    world.apns.kill_device(phone.device_token)
    mail(account, 1)
    world.wait_state(phone, account, "disabled", "register")
    assert notify(account, status_event()) == "Unsubscribe"

    phone.device_token = "cd" * 32
    phone.check(account)
    mail(account, 2)

    assert phone.state(account)["state"] == "active"
    world.wait_badge(phone, 2)


@pytest.mark.row("DEAD-2")
def test_a_token_that_died_before_it_was_registered_again_stays(world: World, app: App) -> None:
    phone = world.phone(app)
    world.apns.kill_device(phone.device_token, seconds_ago=3600)
    account = phone.sign_in(world.address(), world.exchange.ews_url)
    mail(account, 1)
    world.wait_push(phone)

    stays(lambda: phone.state(account)["state"] == "active", 0.5)


@pytest.mark.row("DEAD-4")
def test_a_token_that_changed_during_the_flight_survives_the_answer(world: World, app: App) -> None:
    phone, account = world.signed_in(app)
    old = phone.device_token
    world.apns.kill_device(old)
    world.apns.fault({"type": "delay", "delay_ms": 700}, token=old)
    mail(account, 1)
    world.when(lambda: world.apns.arrived(old), because="the push is in flight")

    phone.change_token()

    world.wait_badge(phone, 1)
    stays(lambda: phone.state(account)["state"] == "active", 1.0)

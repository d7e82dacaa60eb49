# SPDX-License-Identifier: Apache-2.0
"""Android phones, and Apple devices that register through Firebase: what FCM gets, and what its answers lead to."""
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from simulators.phone import Account, AndroidPhone, ApiError
from support.config import GatewayConfig
from support.fcm import OAUTH
from support.gateway import Gateway
from support.mail import mail, read
from support.wait import until
from support.world import TENANT, App, World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """At normal speed."""
    with World(tmp_path_factory.mktemp("fcm"), fcm=True) as made:
        yield made


@pytest.fixture(scope="module")
def fast_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A minute is three tenths of a second."""
    with World(tmp_path_factory.mktemp("fast"), speed=200, fcm=True) as made:
        yield made


@pytest.fixture
def own_world(tmp_path: Path) -> Iterator[World]:
    """For tests that restart the gateway."""
    with World(tmp_path, fcm=True) as made:
        yield made


@pytest.fixture
def app(world: World) -> App:
    return world.add_fcm_app()


@pytest.fixture
def signed_in(world: World, app: App) -> tuple[AndroidPhone, Account]:
    return world.android_signed_in(app)


def alarm(world: World, app: App) -> str:
    """Of the app's credential."""
    return str(world.gateway.command("credential", "list", "--tenant", TENANT,
                                     "--app", app.bundle_id)["credentials"][0]["alarm"])


def paused(world: World, app: App) -> str:
    """Why the app's credential is paused; empty if it is not."""
    shown = world.gateway.command("credential", "list", "--tenant", app.tenant, "--app", app.bundle_id)["credentials"]
    return str(shown[0]["paused"]["reason"]) if shown[0]["paused"] else ""


def answer(status: int, reason: str, **more: Any) -> dict[str, Any]:
    """A fault that answers so."""
    return {"type": "answer", "status": status, "reason": reason, **more}


def project(app: App) -> str:
    assert app.account is not None
    return app.account.project


# What FCM is sent.


@pytest.mark.row("FCM-1")
def test_new_mail_is_a_data_message_of_high_priority(world: World, app: App,
                                                     signed_in: tuple[AndroidPhone, Account]) -> None:
    phone, account = signed_in
    world.exchange.mailbox(account.address).deliver()

    message = world.wait_message(phone)

    assert message.delivered, str(message)
    assert message.path == f"/v1/projects/{project(app)}/messages:send"
    assert message.data == {"registration_id": account.registration_id, "event": "new_mail", "unread": "1", "badge": "1"}
    assert message.android == {"priority": "HIGH", "ttl": "86400s", "collapse_key": account.registration_id}
    assert set(message.message) == {"token", "data", "android"}
    assert message.violations == ()


@pytest.mark.row("FCM-2")
def test_reading_on_the_desktop_is_a_message_of_normal_priority(world: World,
                                                                signed_in: tuple[AndroidPhone, Account]) -> None:
    phone, account = signed_in
    read(account, 2)

    message = world.wait_message(phone)

    assert (message.data["event"], message.data["unread"]) == ("count_changed", "2")
    assert message.android == {"priority": "NORMAL", "ttl": "86400s", "collapse_key": account.registration_id}


@pytest.mark.row("FCM-3")
@pytest.mark.parametrize("event", ["new_mail", "count_changed"])
def test_an_unknown_count_is_left_out(world: World, signed_in: tuple[AndroidPhone, Account], event: str) -> None:
    phone, account = signed_in
    mail(account, None) if event == "new_mail" else read(account, None)

    message = world.wait_message(phone)

    assert message.data == {"registration_id": account.registration_id, "event": event}
    assert message.android["priority"] == ("HIGH" if event == "new_mail" else "NORMAL")


@pytest.mark.row("FCM-1")
def test_two_accounts_on_one_phone_share_the_badge_and_keep_their_counts(world: World, app: App) -> None:
    phone, first = world.android_signed_in(app)
    second = phone.sign_in(world.address(), world.exchange.ews_url)
    mail(first, 3)
    world.wait_message(phone)

    mail(second, 2)

    message = world.wait_message(phone, 2)
    assert (message.data["registration_id"], message.data["unread"]) == (second.registration_id, "2")
    assert message.data["badge"] == "5"
    phone.receive(message.message)
    assert phone.badge == 5


@pytest.mark.row("FCM-4")
def test_a_broken_subscription_asks_the_app_to_check(world: World, signed_in: tuple[AndroidPhone, Account]) -> None:
    phone, account = signed_in
    world.exchange.break_subscriptions(account.address)

    message = world.wait_message(phone, event="check_registration")

    assert message.data == {"registration_id": account.registration_id, "event": "check_registration"}
    assert message.android == {"priority": "NORMAL", "ttl": "86400s"}
    phone.receive(message.message)
    assert phone.state(account)["state"] == "active"


@pytest.mark.row("FCM-5")
def test_an_apple_device_through_fcm_gets_what_apns_would(world: World) -> None:
    app = world.add_fcm_app(platform="ios-fcm", style="alert")
    phone, account = world.android_signed_in(app)
    mail(account, 4)

    message = world.wait_message(phone)

    assert message.delivered, str(message)
    assert message.apns["headers"].pop("apns-expiration").isdigit()
    assert message.apns["headers"] == {
        "apns-push-type": "alert", "apns-priority": "10", "apns-collapse-id": f"mail.{account.registration_id}"}
    assert message.apns["payload"] == {
        "aps": {"badge": 4, "sound": "default", "mutable-content": 1, "alert": {"title-loc-key": "POSTBELL_NEW_MAIL"}},
        "postbell": {"registration_id": account.registration_id, "event": "new_mail", "unread": 4}}
    assert set(message.message) == {"token", "apns"}

    read(account, None)
    silent = until(lambda: next((m for m in world.messages(phone)
                                 if m.apns["headers"]["apns-push-type"] == "background"), None), 8.0)
    assert silent is not None
    assert silent.apns["headers"]["apns-priority"] == "5"
    assert silent.apns["payload"]["aps"] == {"content-available": 1}


@pytest.mark.row("FCM-6")
@pytest.mark.row("API-5")
@pytest.mark.parametrize(("token", "word"), [("ab" * 32, "APNs"), ("short", "short"), ("/topics/news" * 9, "topic"),
                                             ("x" * 40 + "%3A" + "y" * 100, "percent")])
def test_what_fcm_could_not_have_issued_is_refused(world: World, app: App, token: str, word: str) -> None:
    phone = world.android(app, device_token=token)

    with pytest.raises(ApiError) as refused:
        phone.register(phone.add_account("anna@example.com"))

    assert refused.value.status == 400
    assert word in str(refused.value)


@pytest.mark.row("FCM-6")
def test_an_environment_means_nothing_here(world: World, app: App) -> None:
    phone = world.android(app)
    phone.environment = "production"

    with pytest.raises(ApiError, match="environment"):
        phone.register(phone.add_account("anna@example.com"))


# What its answers lead to.


@pytest.mark.row("FCM-7")
@pytest.mark.parametrize("how", ["UNREGISTERED", "INVALID_ARGUMENT"])
def test_a_dead_token_retires_the_device(world: World, app: App, how: str) -> None:
    phone, account = world.android_signed_in(app)
    if how == "UNREGISTERED":
        world.fcm.device(phone.device_token, state="unregistered")
    else:
        world.fcm.fault(answer(400, "INVALID_ARGUMENT", body=json.dumps({"error": {
            "code": 400, "status": "INVALID_ARGUMENT",
            "message": "The registration token is not a valid FCM registration token",
            "details": [{"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError",
                         "errorCode": "INVALID_ARGUMENT"}]}})), token=phone.device_token)
    mail(account, 1)

    world.wait_state(phone, account, "disabled", "register")

    assert len(world.messages(phone)) == 1


@pytest.mark.row("FCM-7")
def test_a_message_that_fcm_does_not_take_is_dropped_alone(world: World,
                                                           signed_in: tuple[AndroidPhone, Account]) -> None:
    phone, account = signed_in
    world.fcm.fault(answer(400, "INVALID_ARGUMENT"), token=phone.device_token, times=1)
    mail(account, 1)
    world.wait_message(phone)

    mail(account, 2)

    world.wait_delivered(phone, "2")
    assert phone.state(account)["state"] == "active"


@pytest.mark.row("FCM-8")
def test_the_service_account_of_another_project_wipes_out_nobody(fast_world: World) -> None:
    app = fast_world.add_fcm_app()
    group = [fast_world.android_signed_in(app) for _ in range(4)]
    for phone, _ in group:
        fast_world.fcm.device(phone.device_token, project_id="the-right-project")
    for _, account in group:
        mail(account, 1)
    fast_world.when(lambda: "is it the right one?" in alarm(fast_world, app))
    assert all(phone.state(account)["state"] == "active" for phone, account in group)

    right = fast_world.fcm.service_account("the-right-project")
    fast_world.gateway.add_service_account(TENANT, app.bundle_id, right.file)

    for phone, _ in group:
        fast_world.wait_delivered(phone, "1")
    fast_world.when(lambda: alarm(fast_world, app) == "None")


@pytest.mark.row("FCM-9")
def test_one_exchange_serves_all_pushes_and_a_restart_needs_none(own_world: World) -> None:
    app = own_world.add_fcm_app()
    group = [own_world.android_signed_in(app) for _ in range(10)]
    own_world.fcm.fault({"type": "delay", "delay_ms": 300}, topic=OAUTH)
    for _, account in group:
        mail(account, 1)
    for phone, _ in group:
        own_world.wait_delivered(phone, "1")
    assert own_world.fcm.tokens_issued() == 1

    own_world.gateway.restart()
    mail(group[0][1], 2)

    own_world.wait_delivered(group[0][0], "2")
    assert own_world.fcm.tokens_issued() == 1


@pytest.mark.row("FCM-9")
def test_an_access_token_is_renewed_before_it_expires(fast_world: World) -> None:
    app = fast_world.add_fcm_app()
    phone, account = fast_world.android_signed_in(app)
    fast_world.fcm.token_life(900)  # four and a half seconds; renewed after three
    issued = fast_world.fcm.tokens_issued()
    for count in range(1, 100):
        mail(account, count)
        fast_world.wait_delivered(phone, str(count))
        if fast_world.fcm.tokens_issued() >= issued + 3:
            break
        time.sleep(0.1)

    assert fast_world.fcm.tokens_issued() == issued + 3
    assert [r for r in fast_world.messages(phone) if not r.delivered] == [], "none was sent with a token of before"


@pytest.mark.row("FCM-10")
def test_a_refused_access_token_is_renewed_once(world: World, app: App, signed_in: tuple[AndroidPhone, Account]) -> None:
    phone, account = signed_in
    mail(account, 1)
    world.wait_delivered(phone, "1")
    world.fcm.revoke_tokens()

    mail(account, 2)

    world.wait_delivered(phone, "2")
    assert [r.reason for r in world.messages(phone) if not r.delivered] == ["UNAUTHENTICATED"]
    assert not paused(world, app)


@pytest.mark.row("FCM-10")
def test_refused_again_the_credential_is_paused_and_pushes_are_kept(fast_world: World) -> None:
    app = fast_world.add_fcm_app()
    phone, account = fast_world.android_signed_in(app)
    fast_world.fcm.fault(answer(401, "UNAUTHENTICATED"), topic=project(app))
    mail(account, 1)
    fast_world.when(lambda: paused(fast_world, app) == "UNAUTHENTICATED")
    assert [r.status for r in fast_world.messages(phone)][:2] == [401, 401]

    fast_world.fcm.clear_faults()

    fast_world.wait_delivered(phone, "1")
    assert not paused(fast_world, app)


@pytest.mark.row("FCM-11")
def test_an_exceeded_quota_holds_the_credential_back(world: World, app: App) -> None:
    (one, first), (two, second) = (world.android_signed_in(app) for _ in range(2))
    world.fcm.fault(answer(429, "QUOTA_EXCEEDED", retry_after=2), topic=project(app), times=1)
    mail(first, 1)
    refused = world.wait_message(one)
    assert refused.status == 429

    mail(second, 1)

    after = [world.wait_delivered(phone, "1").received_at - refused.received_at for phone in (one, two)]
    assert min(after) >= 1.9, "the whole project waits"


@pytest.mark.row("FCM-11")
def test_without_retry_after_an_exceeded_quota_waits_a_minute_at_least(fast_world: World) -> None:
    app = fast_world.add_fcm_app()
    phone, account = fast_world.android_signed_in(app)
    fast_world.fcm.fault(answer(429, "QUOTA_EXCEEDED"), topic=project(app), times=2)
    mail(account, 1)

    fast_world.wait_delivered(phone, "1")

    times = [r.received_at for r in fast_world.messages(phone)]
    assert times[1] - times[0] >= 60 / 200 * 0.95
    assert times[2] - times[1] >= 120 / 200 * 0.95, "and doubles"


@pytest.mark.row("FCM-12")
@pytest.mark.parametrize(("status", "reason"), [(503, "UNAVAILABLE"), (500, "INTERNAL")])
def test_trouble_at_google_is_waited_out(fast_world: World, status: int, reason: str) -> None:
    app = fast_world.add_fcm_app()
    phone, account = fast_world.android_signed_in(app)
    fast_world.fcm.fault(answer(status, reason), token=phone.device_token, times=1)
    mail(account, 1)

    fast_world.wait_delivered(phone, "1")

    times = [r.received_at for r in fast_world.messages(phone)]
    assert times[1] - times[0] >= 10 / 200 * 0.95


@pytest.mark.row("FCM-12")
def test_a_connection_that_breaks_or_goes_away_loses_nothing(world: World, app: App) -> None:
    phone, account = world.android_signed_in(app)
    mail(account, 1)
    world.wait_delivered(phone, "1")
    world.fcm.fault({"type": "goaway", "cut": 1}, token=phone.device_token, times=1)
    mail(account, 2)
    world.wait_delivered(phone, "2")
    world.fcm.fault({"type": "close"}, token=phone.device_token, times=1)

    mail(account, 3)

    world.wait_delivered(phone, "3")


@pytest.mark.row("FCM-5")
def test_apple_s_word_on_a_token_is_taken_from_fcm_s_answer(world: World) -> None:
    app = world.add_fcm_app(platform="ios-fcm")
    phone, account = world.android_signed_in(app)
    body = {"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": "Request contains an invalid argument.",
                      "details": [{"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError",
                                   "errorCode": "INVALID_ARGUMENT"},
                                  {"@type": "type.googleapis.com/google.firebase.fcm.v1.ApnsError", "statusCode": 400,
                                   "reason": "BadDeviceToken"}]}}
    world.fcm.fault({"type": "answer", "status": 400, "body": json.dumps(body)}, token=phone.device_token)

    before = len(world.gateway.log())

    told = world.gateway.push_test(account.registration_id, 3).json

    assert (told["outcome"], told["status"], told["reason"]) == ("token_foreign", 400, "INVALID_ARGUMENT/apple")
    assert "please report this" not in world.gateway.log()[before:]
    assert phone.state(account)["state"] == "active"


@pytest.mark.row("FCM-13")
@pytest.mark.row("ADMIN-8")
def test_push_test_says_that_the_apns_key_in_firebase_is_bad(world: World) -> None:
    app = world.add_fcm_app(platform="ios-fcm")
    phone, account = world.android_signed_in(app)
    world.fcm.project(project(app), apple_key="bad")

    told = world.gateway.push_test(account.registration_id, 3).json

    assert (told["outcome"], told["status"], told["reason"]) == ("credential_refused", 401, "THIRD_PARTY_AUTH_ERROR")
    assert "Firebase console" in told["advice"] and "APNs" in told["advice"]
    assert phone.state(account)["state"] == "active"


@pytest.mark.row("ADMIN-8")
def test_a_trial_push_replaces_an_access_token_that_is_refused(world: World, app: App) -> None:
    phone, account = world.android_signed_in(app)
    mail(account, 1)
    world.wait_delivered(phone, "1")
    world.fcm.revoke_tokens()

    told = world.gateway.push_test(account.registration_id, 7).json

    assert told["outcome"] == "delivered"
    assert [r.reason for r in world.messages(phone) if not r.delivered] == ["UNAUTHENTICATED"]


@pytest.mark.row("ADMIN-8")
def test_push_test_reaches_an_android_phone(world: World, signed_in: tuple[AndroidPhone, Account]) -> None:
    phone, account = signed_in

    told = world.gateway.push_test(account.registration_id, 7)

    assert told.json["outcome"] == "delivered"
    assert world.wait_message(phone).data["badge"] == "7"


@pytest.mark.row("FCM-10")
@pytest.mark.parametrize(("setting", "word"), [("api", "not enabled"), ("role", "role")])
def test_push_test_says_what_the_service_account_lacks(world: World, app: App, signed_in: tuple[AndroidPhone, Account],
                                                       setting: str, word: str) -> None:
    assert app.account is not None
    if setting == "api":
        world.fcm.project(project(app), api="disabled")
    else:
        world.fcm.know(app.account, may_push=False)

    told = world.gateway.push_test(signed_in[1].registration_id, 1).json

    assert told["outcome"] == "credential_refused"
    assert word in told["advice"]


@pytest.mark.row("FCM-15")
def test_an_authorization_server_that_fails_only_delays(world: World, app: App,
                                                        signed_in: tuple[AndroidPhone, Account]) -> None:
    phone, account = signed_in
    world.fcm.fault(answer(503, ""), topic=OAUTH, times=1)
    mail(account, 1)

    world.wait_delivered(phone, "1")

    assert not paused(world, app)
    assert any("gets no authorization" in line and "503" in line for line in world.gateway.log().splitlines())


@pytest.mark.row("FCM-15")
def test_a_token_endpoint_that_fails_is_an_alarm_until_it_works_again(world: World, app: App,
                                                                      signed_in: tuple[AndroidPhone, Account]) -> None:
    phone, account = signed_in

    def failing() -> float:
        return world.gateway.metrics().sum("postbell_authorization_failing", app=app.bundle_id)

    assert failing() == 0
    world.fcm.fault(answer(503, ""), topic=OAUTH)
    mail(account, 1)
    until(lambda: failing() == 1, 10, "the metric says so")
    assert "gets no new authorization" in alarm(world, app) and "503" in alarm(world, app)

    world.fcm.clear_faults()
    world.wait_delivered(phone, "1", timeout=20)
    assert failing() == 0 and alarm(world, app) == "None"
    assert "gets its authorization for the push network again" in world.gateway.log()


@pytest.mark.row("FCM-15")
def test_a_deleted_service_account_pauses_and_says_why(fast_world: World) -> None:
    app = fast_world.add_fcm_app()
    assert app.account is not None
    phone, account = fast_world.android_signed_in(app)
    fast_world.fcm.forget(app.account)
    mail(account, 1)

    fast_world.when(lambda: "invalid_grant" in paused(fast_world, app))
    told = fast_world.gateway.push_test(account.registration_id, 1).json
    assert told["outcome"] == "not_sent" and "account not found" in told["reason"]
    assert fast_world.messages(phone) == []

    fast_world.fcm.know(app.account)
    fast_world.wait_delivered(phone, "1", timeout=20.0)
    assert not paused(fast_world, app)


@pytest.mark.row("FCM-15")
def test_the_log_never_shows_a_token_or_a_key(world: World, app: App, signed_in: tuple[AndroidPhone, Account]) -> None:
    phone, account = signed_in
    mail(account, 1)
    world.wait_delivered(phone, "1")
    assert app.account is not None

    log = world.gateway.log() + world.gateway.admin_get("/metrics")[1]

    assert phone.device_token not in log
    assert "ya29." not in log and "PRIVATE KEY" not in log and app.account.email not in log


@pytest.mark.row("FCM-16")
@pytest.mark.row("ADMIN-11")
def test_check_reaches_fcm_and_its_authorization_server(own_world: World) -> None:
    app = own_world.add_fcm_app()
    own_world.android_signed_in(app)

    checks = {c["check"]: c for c in own_world.gateway.cli("check", check=False).json["checks"]}

    assert checks["provider fcm"]["ok"]
    assert checks[own_world.fcm.endpoint]["ok"], checks
    own_world.fcm.stop()
    after = own_world.gateway.cli("check", check=False)
    assert after.code == 1
    assert not {c["check"]: c for c in after.json["checks"]}[own_world.fcm.endpoint]["ok"]


# The credential.


@pytest.mark.row("ADMIN-4")
@pytest.mark.row("FCM-14")
def test_a_service_account_is_shown_by_its_name_and_project(world: World) -> None:
    app = world.add_fcm_app()
    assert app.account is not None

    [shown] = world.gateway.command("credential", "list", "--tenant", TENANT, "--app", app.bundle_id)["credentials"]

    assert (shown["provider"], shown["kind"]) == ("fcm", "fcm-service-account")
    assert shown["subject"] == f"{app.account.email} of project {app.account.project}"
    assert (shown["environments"], shown["expires_at"]) == ([], None)


MISTAKES = {
    "a legacy server key": ("AAAA1234567:APA91bHPRgkF3JUikC4ENAHEeMrd41Zxv3hVZjC9KtT8OvPVGJ", "legacy"),
    "an API key": ("AIzaSyA1234567890abcdefghijklmnopqrstuv", "API key"),
    "google-services.json": (json.dumps({"project_info": {}, "client": []}), "google-services.json"),
    "GoogleService-Info.plist": ("<?xml version='1.0'?><plist><key>GOOGLE_APP_ID</key></plist>", "plist"),
    "an OAuth client": (json.dumps({"installed": {"client_secret": "x"}}), "OAuth client"),
    "a person's credentials": (json.dumps({"type": "authorized_user", "refresh_token": "x"}), "person"),
    "nothing": ("", "empty"),
    "no JSON": ("hello", "JSON"),
}


@pytest.mark.row("FCM-14")
@pytest.mark.parametrize("mistake", MISTAKES)
def test_every_mistake_has_its_own_sentence(world: World, tmp_path: Path, app: App, mistake: str) -> None:
    content, word = MISTAKES[mistake]
    file = tmp_path / "upload"
    file.write_text(content)

    refused = world.gateway.cli("credential", "add", "--tenant", TENANT, "--app", app.bundle_id, "--provider", "fcm",
                                "--file", file, check=False)

    assert refused.code == 1
    assert word in refused.error


@pytest.mark.row("FCM-14")
def test_a_token_uri_elsewhere_is_refused_unless_the_config_names_it(tmp_path: Path) -> None:
    made = World(tmp_path, fcm=True)
    made.fcm.start()
    try:
        account = made.fcm.service_account(token_uri="https://oauth2.googleapis.example/token")
        gateway = Gateway(GatewayConfig(tmp_path / "gateway", fcm_endpoint=made.fcm.endpoint))
        gateway.add_tenant(TENANT)
        gateway.add_app(TENANT, "com.example.mail", platform="android")
        add = ("credential", "add", "--tenant", TENANT, "--app", "com.example.mail", "--provider", "fcm", "--file",
               account.file)
        refused = gateway.cli(*add, check=False)
        assert refused.code == 1 and "token_uri" in refused.error

        text = gateway.config.file.read_text()
        gateway.config.file.write_text(text.replace(
            'plugin = "fcm"', 'plugin = "fcm"\nallowed_origins = ["https://oauth2.googleapis.example"]'))
        assert gateway.cli(*add).code == 0
    finally:
        made.fcm.stop()


@pytest.mark.row("FCM-1")
def test_what_goes_to_fcm_breaks_none_of_its_rules(world: World) -> None:
    assert [r for r in world.fcm.requests() if r.note == "message"] == []
    # Each of this module's apps has connections of its own, to FCM and to its authorization server.
    assert set(world.fcm.statistics()["violation_counts"]) <= {"more than 10 connections within a minute"}

# SPDX-License-Identifier: Apache-2.0
"""Browsers and UnifiedPush: what a device decrypts with the npm package http_ece, and what its server's answers lead
to."""
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from simulators.phone import Account, Phone
from simulators.phone.api import ApiError
from support.cli import PLUGINS, CliResult, postbell
from support.mail import mail, read
from support.wait import stays, until
from support.webpush import Message, Subscription, WebPush, vapid_keys
from support.world import TENANT, App, World

PROVIDER = '[[provider]]\ninstance = "webpush"\nplugin = "webpush"\nenabled = true\n'
SUBJECT = "mailto:ops@example.com"


def allowing(*servers: str) -> str:
    """The provider's section, in which the operator lists these servers."""
    return PROVIDER + f"allowed_origins = {json.dumps(servers)}\n"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebPush]:
    with WebPush(tmp_path_factory.mktemp("service")) as made:
        yield made


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, service: WebPush) -> Iterator[World]:
    """A gateway whose operator lists the push service."""
    with World(tmp_path_factory.mktemp("world"), more_config=allowing(service.endpoint),
               trusted=(service.ca_file,)) as made:
        yield made


class WebApp:
    """An app whose key the gateway made."""

    def __init__(self, world: World, service: WebPush) -> None:
        self.world, self.service = world, service
        self.bundle_id = f"com.example.web{time.monotonic_ns()}"
        enrolment_key = world.gateway.add_app(TENANT, self.bundle_id, platform="webpush")
        self.app = App(self.bundle_id, enrolment_key)
        self.public_key = str(self.add("--generate", "--setting", f"subject={SUBJECT}").json["public_key"])

    def add(self, *more: str | Path) -> CliResult:
        """credential add, whatever comes of it."""
        return self.world.gateway.cli("credential", "add", "--tenant", TENANT, "--app", self.bundle_id, "--provider",
                                      "webpush", *more, check=False)

    def credential(self) -> dict[str, Any]:
        """As listed."""
        shown: dict[str, Any] = self.world.gateway.command("credential", "show", "--tenant", TENANT, "--app",
                                                           self.bundle_id)["credential"]
        return shown

    def phone(self, token: str) -> Phone:
        """A device with this token, which is not registered."""
        return Phone(self.world.api, self.bundle_id, self.app.enrolment_key, environment=None, device_token=token)

    def signed_in(self, subscription: Subscription | None = None) -> tuple[Phone, Account, Subscription]:
        """A device with one account, subscribed with the app's key."""
        subscription = subscription or self.service.subscribe(self.public_key)
        phone = self.phone(subscription.token)
        return phone, phone.sign_in(self.world.address(), self.world.exchange.ews_url), subscription

    def refusal(self, token: str) -> str:
        """The sentence with which a device is refused."""
        phone = self.phone(token)
        with pytest.raises(ApiError) as refused:
            phone.register(phone.add_account(self.world.address()))
        assert refused.value.status == 400
        return refused.value.title


@pytest.fixture
def app(world: World, service: WebPush) -> Iterator[WebApp]:
    yield WebApp(world, service)
    service.clear_faults()


def counts(messages: list[Message]) -> list[str]:
    return [message.data["unread"] for message in messages]


# What a device gets.


@pytest.mark.row("WEBPUSH-1")
def test_a_device_decrypts_new_mail(app: WebApp, service: WebPush) -> None:
    phone, account, subscription = app.signed_in()
    before = time.time()
    app.world.exchange.mailbox(account.address).deliver()

    message = service.wait_message(subscription)

    assert (message.status, message.protocol) == (201, "2.0")
    assert message.data == {"registration_id": account.registration_id, "event": "new_mail", "unread": "1", "badge": "1"}
    assert (message.padded, message.bytes) == (256, 359)
    assert (message.ttl, message.urgency) == ("86400", "high")
    assert message.claims is not None
    assert (message.claims["aud"], message.claims["sub"]) == (service.endpoint, SUBJECT)
    assert before < message.claims["exp"] <= time.time() + 24 * 3600
    assert message.authorization.endswith(f"k={app.public_key}")
    until(lambda: phone.state(account)["last_outcome"] == "delivered", 5, "the outcome")


@pytest.mark.row("WEBPUSH-2")
@pytest.mark.parametrize("count", [2, None])
def test_a_changed_count_is_no_matter_of_urgency(app: WebApp, service: WebPush, count: int | None) -> None:
    _, account, subscription = app.signed_in()
    read(account, count)

    message = service.wait_message(subscription)

    known = {} if count is None else {"unread": "2", "badge": "2"}
    assert message.data == {"registration_id": account.registration_id, "event": "count_changed", **known}
    assert message.urgency == "normal"
    assert message.padded == 256


@pytest.mark.row("WEBPUSH-3")
def test_a_device_that_comes_back_gets_the_newest_count_of_each_registration(app: WebApp, service: WebPush) -> None:
    phone, first, subscription = app.signed_in()
    second = phone.sign_in(app.world.address(), app.world.exchange.ews_url)
    for number, (account, count) in enumerate([(first, 1), (second, 7), (first, 2), (first, 3)], 1):
        mail(account, count)
        service.wait_message(subscription, number)

    collected = service.collect(subscription)

    assert {m.data["registration_id"]: m.data["unread"] for m in collected} == {first.registration_id: "3",
                                                                                second.registration_id: "7"}
    assert len(collected) == 2
    assert all(account.registration_id not in m.topic for m in collected for account in (first, second))


def test_push_test_reaches_a_device(app: WebApp, service: WebPush) -> None:
    _, account, subscription = app.signed_in()

    result = app.world.gateway.push_test(account.registration_id, 4)

    assert result.code == 0, result.stdout
    assert result.json["outcome"] == "delivered"
    assert service.wait_message(subscription).data["badge"] == "4"


# Device tokens.


@pytest.mark.row("WEBPUSH-4")
def test_a_subscription_is_one_device_in_every_spelling(app: WebApp) -> None:
    phone, account, subscription = app.signed_in()
    keys = subscription.json["keys"]
    other = {"keys": {"auth": keys["auth"] + "==", "p256dh": keys["p256dh"] + "="}, "expirationTime": 4102444800000,
             "endpoint": subscription.json["endpoint"].replace("https://", "HTTPS://"), "contentEncoding": "aes128gcm"}
    phone.device_token = json.dumps(other, separators=(" , ", " : "))

    before = account.registration_id
    assert phone.register(account) == 200
    assert account.registration_id == before


@pytest.mark.row("WEBPUSH-4")
def test_what_is_no_subscription_is_refused_with_a_sentence(app: WebApp, service: WebPush) -> None:
    subscription = service.subscribe()
    keys = subscription.json["keys"]
    endpoint = subscription.json["endpoint"]
    for token, why in ((endpoint, "endpoint alone"), ("{}", "endpoint"), ("[object Object]", "JSON.stringify"),
                       (json.dumps({"endpoint": endpoint}), "keys"),
                       (json.dumps({"endpoint": endpoint, "keys": {**keys, "auth": "AAAA"}}), "16 bytes"),
                       (json.dumps({"endpoint": endpoint, "keys": {**keys, "p256dh": "B" + "A" * 86}}), "P-256"),
                       (json.dumps({"endpoint": "http://push.example.com/a", "keys": keys}), "https URL"),
                       (json.dumps({"endpoint": "https://u:p@push.example.com/a", "keys": keys}), "https URL")):
        assert why in app.refusal(token), token


# What a push server's answers lead to.


@pytest.mark.row("WEBPUSH-5")
@pytest.mark.parametrize("state", ["gone", "unknown"])
def test_a_subscription_that_ended_is_pushed_to_no_more(app: WebApp, service: WebPush, state: str) -> None:
    phone, account, subscription = app.signed_in()
    service.state(subscription, state)
    mail(account, 1)

    seen = app.world.wait_state(phone, account, "disabled", "register")

    assert seen["last_outcome"].startswith("token_dead")
    assert [m.status for m in service.messages(subscription)] == [410 if state == "gone" else 404]


@pytest.mark.row("WEBPUSH-6")
def test_a_device_waits_as_long_as_its_server_says_and_holds_up_no_other(app: WebApp, service: WebPush) -> None:
    _, account, subscription = app.signed_in()
    _, other_account, other = app.signed_in()
    service.fault(429, subscription=subscription, times=1, retry_after="3")
    mail(account, 1)
    service.wait_message(subscription)
    asked = time.monotonic()

    mail(other_account, 2)
    assert service.wait_message(other).data["unread"] == "2"
    assert time.monotonic() - asked < 3
    assert service.wait_message(subscription, 2).data["unread"] == "1"

    assert time.monotonic() - asked > 2.5
    assert app.credential()["alarm"] is None


@pytest.mark.row("WEBPUSH-7")
@pytest.mark.parametrize(("status", "reason"), [(400, "BadRequest"), (413, "TooLarge")])
def test_a_push_that_its_server_does_not_accept_is_dropped(app: WebApp, service: WebPush, status: int,
                                                          reason: str) -> None:
    phone, account, subscription = app.signed_in()
    service.fault(status, subscription=subscription, times=1)
    mail(account, 1)

    until(lambda: (phone.state(account)["last_outcome"] or "").startswith("rejected"), 5, "the outcome")
    assert reason in phone.state(account)["last_outcome"]

    stays(lambda: len(service.messages(subscription)) == 1, 1.0, "it is not sent again")
    mail(account, 2)
    assert service.wait_message(subscription, 2).data["unread"] == "2"


@pytest.mark.row("WEBPUSH-7")
def test_a_server_in_trouble_is_asked_again(app: WebApp, service: WebPush) -> None:
    _, account, subscription = app.signed_in()
    service.fault(503, subscription=subscription, times=1, retry_after="1")
    mail(account, 1)

    assert service.wait_message(subscription, 2).data["unread"] == "1"


@pytest.mark.row("WEBPUSH-12")
@pytest.mark.parametrize("protocol", ["http/1.1", "both"])
def test_a_server_without_http_2_is_spoken_to_in_http_1_1(tmp_path: Path, protocol: str) -> None:
    with WebPush(tmp_path / "service", protocol) as old, \
            World(tmp_path / "world", more_config=allowing(old.endpoint), trusted=(old.ca_file,)) as world:
        app = WebApp(world, old)
        phone, account, subscription = app.signed_in()
        for count in (1, 2, 3):
            mail(account, count)
            message = old.wait_message(subscription, count)
            assert message.data["unread"] == str(count)
            assert message.protocol == ("1.1" if protocol == "http/1.1" else "2.0")
        until(lambda: phone.state(account)["last_outcome"] == "delivered", 5, "the outcome")

        # The connection breaks before the answer: it may have been taken, and is sent again.
        old.fault(0, subscription=subscription, times=1)
        mail(account, 4)
        assert old.wait_message(subscription, 5).data["unread"] == "4"
        assert old.messages(subscription)[3].status == 0

        old.fault(429, subscription=subscription, times=1, retry_after="1")
        mail(account, 5)
        assert old.wait_message(subscription, 7).data["unread"] == "5"

        old.state(subscription, "gone")
        mail(account, 6)
        world.wait_state(phone, account, "disabled", "register")


@pytest.mark.row("WEBPUSH-12")
def test_many_devices_of_a_server_without_http_2_are_served_one_after_another(tmp_path: Path) -> None:
    with WebPush(tmp_path / "service", "http/1.1") as old, \
            World(tmp_path / "world", more_config=allowing(old.endpoint), trusted=(old.ca_file,)) as world:
        app = WebApp(world, old)
        devices = [app.signed_in() for _ in range(20)]
        for number, (_, account, _) in enumerate(devices, 1):
            mail(account, number)

        for number, (_, _, subscription) in enumerate(devices, 1):
            assert old.wait_message(subscription).data["unread"] == str(number)
        assert len(old.messages()) == 20


@pytest.mark.row("WEBPUSH-12")
def test_a_server_without_http_2_that_is_silent_or_closes_loses_no_push(tmp_path: Path) -> None:
    with WebPush(tmp_path / "service", "http/1.1") as old, \
            World(tmp_path / "world", trusted=(old.ca_file,),
                  more_config="[dispatch]\nrequest_timeout_ms = 1000\n" + allowing(old.endpoint)) as world:
        app = WebApp(world, old)
        _, account, subscription = app.signed_in()
        old.fault(-1, subscription=subscription, times=1)
        mail(account, 1)
        assert old.wait_message(subscription, 2).data["unread"] == "1"

        old.fault(201, subscription=subscription, times=1, connection="close")
        mail(account, 2)
        old.wait_message(subscription, 3)
        mail(account, 3)
        assert old.wait_message(subscription, 4).data["unread"] == "3"


@pytest.mark.row("WEBPUSH-8")
def test_a_subscription_to_another_key_gets_nothing_and_holds_up_no_other(app: WebApp, service: WebPush) -> None:
    phone, account, subscription = app.signed_in(service.subscribe(vapid_keys()["publicKey"]))
    mail(account, 1)

    assert service.wait_message(subscription).status == 403
    until(lambda: (phone.state(account)["last_outcome"] or "").startswith("token_foreign"), 5, "the outcome")

    _, other_account, other = app.signed_in()
    mail(other_account, 5)
    assert service.wait_message(other).data["unread"] == "5"
    assert app.credential()["paused"] is None


# Which servers are pushed to.


@pytest.mark.row("WEBPUSH-9")
def test_a_private_push_server_is_refused_until_the_operator_lists_it(tmp_path: Path, service: WebPush) -> None:
    with World(tmp_path / "closed", more_config=PROVIDER, trusted=(service.ca_file,)) as closed:
        app = WebApp(closed, service)
        subscription = service.subscribe(app.public_key)
        keys = subscription.json["keys"]
        for endpoint, why in ((subscription.json["endpoint"], "loopback"), ("https://10.1.2.3/a", "private"),
                              ("https://[fd00::1]/a", "address"), ("https://ntfy.lan/a", "local networks"),
                              ("https://192.168.1.2:8443/a", "private"), ("https://0x7f000001/a", "unusual spelling"),
                              ("https://push.example.com:25/a", "1024")):
            assert why in app.refusal(json.dumps({"endpoint": endpoint, "keys": keys})), endpoint
        assert service.messages(subscription) == []

        closed.gateway.config.more = allowing(service.endpoint)
        closed.gateway.config.write()
        closed.gateway.restart()

        _, account, _ = app.signed_in(subscription)
        mail(account, 1)
        assert service.wait_message(subscription).data["unread"] == "1"
        # Another port is another server.
        assert "loopback" in app.refusal(json.dumps({"endpoint": "https://127.0.0.1:8443/a", "keys": keys}))


# Credentials.


@pytest.mark.row("WEBPUSH-10")
def test_the_gateway_makes_a_key_and_shows_its_public_half_alone(app: WebApp) -> None:
    shown = app.credential()

    assert len(app.public_key) == 87
    assert shown["kind"] == "vapid-key"
    assert shown["subject"] == f"public key {app.public_key}, contact {SUBJECT}"
    assert "PRIVATE KEY" not in json.dumps(shown) + app.world.gateway.log()
    assert app.public_key in app.world.gateway.cli("credential", "list", "--tenant", TENANT, as_json=False).stdout


@pytest.mark.row("WEBPUSH-10")
def test_a_second_key_for_an_app_needs_an_admin_s_word(app: WebApp, service: WebPush) -> None:
    again = app.add("--generate")
    assert again.code != 0
    assert "has a key already" in again.error

    app.world.gateway.command("credential", "remove", "--tenant", TENANT, "--app", app.bundle_id)
    made = app.add("--generate").json
    assert made["public_key"] != app.public_key
    assert made["credential"]["subject"].endswith("no contact")


@pytest.mark.row("WEBPUSH-10")
def test_a_key_is_made_only_where_it_can_be_one(app: WebApp, tmp_path: Path) -> None:
    gateway = app.world.gateway
    bundle_id = gateway_app(gateway.add_app, "ios")
    refused = gateway.cli("credential", "add", "--tenant", TENANT, "--app", bundle_id, "--provider", "apns",
                          "--generate", check=False)
    assert "push network" in refused.error
    file = tmp_path / "key.pem"
    file.write_text("key")
    assert "--generate" in app.add("--generate", "--file", file).error
    assert "--generate" in app.add().error


def gateway_app(add_app: Any, platform: str) -> str:
    """A new app of this platform; its name."""
    bundle_id = f"com.example.other{time.monotonic_ns()}"
    add_app(TENANT, bundle_id, platform=platform)
    return bundle_id


@pytest.mark.row("WEBPUSH-11")
def test_the_keys_of_web_push_go_on_serving_their_subscriptions(app: WebApp, service: WebPush, tmp_path: Path) -> None:
    keys = vapid_keys()
    file = tmp_path / "vapid.json"
    file.write_text(json.dumps(keys))

    assert app.add("--file", file, "--setting", f"subject={SUBJECT}").json["replaced"]["kind"] == "vapid-key"

    _, account, subscription = app.signed_in(service.subscribe(keys["publicKey"]))
    mail(account, 1)
    assert service.wait_message(subscription).data["unread"] == "1"


@pytest.mark.row("WEBPUSH-11")
def test_each_wrong_file_or_contact_has_a_sentence(app: WebApp, tmp_path: Path) -> None:
    file = tmp_path / "key"
    for content, why in (("", "empty"), ("key", "no private key"), ('{"type": "service_account"}', "FCM")):
        file.write_text(content)
        assert why in app.add("--file", file).error, content
    file.write_text(json.dumps(vapid_keys()))
    assert "subject" in app.add("--file", file, "--setting", "subject=ops@example.com").error
    assert "kay" in app.add("--file", file, "--setting", "kay=x").error


def test_the_plugin_keeps_the_contract(tmp_path: Path, service: WebPush) -> None:
    file = tmp_path / "vapid.json"
    file.write_text(json.dumps(vapid_keys()))
    said = postbell("plugin", "validate", PLUGINS / "webpush.so", "--credential", file, "--setting",
                    f"subject={SUBJECT}", "--device-token", service.subscribe().token, "--json", check=False,
                    timeout=120)
    assert said.code == 0, said.stdout

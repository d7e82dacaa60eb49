# SPDX-License-Identifier: Apache-2.0
"""Mailboxes at Microsoft 365, without credentials: apps subscribe at Graph by themselves, the gateway listens."""
import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from simulators.graph import Style
from simulators.phone import Account, Phone
from simulators.phone.http import request
from support.graph_listener import ask, change, lifecycle, post, post_raw
from support.graph_world import GraphWorld
from support.wait import stays
from support.world import App

TOKEN = "Validation: Testing client application reachability for subscription Request-Id: 5731e5c5"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphWorld]:
    with GraphWorld(tmp_path_factory.mktemp("graph")) as made:
        yield made


@pytest.fixture(scope="module")
def fast_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphWorld]:
    """An hour is three seconds; subscriptions last four: renewal is due after 9.6 seconds."""
    with GraphWorld(tmp_path_factory.mktemp("fast-graph"), speed=1200, expiration_minutes=240) as made:
        yield made


@pytest.fixture
def app(world: GraphWorld) -> App:
    return world.add_app()


@pytest.fixture
def signed_in(world: GraphWorld, app: App) -> tuple[Phone, Account]:
    return world.signed_in_at_graph(app)


def mailbox(world: GraphWorld, account: Account):
    return world.graph.mailbox(account.address)


# --- the callback

@pytest.mark.row("O365-1")
def test_an_app_is_told_what_to_subscribe_to(world: GraphWorld, app: App) -> None:
    phone, account = world.phone(app), world.graph_account()
    phone.register(phone.add(account))

    callback = dict(account.callback)
    assert callback.pop("url").startswith(world.gateway.mailbox_url + "/office365/")
    assert 20 < len(callback.pop("proof")) <= 128, "Graph takes 128 characters of clientState"
    assert callback == {"change_type": "created,updated,deleted", "resource": "me/mailFolders('inbox')/messages",
                        "expiration_minutes": 10000}


@pytest.mark.row("O365-2")
def test_graph_creates_the_subscription_before_anything_was_reported(world: GraphWorld, app: App) -> None:
    phone, account = world.phone(app), world.graph_account()
    phone.register(phone.add(account))

    identifier, _ = account.server.follow(account.callback)

    assert world.graph.live_subscription(identifier) is not None
    hands = [d for d in world.graph.record.deliveries("handshake") if d.url == account.callback["url"]]
    assert [h.http_status for h in hands] == [200, 200], "of notificationUrl and lifecycleNotificationUrl, the same URL"
    assert max(h.latency_ms or 0 for h in hands) < 1000


@pytest.mark.row("O365-2")
def test_the_token_comes_back_decoded_as_plain_text(world: GraphWorld, signed_in: tuple[Phone, Account]) -> None:
    answer = ask(signed_in[1].callback["url"], TOKEN)

    assert (answer.status, answer.body) == (200, TOKEN.encode())
    assert answer.headers["content-type"] == "text/plain"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.row("O365-3")
@pytest.mark.parametrize("token", ["<script>alert(1)</script>", 'a"b', "a\r\nb", "a" * 2049, ""],
                         ids=["script", "quote", "lines", "long", "empty"])
def test_a_token_that_could_be_markup_or_is_too_long_is_refused(signed_in: tuple[Phone, Account], token: str) -> None:
    answer = ask(signed_in[1].callback["url"], token)

    assert answer.status == 400
    assert token.encode() not in answer.body or token == ""


@pytest.mark.row("O365-4")
def test_an_unknown_or_withdrawn_callback_vouches_for_nothing_and_takes_everything(
        world: GraphWorld, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    unknown = f"{world.gateway.mailbox_url}/office365/unknown"
    phone.sign_out(account)

    for url in (unknown, account.callback["url"]):
        assert ask(url, TOKEN).status == 404
        assert post_raw(url, json.dumps({"value": [change(account)]}).encode()).status == 202


# --- what arrives

@pytest.mark.row("O365-5")
def test_new_mail_wakes_the_app_which_counts_for_itself(world: GraphWorld, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    mailbox(world, account).deliver()

    push = world.wait_push(phone, event="new_mail")
    assert (push.push_type, push.aps) == ("background", {"content-available": 1})
    assert "unread" not in push.about
    phone.receive(push.payload)
    assert phone.badge == 1
    world.when(world.graph.settled)
    assert all(d.acknowledged for d in world.graph.record.deliveries(subscription_id=account.subscription_id))


@pytest.mark.row("O365-5")
def test_new_mail_in_style_alert_rings(world: GraphWorld) -> None:
    phone, account = world.signed_in_at_graph(world.add_app(style="alert"))
    mailbox(world, account).deliver()

    push = world.wait_push(phone, event="new_mail")
    assert (push.push_type, push.priority, push.badge) == ("alert", "10", None)
    assert push.aps["mutable-content"] == 1


@pytest.mark.row("O365-5")
@pytest.mark.parametrize("change_of", ["read", "deleted", "flagged"])
def test_any_other_change_is_a_quiet_changed_count(world: GraphWorld, app: App, change_of: str) -> None:
    address = world.graph_account().address
    (item,) = world.graph.mailbox(address).deliver()
    phone, account = world.signed_in_at_graph(app, address)
    inbox = mailbox(world, account)
    {"read": lambda: inbox.mark(item, True), "deleted": lambda: inbox.delete(item),
     "flagged": lambda: inbox.flag(item)}[change_of]()

    push = world.wait_push(phone, event="count_changed")
    assert (push.push_type, push.priority, push.badge) == ("background", "5", None)
    assert world.pushes(phone, "new_mail") == []


@pytest.mark.row("O365-5")
@pytest.mark.parametrize("style", [Style(quoted_resource=True), Style(etags=False), Style(ids=True),
                                   Style(offset=False, nulls=False, organization_id=False)])
def test_every_way_of_writing_is_the_same_notification(world: GraphWorld, app: App, style: Style) -> None:
    phone, account = world.signed_in_at_graph(app)
    usual, world.graph.style = world.graph.style, style
    try:
        mailbox(world, account).deliver()
        world.wait_push(phone, event="new_mail")
        world.graph.tell_missed(account.address)
        world.wait_push(phone, event="count_changed")
    finally:
        world.graph.style = usual


@pytest.mark.row("O365-6")
def test_each_items_client_state_is_held_against_the_proof(world: GraphWorld, app: App,
                                                           signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    _, other = world.signed_in_at_graph(app)
    wrong = [change(account, clientState=state) for state in ("guess", None, "", other.callback["proof"])]
    del wrong[2]["clientState"]
    denied = world.gateway.metrics().sum("postbell_notifications_total", backend="office365", result="denied")

    assert post(account, *wrong) == 202
    stays(lambda: world.pushes(phone) == [], 0.7)
    metrics = world.gateway.metrics()
    assert metrics.sum("postbell_notifications_total", backend="office365", result="denied") == denied + 1
    assert post(account, wrong[0], change(account)) == 202
    world.wait_push(phone, event="new_mail")


@pytest.mark.row("O365-6")
def test_a_wrong_client_state_ends_and_renews_nothing(signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    for event in ("reauthorizationRequired", "subscriptionRemoved"):
        assert post(account, lifecycle(account, event, clientState="guess")) == 202

    assert (phone.state(account)["state"], phone.state(account)["action"]) == ("active", "none")


@pytest.mark.row("O365-7")
def test_a_batch_mixes_subscriptions_and_tenants(world: GraphWorld, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    strangers = [change(account, "updated", subscriptionId=f"other-{i}", clientState=f"s{i}", tenantId=f"t{i}")
                 for i in range(20)]

    assert post(account, *strangers[:10], change(account, "deleted"), change(account), *strangers[10:]) == 202

    world.wait_push(phone, event="new_mail")
    stays(lambda: len(world.pushes(phone)) == 1, 0.5)


@pytest.mark.row("O365-8")
def test_a_repeated_notification_pushes_once(world: GraphWorld, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    told = change(account)
    assert [post(account, told) for _ in range(3)] == [202] * 3

    world.wait_push(phone, event="new_mail")
    stays(lambda: len(world.pushes(phone)) == 1, 0.7)
    assert post(account, change(account)) == 202
    world.wait_push(phone, 2)


@pytest.mark.row("O365-9")
def test_encrypted_content_is_taken_and_left_unread(world: GraphWorld, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    rich = change(account, encryptedContent={"data": "c2VjcmV0LW1haWw=", "dataKey": "a2V5", "dataSignature": "bWFj",
                                             "encryptionCertificateId": "certificate-1"})

    assert post(account, rich, validationTokens=["eyJ0.eyJ0.c2ln"]) == 202

    push = world.wait_push(phone, event="new_mail")
    kept = world.gateway.config.database.read_bytes() + world.gateway.log().encode() + str(push.payload).encode()
    for trace in (b"c2VjcmV0LW1haWw=", b"secret-mail", b"certificate-1", b"eyJ0.eyJ0"):
        assert trace not in kept
    assert world.gateway.metrics().sum("postbell_plugin_office365_rich_total", plugin_instance="office365") >= 1


@pytest.mark.row("O365-10")
@pytest.mark.parametrize("body,content_type,status", [
    (b"", "application/json", 400), (b"{", "application/json", 400), (b"[]", "application/json", 400),
    (b'{"value": {}}', "application/json", 400), (b'{"value": [{"subscriptionId": 7}]}', "application/json", 400),
    (b'{"value": [{"clientState": "a", "clientState": "b"}]}', "application/json", 400),
    (b'{"value":' + b"[" * 500_000, "application/json", 400), (b'{"a":' * 150_000, "application/json", 400),
    (b'{"value":[' + b"{}," * 300_000 + b"{}]}", "application/json", 400), (b'{"value": []}', "text/xml", 415),
    (b'{"value": []}', "application/json; charset=utf-16", 415), (b"x" * 1_048_577, "application/json", 413)],
    ids=["empty", "half", "array", "object", "number", "twice", "deep arrays", "deep objects", "many", "type", "charset",
         "large"])
def test_what_is_not_a_notification_is_refused_quickly(signed_in: tuple[Phone, Account], body: bytes,
                                                       content_type: str, status: int) -> None:
    began = time.monotonic()
    answer = post_raw(signed_in[1].callback["url"], body, content_type)

    assert answer.status == status
    assert time.monotonic() - began < 3.0
    assert post(signed_in[1]) == 202, "an empty collection is no mistake"


@pytest.mark.row("O365-10")
def test_another_method_is_405(world: GraphWorld, signed_in: tuple[Phone, Account]) -> None:
    assert request("GET", signed_in[1].callback["url"] + "?validationToken=a", {}, None).status == 405


# --- the subscription's life

@pytest.mark.row("O365-11")
def test_a_challenge_asks_the_app_to_renew_and_renewing_meets_it(world: GraphWorld,
                                                                 signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    identifier = account.subscription_id

    world.graph.challenge(account.address, pause=True)
    mailbox(world, account).deliver()

    world.wait_state(phone, account, "active", "renew")
    check = world.wait_push(phone, event="check_registration")
    assert check.push_type == "background"
    world.graph.challenge(account.address)  # Graph repeats itself; later on it would be a challenge of its own
    world.graph.record.wait(lambda all_: sum(d.acknowledged and d.of(identifier) and
                                             d.kinds == ["reauthorizationRequired"] for d in all_) == 2)
    phone.receive(check.payload)
    world.wait_push(phone, event="new_mail")
    assert account.subscription_id == identifier
    assert phone.state(account)["action"] == "none"
    assert len(world.pushes(phone, "check_registration")) == 1


@pytest.mark.row("O365-12")
def test_a_removed_subscription_asks_the_app_to_subscribe_anew(world: GraphWorld,
                                                               signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    old = account.subscription_id
    late = change(account)

    world.graph.remove_subscriptions(account.address)
    world.wait_state(phone, account, "stale", "resubscribe")
    assert post(account, late) == 202
    world.wait_push(phone, event="new_mail")
    assert phone.state(account)["state"] == "stale", "what Graph sends late takes the end not back"

    phone.receive(world.wait_push(phone, event="check_registration").payload)
    assert account.subscription_id != old
    assert phone.state(account)["state"] == "active"
    mailbox(world, account).deliver()
    world.wait_push(phone, 2, event="new_mail")


@pytest.mark.row("O365-13")
def test_missed_notifications_make_the_app_look_for_itself(world: GraphWorld,
                                                           signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    world.graph.tell_missed(account.address)

    push = world.wait_push(phone, event="count_changed")
    assert push.badge is None


@pytest.mark.row("O365-14")
def test_a_lifecycle_event_of_a_new_kind_is_taken(world: GraphWorld, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    world.graph.tell(world.graph.subscriptions(account.address)[0], "somethingNew")

    world.when(world.graph.settled)
    assert world.graph.record.deliveries(subscription_id=account.subscription_id)[-1].acknowledged
    stays(lambda: world.pushes(phone) == [], 0.3)
    assert phone.state(account)["state"] == "active"


@pytest.mark.row("O365-15")
def test_only_the_reported_subscription_ends_or_is_renewed(signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    for event in ("reauthorizationRequired", "subscriptionRemoved"):
        assert post(account, lifecycle(account, event, subscriptionId="another")) == 202

    assert phone.state(account)["action"] == "none"


@pytest.mark.row("O365-15")
def test_the_subscription_of_before_is_taken_and_pushes_nothing(world: GraphWorld,
                                                                signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    before = change(account)
    phone.subscribe(account)

    assert post(account, before) == 202
    stays(lambda: world.pushes(phone) == [], 0.5)


@pytest.mark.slow
@pytest.mark.row("O365-16")
@pytest.mark.row("STATE-3")
@pytest.mark.row("STATE-11")
def test_an_app_is_woken_in_time_to_renew_and_mail_keeps_coming(fast_world: GraphWorld) -> None:
    world = fast_world
    phone, account = world.signed_in_at_graph(world.add_app())
    identifier = account.subscription_id

    check = world.wait_push(phone, timeout=20, event="check_registration")
    assert phone.state(account)["action"] == "renew"
    assert world.graph.live_subscription(identifier) is not None
    phone.receive(check.payload)
    assert account.subscription_id == identifier
    assert phone.state(account)["action"] == "none"
    time.sleep(3.0)  # past the first end
    mailbox(world, account).deliver()
    world.wait_push(phone, event="new_mail")


@pytest.mark.slow
@pytest.mark.row("O365-16")
@pytest.mark.row("STATE-5")
def test_an_app_that_slept_through_is_asked_again_and_subscribes_anew(fast_world: GraphWorld) -> None:
    world = fast_world
    phone, account = world.signed_in_at_graph(world.add_app())
    identifier = account.subscription_id

    world.wait_state(phone, account, "stale", "resubscribe", timeout=25)
    check = world.wait_push(phone, 2, event="check_registration")
    phone.receive(check.payload)
    assert account.subscription_id != identifier
    assert phone.state(account)["state"] == "active"


@pytest.mark.slow
@pytest.mark.row("O365-17")
@pytest.mark.row("STATE-15")
def test_telling_the_same_end_again_does_not_put_off_the_renewal(fast_world: GraphWorld) -> None:
    world = fast_world
    phone, account = world.signed_in_at_graph(world.add_app())

    world.when(lambda: phone.report(account) or phone.state(account)["action"] == "renew", timeout=20,
               because="an app that reports at every check is asked to renew all the same")


@pytest.mark.slow
@pytest.mark.row("O365-18")
def test_silence_means_nothing(tmp_path: Path) -> None:
    with GraphWorld(tmp_path, speed=36_000) as world:  # four days are 9.6 s; the subscription lasts nearly seven
        phone, account = world.signed_in_at_graph(world.add_app())

        stays(lambda: phone.state(account)["state"] == "active", 9.0)
        assert world.pushes(phone) == []


# --- beside others

@pytest.mark.row("O365-19")
def test_a_phone_with_an_account_at_each_has_no_badge_while_one_is_unknown(world: GraphWorld, app: App) -> None:
    phone, graph_account = world.signed_in_at_graph(app)
    phone.sign_in(world.address(), world.exchange.ews_url)
    inbox = world.exchange.mailbox(phone.accounts[1].address)
    phone.report(graph_account, unread=3)

    inbox.deliver(count=2)
    world.wait_badge(phone, 5)  # what the app counted of the other, and these
    mailbox(world, graph_account).deliver()
    world.when(lambda: [p for p in world.pushes(phone, "new_mail")
                        if p.about["registration_id"] == graph_account.registration_id and p.badge is None])
    inbox.deliver()
    world.when(lambda: world.pushes(phone)[-1].about.get("unread") == 3 and world.pushes(phone)[-1].badge is None)
    phone.report(graph_account, unread=4)
    inbox.deliver()
    world.wait_badge(phone, 8)


@pytest.mark.row("O365-20")
def test_two_phones_of_one_person_have_a_subscription_each(world: GraphWorld, app: App) -> None:
    address = world.graph_account().address
    one, two = world.signed_in_at_graph(app, address), world.signed_in_at_graph(app, address)

    world.graph.mailbox(address).deliver()

    for phone, _ in (one, two):
        world.wait_push(phone, event="new_mail")


# --- an answer is a promise

@pytest.mark.row("O365-21")
def test_what_graph_was_told_is_taken_is_pushed_after_a_kill(tmp_path: Path) -> None:
    with GraphWorld(tmp_path) as world:
        app = world.add_app()
        phone, account = world.signed_in_at_graph(app)
        world.apns.fault({"type": "hold"}, topic=app.bundle_id)
        assert post(account, change(account)) == 202

        world.gateway.kill()
        world.apns.clear_faults()
        world.start_gateway()

        world.wait_push(phone, event="new_mail")


@pytest.mark.row("O365-21")
def test_what_cannot_be_stored_is_5xx_and_graph_sends_it_again(tmp_path: Path) -> None:
    with GraphWorld(tmp_path) as world:
        phone, account = world.signed_in_at_graph(world.add_app())
        world.graph.clock.speed = 60.0  # the first retry comes after a sixth of a second
        blocker = sqlite3.connect(world.gateway.config.database, isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        try:
            mailbox(world, account).deliver()
            failed = world.graph.record.wait(lambda all_: any(d.answered_at for d in all_), 40)[0]
            assert not failed.acknowledged
        finally:
            blocker.rollback()
            blocker.close()
        world.wait_push(phone, event="new_mail", timeout=20)


@pytest.mark.row("O365-22")
def test_graph_reaches_the_listener_through_tls(tmp_path: Path) -> None:
    with GraphWorld(tmp_path, tls=True) as world:
        phone, account = world.signed_in_at_graph(world.add_app())
        assert urlsplit(account.callback["url"]).scheme == "https"

        mailbox(world, account).deliver()
        world.wait_push(phone, event="new_mail")


@pytest.mark.row("O365-23")
def test_logs_metrics_and_database_carry_none_of_it(world: GraphWorld, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    mailbox(world, account).deliver()
    post(account, change(account, clientState="wrong-client-state"), lifecycle(account, "missed"))
    ask(account.callback["url"], TOKEN)
    world.wait_push(phone, event="new_mail")

    kept = world.gateway.log() + world.gateway.metrics().text
    stored = world.gateway.config.database.read_bytes() + Path(f"{world.gateway.config.database}-wal").read_bytes()
    for secret in (account.callback["proof"], account.callback["url"].rpartition("/")[2], account.subscription_id,
                   account.address, "wrong-client-state", TOKEN):
        assert secret not in kept
        assert secret.encode() not in stored

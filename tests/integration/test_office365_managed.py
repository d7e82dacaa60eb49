# SPDX-License-Identifier: Apache-2.0
"""Microsoft 365 mailboxes whose subscriptions the gateway holds itself, with an app registration that an admin granted."""
import base64
import json
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from simulators.graph import GraphSimulator
from simulators.graph.jwt import Certificate, base64url
from simulators.phone.api import ApiError
from simulators.phone.http import request
from support.cli import CliError
from support.managed import SECRET, ManagedWorld
from support.wait import stays, until
from support.world import App


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ManagedWorld]:
    """At normal speed."""
    with ManagedWorld(tmp_path_factory.mktemp("managed")) as made:
        yield made
        assert made.graph.throttle.most_at_once <= 4, "Graph takes four requests at a time for a mailbox"


@pytest.fixture
def app(cloud: ManagedWorld) -> App:
    return cloud.world.add_app()


@pytest.fixture
def own_cloud(tmp_path: Path) -> Iterator[ManagedWorld]:
    """For tests that kill or reconfigure the gateway. A minute is a second."""
    with ManagedWorld(tmp_path, speed=60) as made:
        yield made


# --- the way of a mail

@pytest.mark.row("MANAGED-1")
@pytest.mark.row("MANAGED-2")
def test_a_proven_mailbox_is_subscribed_to_and_its_badge_is_exact(cloud: ManagedWorld, app: App) -> None:
    user = cloud.user(app)
    user.mailbox.deliver(count=3)
    answer = cloud.register(user)
    assert answer["managed"] == "office365"

    made = cloud.wait_subscription(user.mailbox)
    assert made.resource.text == f"/users/{user.mailbox.id}/mailFolders('inbox')/messages"
    assert made.lifecycle_url == made.notification_url
    assert 6 * 86_400 < made.expires_at - cloud.graph.clock.now() < 7 * 86_400
    state = user.phone.state(user.account)
    assert (state["state"], state["action"]) == ("active", "none"), "the app has nothing to report"
    assert cloud.wait_badge(user, 3).about["event"] == "count_changed", "what is there already is told once"

    user.mailbox.deliver(count=2)
    push = cloud.wait_badge(user, 5)
    assert push.about["event"] == "new_mail"
    assert push.about["unread"] == 5
    user.mailbox.read(None)
    assert cloud.wait_badge(user, 0).about["event"] == "count_changed"


@pytest.mark.row("MANAGED-3")
def test_a_mailbox_on_two_devices_has_one_subscription_until_the_last_leaves(cloud: ManagedWorld, app: App) -> None:
    first = cloud.managed(app)
    second = cloud.managed(cloud.world.add_app(), first.mailbox)
    assert len(cloud.subscriptions(first.mailbox)) == 1
    first.mailbox.deliver()
    cloud.wait_badge(first, 1)
    cloud.wait_badge(second, 1)

    first.phone.sign_out(first.account)
    stays(lambda: len(cloud.subscriptions(first.mailbox)) == 1, 1.0, "the other device still needs it")
    first.mailbox.deliver()
    cloud.wait_badge(second, 2)
    second.phone.sign_out(second.account)
    cloud.wait_none(first.mailbox)
    assert all(s.state == "deleted" for s in cloud.graph.subscriptions(first.mailbox.address)), "by the gateway"


@pytest.mark.row("MANAGED-4")
def test_the_badge_of_a_phone_with_two_managed_accounts_is_their_sum(cloud: ManagedWorld, app: App) -> None:
    user = cloud.managed(app)
    other = cloud.mailbox()
    other_account = user.phone.add_account(other.address)
    body = user.phone.registration_body(other_account)
    body["grants"] = {"office365": {"id_token": cloud.id_token(other)}}
    _, answer = user.phone.api.register(user.phone.enrolment_key, **body)
    cloud.wait_subscription(other)
    user.mailbox.deliver(count=2)
    other.deliver(count=3)
    cloud.world.wait_badge(user.phone, 5, 20)
    assert answer["registration_id"] != user.account.registration_id


# --- who may claim a mailbox

def _forged(cloud: ManagedWorld, user: Any) -> dict[str, tuple[str, str]]:
    now = int(cloud.graph.clock.now())
    good = cloud.id_token(user.mailbox)
    head, body, signature = good.split(".")
    claims = json.loads(_unbase64(body))
    other_user = base64url(json.dumps({**claims, "oid": cloud.mailbox().id}).encode())
    stranger = GraphSimulator().login  # another key, under the same issuer
    stranger_token = stranger._keys[0].sign(claims, {"kid": json.loads(_unbase64(head))["kid"]})
    elsewhere = cloud.graph.add_tenant(f"elsewhere{now}")
    return {
        "no signature": (cloud.id_token(user.mailbox, header={"alg": "none"}), "RS256"),
        "a shared key": (cloud.id_token(user.mailbox, header={"alg": "HS256"}), "RS256"),
        "another key": (stranger_token, "signature"),
        "another user put in": (f"{head}.{other_user}.{signature}", "signature"),
        "another key's id": (cloud.id_token(user.mailbox, header={"kid": "made-up"}), "no key"),
        "another application": (cloud.id_token(user.mailbox, aud=cloud.graph.phone_app.client_id), "application"),
        "another login": (cloud.id_token(user.mailbox, iss="https://login.example.com/v2.0"), "another login"),
        "another tenant": (cloud.id_token(user.mailbox, tid=elsewhere.id), "another tenant"),
        "expired": (cloud.id_token(user.mailbox, nbf=now - 8000, exp=now - 400), "expired"),
        "of tomorrow": (cloud.id_token(user.mailbox, nbf=now + 4000, exp=now + 8000), "not valid yet"),
        "for ever": (cloud.id_token(user.mailbox, exp=None), "when it ends"),
        "of nobody": (cloud.id_token(user.mailbox, oid=None), "oid"),
        "a path for an id": (cloud.id_token(user.mailbox, oid="x/../../users/boss"), "oid"),
        "an access token": (cloud.id_token(user.mailbox, scp="Mail.Read"), "access token"),
        "no token": ("", "id_token"),
        "rubbish": ("a.b.c", "id_token"),
        "longer than a token": (good + "A" * 14_000, "signature"),
    }


def _unbase64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.mark.row("MANAGED-5")
def test_a_token_that_proves_nothing_is_refused_with_a_sentence(cloud: ManagedWorld, app: App) -> None:
    user = cloud.user(app)
    for what, (token, word) in _forged(cloud, user).items():
        with pytest.raises(ApiError) as refused:
            cloud.register(user, id_token=token or "-")
        if what == "another key's id" and refused.value.status == 503:
            continue
        assert refused.value.status == 403, f"{what}: {refused.value}"
        assert word in refused.value.title, f"{what}: {refused.value.title}"
    assert not cloud.graph.subscriptions(user.mailbox.address)
    assert not cloud.gateway.registrations("--tenant", app.tenant, "--app", app.bundle_id), "nothing was registered"


@pytest.mark.row("MANAGED-6")
def test_nobody_gets_at_the_mailbox_of_another(cloud: ManagedWorld, app: App) -> None:
    boss, clerk = cloud.mailbox(), cloud.user(app)
    clerk.account.address = boss.address  # the hash that is sent says "boss": it decides nothing
    cloud.register(clerk, cloud.id_token(clerk.mailbox), mailbox=boss.id, oid=boss.id)

    cloud.wait_subscription(clerk.mailbox)
    boss.deliver(count=7)
    clerk.mailbox.deliver()
    cloud.wait_badge(clerk, 1)
    assert not cloud.graph.subscriptions(boss.address)
    assert not cloud.graph.record.calls(path=boss.id), "it was not even asked for"


@pytest.mark.row("MANAGED-7")
def test_grants_that_make_no_sense_are_refused_by_field(cloud: ManagedWorld, app: App) -> None:
    user = cloud.user(app)
    body = user.phone.registration_body(user.account)
    for grants, word in (({"ews": {}}, "takes none"), ({"nothing": {}}, "no such backend"), ("office365", "object"),
                         ({"office365": "token"}, "object"), ({"office365": {}, "ews": {}}, "one instance"),
                         ({"office365": {"id_token": "x" * 20_000}}, "at most")):
        response = user.phone.api.call("POST", "/v1/registrations", app.enrolment_key, {**body, "grants": grants})
        assert response.status == 400, grants
        assert word in response.body.decode(), grants


@pytest.mark.row("MANAGED-8")
def test_a_new_signing_key_is_fetched_when_a_token_names_it(cloud: ManagedWorld, app: App) -> None:
    cloud.managed(app)
    time.sleep(5.5)  # the keys are not asked for twice within five seconds
    cloud.graph.login.rotate_keys()
    user = cloud.user(cloud.world.add_app())
    cloud.register(user)
    cloud.wait_subscription(user.mailbox)


# --- what Graph says of a subscription

@pytest.mark.row("MANAGED-9")
def test_reauthorization_is_the_gateways_business(cloud: ManagedWorld, app: App) -> None:
    user = cloud.managed(app)
    before = cloud.wait_subscription(user.mailbox)
    cloud.graph.challenge(user.mailbox.address, pause=True)
    user.mailbox.deliver()

    cloud.wait_badge(user, 1)
    assert cloud.wait_subscription(user.mailbox).id == before.id
    assert user.phone.state(user.account)["action"] == "none"
    assert not cloud.world.pushes(user.phone, "check_registration"), "the app hears nothing of it"


@pytest.mark.row("MANAGED-10")
def test_a_removed_subscription_is_made_anew_and_the_count_told(cloud: ManagedWorld, app: App) -> None:
    user = cloud.managed(app)
    before = cloud.wait_subscription(user.mailbox)
    cloud.graph.remove_subscriptions(user.mailbox.address)
    user.mailbox.deliver(count=4)  # nobody is told

    after = cloud.wait_subscription(user.mailbox, other_than=before.id)
    assert after.notification_url != before.notification_url, "each has a callback of its own"
    cloud.wait_badge(user, 4)
    user.mailbox.deliver()
    cloud.wait_badge(user, 5)


@pytest.mark.row("MANAGED-11")
def test_missed_notifications_make_the_count_right(cloud: ManagedWorld, app: App) -> None:
    user = cloud.managed(app)
    cloud.graph.hold(True)
    user.mailbox.deliver(count=2)
    cloud.graph.hold(False)
    cloud.wait_badge(user, 2)
    seen = len(cloud.world.pushes(user.phone))
    cloud.graph.tell_missed(user.mailbox.address)
    push = cloud.world.wait_push(user.phone, seen + 1, 20)
    assert push.badge == 2


# --- Graph and its login say no

@pytest.mark.row("MANAGED-12")
@pytest.mark.parametrize("retry_after", [{"Retry-After": "1.5"}, {}])
def test_throttling_on_create_is_waited_out(cloud: ManagedWorld, app: App, retry_after: dict[str, str]) -> None:
    cloud.graph.fault("/v1.0/subscriptions$", method="POST", status=429, headers=retry_after, times=2)
    user = cloud.user(app)
    before, begun = len(cloud.graph.record.calls("POST", "/v1.0/subscriptions")), time.monotonic()
    cloud.register(user)
    cloud.wait_subscription(user.mailbox, timeout=30)
    assert time.monotonic() - begun > (3.0 if retry_after else 2.0), "twice Retry-After, or the gateway's own pauses"
    calls = cloud.graph.record.calls("POST", "/v1.0/subscriptions")[before:]
    assert [c.status for c in calls] == [429, 429, 201]


@pytest.mark.row("MANAGED-12")
def test_throttling_of_one_holds_up_the_subscriptions_of_all_and_no_counts(tmp_path: Path) -> None:
    with ManagedWorld(tmp_path) as own_cloud:
        app = own_cloud.world.add_app()
        subscribed = own_cloud.managed(app)
        own_cloud.graph.fault("/v1.0/subscriptions$", method="POST", status=429, code="TooManyRequests",
                              headers={"Retry-After": "2"}, times=0)

        def creations() -> int:
            return len(own_cloud.graph.record.calls("POST", "/v1.0/subscriptions"))

        users = [own_cloud.user(app) for _ in range(40)]
        before = creations()
        for user in users:
            own_cloud.register(user)
        time.sleep(5.0)
        assert 1 <= creations() - before <= 6 + 3, "those that began together, then one probe in two seconds"
        subscribed.mailbox.deliver()
        own_cloud.wait_badge(subscribed, 1)

        own_cloud.graph.faults.clear()
        begun = time.monotonic()
        until(lambda: len(own_cloud.graph.subscriptions(live=True)) == 41, 20)
        assert time.monotonic() - begun < 8, "two seconds at most for the last pause, then all of them"


@pytest.mark.row("MANAGED-13")
def test_a_count_that_cannot_be_read_is_unknown_and_delays_nobody_else(cloud: ManagedWorld, app: App) -> None:
    user, other = cloud.managed(app), cloud.managed(cloud.world.add_app())
    seen = len(cloud.world.pushes(user.phone))
    cloud.graph.fault(f"users/{user.mailbox.id}/mailFolders", delay=8.0, times=1)
    user.mailbox.deliver()
    other.mailbox.deliver()

    cloud.wait_badge(other, 1, timeout=2.5)
    assert len(cloud.world.pushes(user.phone)) == seen, "the slow one waits alone"
    push = cloud.world.wait_push(user.phone, seen + 1, 10)
    assert push.badge is None
    assert push.push_type == "background", "an unknown count never becomes a badge"
    until(lambda: not cloud.graph.faults._faults, 10)
    time.sleep(5)  # the slow answer is over
    user.mailbox.deliver()
    cloud.wait_badge(user, 2)


@pytest.mark.row("MANAGED-14")
def test_a_revoked_access_token_is_replaced(cloud: ManagedWorld, app: App) -> None:
    user = cloud.managed(app)
    cloud.graph.directory.revoke()
    user.mailbox.deliver()
    cloud.wait_badge(user, 1)


@pytest.mark.row("MANAGED-15")
def test_a_subscription_whose_id_was_lost_gives_way_to_a_new_one(own_cloud: ManagedWorld) -> None:
    user = own_cloud.managed(own_cloud.world.add_app())
    before = own_cloud.wait_subscription(user.mailbox)
    own_cloud.gateway.stop()
    # As if it had been killed between Graph's answer and its own commit.
    with sqlite3.connect(own_cloud.gateway.config.database) as database:
        database.execute("UPDATE managed SET subscription = x'', subscription_hash = x'', due_at = 0")
    own_cloud.world.start_gateway()

    after = own_cloud.wait_subscription(user.mailbox, other_than=before.id)
    assert 409 in [c.status for c in own_cloud.graph.record.calls("POST", "/v1.0/subscriptions")]
    user.mailbox.deliver()
    own_cloud.wait_badge(user, 1)
    assert after.state == "live"


@pytest.mark.row("MANAGED-16")
def test_a_missing_permission_is_said_and_mended_without_a_restart(own_cloud: ManagedWorld) -> None:
    own_cloud.gateway_app.roles = frozenset()
    user = own_cloud.user(own_cloud.world.add_app())
    own_cloud.register(user)

    state = own_cloud.world.wait_state(user.phone, user.account, "stale", "resubscribe", timeout=20)
    assert "Mail.Read" in state["note"], "the app's support can read it out"
    managed = own_cloud.shown(user)["managed"]
    assert managed["subscribed"] is False
    assert "403" in managed["problem"]

    own_cloud.gateway_app.roles = frozenset({"Mail.Read"})
    own_cloud.graph.directory.revoke()  # a token keeps the permissions that it was made with
    own_cloud.wait_subscription(user.mailbox, timeout=40)
    own_cloud.world.wait_state(user.phone, user.account, "active", "none", timeout=10)
    assert user.phone.state(user.account)["note"] is None


@pytest.mark.row("MANAGED-17")
def test_a_full_mailbox_is_said(tmp_path: Path) -> None:
    with ManagedWorld(tmp_path, speed=60, graph=GraphSimulator(speed=60, max_subscriptions=0)) as own_cloud:
        user = own_cloud.user(own_cloud.world.add_app())
        own_cloud.register(user)
        state = own_cloud.world.wait_state(user.phone, user.account, "stale", "resubscribe", timeout=20)
        assert "as many subscriptions as Graph allows" in state["note"]


@pytest.mark.row("MANAGED-18")
def test_a_new_secret_counts_without_a_restart(own_cloud: ManagedWorld) -> None:
    own_cloud.gateway_app.secret = "renewed"
    own_cloud.graph.directory.revoke()
    user = own_cloud.user(own_cloud.world.add_app())
    own_cloud.register(user)
    until(lambda: "client_secret_file" in str(own_cloud.shown(user)["managed"]["problem"]), 20)
    assert "has no authorization for a mail server" in own_cloud.gateway.log()
    own_cloud.write_secret("renewed")
    own_cloud.wait_subscription(user.mailbox, timeout=40)


def _refused_login(code: int, error: str = "invalid_client") -> dict[str, Any]:
    return {"error": error, "error_description": f"AADSTS{code}: no.", "error_codes": [code]}


@pytest.mark.row("MANAGED-39")
@pytest.mark.parametrize(("status", "code"), [(401, 7000215), (400, 90033), (400, 50196)])
def test_a_login_that_refuses_for_a_moment_gives_no_mailbox_to_its_app(own_cloud: ManagedWorld, status: int,
                                                                       code: int) -> None:
    own_cloud.graph.fault("oauth2/v2.0/token", method="POST", status=status, body=_refused_login(code), times=2)
    app = own_cloud.world.add_app()
    users = [own_cloud.user(app) for _ in range(3)]
    for user in users:
        own_cloud.register(user)
    for user in users:
        own_cloud.wait_subscription(user.mailbox, timeout=40)
        assert user.phone.state(user.account)["action"] == "none"
    assert not any(own_cloud.world.pushes(user.phone, "check_registration") for user in users)


@pytest.mark.row("MANAGED-39")
def test_a_login_that_goes_on_refusing_is_told_to_the_admin_at_once_and_to_apps_later(own_cloud: ManagedWorld) -> None:
    def failing(value: int) -> bool:
        series = 'postbell_managed_authorization_failing{backend="office365"} %d' % value
        return series in own_cloud.gateway.admin_get("/metrics")[1]

    until(lambda: failing(0), 10)
    own_cloud.gateway_app.secret = "renewed"
    app = own_cloud.world.add_app()
    users = [own_cloud.user(app) for _ in range(12)]  # more than are tried together
    for user in users:
        own_cloud.register(user)
    until(lambda: "has no authorization for a mail server" in own_cloud.gateway.log(), 5)
    assert users[0].phone.state(users[0].account)["action"] == "none"
    until(lambda: failing(1), 10)
    for user in users:
        state = own_cloud.world.wait_state(user.phone, user.account, "stale", "resubscribe", timeout=30)
        assert state["note"] == "the gateway cannot use the mail server now", "files and hosts are told to the admin alone"
    assert "client_secret_file" in own_cloud.shown(users[0])["note"]

    own_cloud.write_secret("renewed")
    for user in users:
        own_cloud.wait_subscription(user.mailbox, timeout=40)
        own_cloud.world.wait_state(user.phone, user.account, "active", "none", timeout=10)
    until(lambda: failing(0), 10)


@pytest.mark.row("MANAGED-33")
def test_a_listener_that_graph_does_not_reach_for_a_moment_is_no_refusal(cloud: ManagedWorld, app: App) -> None:
    cloud.graph.fault("/v1.0/subscriptions$", method="POST", status=400, code="InvalidRequest",
                      message="Subscription validation request timed out.", times=2)
    user = cloud.user(app)
    cloud.register(user)
    until(lambda: "timed out" in str(cloud.shown(user)["managed"]["problem"]), 10)
    state = user.phone.state(user.account)
    assert (state["state"], state["action"]) == ("active", "none"), "the app is not asked to subscribe itself"
    assert "from the internet" in cloud.shown(user)["managed"]["problem"]
    cloud.wait_subscription(user.mailbox)
    until(lambda: cloud.shown(user)["managed"]["problem"] is None, 10)


@pytest.mark.row("MANAGED-34")
def test_a_tenants_shorter_limit_is_kept_to(tmp_path: Path) -> None:
    with ManagedWorld(tmp_path, graph=GraphSimulator(max_minutes=4_230)) as own_cloud:
        app = own_cloud.world.add_app()
        made = own_cloud.wait_subscription(own_cloud.managed(app).mailbox)
        assert 4_000 < (made.expires_at - own_cloud.graph.clock.now()) / 60 <= 4_230
        own_cloud.managed(app)
        calls = own_cloud.graph.record.calls("POST", "/v1.0/subscriptions")
        assert [c.status for c in calls] == [400, 201, 201], "the second mailbox profits from the first"


@pytest.mark.row("MANAGED-37")
def test_a_subscription_whose_answer_breaks_off_is_kept(cloud: ManagedWorld, app: App) -> None:
    cloud.graph.fault("/v1.0/subscriptions$", method="POST", cut=20, times=1)
    user = cloud.user(app)
    cloud.register(user)
    made = cloud.wait_subscription(user.mailbox)
    until(lambda: cloud.shown(user)["managed"]["subscribed"], 10)
    user.mailbox.deliver()
    cloud.wait_badge(user, 1)
    assert [s.id for s in cloud.graph.subscriptions(user.mailbox.address)] == [made.id], "none was made twice"


# --- time

@pytest.mark.row("MANAGED-35")
def test_a_clock_that_was_ahead_silences_nobody(tmp_path: Path) -> None:
    with ManagedWorld(tmp_path) as own_cloud:
        user = own_cloud.managed(own_cloud.world.add_app())
        before = own_cloud.wait_subscription(user.mailbox)
        own_cloud.gateway.stop()
        # As if the clock had been three weeks ahead when the mailbox was subscribed.
        with sqlite3.connect(own_cloud.gateway.config.database) as database:
            weeks = 21 * 86_400_000
            database.execute("UPDATE managed SET expires_at = expires_at + ?1, renew_at = renew_at + ?1, "
                             "due_at = due_at + ?1", (weeks,))
        own_cloud.graph.lose_subscriptions(user.mailbox.address)
        own_cloud.world.start_gateway()
        own_cloud.wait_subscription(user.mailbox, other_than=before.id)
        user.mailbox.deliver()
        own_cloud.wait_badge(user, 1)


@pytest.mark.row("MANAGED-36")
@pytest.mark.parametrize("status", [400, 410])
def test_a_renewal_that_is_refused_leads_to_a_new_subscription_without_a_gap(tmp_path: Path, status: int) -> None:
    # An hour is 6 s.
    with ManagedWorld(tmp_path, speed=600, more_keys="expiration_minutes = 60") as own_cloud:
        user = own_cloud.managed(own_cloud.world.add_app())
        before = own_cloud.wait_subscription(user.mailbox)
        own_cloud.graph.fault("/v1.0/subscriptions/", method="PATCH", status=status, code="ErrorInvalidParameter",
                              message="The specified subscription has an invalid expiration.", times=0)
        after = own_cloud.wait_subscription(user.mailbox, other_than=before.id, timeout=30)
        assert before.state == "deleted", "it lived until the other took its place"
        assert after.notification_url != before.notification_url
        assert user.phone.state(user.account)["action"] == "none"


@pytest.mark.row("MANAGED-19")
def test_renewals_go_on_for_days_before_anything_ends(tmp_path: Path) -> None:
    # A day is 7.2 s.
    with ManagedWorld(tmp_path, speed=12_000, more_keys="expiration_minutes = 1440") as own_cloud:
        user = own_cloud.managed(own_cloud.world.add_app())
        first = own_cloud.wait_subscription(user.mailbox)
        begun = own_cloud.graph.clock.now()

        def three_days() -> bool:
            live = own_cloud.subscriptions(user.mailbox)
            assert [s.id for s in live] == [first.id], "never without, never a second one"
            return own_cloud.graph.clock.now() - begun > 3 * 86_400

        until(three_days, 60)
        renewals = [c for c in own_cloud.graph.record.calls("PATCH", first.id) if c.status == 200]
        assert 4 <= len(renewals) <= 12, "about twice a lifetime"
        user.mailbox.deliver()
        own_cloud.wait_badge(user, 1)


@pytest.mark.row("MANAGED-20")
def test_a_subscription_that_is_lost_without_a_word_is_found_out_by_its_renewal(tmp_path: Path) -> None:
    # An hour is 6 s.
    with ManagedWorld(tmp_path, speed=600, more_keys="expiration_minutes = 60") as own_cloud:
        user = own_cloud.managed(own_cloud.world.add_app())
        before = own_cloud.wait_subscription(user.mailbox)
        own_cloud.graph.lose_subscriptions(user.mailbox.address)
        user.mailbox.deliver(count=6)
        own_cloud.wait_subscription(user.mailbox, other_than=before.id, timeout=30)
        own_cloud.wait_badge(user, 6)


@pytest.mark.row("MANAGED-40")
def test_a_subscription_that_is_lost_without_a_word_is_missed_for_a_day_at_most(tmp_path: Path) -> None:
    # A day is 12 s, and a subscription lasts for a week.
    with ManagedWorld(tmp_path, speed=7_200) as own_cloud:
        user = own_cloud.managed(own_cloud.world.add_app())
        before = own_cloud.wait_subscription(user.mailbox)
        assert before.expires_at - own_cloud.graph.clock.now() > 5 * 86_400
        lost_at = own_cloud.graph.clock.now()
        own_cloud.graph.lose_subscriptions(user.mailbox.address)
        user.mailbox.deliver(count=6)
        own_cloud.wait_subscription(user.mailbox, other_than=before.id, timeout=40)
        assert own_cloud.graph.clock.now() - lost_at < 1.3 * 86_400
        own_cloud.wait_badge(user, 6)


@pytest.mark.row("MANAGED-21")
def test_clocks_that_differ_by_hours_do_not_matter(tmp_path: Path) -> None:
    with ManagedWorld(tmp_path) as own_cloud:
        own_cloud.graph.set_clock(time.time() - 3 * 3600)  # so 10,000 minutes of the gateway's are more than 10,080
        now = int(time.time())
        user = own_cloud.user(own_cloud.world.add_app())
        own_cloud.register(user, own_cloud.id_token(user.mailbox, iat=now, nbf=now, exp=now + 3600))
        made = own_cloud.wait_subscription(user.mailbox)
        expires_at = str(own_cloud.shown(user)["managed"]["expires_at"])
        assert made.expires_at - own_cloud.graph.clock.now() > 6 * 86_400
        by_the_gateway = datetime.fromisoformat(expires_at.replace("Z", "+00:00")).timestamp()
        assert abs(by_the_gateway - made.expires_at - 3 * 3600) < 60, "by the gateway's own clock"


@pytest.mark.row("MANAGED-22")
def test_a_restart_goes_on_where_it_was(own_cloud: ManagedWorld) -> None:
    user = own_cloud.managed(own_cloud.world.add_app())
    before = own_cloud.wait_subscription(user.mailbox)
    own_cloud.gateway.kill()
    own_cloud.world.start_gateway()

    user.mailbox.deliver(count=2)
    own_cloud.wait_badge(user, 2)
    assert own_cloud.wait_subscription(user.mailbox).id == before.id
    own_cloud.gateway.stop()
    own_cloud.registration_command("remove", user)
    own_cloud.world.start_gateway()
    own_cloud.wait_none(user.mailbox)  # what was due when it was away


# --- leaving

@pytest.mark.row("MANAGED-23")
def test_an_app_that_is_turned_off_is_unsubscribed_and_comes_back(cloud: ManagedWorld, app: App) -> None:
    user = cloud.managed(app)
    cloud.gateway.app("disable", app.tenant, app.bundle_id)
    cloud.wait_none(user.mailbox)
    cloud.gateway.app("enable", app.tenant, app.bundle_id)
    cloud.wait_subscription(user.mailbox)
    state = user.phone.state(user.account)
    assert (state["state"], state["action"]) == ("active", "none"), "the app need not do anything"
    user.mailbox.deliver()
    cloud.wait_badge(user, 1)


@pytest.mark.row("MANAGED-24")
def test_an_app_that_reports_a_subscription_of_its_own_is_managed_no_more(cloud: ManagedWorld, app: App) -> None:
    user = cloud.managed(app)
    user.phone.api.report(user.account.registration_id, user.account.secret, backend="office365",
                          subscription_id="its-own")
    cloud.wait_none(user.mailbox)
    assert cloud.shown(user)["managed"] is None
    cloud.register(user)
    cloud.wait_subscription(user.mailbox)
    assert cloud.shown(user)["managed"]["subscribed"] is True, "and managed again with the next grant"


@pytest.mark.row("MANAGED-31")
def test_apps_are_asked_to_subscribe_when_the_admin_takes_the_grant_back(own_cloud: ManagedWorld) -> None:
    user = own_cloud.managed(own_cloud.world.add_app())
    own_cloud.gateway.stop()
    config = own_cloud.gateway.config
    config.more = '[[backend]]\ninstance = "office365"\nplugin = "office365"\nenabled = true\n'
    config.write()
    own_cloud.world.start_gateway()
    state = own_cloud.world.wait_state(user.phone, user.account, "stale", "resubscribe")
    assert "does not manage" in state["note"]
    own_cloud.world.wait_push(user.phone, event="check_registration", timeout=20)


# --- secrets, and what an admin sees

@pytest.mark.row("MANAGED-25")
def test_ids_tokens_and_the_secret_are_nowhere_in_the_clear(cloud: ManagedWorld, app: App) -> None:
    user = cloud.managed(app)
    made = cloud.wait_subscription(user.mailbox)
    secrets = {"mailbox": user.mailbox.id, "subscription": made.id, "callback": made.notification_url.rpartition("/")[2],
               "proof": made.client_state or "", "secret": SECRET, "id token": cloud.id_token(user.mailbox)[-40:]}
    database = cloud.gateway.config.database
    stored = b"".join(f.read_bytes() for f in database.parent.glob(database.name + "*") if f.is_file())
    said = cloud.gateway.log() + cloud.gateway.admin_get("/metrics")[1] + json.dumps(cloud.shown(user))
    for what, text in secrets.items():
        assert text.encode() not in stored, what
        assert text not in said, what


@pytest.mark.row("MANAGED-26")
def test_registration_show_tells_of_the_managed_subscription(cloud: ManagedWorld, app: App) -> None:
    user = cloud.managed(app)
    shown = cloud.shown(user)
    assert shown["backend"] == "office365"
    assert shown["managed"]["subscribed"] is True
    assert shown["managed"]["problem"] is None
    assert shown["managed"]["expires_at"] > shown["managed"]["next_look_at"]
    until(lambda: 'postbell_managed_mailboxes{backend="office365",state="subscribed"}'
          in cloud.gateway.admin_get("/metrics")[1], 10)
    assert "postbell_managed_tasks_total{" in cloud.gateway.admin_get("/metrics")[1]


@pytest.mark.row("MANAGED-27")
def test_check_says_in_words_what_is_wrong(cloud: ManagedWorld) -> None:
    def checked() -> dict[str, Any]:
        found: dict[str, Any] = cloud.gateway.cli("check", check=False).json
        return next(c for c in found["checks"] if c["check"] == "backend office365")

    assert checked()["ok"], checked()
    cloud.write_secret("wrong")
    try:
        wrong = checked()
        assert not wrong["ok"]
        assert "the secret's value" in wrong["detail"]
    finally:
        cloud.write_secret(SECRET)
    cloud.graph.fault("openid-configuration", status=0, times=1)
    assert "cannot be reached" in checked()["detail"]


@pytest.mark.row("MANAGED-28")
def test_managed_keys_without_the_grants_stop_the_start(tmp_path: Path) -> None:
    for grants in ("", 'grants = ["outbound"]', 'grants = ["secrets"]'):
        with pytest.raises((RuntimeError, CliError)) as refused, ManagedWorld(
                tmp_path / f"{len(grants)}", grants=grants):
            pass
        assert 'grants = ["outbound", "secrets"]' in str(refused.value).replace('\\"', '"')


@pytest.mark.row("MANAGED-28")
@pytest.mark.parametrize("fault", ["cannot be read", "may be read by others"])
def test_a_secret_that_cannot_be_used_stops_the_managed_mailboxes_alone(tmp_path: Path, fault: str) -> None:
    secret = tmp_path / "own-secret"
    if fault == "may be read by others":
        secret.write_text("s3cret")
        secret.chmod(0o644)
    with ManagedWorld(tmp_path / "world", speed=60, credential=f'client_secret_file = "{secret}"') as own_cloud:
        world = own_cloud.world
        app = world.add_app()
        until(lambda: fault in own_cloud.gateway.log(), 20)
        checked = own_cloud.gateway.cli("check", check=False)
        assert checked.code == 1 and fault in checked.stdout
        phone, account = world.signed_in(app)
        world.exchange.mailbox(account.address).deliver()
        world.wait_badge(phone, 1)

        secret.touch(mode=0o600)
        secret.chmod(0o600)
        secret.write_text(SECRET)
        user = own_cloud.user(app)
        own_cloud.register(user)
        own_cloud.wait_subscription(user.mailbox, timeout=60)


@pytest.mark.row("MANAGED-29")
def test_a_certificate_serves_in_place_of_a_secret(tmp_path: Path) -> None:
    key, certificate, both = tmp_path / "key.pem", tmp_path / "cert.pem", tmp_path / "both.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate,
                    "-days", "30", "-subj", "/CN=postbell"], check=True, capture_output=True)
    both.touch(mode=0o600)
    both.write_text(key.read_text() + certificate.read_text())
    own_cloud = ManagedWorld(tmp_path / "world", credential=f'certificate_file = "{both}"')
    own_cloud.gateway_app.secret = ""
    own_cloud.gateway_app.certificate = Certificate(certificate.read_text())
    with own_cloud:
        user = own_cloud.managed(own_cloud.world.add_app())
        user.mailbox.deliver()
        own_cloud.wait_badge(user, 1)


@pytest.mark.row("MANAGED-30")
def test_rich_notifications_count_only_with_microsofts_signature(cloud: ManagedWorld, app: App) -> None:
    user = cloud.managed(app)
    made = cloud.wait_subscription(user.mailbox)
    user.mailbox.deliver(count=2)
    cloud.wait_badge(user, 2)
    time.sleep(1)
    seen = len(cloud.world.pushes(user.phone))

    def notify(tokens: list[str]) -> int:
        body = {"value": [{"subscriptionId": made.id, "clientState": made.client_state, "changeType": "created",
                           "resource": "x", "resourceData": {"id": f"item-{time.time()}"},
                           "encryptedContent": {"data": "AA==", "dataSignature": "AA==", "dataKey": "AA=="}}],
                "validationTokens": tokens}
        return int(request("POST", made.notification_url, {"Content-Type": "application/json"},
                           json.dumps(body).encode(), "").status)

    login, tenant, client = cloud.graph.login, cloud.graph.tenant, cloud.gateway_app.client_id
    for forged in ([], [login.validation_token(tenant, "another-app")],
                   [login.validation_token(tenant, client)[:-8] + "AAAAAAAA"]):
        assert notify(forged) == 202
    stays(lambda: len(cloud.world.pushes(user.phone)) == seen, 3.0, "nothing was taken from them")
    assert notify([login.validation_token(tenant, client)]) == 202
    assert cloud.world.wait_push(user.phone, seen + 1, 20).badge == 2, "the count is Graph's, not the content's"

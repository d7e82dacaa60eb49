# SPDX-License-Identifier: Apache-2.0
"""One wrong upload must not wipe out everyone's registrations, and a dead device must not be pushed to for ever."""
import json
from pathlib import Path
from typing import Any

import pytest
from simulators.phone import Account, Phone
from support.mail import mail
from support.wait import stays
from support.world import App, World

FOREIGN = {"type": "answer", "status": 400, "reason": "BadDeviceToken"}
REFUSED = {"type": "answer", "status": 403, "reason": "InvalidProviderToken"}


@pytest.fixture
def app(fast_world: World) -> App:
    return fast_world.add_app()


@pytest.fixture
def signed_in(world: World) -> tuple[Phone, Account]:
    return world.signed_in(world.add_app())


def people(world: World, app: App, count: int) -> list[tuple[Phone, Account]]:
    """Signed in, subscribed."""
    return [world.signed_in(app) for _ in range(count)]


def credential(world: World, app: App) -> dict[str, Any]:
    """The app's only credential, as an admin sees it."""
    shown: dict[str, Any] = world.gateway.command("credential", "show", "--tenant", app.tenant, "--app", app.bundle_id)
    return dict(shown["credential"])


def paused(world: World, app: App) -> bool:
    """What the admin is told of the app's credential."""
    shown = world.gateway.command("credential", "list", "--tenant", app.tenant, "--app", app.bundle_id)["credentials"]
    return bool(shown) and any(c.get("paused") or c.get("state") == "paused" for c in shown)


def delivered_to(world: World, app: App, count: int) -> list[tuple[Phone, Account]]:
    """People whose phones rang once: witnesses of the credential. Their inboxes hold one mail."""
    group = people(world, app, count)
    for phone, account in group:
        mail(account, 1)
        world.wait_badge(phone, 1)
    return group


@pytest.mark.row("RULE-2")
def test_a_token_that_never_worked_dies_while_others_are_delivered_to(fast_world: World, app: App) -> None:
    (one, first), = delivered_to(fast_world, app, 1)
    (two, second), = people(fast_world, app, 1)
    fast_world.apns.fault(FOREIGN, token=two.device_token)

    mail(second, 1)

    fast_world.when(lambda: mail(first, 1) and two.state(second)["state"] == "disabled", timeout=15,
                    because="half an hour is 3 s")
    assert len(fast_world.pushes(two)) == 3
    assert one.state(first)["state"] == "active"


@pytest.mark.row("RULE-3")
def test_a_phone_that_worked_dies_if_it_is_refused_while_others_are_delivered_to(fast_world: World, app: App) -> None:
    (one, first), (two, second) = delivered_to(fast_world, app, 2)
    fast_world.apns.fault(FOREIGN, token=two.device_token)

    mail(second, 2)

    fast_world.when(lambda: mail(first, 1) and two.state(second)["state"] == "disabled", timeout=15)
    assert fast_world.gateway.running and one.state(first)["state"] == "active"


@pytest.mark.row("RULE-3")
def test_a_passing_trouble_at_the_push_network_disables_nobody(fast_world: World, app: App) -> None:
    group = delivered_to(fast_world, app, 5)
    fast_world.apns.fault(FOREIGN, topic=app.bundle_id)
    for _, account in group:
        mail(account, 2)
    fast_world.when(lambda: paused(fast_world, app))

    fast_world.apns.clear_faults()

    for phone, account in group:
        fast_world.wait_badge(phone, 2)
        assert phone.state(account)["state"] == "active"


@pytest.mark.row("RULE-3")
@pytest.mark.row("RULE-5")
def test_three_suspects_pause_the_credential_and_a_good_probe_frees_everybody(fast_world: World, app: App) -> None:
    group = delivered_to(fast_world, app, 4)
    fast_world.apns.fault(FOREIGN, topic=app.bundle_id)
    for _, account in group:
        mail(account, 2)
    fast_world.when(lambda: paused(fast_world, app), because="the third suspect pauses")
    assert all(phone.state(account)["state"] == "active" for phone, account in group), "nobody was wiped out"

    fast_world.apns.clear_faults()

    for phone, _ in group:
        fast_world.wait_badge(phone, 2)
    assert not paused(fast_world, app)


@pytest.mark.row("RULE-8")
@pytest.mark.row("RULE-7")
def test_a_first_credential_that_is_the_wrong_one_raises_an_alarm(fast_world: World, app: App) -> None:
    group = people(fast_world, app, 3)
    fast_world.apns.fault(FOREIGN, topic=app.bundle_id)
    for _, account in group:
        mail(account, 1)
    fast_world.when(lambda: "is it the right one?" in str(credential(fast_world, app)["alarm"]))
    assert not paused(fast_world, app)
    assert "is it the right one?" in fast_world.gateway.cli("check", check=False, as_json=False).stdout

    fast_world.apns.clear_faults()
    fast_world.add_key(app)

    for phone, account in group:
        assert fast_world.wait_badge(phone, 1, timeout=2)
        assert phone.state(account)["state"] == "active"
    fast_world.when(lambda: credential(fast_world, app)["alarm"] is None)


@pytest.mark.row("RULE-1")
def test_a_test_push_that_is_delivered_opens_a_paused_credential(fast_world: World, app: App) -> None:
    phone, account = fast_world.signed_in(app)
    fast_world.apns.fault(REFUSED, topic=app.bundle_id)
    mail(account, 2)
    fast_world.wait_push(phone, 6, timeout=10)  # the next probe is 32 minutes away
    fast_world.apns.clear_faults()

    tried = json.loads(fast_world.gateway.push_test(account.registration_id, 7).stdout)

    assert tried["outcome"] == "delivered"
    fast_world.wait_badge(phone, 2, timeout=1)
    fast_world.when(lambda: not paused(fast_world, app))


@pytest.mark.row("RULE-1")
def test_retry_and_rejected_say_nothing(fast_world: World, app: App) -> None:
    (one, first), (two, second) = people(fast_world, app, 2)
    fast_world.apns.fault({"type": "answer", "status": 500, "reason": "InternalServerError"}, token=one.device_token,
                          times=1)
    fast_world.apns.fault({"type": "answer", "status": 413, "reason": "PayloadTooLarge"}, token=two.device_token,
                          times=1)
    mail(first, 1)
    mail(second, 1)

    fast_world.wait_badge(one, 1)
    mail(second, 2)
    fast_world.wait_badge(two, 2)
    assert not paused(fast_world, app)


@pytest.mark.row("RULE-4")
def test_a_refused_credential_pauses_at_once_and_keeps_what_is_pending(fast_world: World, app: App) -> None:
    group = people(fast_world, app, 3)
    fast_world.apns.fault(REFUSED, topic=app.bundle_id)

    for _, account in group:
        mail(account, 2)

    fast_world.when(lambda: paused(fast_world, app))
    fast_world.apns.clear_faults()
    for phone, _ in group:
        fast_world.wait_badge(phone, 2)


@pytest.mark.row("RULE-4")
def test_a_token_that_expired_is_renewed_once(fast_world: World, app: App) -> None:
    phone, account = fast_world.signed_in(app)
    fast_world.apns.fault({"type": "answer", "status": 403, "reason": "ExpiredProviderToken"}, topic=app.bundle_id,
                          times=1)

    mail(account, 1)

    fast_world.when(lambda: "clock right?" in str(credential(fast_world, app)["alarm"]), timeout=2)
    fast_world.wait_badge(phone, 1)
    assert not paused(fast_world, app)
    fast_world.when(lambda: credential(fast_world, app)["alarm"] is None)
    refused, delivered = fast_world.pushes(phone)
    assert delivered.received_at - refused.received_at > 1.5, "Apple resents a token within 20 minutes of the last"


@pytest.mark.row("RULE-6")
def test_bad_probes_come_less_and_less_often(fast_world: World, app: App) -> None:
    phone, account = fast_world.signed_in(app)
    fast_world.apns.fault(REFUSED, topic=app.bundle_id)
    mail(account, 1)

    fast_world.wait_push(phone, 5)  # at 0, 1, 3, 7, 15 minutes

    times = [p.received_at for p in fast_world.pushes(phone)]
    gaps = [b - a for a, b in zip(times, times[1:], strict=False)]
    assert 0.08 < gaps[0] < 0.35
    assert all(1.3 < later / earlier < 3.5 for earlier, later in zip(gaps[1:], gaps[2:], strict=False)), gaps


@pytest.mark.row("RULE-5")
def test_while_paused_only_one_device_is_tried(fast_world: World, app: App) -> None:
    group = people(fast_world, app, 6)
    fast_world.apns.fault(REFUSED, topic=app.bundle_id)
    mail(group[0][1], 1)
    fast_world.when(lambda: paused(fast_world, app))
    before = len(fast_world.apns.pushes(topic=app.bundle_id))
    for _, account in group:
        mail(account, 1)

    fast_world.when(lambda: len(fast_world.apns.pushes(topic=app.bundle_id)) >= before + 2)
    times = [p.received_at for p in fast_world.apns.pushes(topic=app.bundle_id)[before:]]
    assert all(b - a > 0.07 for a, b in zip(times, times[1:], strict=False)), "one probe at a time"


@pytest.mark.row("RULE-7")
@pytest.mark.row("ADMIN-18")
def test_a_renewed_credential_is_tried_at_once(world: World) -> None:
    app = world.add_app(credential="none")
    unknown = world.add_key(app, known_to_apple=False)
    phone, account = world.signed_in(unknown)
    mail(account, 3)
    world.when(lambda: paused(world, unknown))

    world.add_key(unknown)

    world.wait_badge(phone, 3, timeout=3)
    assert not paused(world, unknown)


@pytest.mark.row("GUARD-1")
def test_a_restart_is_no_storm(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        app = world.add_app()
        group = people(world, app, 3)
        world.apns.fault(REFUSED, topic=app.bundle_id)
        for _, account in group:
            mail(account, 1)
        world.when(lambda: paused(world, app))
        before = len(world.apns.pushes(topic=app.bundle_id))

        world.gateway.restart()

        assert paused(world, app)
        stays(lambda: len(world.apns.pushes(topic=app.bundle_id)) <= before + 1, 1.0)


@pytest.mark.row("DEAD-3")
def test_a_second_410_an_hour_later_is_dead_whatever_the_clocks_say(fast_world: World, app: App) -> None:
    phone, account = fast_world.signed_in(app)
    fast_world.apns.kill_device(phone.device_token, seconds_ago=10 ** 6)
    mail(account, 1)
    fast_world.wait_push(phone)
    assert phone.state(account)["state"] == "active"

    fast_world.when(lambda: mail(account, 2) and phone.state(account)["state"] == "disabled", timeout=15,
                    because="an hour is 6 s")


@pytest.mark.row("RETRY-1")
def test_what_apple_could_not_do_is_tried_again(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    world.apns.fault({"type": "answer", "status": 503, "reason": "ServiceUnavailable"}, token=phone.device_token,
                     times=2)
    mail(account, 1)

    world.wait_badge(phone, 1, timeout=15)
    assert [p.status for p in world.pushes(phone)] == [503, 503, 200]


@pytest.mark.row("RETRY-7")
def test_a_connection_that_answers_only_500_is_left(fast_world: World, app: App) -> None:
    phone, account = fast_world.signed_in(app)
    mail(account, 1)
    fast_world.wait_badge(phone, 1)
    bad = fast_world.pushes(phone)[-1].connection
    fast_world.apns.fault({"type": "answer", "status": 500, "reason": "InternalServerError"}, connection=bad)

    mail(account, 2)

    fast_world.wait_badge(phone, 2)
    assert fast_world.pushes(phone)[-1].connection != bad


@pytest.mark.row("RETRY-7")
@pytest.mark.parametrize(("status", "reason"), [(503, "Shutdown"), (400, "IdleTimeout")])
def test_a_retry_goes_out_over_another_connection_if_apple_says_so(fast_world: World, status: int, reason: str) -> None:
    app = fast_world.add_app()
    phone, account = fast_world.signed_in(app)
    mail(account, 1)
    fast_world.wait_badge(phone, 1)
    fast_world.apns.fault({"type": "answer", "status": status, "reason": reason}, token=phone.device_token, times=1)

    mail(account, 2)

    fast_world.wait_badge(phone, 2)
    first, refused, again = fast_world.pushes(phone)
    assert refused.reason == reason
    assert first.connection == refused.connection
    assert again.connection != refused.connection


@pytest.mark.row("RETRY-2")
def test_retry_after_is_honoured(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    world.apns.fault({"type": "answer", "status": 429, "reason": "TooManyRequests", "retry_after": 3},
                     token=phone.device_token, times=1)
    mail(account, 1)

    world.wait_badge(phone, 1, timeout=10)
    first, second = world.pushes(phone)
    assert 2.9 < second.received_at - first.received_at < 6


@pytest.mark.row("RETRY-2")
def test_retry_after_takes_the_place_of_doubling_pauses(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    world.apns.fault({"type": "answer", "status": 503, "reason": "ServiceUnavailable", "retry_after": 1},
                     token=phone.device_token, times=4)
    mail(account, 1)

    world.wait_badge(phone, 1, timeout=10)
    times = [p.received_at for p in world.pushes(phone)]
    gaps = [b - a for a, b in zip(times, times[1:], strict=False)]
    assert len(gaps) == 4 and all(0.9 < gap < 2.0 for gap in gaps), gaps


@pytest.mark.row("RULE-6")
def test_a_paused_credential_tells_the_last_refusal(fast_world: World) -> None:
    app = fast_world.add_app()
    phone, account = fast_world.signed_in(app)
    fast_world.apns.fault(REFUSED, topic=app.bundle_id, times=1)
    fast_world.apns.fault({"type": "answer", "status": 403, "reason": "Forbidden"}, topic=app.bundle_id)
    mail(account, 1)

    def reason() -> str:
        shown = fast_world.gateway.command("credential", "show", "--tenant", app.tenant, "--app", app.bundle_id)
        return str((shown["credential"]["paused"] or {}).get("reason"))

    fast_world.when(lambda: reason() == "Forbidden")


@pytest.mark.row("RETRY-8")
def test_a_credential_that_is_slowed_down_says_so(fast_world: World, app: App) -> None:
    phone, account = fast_world.signed_in(app)
    fast_world.apns.fault({"type": "answer", "status": 429, "reason": "TooManyProviderTokenUpdates"},
                          topic=app.bundle_id)
    mail(account, 1)

    fast_world.when(lambda: "TooManyProviderTokenUpdates" in str(credential(fast_world, app)["alarm"]))
    line = next(line for line in fast_world.gateway.cli("check", check=False).json["checks"]
                if line["check"].startswith("credential") and line["check"].endswith(app.bundle_id))
    assert line["verdict"] == "warn" and "TooManyProviderTokenUpdates" in line["detail"]
    assert not paused(fast_world, app)
    fast_world.apns.clear_faults()
    fast_world.wait_badge(phone, 1)
    fast_world.when(lambda: credential(fast_world, app)["alarm"] is None)


@pytest.mark.row("RETRY-9")
@pytest.mark.parametrize("status", [200, 404])
def test_a_proxy_that_answers_in_apples_place_keeps_everything(world: World, status: int) -> None:
    app = world.add_app()
    group = people(world, app, 6)
    world.apns.fault({"type": "answer", "status": status, "body": "<html>Log in</html>", "intercepted": True},
                     topic=app.bundle_id)
    for _, account in group:
        mail(account, 2)

    world.when(lambda: world.gateway.metrics().sum("postbell_origin_failing", app=app.bundle_id) == 1, timeout=20)
    assert group[0][0].state(group[0][1])["last_outcome"] == f"retry: Intercepted{status}"
    assert any(app.bundle_id in line and "answers in Apple's place" in line
               for line in world.gateway.log().splitlines())
    before = [len(world.pushes(phone)) for phone, _ in group]
    world.apns.clear_faults()
    for (phone, _), count in zip(group, before, strict=True):
        world.when(lambda phone=phone, count=count: len(world.pushes(phone)) > count, timeout=40)
        world.wait_badge(phone, 2)


@pytest.mark.row("RETRY-3")
def test_too_many_requests_slow_down_that_device_alone(world: World) -> None:
    app = world.add_app()
    (one, first), (two, second) = people(world, app, 2)
    world.apns.fault({"type": "answer", "status": 429, "reason": "TooManyRequests", "retry_after": 5},
                     token=one.device_token, times=1)
    mail(first, 1)
    world.wait_push(one)
    mail(second, 1)

    assert world.wait_push(two, timeout=1).delivered
    assert len(world.pushes(one)) == 1


@pytest.mark.row("RETRY-4")
def test_a_push_that_apple_rejects_is_dropped(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    world.apns.fault({"type": "answer", "status": 400, "reason": "BadCollapseId"}, token=phone.device_token, times=1)
    mail(account, 1)
    world.wait_push(phone)

    stays(lambda: len(world.pushes(phone)) == 1, 2.0)
    mail(account, 2)
    world.wait_badge(phone, 2)


@pytest.mark.row("RETRY-5")
@pytest.mark.parametrize("fault", [
    {"type": "goaway", "cut": 1, "reason": "Shutdown"}, {"type": "rst_stream", "error_code": "REFUSED_STREAM"},
    {"type": "close"}], ids=["goaway", "refused stream", "connection lost"])
def test_what_was_not_processed_is_sent_again(world: World, signed_in: tuple[Phone, Account],
                                              fault: dict[str, object]) -> None:
    phone, account = signed_in
    world.apns.fault(fault, token=phone.device_token, times=1)
    mail(account, 1)

    world.wait_badge(phone, 1, timeout=10)
    assert len([p for p in world.pushes(phone) if p.delivered]) == 1


@pytest.mark.row("RETRY-6")
def test_one_tenant_s_broken_credential_slows_nobody_else(world: World) -> None:
    world.gateway.add_tenant("broken")
    broken = world.add_app(tenant="broken")
    healthy = world.add_app()
    victims, (phone, account) = people(world, broken, 3), world.signed_in(healthy)
    world.apns.fault(REFUSED, topic=broken.bundle_id)
    for _, victim in victims:
        mail(victim, 1)
    mail(account, 1)

    push = world.wait_push(phone, timeout=1)
    assert push.delivered

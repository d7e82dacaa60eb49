# SPDX-License-Identifier: Apache-2.0
"""What silence, expiry and the passing of hours do. The clocks run 600 times as fast: a minute is a tenth of a second."""
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from simulators.phone import Account, Phone
from support.listener import folder_changed, status_event
from support.mail import mail, notify
from support.wait import stays
from support.world import App, World


@pytest.fixture
def app(fast_world: World) -> App:
    return fast_world.add_app()


@pytest.mark.row("STATE-4")
@pytest.mark.row("STATE-10")
@pytest.mark.row("STATE-11")
def test_silence_makes_stale_and_a_word_makes_active_again(fast_world: World, app: App) -> None:
    phone, account = fast_world.signed_in(app)
    assert phone.state(account)["state"] == "active", "a report counts as heard"
    fast_world.exchange.lose_subscriptions(account.address)

    fast_world.wait_state(phone, account, "stale", "resubscribe")  # 30 minutes: 3 s
    check = fast_world.wait_push(phone, event="check_registration")
    assert check.push_type == "background"
    assert mail(account, 1) == "OK"
    assert phone.state(account)["state"] == "active"


@pytest.mark.row("STATE-2")
def test_heartbeats_keep_it_active(fast_world: World, app: App) -> None:
    phone, account = fast_world.signed_in(app)

    stays(lambda: phone.state(account)["state"] == "active", 5.0, "50 minutes with a heartbeat each 15")
    assert len(fast_world.exchange.record.deliveries(account.address, kind="status")) >= 2
    assert fast_world.pushes(phone) == []


@pytest.mark.row("STATE-3")
@pytest.mark.row("STATE-5")
def test_near_its_end_it_asks_to_renew_and_after_it_to_subscribe_again(fast_world: World, app: App) -> None:
    phone, account = fast_world.signed_in(app)
    began = datetime.fromisoformat(_gateway_now(fast_world, phone, account))
    ends = began + timedelta(minutes=52)  # between two heartbeats: what is heard after its end is active again
    phone.report(account, expires_at=ends.strftime("%Y-%m-%dT%H:%M:%SZ"))

    assert phone.state(account)["action"] == "none"
    fast_world.wait_state(phone, account, "active", "renew")
    fast_world.wait_push(phone, event="check_registration")
    fast_world.wait_state(phone, account, "stale", "resubscribe")
    assert notify(account, status_event()) == "OK"


@pytest.mark.row("SUBID-5")
def test_an_id_never_reported_is_unsubscribed_after_ten_minutes(fast_world: World, app: App) -> None:
    phone, account = fast_world.signed_in(app)
    assert notify(account, status_event(), subscription_id="stranger") == "OK"

    fast_world.when(lambda: notify(account, status_event(), subscription_id="stranger") == "Unsubscribe",
                    because="ten minutes after the device's last call: 1 s")
    assert notify(account, status_event()) == "OK"


@pytest.mark.row("SUBID-6")
def test_a_start_of_the_gateway_gives_an_unreported_id_the_time_anew(tmp_path: Path) -> None:
    with World(tmp_path, speed=600) as world:
        _, account = world.signed_in(world.add_app())
        world.when(lambda: notify(account, status_event(), subscription_id="stranger") == "Unsubscribe")
        world.gateway.stop()
        world.start_gateway()

        assert notify(account, status_event(), subscription_id="stranger") == "OK"
        world.when(lambda: notify(account, status_event(), subscription_id="stranger") == "Unsubscribe")


@pytest.mark.row("STATE-10")
def test_a_start_gives_everyone_the_time_anew(tmp_path: Path) -> None:
    with World(tmp_path, speed=300) as world:  # away for less than 15 minutes: 3 s
        phone, account = world.signed_in(world.add_app())
        world.exchange.lose_subscriptions()
        world.gateway.stop()
        world.start_gateway()

        assert phone.state(account)["state"] == "active"
        world.when(lambda: phone.state(account)["state"] == "stale", timeout=15)


@pytest.mark.row("ADMIN-26")
def test_a_fast_clock_goes_on_across_starts(tmp_path: Path) -> None:
    with World(tmp_path, speed=3_600) as world:
        phone, account = world.signed_in(world.add_app())
        mail(account, 1)
        world.wait_badge(phone, 1)
        before = _gateway_now(world, phone, account)
        world.gateway.kill()
        world.start_gateway()

        mail(account, 2)
        world.wait_badge(phone, 2)
        world.when(lambda: str(phone.state(account)["last_event_at"]) > before, because="an hour is a second")
        shown = world.gateway.command("registration", "show", account.registration_id)["registration"]
        assert shown["created_at"] < before < shown["last_push_at"]


@pytest.mark.slow
@pytest.mark.row("STATE-12")
def test_the_push_that_asks_comes_once_a_day(tmp_path: Path) -> None:
    with World(tmp_path, speed=36_000, exchange_speed=1) as world:  # a day is 2.4 s
        phone, account = world.signed_in(world.add_app())
        world.exchange.lose_subscriptions()

        def checks() -> list[float]:
            # At this speed a millisecond is 36 s: a token may seem to be of the future, and its push goes out again.
            return [p.received_at for p in world.pushes(phone, "check_registration") if p.delivered]

        world.when(lambda: len(checks()) >= 3, timeout=12)
        times = checks()
        gaps = [b - a for a, b in zip(times, times[1:], strict=False)]
        assert all(2.2 < gap < 4.0 for gap in gaps), gaps

        # It comes by, and does nothing about its subscription: nobody asks again.
        assert phone.state(account)["action"] == "resubscribe"
        count = len(checks())
        stays(lambda: len(checks()) == count, 4.0, "more than a day")


@pytest.mark.slow
@pytest.mark.row("BADGE-7")
def test_a_stale_account_makes_the_badge_unknown_for_a_day_and_then_is_left_out(tmp_path: Path) -> None:
    with World(tmp_path, speed=12_000, exchange_speed=1) as world:  # a day is 7.2 s
        phone, one = world.signed_in(world.add_app())
        two = phone.sign_in(world.address(), world.exchange.ews_url)
        mail(one, 3)
        world.wait_badge(phone, 3)
        world.exchange.lose_subscriptions()
        world.wait_state(phone, one, "stale")

        assert _badge_after_mail(world, phone, two) is None, "unknown for a day"
        world.when(lambda: _badge_after_mail(world, phone, two) == 4, timeout=15, because="a day later: left out")


@pytest.mark.slow
@pytest.mark.row("MERGE-9")
def test_a_mail_that_waited_longer_than_a_day_goes_out_quietly(tmp_path: Path) -> None:
    with World(tmp_path, speed=36_000, exchange_speed=1) as world:
        app = world.add_app()
        phone, account = world.signed_in(app)
        world.apns.fault({"type": "answer", "status": 503, "reason": "ServiceUnavailable"}, topic=app.bundle_id)
        mail(account, 1)
        world.wait_push(phone)
        stays(lambda: not any(p.delivered for p in world.pushes(phone)), 3.0, "an outage of more than a day")
        world.apns.clear_faults()

        # By now the registration is stale as well, and a check follows at once.
        world.when(lambda: any(p.delivered for p in world.pushes(phone, "new_mail")))
        push = next(p for p in world.pushes(phone, "new_mail") if p.delivered)
        assert (push.priority, push.aps) == ("5", {"badge": 1})


def _badge_after_mail(world: World, phone: Phone, account: Account) -> int | None:
    before = len(world.pushes(phone, "new_mail"))
    mail(account, 4)
    return world.wait_push(phone, before + 1, event="new_mail").badge


def _gateway_now(world: World, phone: Phone, account: Account) -> str:
    """The gateway's clock, from the time of an event that it just took."""
    notify(account, folder_changed(0, account.folder_id))
    world.when(lambda: phone.state(account).get("last_event_at"))
    return str(phone.state(account)["last_event_at"]).replace("Z", "+00:00")


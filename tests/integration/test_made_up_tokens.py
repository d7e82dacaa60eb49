# SPDX-License-Identifier: Apache-2.0
"""Whoever has an app's enrolment key can make device tokens up and post "mail" for them: real phones must not notice."""
import random
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from simulators.phone import Account, Phone
from support import listener
from support.mail import mail
from support.wait import until
from support.world import App, World

DAY = 24.0  # seconds: an hour is one


@pytest.fixture
def swift_world(tmp_path: Path) -> Iterator[World]:
    """A day is 24 seconds. As Apple, APNs refuses tokens that it did not issue."""
    with World(tmp_path, speed=3600) as made:
        made.apns.call("POST", "/policy", {"unknown_tokens": "reject"})
        yield made


def real_phone(world: World, app: App) -> tuple[Phone, Account]:
    """Signed in, subscribed, and known to APNs; it rang once."""
    phone, account = world.signed_in(app)
    world.apns.call("POST", "/devices", {"token": phone.device_token, "topic": app.bundle_id,
                                         "environment": "production", "state": "ok"})
    mail(account, 1)
    world.wait_badge(phone, 1)
    return phone, account


@contextmanager
def made_up_tokens(world: World, app: App, every: float) -> Iterator[list[str]]:
    """Registers another one every so many seconds, and posts mail for it; the tokens so far."""
    tokens: list[str] = []
    stopped = threading.Event()

    def attack() -> None:
        while not stopped.wait(every):
            token = secrets.token_hex(32)
            _, registered = world.api.register(
                app.enrolment_key, app=app.bundle_id, device_token=token, environment="production",
                account_hash=secrets.token_hex(32), device_hash=secrets.token_hex(32))
            listener.notify(registered["callbacks"]["ews"]["url"], "made up", listener.new_mail())
            tokens.append(token)

    thread = threading.Thread(target=attack)
    thread.start()
    try:
        yield tokens
    finally:
        stopped.set()
        thread.join()


def was_paused(world: World) -> bool:
    """At any time so far."""
    return "its pushes are paused" in world.gateway.log()


@pytest.mark.row("RULE-2")
def test_after_a_quiet_night_made_up_tokens_keep_no_mail_from_a_phone(swift_world: World) -> None:
    app = swift_world.add_app()
    phone, account = real_phone(swift_world, app)
    time.sleep(2.5)  # nobody was delivered to for two and a half hours
    with made_up_tokens(swift_world, app, every=0.1) as tokens:
        time.sleep(3)
        assert len(tokens) > 10

        mail(account, 2)

        swift_world.wait_badge(phone, 2, timeout=1)
    assert not was_paused(swift_world)


@pytest.mark.row("RULE-2")
def test_a_day_of_made_up_tokens_costs_real_phones_nothing(swift_world: World) -> None:
    app = swift_world.add_app()
    people = [real_phone(swift_world, app) for _ in range(3)]
    draw = random.Random(7)
    mails = 0
    time.sleep(1.1)  # nobody was delivered to for an hour
    with made_up_tokens(swift_world, app, every=0.02) as tokens:
        until(lambda: len(tokens) > 5)
        end = time.monotonic() + DAY
        while time.monotonic() < end:
            time.sleep(draw.uniform(0.0, 1.0))
            phone, account = draw.choice(people)
            mails += 1

            mail(account, mails + 1)

            swift_world.wait_badge(phone, mails + 1, timeout=2)

    assert mails > 25 and len(tokens) > 100
    assert not was_paused(swift_world)
    assert all(phone.state(account)["state"] != "disabled" for phone, account in people)
    tried = [p for p in swift_world.apns.pushes(topic=app.bundle_id) if not p.delivered]
    assert len(tried) <= 5 * len(tokens), "a token is given up at the third word, or the first after a delivery"

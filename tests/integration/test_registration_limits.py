# SPDX-License-Identifier: Apache-2.0
"""What somebody can do who has an enrolment key, which is in every copy of the app, and perhaps a device token."""
import hashlib
import json
import os
import pty
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE, Popen

import pytest
from simulators.phone import Account, ApiError, Phone
from support.cli import BINARY
from support.mail import mail
from support.managed import ManagedWorld
from support.world import App, World


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An hour is six seconds."""
    keys = "forget_waiting_after_hours = 1\nmax_registrations_per_app = 4\n"
    with World(tmp_path_factory.mktemp("limited"), speed=600, registration_keys=keys) as made:
        yield made


def stranger(world: World, app: App, **more: str) -> tuple[int, dict]:
    """Registers a device that only this call knows, but for `more`."""
    body = {"device_token": secrets.token_hex(32), "environment": "production",
            "account_hash": secrets.token_hex(32), "device_hash": secrets.token_hex(32), **more}
    return world.api.register(app.enrolment_key, app=app.bundle_id, **body)


def status_of(world: World, registration: dict) -> int:
    """Of a GET."""
    path = f"/v1/registrations/{registration['registration_id']}"
    return world.api.call("GET", path, registration["secret"]).status


@pytest.mark.row("API-24")
def test_what_is_never_reported_on_ends_unless_its_app_calls(limited: World) -> None:
    app = limited.add_app(credential="none")
    phone = limited.phone(app)
    account = phone.add_account(limited.address(), limited.exchange.ews_url)
    phone.register(account)
    made_up = [stranger(limited, app)[1] for _ in range(3)]

    for _ in range(12):
        time.sleep(1)  # a sixth of an hour
        assert phone.state(account)["state"] == "waiting"

    assert [status_of(limited, one) for one in made_up] == [401, 401, 401]
    phone.subscribe(account)
    assert phone.state(account)["state"] == "active"


@pytest.mark.row("API-25")
def test_a_full_app_takes_no_more_and_goes_on_renewing(limited: World) -> None:
    app = limited.add_app(credential="none")
    phone = limited.phone(app)
    account = phone.add_account(limited.address())
    phone.register(account)
    for _ in range(3):
        stranger(limited, app)

    with pytest.raises(ApiError) as full:
        stranger(limited, app)

    assert full.value.status == 429
    assert "all the registrations" in str(full.value)
    assert phone.register(account) == 200
    assert "an app has all the registrations that it may have" in limited.gateway.log()
    assert ('postbell_registrations_refused_total{limit="max_registrations_per_app"}'
            in limited.gateway.metrics().text)
    removed = limited.gateway.command("registration", "remove", "--state", "waiting", "--older-than", "0s",
                                      "--tenant", app.tenant, "--app", app.bundle_id)
    assert removed == {"removed": 4}
    assert stranger(limited, app)[0] == 201


@pytest.mark.row("API-26")
def test_garbage_keeps_no_phone_out(tmp_path: Path) -> None:
    with World(tmp_path, registration_keys="registrations_per_minute_per_app = 3\n") as world:
        app = world.add_app(credential="none")
        for _ in range(20):
            assert world.api.call("POST", "/v1/registrations", app.enrolment_key, {"garbage": 1}).status == 400
        assert [stranger(world, app)[0] for _ in range(3)] == [201, 201, 201]
        with pytest.raises(ApiError) as too_fast:
            stranger(world, app)
        assert too_fast.value.status == 429


@pytest.mark.row("RENEW-9")
def test_a_device_token_gives_no_power_over_its_phone(world: World, app: App, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    mail(account, 3)
    world.wait_badge(phone, 3)
    same_account = {"account_hash": phone.registration_body(account)["account_hash"]}

    status, renewed = stranger(world, app, device_token=phone.device_token, **same_account)
    _, counted = stranger(world, app, device_token=phone.device_token)
    world.api.report(counted["registration_id"], counted["secret"], backend="ews", subscription_id="s", unread=99_000)
    stranger(world, app, device_token=phone.device_token, environment="sandbox")
    _, moved = stranger(world, app, **same_account)
    world.api.change(moved["registration_id"], moved["secret"], device_token=phone.device_token)

    assert status == 201
    assert renewed["registration_id"] != account.registration_id
    assert phone.state(account)["state"] == "active"
    shown = {r["registration_id"]: r for r in world.gateway.registrations()}[account.registration_id]
    assert shown["environment"] == "production"
    mail(account, 4)
    world.wait_badge(phone, 4)


@pytest.mark.row("API-27")
def test_a_phone_that_lost_its_registration_to_a_restored_one_is_told(world: World, app: App,
                                                                      signed_in: tuple[Phone, Account]) -> None:
    old, account = signed_in
    hash_of = lambda token: hashlib.sha256(token.encode()).hexdigest()
    assert old.state(account)["device_token_hash"] == hash_of(old.device_token)
    new = Phone.new_token()

    world.api.change(account.registration_id, account.secret, device_token=new)

    assert old.state(account)["device_token_hash"] == hash_of(new)
    with pytest.raises(ApiError) as refused:
        world.api.change(account.registration_id, account.secret, device_token=old.device_token)
    assert refused.value.status == 409
    before = account.registration_id
    assert old.register(account, with_previous_secret=True) == 201
    assert account.registration_id != before


def test_an_old_enrolment_key_registers_while_the_overlap_lasts_and_renews_for_ever(fast_world: World) -> None:
    app = fast_world.add_app(credential="none")
    phone = fast_world.phone(app)
    account = phone.add_account(fast_world.address())
    phone.register(account)

    answer = fast_world.gateway.command("app", "rotate-key", "--tenant", app.tenant, "--app", app.bundle_id,
                                        "--overlap", "20m")

    assert stranger(fast_world, app)[0] == 201
    time.sleep(2.5)
    with pytest.raises(ApiError) as late:
        stranger(fast_world, app)
    assert late.value.status == 401
    assert "was replaced" in str(late.value)
    assert phone.register(account) == 200
    phone.enrolment_key = answer["enrolment_key"]
    assert phone.register(account) == 200


def test_removing_a_tenant_asks_for_its_name_at_a_terminal(world: World) -> None:
    world.gateway.add_tenant("asked")
    world.gateway.add_app("asked", "com.example.asked")

    def remove(typed: str) -> tuple[int, str]:
        ours, theirs = pty.openpty()
        with Popen([BINARY, "tenant", "remove", "asked", "--json", "--config", world.gateway.config.file],
                   stdin=theirs, stdout=PIPE, stderr=PIPE, text=True) as command:
            os.write(ours, typed.encode() + b"\n")
            out, error = command.communicate(timeout=20)
        os.close(ours)
        os.close(theirs)
        assert "Type its name" in error
        return command.returncode, out

    assert remove("another")[0] == 1
    code, out = remove("asked")
    assert code == 0
    assert json.loads(out)["removed"] == {"apps": 1, "registrations": 0}


def test_a_silent_login_delays_no_other_phone(tmp_path: Path) -> None:
    quiet = socket.create_server(("127.0.0.1", 0), backlog=200)
    with ManagedWorld(tmp_path) as managed, quiet:
        world = managed.world
        app = world.add_app(credential="none")
        phone = world.phone(app)
        account = phone.add_account(world.address())
        phone.register(account)
        world.gateway.stop()
        world.gateway.config.more = world.gateway.config.more.replace(
            managed.graph.login_url, f"http://127.0.0.1:{quiet.getsockname()[1]}")
        world.gateway.config.write()
        world.start_gateway()
        token = ".".join(["eyJhbGciOiJSUzI1NiIsImtpZCI6ImsifQ", "eyJ4IjoxfQ", "c2ln"])
        statuses: list[int] = []

        def claim() -> None:
            body = {**phone.registration_body(account), "device_hash": secrets.token_hex(32),
                    "grants": {"office365": {"id_token": token}}}
            statuses.append(world.api.call("POST", "/v1/registrations", app.enrolment_key, body).status)

        claims = [threading.Thread(target=claim) for _ in range(32)]
        for one in claims:
            one.start()
        worst = 0.0
        while any(one.is_alive() for one in claims):
            before = time.monotonic()
            phone.state(account)
            worst = max(worst, time.monotonic() - before)
            time.sleep(0.05)

        assert set(statuses) == {503}
        assert worst < 1.0

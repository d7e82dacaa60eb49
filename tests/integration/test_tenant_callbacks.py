# SPDX-License-Identifier: Apache-2.0
"""One URL on which a whole mail server notifies of a tenant's accounts: the test backends webhook and tenant_backend, in a
real gateway."""
import base64
import hashlib
import hmac
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fault.machine import build_library, plugin_folder, put
from simulators.phone import Account, Phone
from simulators.phone.http import Response, request
from support.cli import BUILD
from support.wait import stays, until
from support.world import TENANT, App, World

WEBHOOK = Path(__file__).parent / "data" / "webhook.cpp"
BACKEND = '[[backend]]\ninstance = "webhook"\nplugin = "webhook"\nenabled = true\ngrants = ["outbound"]\n'
OTHER = '\n[[backend]]\ninstance = "other"\nplugin = "webhook"\nenabled = true\n'
SIGNING = '\n[[backend]]\ninstance = "signing"\nplugin = "tenant_backend"\nenabled = true\n'


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """With two instances of the webhook, and a backend whose route for signed messages needs a secret."""
    folder = plugin_folder(tmp_path_factory.mktemp("webhook") / "plugins")
    build_library(str(WEBHOOK), folder / "webhook.so")
    put(BUILD / "lib" / "postbell" / "test-plugins" / "tenant_backend.so", folder)
    with World(tmp_path_factory.mktemp("tenants"), plugins=folder, more_config=BACKEND + OTHER + SIGNING) as made:
        yield made


@pytest.fixture(scope="module")
def url(world: World) -> str:
    """The callback of the tenant, without a secret."""
    return add_callback(world)["url"]


@pytest.fixture(scope="module")
def app(world: World) -> App:
    return world.add_app()


def add_callback(world: World, *more: str, tenant: str = TENANT, backend: str = "webhook") -> dict[str, str]:
    """tenant callback add."""
    answer: dict[str, str] = world.gateway.command("tenant", "callback", "add", "--tenant", tenant, "--backend", backend,
                                                   *more)
    return answer


def signed_in(world: World, app: App, address: str = "") -> tuple[Phone, Account]:
    """A phone with an account that is registered, and reported nothing."""
    phone = world.phone(app, backend="webhook")
    account = phone.add_account(address or world.address())
    account.backend = "webhook"
    phone.register(account)
    return phone, account


def report(phone: Phone, account: Account, subscription_id: str, backend: str = "webhook") -> None:
    """What the app put into the user's mailbox, for the server to say."""
    phone.api.report(account.registration_id, account.secret, backend=backend, subscription_id=subscription_id)


def post(url: str, *lines: str, secret: str = "") -> Response:
    """A message of the mail server."""
    return request("POST", url, {"Content-Type": "text/plain", **({"X-Secret": secret} if secret else {})},
                   "\n".join(lines).encode())


def answer(response: Response) -> list[str]:
    """A word for each event."""
    assert response.status == 200, response.body
    return response.body.decode().split()


def approve(world: World, account: Account) -> None:
    """registration approve."""
    shown = world.gateway.command("registration", "approve", account.registration_id)["registration"]
    assert (shown["account"], shown["state"], shown["action"]) == ("approved", "active", "none")


@pytest.mark.row("TENANT-1")
def test_a_subscription_id_reaches_all_that_reported_it(world: World, app: App, url: str) -> None:
    phones = [signed_in(world, app) for _ in range(2)]
    for phone, account in phones:
        report(phone, account, "shared-id")
    bystander, other = signed_in(world, app)
    report(bystander, other, "another-id")

    assert answer(post(url, "subscription shared-id new 4", "subscription nobodys-id new 1")) == ["taken", "nobody"]

    for phone, _ in phones:
        world.wait_badge(phone, 4)
    assert not world.pushes(bystander)


@pytest.mark.row("TENANT-2")
def test_an_account_reaches_approved_registrations_and_no_others(world: World, app: App, url: str) -> None:
    phone, account = signed_in(world, app)
    stranger, _ = signed_in(world, app, account.address)  # whoever has the enrolment key can say so
    assert answer(post(url, f"account {account.address} new 3")) == ["nobody"]
    assert phone.state(account)["state"] == "waiting"

    approve(world, account)

    assert answer(post(url, f"account {account.address.upper()} new 3")) == ["taken"]
    world.wait_badge(phone, 3)
    assert phone.state(account)["state"] == "active"
    stays(lambda: not world.pushes(stranger), 0.5)


@pytest.mark.row("TENANT-3")
def test_an_account_that_a_grant_proved_is_reached(world: World, app: App, url: str) -> None:
    phone = world.phone(app, backend="webhook")
    account = phone.add_account(world.address())
    body = phone.registration_body(account)

    _, known = world.api.register(app.enrolment_key, **body, grants={"webhook": {"account": account.address}})

    assert known["managed"] == "webhook"
    shown = world.gateway.command("registration", "show", known["registration_id"])["registration"]
    assert shown["account"] == "proven"
    assert answer(post(url, f"account {account.address} new 7")) == ["taken"]
    until(lambda: any(p.about["event"] == "new_mail" for p in world.pushes(phone)), 5, "the push of the account")


@pytest.mark.row("TENANT-3")
def test_a_grant_for_another_mailbox_proves_nothing_of_the_account(world: World, app: App, url: str) -> None:
    phone = world.phone(app, backend="webhook")
    account = phone.add_account(world.address())
    _, known = world.api.register(app.enrolment_key, **phone.registration_body(account),
                                  grants={"webhook": {"account": world.address()}})

    shown = world.gateway.command("registration", "show", known["registration_id"])["registration"]
    assert shown["account"] is None
    assert answer(post(url, f"account {account.address} new 7")) == ["nobody"]


@pytest.mark.row("TENANT-5")
def test_another_tenants_registrations_are_never_reached(world: World, app: App, url: str) -> None:
    world.gateway.add_tenant("rival")
    theirs = world.add_app(tenant="rival")
    phone, account = signed_in(world, theirs)
    report(phone, account, "rivals-id")
    approve(world, account)
    ours = add_callback(world, tenant="rival")["url"]

    assert answer(post(url, "subscription rivals-id new 1", f"account {account.address} new 1")) == ["nobody", "nobody"]
    assert not world.pushes(phone)

    assert answer(post(ours, "subscription rivals-id new 1", f"account {account.address} new 2")) == ["taken", "taken"]
    world.wait_badge(phone, 2)


@pytest.mark.row("TENANT-6")
def test_a_tenants_callback_is_known_to_its_instance_alone(world: World, app: App, url: str) -> None:
    phone, account = signed_in(world, app)
    report(phone, account, "on-webhook")
    elsewhere = url.replace("/webhook/", "/other/")

    for wrong in (elsewhere, url + "x", url.rpartition("/")[0] + "/" + "a" * 43):
        assert (post(wrong, "subscription on-webhook new 1").status, world.pushes(phone)) == (404, [])

    # An id that was reported on another instance is not this one's.
    other = add_callback(world, backend="other")["url"]
    assert answer(post(other, "subscription on-webhook new 1")) == ["nobody"]


@pytest.mark.row("TENANT-6")
def test_a_registrations_token_is_no_tenants(world: World, app: App) -> None:
    phone, account = signed_in(world, app)
    token = str(account.callbacks["ews"]["url"]).rpartition("/")[2]

    assert post(f"{world.gateway.mailbox_url}/webhook/{token}", "account x new 1").status == 404
    assert not world.pushes(phone)


@pytest.mark.row("TENANT-4")
def test_apps_are_told_of_the_instance_but_given_no_url(world: World, app: App) -> None:
    _, account = signed_in(world, app)

    assert account.callbacks["webhook"] == {}
    assert "url" in account.callbacks["ews"]


@pytest.mark.row("TENANT-8")
def test_a_secret_is_lent_to_the_plugin_and_stored_sealed(world: World, app: App, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("open sesame\n")
    added = add_callback(world, "--secret-file", str(file))
    phone, account = signed_in(world, app)
    report(phone, account, "signed-id")

    assert post(added["url"], "subscription signed-id new 1").status == 401
    assert post(added["url"], "subscription signed-id new 1", secret="guess").status == 401
    assert answer(post(added["url"], "subscription signed-id new 5", secret="open sesame")) == ["taken"]
    world.wait_badge(phone, 5)

    listed = world.gateway.command("tenant", "callback", "list", "--tenant", TENANT)["callbacks"]
    assert [entry["secret"] for entry in listed if entry["callback"] == added["callback"]] == [True]
    assert "url" not in listed[0]
    stored = world.gateway.config.database.read_bytes() + Path(f"{world.gateway.config.database}-wal").read_bytes()
    assert b"open sesame" not in stored
    assert added["url"].rpartition("/")[2].encode() not in stored


@pytest.mark.row("TENANT-8")
def test_a_signed_message_is_taken_only_with_the_signature_of_its_callbacks_secret(world: World, app: App,
                                                                                   tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("signing key")
    signed = add_callback(world, "--secret-file", str(file), backend="signing")["url"] + "/signed"
    phone, account = signed_in(world, app)
    report(phone, account, "signed-by-hmac", backend="signing")
    message = b"new subscription=signed-by-hmac unread=6"

    def post_signed(url: str, key: bytes) -> Response:
        signature = base64.urlsafe_b64encode(hmac.digest(key, message, hashlib.sha256)).rstrip(b"=").decode()
        return request("POST", url, {"Content-Type": "text/plain", "X-Signature": signature}, message)

    assert post_signed(signed, b"another key").status == 403
    assert request("POST", signed, {"Content-Type": "text/plain"}, message).status == 403
    assert post_signed(signed.replace("/signing/", "/webhook/"), b"signing key").status == 404
    assert not world.pushes(phone)

    assert answer(post_signed(signed, b"signing key")) == ["accepted"]
    world.wait_badge(phone, 6)


@pytest.mark.row("TENANT-12")
def test_a_backend_that_needs_a_secret_gets_no_callback_without(world: World) -> None:
    refused = world.gateway.cli("tenant", "callback", "add", "--tenant", TENANT, "--backend", "signing", check=False)

    assert refused.code == 1
    assert "needs a secret" in refused.error


@pytest.mark.row("TENANT-12")
def test_a_secret_that_a_later_version_of_a_backend_needs_is_missed_at_the_start(own_world: World, tmp_path: Path) -> None:
    folder = plugin_folder(tmp_path / "plugins")
    build_library(str(WEBHOOK), folder / "webhook.so")
    config = own_world.gateway.config
    config.plugins, config.more = folder, BACKEND
    config.write()
    own_world.gateway.restart()
    made = add_callback(own_world)
    assert made["url"]
    assert "needs one now" not in own_world.gateway.log()

    put(BUILD / "lib" / "postbell" / "test-plugins" / "tenant_backend.so", folder)
    (folder / "tenant_backend.so").rename(folder / "webhook.so")
    config.more = BACKEND.replace('grants = ["outbound"]\n', "")
    config.write()
    own_world.gateway.restart()

    lines = [line for line in own_world.gateway.log().splitlines() if "has no secret, and its backend needs one now" in line]
    assert len(lines) == 1
    assert "webhook" in lines[0]
    listed = own_world.gateway.command("tenant", "callback", "list", "--tenant", TENANT)["callbacks"]
    assert [entry["problem"] for entry in listed] == ["the backend needs a secret now: add another callback with --secret-file"]


@pytest.mark.row("TENANT-9")
def test_a_removed_callback_is_unknown_at_once(world: World, app: App) -> None:
    added = add_callback(world, backend="other")
    phone, account = signed_in(world, app)
    report(phone, account, "removed-id", backend="other")
    assert answer(post(added["url"], "subscription removed-id new 1")) == ["taken"]

    world.gateway.command("tenant", "callback", "remove", "--tenant", TENANT, "--backend", "other", "--callback",
                          added["callback"])

    assert post(added["url"], "subscription removed-id new 2").status == 404
    again = world.gateway.cli("tenant", "callback", "remove", "--tenant", TENANT, "--backend", "other", "--callback",
                              added["callback"], check=False)
    assert again.code == 1
    assert "no such callback" in again.error


@pytest.mark.row("TENANT-9")
def test_what_cannot_be_a_tenants_callback_is_refused(world: World) -> None:
    for backend, words in (("ews", "callbacks of registrations"), ("domino", "not enabled")):
        refused = world.gateway.cli("tenant", "callback", "add", "--tenant", TENANT, "--backend", backend, check=False)
        assert refused.code == 1
        assert words in refused.error


@pytest.mark.row("TENANT-1")
def test_an_ended_subscription_is_stale_and_a_disabled_app_is_nobody(world: World, url: str) -> None:
    own = world.add_app()
    phone, account = signed_in(world, own)
    report(phone, account, "ending-id")
    assert answer(post(url, "subscription ending-id ended -1")) == ["taken"]
    world.wait_state(phone, account, "stale", "resubscribe")
    report(phone, account, "next-id")
    assert answer(post(url, "subscription ending-id new 1", "subscription next-id new 1")) == ["nobody", "taken"]

    world.gateway.app("disable", TENANT, own.bundle_id)
    assert answer(post(url, "subscription next-id new 2")) == ["nobody"]


@pytest.mark.row("TENANT-10")
def test_a_plugins_sentence_is_in_the_log_with_its_trace(world: World, url: str) -> None:
    assert post(url, "nonsense").status == 400
    assert post(url, "nonsense").status == 400

    lines = [line for line in world.gateway.log().splitlines() if "a backend cannot read a message" in line]
    assert len(lines) == 1  # in a minute
    assert "webhook" in lines[0]
    assert "trace" in lines[0]


@pytest.mark.slow
@pytest.mark.row("TENANT-7")
def test_a_crowd_that_reported_one_subscription_is_bounded(world: World, app: App, url: str) -> None:
    def join(number: int) -> None:
        _, known = world.api.register(
            app.enrolment_key, app=app.bundle_id, device_token=os.urandom(32).hex(), environment="production",
            account_hash=f"{number:064x}", device_hash=f"{number:064x}")
        world.api.report(known["registration_id"], known["secret"], backend="webhook", subscription_id="crowded-id")

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(join, range(10_000)))
    before = world.gateway.metrics().sum("postbell_events_total", backend="webhook", kind="count_changed")

    began = time.monotonic()
    assert answer(post(url, "subscription crowded-id count 1")) == ["taken"]
    took = time.monotonic() - began

    assert took < 3.0, f"{took:.2f} s"
    reached = world.gateway.metrics().sum("postbell_events_total", backend="webhook", kind="count_changed") - before
    assert reached == 1_000
    assert "some were left out" in world.gateway.log()

    began = time.monotonic()
    lines = [f"subscription {name} heard -1" for name in ("crowded-id", "unknown") for _ in range(5_000)]
    assert set(answer(post(url, *lines))) == {"taken", "nobody"}
    took = time.monotonic() - began
    assert took < 3.0, f"{took:.2f} s for 10,000 lines"
    assert "held the mailbox listener up" not in world.gateway.log()

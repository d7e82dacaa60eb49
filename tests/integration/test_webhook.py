# SPDX-License-Identifier: Apache-2.0
"""The backend webhook in a real gateway: a mail server that no plugin exists for, connected by lines of the config."""
import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from simulators.phone import Account, Phone
from simulators.phone.http import Response, request
from support.cli import REPOSITORY, postbell
from support.pages import WEBHOOK_PAGE, sections
from support.wait import stays
from support.world import TENANT, App, World

SECRET = "the callback's secret"
SAMPLES = REPOSITORY / "tests/plugins/webhook/samples"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(tmp_path_factory.mktemp("webhook"), more_config="[dispatch]\nquiet_delay_ms = 200\n" + sections(WEBHOOK_PAGE)) as made:
        yield made


@pytest.fixture(scope="module")
def app(world: World) -> App:
    return world.add_app()


def callback(world: World, backend: str) -> str:
    file = world.directory / "callback-secret"
    file.write_text(SECRET)
    return str(world.gateway.command("tenant", "callback", "add", "--tenant", TENANT, "--backend", backend,
                                     "--secret-file", file)["url"])


@pytest.fixture(scope="module")
def bearer_url(world: World) -> str:
    return callback(world, "mailserver")


@pytest.fixture(scope="module")
def stalwart_url(world: World) -> str:
    return callback(world, "stalwart")


def approved(world: World, app: App, backend: str, address: str = "") -> tuple[Phone, Account]:
    """A phone with an account that an admin approved."""
    phone = world.phone(app, backend=backend)
    account = phone.add_account(address or world.address())
    account.backend = backend
    phone.register(account)
    world.gateway.command("registration", "approve", account.registration_id)
    return phone, account


def post(url: str, body: bytes, **headers: str) -> Response:
    return request("POST", url, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def tell(url: str, secret: str = SECRET, **event: object) -> Response:
    """The flat form of the page's first example."""
    return post(url, json.dumps(event).encode(), Content_Type="application/json", Authorization=f"Bearer {secret}")


def tell_signed(url: str, body: bytes, key: str = SECRET) -> Response:
    """As Stalwart posts: signed, and without a Content-Type."""
    return post(url, body, X_Signature=base64.b64encode(hmac.digest(key.encode(), body, hashlib.sha256)).decode())


@pytest.mark.row("WEBHOOK-1")
def test_the_badge_follows_a_server_that_five_lines_connect(world: World, app: App, bearer_url: str) -> None:
    phone, account = approved(world, app, "mailserver")

    for unread in (1, 2):
        assert tell(bearer_url, to=account.address, event="new", unread=unread, id=f"m{unread}").status == 204
        assert world.wait_badge(phone, unread).about["event"] == "new_mail"
    assert tell(bearer_url, to=account.address.upper(), event="read", unread=0).status == 204
    assert world.wait_badge(phone, 0).about["event"] == "count_changed"


@pytest.mark.row("WEBHOOK-1")
def test_a_registration_that_nobody_approved_is_not_reached(world: World, app: App, bearer_url: str) -> None:
    phone = world.phone(app, backend="mailserver")
    account = phone.add_account(world.address())
    account.backend = "mailserver"
    phone.register(account)
    assert account.callbacks["mailserver"] == {}

    assert tell(bearer_url, to=account.address, event="new", unread=1).status == 204

    stays(lambda: not world.pushes(phone))


@pytest.mark.row("WEBHOOK-2")
def test_a_wrong_secret_is_refused_and_in_the_log(world: World, app: App, bearer_url: str, stalwart_url: str) -> None:
    phone, account = approved(world, app, "mailserver")

    assert tell(bearer_url, "a guess", to=account.address, event="new", unread=1).status == 401
    assert post(bearer_url, b"{}", Content_Type="application/json").status == 401
    assert tell_signed(stalwart_url, b'{"events":[]}', "a guess").status == 401

    world.when(lambda: "the mail server's secret is missing or wrong" in world.gateway.log())
    assert SECRET not in world.gateway.log() and "a guess" not in world.gateway.log()
    assert not world.pushes(phone)


@pytest.mark.row("WEBHOOK-2")
def test_a_callback_without_a_secret_is_not_made(world: World) -> None:
    refused = world.gateway.cli("tenant", "callback", "add", "--tenant", TENANT, "--backend", "mailserver", check=False)
    assert refused.code == 1
    assert "needs a secret" in refused.error


@pytest.mark.row("WEBHOOK-3")
def test_stalwarts_events_ring_the_phones_of_their_recipients(world: World, app: App, stalwart_url: str) -> None:
    anna, _ = approved(world, app, "stalwart", "anna@example.com")
    bert, _ = approved(world, app, "stalwart", "bert@example.com")

    assert tell_signed(stalwart_url, (SAMPLES / "stalwart-ham.json").read_bytes()).status == 204
    world.when(lambda: len(world.pushes(anna, "new_mail")) == 1)
    assert not world.pushes(bert)

    assert tell_signed(stalwart_url, (SAMPLES / "stalwart-mixed.json").read_bytes()).status == 204
    world.when(lambda: len(world.pushes(anna, "new_mail")) == 2 and len(world.pushes(bert, "new_mail")) == 1)
    assert all(push.badge is None for push in world.pushes(anna))


@pytest.mark.row("WEBHOOK-4")
def test_an_event_that_is_repeated_rings_once(world: World, app: App, bearer_url: str) -> None:
    phone, account = approved(world, app, "mailserver")
    for _ in range(3):
        assert tell(bearer_url, to=account.address, event="new", unread=1, id="the same").status == 204
    world.wait_badge(phone, 1)

    stays(lambda: len(world.pushes(phone)) == 1)


@pytest.mark.row("WEBHOOK-5")
@pytest.mark.parametrize("body, status", [(b"{", 400), (b"null", 400), (b"[" * 20000, 400), (b"\xff\xfe{}", 400),
                                          (b'{"to":1}', 204), (b"{}", 204), (b"[]", 204)],
                         ids=["half", "null", "deep", "no text", "no address", "no member", "no event"])
def test_a_body_of_another_form_is_answered(world: World, bearer_url: str, body: bytes, status: int) -> None:
    def understood() -> float:
        return world.gateway.metrics().sum("postbell_plugin_webhook_events_total")

    before = understood()
    assert post(bearer_url, body, Authorization=f"Bearer {SECRET}").status == status
    assert understood() == before


@pytest.mark.row("WEBHOOK-5")
def test_a_mapping_that_leads_nowhere_is_named_by_check(tmp_path: Path, world: World) -> None:
    wrong = tmp_path / "postbell.toml"
    wrong.write_text(world.gateway.config.file.read_text().replace('account = "/to"', 'account = "to"'))

    checked = postbell("check", "--config", wrong, check=False)

    assert checked.code != 0
    assert "account must be a JSON pointer" in checked.stdout + checked.stderr

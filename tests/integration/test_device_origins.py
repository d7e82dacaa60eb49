# SPDX-License-Identifier: Apache-2.0
"""Devices name the server that they are pushed through (Web Push, UnifiedPush): the test provider device_push."""
import http.client
import json
import os
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fault.machine import plugin_folder, put
from simulators.phone import Account, Phone
from simulators.phone.api import ApiError
from support.cli import BUILD
from support.listener import body, new_mail
from support.mail import mail
from support.wait import stays, until
from support.world import TENANT, App, World

PROVIDER = '[[provider]]\ninstance = "webpush"\nplugin = "device_push"\nenabled = true\n'
SERVERS = 10_000


@pytest.fixture
def origins(tmp_path: Path) -> Iterator[World]:
    """A gateway whose operator allows no server."""
    folder = plugin_folder(tmp_path / "plugins")
    put(BUILD / "lib" / "postbell" / "test-plugins" / "device_push.so", folder)
    with World(tmp_path / "world", plugins=folder, more_config=PROVIDER) as made:
        yield made


def allow(world: World, *servers: str) -> None:
    """The operator allows these, and starts the gateway again."""
    world.gateway.config.more = PROVIDER + f"allowed_origins = {json.dumps(servers)}\n"
    world.gateway.config.write()
    world.gateway.restart()


def add_app(world: World) -> App:
    """An app of the platform webpush with a key."""
    bundle_id = f"com.example.web{time.monotonic_ns()}"
    key = world.directory / "vapid.key"
    key.write_text("key")
    enrolment_key = world.gateway.add_app(TENANT, bundle_id, platform="webpush")
    world.gateway.command("credential", "add", "--tenant", TENANT, "--app", bundle_id, "--provider", "webpush", "--file", key)
    return App(bundle_id, enrolment_key)


def new_token() -> str:
    """The device's part of a token that the simulator keeps pushes under."""
    return os.urandom(32).hex()


def signed_in(world: World, app: App, server: str, token: str) -> tuple[Phone, Account]:
    """A device that named `server`."""
    phone = Phone(world.api, app.bundle_id, app.enrolment_key, environment=None,
                  device_token=f"{server}/3/device/{token}")
    return phone, phone.sign_in(world.address(), world.exchange.ews_url)


def refusal(world: World, app: App, device_token: str) -> str:
    """The sentence with which a device is refused."""
    phone = Phone(world.api, app.bundle_id, app.enrolment_key, environment=None, device_token=device_token)
    with pytest.raises(ApiError) as refused:
        phone.register(phone.add_account(world.address()))
    assert refused.value.status == 400
    return refused.value.title


def arrived(world: World, token: str) -> bool:
    """The server that the device named was asked for it."""
    return world.apns.arrived(token)


@pytest.mark.row("ORIGIN-2")
def test_a_device_cannot_name_what_is_no_public_server(origins: World) -> None:
    app = add_app(origins)
    port = urlsplit(origins.apns.endpoint).port

    for named, why in {f"https://127.0.0.1:{port}": "loopback", "https://10.1.2.3": "private",
                       "https://169.254.169.254": "link-local", "https://0x7f000001": "unusual spelling",
                       "https://2130706433": "unusual spelling", "https://0177.0.0.1": "unusual spelling",
                       f"https://localhost:{port}": "not a full name", "https://printer.local": "local networks",
                       f"https://[::1]:{port}": "loopback", f"https://[::ffff:127.0.0.1]:{port}": "an IPv4 address in IPv6",
                       "https://[64:ff9b::a00:1]": "private", "https://[fe80::1]": "link-local",
                       "https://xn--bcher-kva.localhost": "local networks",
                       "https://push.example.com:25": "neither 443 nor from 1024 up"}.items():
        assert why in refusal(origins, app, f"{named}/3/device/{new_token()}"), named
    # A device spells an international name in ASCII.
    assert "URL" in refusal(origins, app, "https://b\u00fccher.example/a")
    signed_in(origins, app, "https://xn--bcher-kva.example", new_token())
    assert "URL" in refusal(origins, app, "http://push.example.com/a")
    assert "URL" in refusal(origins, app, "https://user@push.example.com/a")


@pytest.mark.row("ORIGIN-2")
@pytest.mark.row("ORIGIN-3")
def test_a_token_cannot_be_changed_to_a_private_server(origins: World) -> None:
    app = add_app(origins)
    phone = Phone(origins.api, app.bundle_id, app.enrolment_key, environment=None,
                  device_token="https://push.example.com/1")
    account = phone.add_account(origins.address())
    phone.register(account)

    with pytest.raises(ApiError) as refused:
        origins.api.change(account.registration_id, account.secret, device_token="https://127.0.0.1/1")

    assert refused.value.status == 400 and "loopback" in refused.value.title


@pytest.mark.row("ORIGIN-1")
@pytest.mark.row("ORIGIN-4")
@pytest.mark.row("ORIGIN-5")
def test_a_push_reaches_a_server_that_the_operator_allows_for_as_long_as_it_is_allowed(origins: World) -> None:
    server = origins.apns.endpoint
    allow(origins, server)
    app, token = add_app(origins), new_token()
    origins.apns.fault({"type": "answer", "status": 201, "processed": True}, token=token)
    phone, account = signed_in(origins, app, server, token)
    mail(account, 1)

    until(lambda: arrived(origins, token), 10, "the push")
    until(lambda: phone.state(account)["last_outcome"] == "delivered", 10, "the outcome")

    # The operator thinks better of it: the registration stays, and no packet leaves.
    allow(origins)
    before = origins.apns.statistics()["requests"]
    mail(account, 1)
    until(lambda: "is not connected to" in origins.gateway.log(), 10, "the line")
    stays(lambda: origins.apns.statistics()["requests"] == before, 1.5, "nothing arrives")
    assert token not in origins.gateway.log()


@pytest.mark.row("ORIGIN-9")
def test_a_redirect_is_not_followed(origins: World) -> None:
    """Neither to another path nor to another server."""
    server = origins.apns.endpoint
    allow(origins, server)
    app, elsewhere = add_app(origins), new_token()
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.setblocking(False)
        for location in f"{server}/3/device/{elsewhere}", f"https://127.0.0.1:{other.getsockname()[1]}/":
            token = new_token()
            origins.apns.fault({"type": "answer", "status": 307, "headers": {"location": location}}, token=token, times=1)
            phone, account = signed_in(origins, app, server, token)
            mail(account, 1)

            until(lambda: (phone.state(account)["last_outcome"] or "").startswith("retry"), 10, "the outcome")  # noqa: B023
        assert not arrived(origins, elsewhere)
        with pytest.raises(BlockingIOError):
            other.accept()


class Crowd:
    """Devices of one app, each with a server of its own on a site of its own, whose name nobody knows; many calls on few
    connections."""

    def __init__(self, world: World, app: App) -> None:
        self._world, self._app = world, app

    def add(self, numbers: range) -> None:
        """Registers them and has mail arrive for each."""
        registrations = self._connect(self._world.gateway.registration_url)
        mailbox = self._connect(self._world.gateway.mailbox_url)
        for number in numbers:
            answer = self._call(registrations, "POST", "/v1/registrations", self._app.enrolment_key, {
                "app": self._app.bundle_id, "device_token": f"https://push.site{number}.example:8443/{number}",
                "account_hash": f"{number:064x}", "device_hash": f"{number:064x}"})
            self._call(registrations, "PUT", f"/v1/registrations/{answer['registration_id']}/subscription",
                       answer["secret"], {"backend": "ews", "subscription_id": f"s{number}"})
            mailbox.request("POST", urlsplit(answer["callbacks"]["ews"]["url"]).path, body(f"s{number}", new_mail()),
                            {"Content-Type": "text/xml; charset=utf-8"})
            answered = mailbox.getresponse()
            answered.read()
            assert answered.status == 200

    @staticmethod
    def _connect(url: str) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)

    @staticmethod
    def _call(connection: http.client.HTTPConnection, method: str, path: str, bearer: str,
              content: dict[str, str]) -> dict[str, dict[str, dict[str, str]]]:
        connection.request(method, path, json.dumps(content), {"Authorization": f"Bearer {bearer}",
                                                               "Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        assert answer.status < 300, text
        return json.loads(text) if text else {}


@pytest.mark.row("ORIGIN-6")
@pytest.mark.row("ORIGIN-7")
@pytest.mark.timeout(300)
def test_ten_thousand_servers_of_one_app_cost_little_and_hold_up_nobody(origins: World) -> None:
    apple = origins.add_app()
    phone, account = origins.signed_in(apple)
    crowd = Crowd(origins, add_app(origins))
    process = origins.gateway.process
    assert process is not None
    before, open_before = origins.gateway.resident_bytes(), len(os.listdir(f"/proc/{process.pid}/fd"))
    with ThreadPoolExecutor(8) as pool:
        share = SERVERS // 8
        adding = [pool.submit(crowd.add, range(i * share, (i + 1) * share)) for i in range(8)]
        for one in adding:
            one.result()

    # The look-ups under way, and this test's own connections.
    assert len(os.listdir(f"/proc/{process.pid}/fd")) - open_before < 120
    assert origins.gateway.resident_bytes() - before < 150 * 1024 * 1024
    for count in range(1, 4):
        asked = time.time()
        mail(account, count)
        push = origins.wait_push(phone, count)
        assert push.received_at - asked < 1.0
    assert '"webpush"' in origins.gateway.admin_get("/metrics")[1]

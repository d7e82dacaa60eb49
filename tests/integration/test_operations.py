# SPDX-License-Identifier: Apache-2.0
"""Calls that take long are polled: nothing waits for them, and a stop ends them."""
import http.client
import json
import signal
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
from simulators.phone import Account, Phone
from support.cli import CliResult
from support.gateway import Gateway
from support.wait import until
from support.world import World

SLOW = 50


def call(gateway: Gateway, name: str, arguments: dict[str, Any], **headers: str) -> tuple[int, Any]:
    """A call of the admin API; its status and answer."""
    token = (gateway.config.directory / "admin.token").read_text().strip()
    connection = http.client.HTTPConnection(urlsplit(gateway.admin_url).netloc, timeout=10)
    try:
        connection.request("POST", f"/v1/admin/{name}", json.dumps(arguments),
                           {"Content-Type": "application/json", "Authorization": f"Bearer {token}"} | headers)
        answer = connection.getresponse()
        return answer.status, json.load(answer)
    finally:
        connection.close()


def running(gateway: Gateway) -> int:
    """How many operations run."""
    return sum(o["state"] == "running" for o in gateway.command("operation", "list")["operations"])


@pytest.mark.row("ADMIN-30")
@pytest.mark.row("METRIC-15")
def test_nothing_waits_for_fifty_slow_operations(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    gateway = world.gateway
    world.apns.fault({"type": "hold"}, token=phone.device_token)
    for _ in range(SLOW):
        status, operation = call(gateway, "push/test", {"registration": account.registration_id})
        assert (status, operation["state"]) == (202, "running")
    assert running(gateway) == SLOW

    def quickly(what: str, answer: object) -> None:
        assert time.monotonic() - begun < 2, what
        assert answer, what

    for path in ("/healthz", "/readyz", "/metrics"):
        begun = time.monotonic()
        quickly(path, gateway.admin_get(path)[0] == 200)
    for name in ("tenant/list", "app/list", "registration/list"):
        begun = time.monotonic()
        quickly(name, call(gateway, name, {})[0] == 200)
    begun = time.monotonic()
    quickly("tenant add", gateway.cli("tenant", "add", "beside").code == 0)
    quickly("still slow", running(gateway) == SLOW)

    begun = time.monotonic()
    gateway.signal(signal.SIGTERM)
    until(lambda: not gateway.running, 20, "the end")
    assert gateway.exit_code == 0
    assert time.monotonic() - begun < 15
    world.apns.clear_faults()
    world.start_gateway()


@pytest.mark.row("ADMIN-30")
def test_a_stop_ends_a_push_test_at_once_with_a_sentence(own_world: World) -> None:
    phone, account = own_world.signed_in(own_world.add_app())
    gateway = own_world.gateway
    own_world.apns.fault({"type": "hold"}, token=phone.device_token)
    with ThreadPoolExecutor(1) as pool:
        slow: Future[CliResult] = pool.submit(gateway.push_test, account.registration_id, 1)
        until(lambda: running(gateway) == 1, 10, "the push test runs")
        begun = time.monotonic()
        gateway.signal(signal.SIGTERM)
        said = slow.result(timeout=20)

    assert said.code == 1
    assert "the gateway is stopping" in said.stdout or "the gateway stopped" in said.stdout, said.stdout
    assert time.monotonic() - begun < 5
    until(lambda: not gateway.running, 20, "the end")
    assert gateway.exit_code == 0


@pytest.mark.row("ADMIN-30")
def test_an_operation_is_polled_until_its_result(world: World, signed_in: tuple[Phone, Account]) -> None:
    _, account = signed_in
    status, operation = call(world.gateway, "push/test", {"registration": account.registration_id, "badge": 3})
    assert status == 202

    def ended() -> Any:
        shown = world.gateway.command("operation", "show", operation["operation"])
        return shown if shown["state"] != "running" else None

    shown = until(ended, 10, "the operation's end")

    assert (shown["state"], shown["status"], shown["result"]["outcome"]) == ("done", 200, "delivered")
    listed = world.gateway.command("operation", "list")["operations"]
    assert operation["operation"] in [o["operation"] for o in listed]
    unknown = world.gateway.cli("operation", "show", "0000", check=False)
    assert unknown.code == 1 and "ten minutes" in unknown.error


def test_what_is_wrong_with_the_arguments_is_said_before_an_operation_begins(world: World) -> None:
    for name, arguments, status in (("push/test", {"registration": "r_none"}, 404),
                                    ("tenant/remove", {"tenant": "nobody"}, 404),
                                    ("registration/remove", {"state": "active", "older_than": "1d"}, 400),
                                    ("backup", {"file": "relative.db"}, 400)):
        assert call(world.gateway, name, arguments)[0] == status, name


def test_a_removed_registration_is_gone_when_the_short_call_answers(
        world: World, signed_in: tuple[Phone, Account]) -> None:
    _, account = signed_in
    assert call(world.gateway, "registration/remove", {"registration": account.registration_id}) == (
        200, {"registration": account.registration_id})


@pytest.mark.row("ADMIN-31")
def test_the_audit_has_every_change_with_its_tenant_the_newest_first(own_world: World) -> None:
    gateway = own_world.gateway
    app = own_world.add_app()
    _, account = own_world.signed_in(app)
    gateway.add_tenant("neighbour")
    gateway.push_test(account.registration_id, 1)
    gateway.command("registration", "remove", account.registration_id)
    gateway.command("tenant", "remove", "neighbour", "--confirm", "neighbour")
    gateway.cli("tenant", "remove", "neighbour", "--confirm", "neighbour", check=False)

    listed = gateway.command("audit", "list")["audit"]
    changes = [line["change"] for line in listed]

    assert changes[:2] == ["tenant/remove tenant=neighbour failed", "tenant/remove tenant=neighbour"]
    assert [c.split()[0] for c in changes[2:]] == [
        "tenant/remove", "registration/remove", "push/test", "tenant/add", "credential/add", "app/add", "tenant/add"]
    assert f"registration/remove tenant={app.tenant} registration={account.registration_id}" in changes
    neighbour = gateway.command("audit", "list", "--tenant", "neighbour")["audit"]
    assert len(neighbour) == 4 and all("tenant=neighbour" in line["change"] for line in neighbour)
    assert gateway.command("audit", "list", "--since", "1h", "--limit", "1")["audit"] == listed[:1]
    older = gateway.command("audit", "list", "--before", str(listed[0]["line"]))["audit"]
    assert older == listed[1:]
    text = gateway.cli("audit", "list", as_json=False).stdout
    assert text.splitlines()[0].split() == ["at", "who", "change", "line"]


@pytest.mark.row("ADMIN-31")
def test_the_audit_has_calls_that_were_turned_away_one_of_a_kind_a_minute(own_world: World) -> None:
    gateway = own_world.gateway
    for _ in range(3):
        assert call(gateway, "tenant/list", {}, Authorization="Bearer not-the-token")[0] == 401
        assert call(gateway, "tenant/list", {}, Host="evil.example")[0] == 403

    listed = gateway.command("audit", "list")["audit"]

    assert [(line["who"], line["change"]) for line in listed[:2]] == [
        ("admin API", "refused wrong_host peer=127.0.0.1 suppressed=0"),
        ("admin API", "refused wrong_token peer=127.0.0.1 suppressed=0")]


@pytest.mark.row("ADMIN-31")
def test_the_audit_steers_no_terminal(own_world: World) -> None:
    gateway = own_world.gateway
    call(gateway, "app/enable", {"tenant": "\x1b[2Jacme\u202e", "app": "\x9b31m"})

    for as_json in (False, True):
        said = gateway.cli("audit", "list", as_json=as_json).stdout
        assert "app/enable" in said
        assert not any(c in said for c in "\x1b\x9b\u202e")

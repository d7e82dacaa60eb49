# SPDX-License-Identifier: Apache-2.0
"""What hangs: a listener's loop, held by a backend that promised never to block, and a database whose disk is silent."""
import contextlib
import http.client
import socket
import threading
import time
from pathlib import Path

import pytest
from simulators.phone import Account
from support.gateway import Gateway
from support.managed import ManagedWorld
from support.processes import end
from support.wait import until
from support.world import World

from fault.machine import Machine
from fault.odd import odd_people, post, provider_section
from fault.test_plugins import with_backend
from fault.told import tell


def hold(account: Account, milliseconds: int) -> None:
    """Has the plugin block the mailbox listener's thread."""
    def wait_for_the_answer() -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            post(account, "odd", f"block {milliseconds}")

    threading.Thread(target=wait_for_the_answer, daemon=True).start()


def said_in_vain(gateway: Gateway, words: str) -> str:
    """What a command was told, if it was refused with these words."""
    result = gateway.cli("tenant", "list", check=False)
    return result.error if result.code == 1 and words in result.error else ""


def heard(manager: socket.socket) -> list[bytes]:
    """What the service manager was told since it listened last."""
    told = []
    with contextlib.suppress(BlockingIOError):
        while True:
            told.append(manager.recv(64))
    return told


@pytest.mark.row("FAULT-18")
@pytest.mark.slow
def test_a_loop_that_hangs_is_named_by_readiness_the_log_and_a_metric(tmp_path: Path, odd_plugins: Path) -> None:
    with with_backend(tmp_path, odd_plugins, "promising") as world:
        _, account = world.signed_in(world.add_app())
        hold(account, 16_000)

        until(lambda: world.gateway.admin_get("/readyz")[0] == 503, 14, "the watchdog's word")

        assert "the loop mailbox-0 has hung for " in (said := world.gateway.admin_get("/readyz")[1])
        assert "promising.so of [[backend]] odd, function handle" in said
        assert world.gateway.metrics().sum("postbell_loop_hanging", loop="mailbox-0") == 1
        assert world.gateway.admin_get("/healthz")[0] == 200
        until(lambda: world.gateway.admin_get("/readyz")[0] == 200, 14, "the loop goes on")
        until(lambda: "a loop goes on that hung loop=mailbox-0" in world.gateway.log(), 5, "the log's word")
        assert world.gateway.log().count("a loop hangs: the gateway is not ready loop=mailbox-0") == 1


@pytest.mark.row("FAULT-18")
@pytest.mark.slow
def test_while_the_loop_of_all_pushes_hangs_the_service_manager_hears_no_sign_of_life(tmp_path: Path,
                                                                                    odd_plugins: Path) -> None:
    with World(tmp_path, plugins=odd_plugins) as world, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.setblocking(False)
        world.gateway.environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "2000000"}
        provider_section(world, world.apns.endpoint, "request-blocks")
        tell(odd_people(world, 1), 1)

        until(lambda: world.gateway.admin_get("/readyz")[0] == 503, 14, "the watchdog's word")
        assert "the loop engine has hung for " in (said := world.gateway.admin_get("/readyz")[1])
        assert "odd_provider.so of [[provider]] odd, function request" in said
        assert world.gateway.metrics().sum("postbell_loop_hanging", loop="engine") == 1
        heard(manager)
        time.sleep(1.5)  # three times as long as between two signs
        assert heard(manager) == []
        until(lambda: b"WATCHDOG=1" in heard(manager), 14, "the loop goes on")


@pytest.mark.row("FAULT-18")
@pytest.mark.slow
def test_sigterm_ends_the_process_although_a_loop_hangs(tmp_path: Path, odd_plugins: Path) -> None:
    with with_backend(tmp_path, odd_plugins, "promising") as world:
        _, account = world.signed_in(world.add_app())
        hold(account, 3_600_000)
        time.sleep(0.5)
        assert world.gateway.process is not None

        assert end(world.gateway.process, 70) == 3

        last = world.gateway.log().splitlines()[-1]
        assert "did not end in time while stopping the mailbox listener: the loop mailbox-0 has hung for" in last


@pytest.mark.row("FAULT-19")
@pytest.mark.slow
def test_a_disk_that_does_not_answer_is_said_by_commands_readiness_metrics_and_log(world: World) -> None:
    machine = Machine(world)
    app = world.add_app()
    gateway = world.gateway
    ends = gateway.metrics().sum("postbell_credential_expiry_timestamp_seconds", app=app.bundle_id)
    gateway.add_tenant("last")  # what readers know is old: the next read needs the disk

    with machine.fault("silent-disk"):
        began = time.monotonic()
        result = gateway.cli("tenant", "list", check=False)
        took = time.monotonic() - began
        assert took < 10
        assert result.code == 1
        assert f"the database {gateway.config.database} has not answered for " in result.error
        assert "`dmesg`" in result.error

        began = time.monotonic()
        again = gateway.cli("credential", "list", check=False)
        assert time.monotonic() - began < 2
        assert "The call was not begun" in again.error
        status, said = gateway.admin_get("/readyz")
        assert (status, "has not answered for " in said) == (503, True)
        assert gateway.admin_get("/healthz")[0] == 200
        metrics = gateway.metrics()
        assert metrics.sum("postbell_store_silent_seconds") >= 5
        assert metrics.sum("postbell_credential_expiry_timestamp_seconds", app=app.bundle_id) == ends
        checked = {line["check"]: line for line in gateway.cli("check", check=False).json["checks"]}
        assert not checked["running gateway"]["ok"]
        assert "has not answered for " in checked["running gateway"]["detail"]

    until(lambda: gateway.admin_get("/readyz")[0] == 200, 10, "the disk answers again")
    assert [tenant["tenant"] for tenant in gateway.command("tenant", "list")["tenants"]].count("last") == 1
    until(lambda: "the database answers again" in gateway.log(), 5, "the log's word")
    assert gateway.log().count("the database does not answer: the gateway is not ready") == 1
    assert gateway.metrics().sum("postbell_store_silent_seconds") < 1


@pytest.mark.row("FAULT-19")
@pytest.mark.slow
def test_a_commit_that_does_not_end_is_said_to_who_waits_for_it(world: World) -> None:
    machine = Machine(world)
    gateway = world.gateway

    with machine.fault("silent-sync"):
        began = time.monotonic()
        result = gateway.cli("tenant", "add", "late", check=False)
        assert time.monotonic() - began < 10
        assert "has not answered for " in result.error
        assert "A change that the call makes may be made then" in result.error
        assert "has not answered for " in gateway.admin_get("/readyz")[1]
        assert gateway.metrics().sum("postbell_store_silent_seconds") >= 5

        until(lambda: "the database does not answer: the gateway is not ready" in gateway.log(), 5, "the log's word")

    until(lambda: gateway.admin_get("/readyz")[0] == 200, 10, "the disk answers again")
    assert "late" in [tenant["tenant"] for tenant in gateway.command("tenant", "list")["tenants"]]


@pytest.mark.row("FAULT-18")
@pytest.mark.slow
@pytest.mark.whole
def test_a_writer_that_hangs_for_minutes_is_named_as_a_loop(world: World) -> None:
    machine = Machine(world)
    gateway = world.gateway

    with machine.fault("silent-sync"):
        gateway.cli("tenant", "add", "late", check=False)
        until(lambda: "the loop writer has hung for " in gateway.admin_get("/readyz")[1], 150, "the watchdog's word")
        assert gateway.metrics().sum("postbell_loop_hanging", loop="writer") == 1
        until(lambda: "a loop hangs: the gateway is not ready loop=writer task=commit" in gateway.log(), 5, "the log's word")

    until(lambda: gateway.admin_get("/readyz")[0] == 200, 10, "the disk answers again")


@pytest.mark.row("FAULT-18")
@pytest.mark.row("FAULT-19")
@pytest.mark.slow
def test_the_loop_of_managed_mailboxes_that_hangs_in_a_read_is_noticed(tmp_path: Path) -> None:
    with ManagedWorld(tmp_path) as managed:
        machine = Machine(managed.world)
        gateway = managed.gateway
        with machine.fault("silent-disk", "managed"):
            gateway.add_tenant("news")  # what readers know is old: the loop's next read needs the disk

            until(lambda: "has not answered for " in gateway.admin_get("/readyz")[1], 20, "/readyz says so")
            assert gateway.metrics().sum("postbell_store_silent_seconds") >= 5
            until(lambda: "the database does not answer: the gateway is not ready" in gateway.log(), 5, "and the log")

        until(lambda: gateway.admin_get("/readyz")[0] == 200, 10, "the loop goes on")


@pytest.mark.row("ADMIN-10")
def test_commands_to_a_gateway_that_reads_its_pushes_hear_that_it_starts(world: World) -> None:
    machine = Machine(world)
    gateway = world.gateway
    gateway.stop()
    before = gateway.log().count("listening listener=command")

    with machine.fault("silent-disk", "engine"):
        gateway.start(wait=False)
        until(lambda: gateway.log().count("listening listener=command") > before, 20, "the admin socket is there")
        told = until(lambda: said_in_vain(gateway, "the gateway is starting"), 20, "a command hears of the start")
        assert "Try again in a moment" in told
        readiness = next(line for line in gateway.cli("check", check=False).json["checks"]
                         if line["check"] == "running gateway")
        assert not readiness["ok"]

    gateway.wait_ready()
    assert gateway.command("tenant", "list")["tenants"]

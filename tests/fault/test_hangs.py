# SPDX-License-Identifier: Apache-2.0
"""A loop that hangs: here a listener's, held by a backend that promised never to block."""
import contextlib
import http.client
import socket
import threading
import time
from pathlib import Path

import pytest
from simulators.phone import Account
from support.processes import end
from support.wait import until
from support.world import World

from fault.odd import odd_people, post, provider_section
from fault.test_plugins import with_backend
from fault.told import tell


def hold(account: Account, milliseconds: int) -> None:
    """Has the plugin block the mailbox listener's thread."""
    def wait_for_the_answer() -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            post(account, "odd", f"block {milliseconds}")

    threading.Thread(target=wait_for_the_answer, daemon=True).start()


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

# SPDX-License-Identifier: Apache-2.0
"""What tells of the gateway's health waits for nobody, and what hangs does not hide."""
import os
import signal
import socket
from pathlib import Path

import pytest
from support.config import GatewayConfig
from support.gateway import Gateway
from support.wait import until
from support.world import World

from fault.machine import build_library


@pytest.mark.row("METRIC-15")
def test_every_loop_has_its_series_from_the_start(world: World) -> None:
    metrics = world.gateway.metrics()

    for loop in ("mailbox-0", "registration-0", "admin-0", "command-0", "engine", "writer", "maintenance", "admin-call-0"):
        assert metrics.sum("postbell_loop_hanging", loop=loop) == 0
    assert 'loop="engine"' in world.gateway.admin_get("/metrics")[1]


def test_the_service_manager_is_told_of_start_life_and_end(tmp_path: Path) -> None:
    gateway = Gateway(GatewayConfig(tmp_path / "gateway", apns_endpoint="https://127.0.0.1:2197"))
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager, gateway:
        manager.bind(str(address))
        manager.settimeout(10)
        gateway.environment = {"NOTIFY_SOCKET": str(address), "WATCHDOG_USEC": "2000000"}
        gateway.start()
        heard = {manager.recv(64) for _ in range(3)}
        assert heard == {b"READY=1", b"WATCHDOG=1"}
        assert gateway.stop() == 0
        while manager.recv(64) != b"STOPPING=1":
            pass


def test_a_pipe_in_a_certificates_place_is_refused_and_hides_no_start(tmp_path: Path) -> None:
    gateway = Gateway(GatewayConfig(tmp_path / "gateway", apns_endpoint="https://127.0.0.1:2197"))
    pipe = tmp_path / "pipe.pem"
    os.mkfifo(pipe)
    text = gateway.config.file.read_text()
    gateway.config.file.write_text(text.replace(
        "[listener.mailbox]", f'[listener.mailbox]\ntls_certificate = "{pipe}"\ntls_key = "{pipe}"', 1))

    started = gateway.cli("serve", check=False, as_json=False)

    assert started.code != 0 and "not a regular file" in started.stderr


def test_signals_are_held_before_the_first_constructor_of_a_library(tmp_path: Path) -> None:
    library = build_library("early_reload.c", tmp_path / "early_reload.so")
    gateway = Gateway(GatewayConfig(tmp_path / "gateway", apns_endpoint="https://127.0.0.1:2197"))
    gateway.environment = {"LD_PRELOAD": str(library)}
    with gateway:
        gateway.start()
        until(lambda: "reloaded" in gateway.log(), 10, "the reload that came first")
        gateway.signal(signal.SIGTERM)
        until(lambda: not gateway.running, 20, "the end")
        assert gateway.exit_code == 0

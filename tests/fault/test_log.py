# SPDX-License-Identifier: Apache-2.0
"""A log that nobody reads, or that has no room, is nobody's trouble but the log's."""
import fcntl
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from simulators.phone.http import request
from support.cli import BINARY
from support.config import GatewayConfig
from support.gateway import Gateway
from support.mail import mail
from support.processes import end, spawn
from support.wait import until
from support.world import World

DEBUG = '[log]\nlevel = "debug"\n'


@pytest.fixture
def talkative(tmp_path: Path) -> Iterator[World]:
    """A world whose gateway has a line for each request."""
    with World(tmp_path, more_config=DEBUG) as made:
        yield made


def flood(world: World, requests: int) -> None:
    """Requests of a stranger, with at least a line of the log each."""
    def one(number: int) -> None:
        request("POST", f"{world.gateway.mailbox_url}/ews/{number:043}", {"Content-Type": "text/xml"}, b"<no/>")

    with ThreadPoolExecutor(8) as clients:
        list(clients.map(one, range(requests)))


@pytest.mark.row("FAULT-17")
@pytest.mark.parametrize("flags", [0, os.O_NONBLOCK], ids=["blocking", "non-blocking"])
def test_a_standard_error_that_nobody_reads_stops_neither_pushes_nor_the_end(talkative: World, flags: int) -> None:
    world = talkative
    phone, account = world.signed_in(world.add_app())
    world.gateway.stop()
    reader, writer = os.pipe2(flags)
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    try:
        world.gateway.process = spawn([BINARY, "serve", "--config", world.gateway.config.file], writer)
        world.gateway.wait_ready()
        flood(world, 400)

        assert mail(account, 7) == "OK"
        world.wait_badge(phone, 7)
        assert world.gateway.metrics().sum("postbell_log_failing") == 1
        begun = time.monotonic()
        assert end(world.gateway.process, 30) == 0
        assert time.monotonic() - begun < 15
    finally:
        os.close(reader)


@pytest.mark.row("FAULT-17")
def test_a_log_on_a_full_disk_stops_nothing(tmp_path: Path) -> None:
    with World(tmp_path, more_config='[log]\nlevel = "debug"\nfile = "/dev/full"\n') as world:
        phone, account = world.signed_in(world.add_app())

        assert mail(account, 3) == "OK"

        world.wait_badge(phone, 3)
        assert world.gateway.log().count("the log file /dev/full cannot be written: No space left on device") == 1
        assert world.gateway.stop() == 0


@pytest.mark.row("FAULT-17")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_log_file_that_a_reload_may_not_open_goes_on_in_the_old_one(tmp_path: Path) -> None:
    """As logrotate leaves it, which makes the new file for root."""
    service, log = 65534, tmp_path / "gateway" / "log"
    gateway = Gateway(GatewayConfig(tmp_path / "gateway", apns_endpoint="https://127.0.0.1:2197",
                                    more=f'[log]\nfile = "{log}"\n'))
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_mode & 0o001 == 0:
            folder.chmod(folder.stat().st_mode | 0o011)
    for path in (gateway.config.directory, *gateway.config.directory.iterdir()):
        os.chown(path, service, service)
    with gateway:
        gateway.process = spawn([BINARY, "serve", "--config", gateway.config.file], os.open(os.devnull, os.O_WRONLY),
                                user=service, group=service, extra_groups=[])
        gateway.wait_ready()
        rotated = log.with_suffix(".1")
        log.rename(rotated)
        log.touch(mode=0o600)

        gateway.signal(signal.SIGHUP)

        until(lambda: "goes on in its old file" in (said := rotated.read_text()) and "Permission denied" in said, 10,
              "the old file's last word")
        assert gateway.admin_get("/readyz")[0] == 200
        os.chown(log, service, service)
        gateway.signal(signal.SIGHUP)
        until(lambda: log.stat().st_size > 0, 10, "the new file's first line")
        assert gateway.stop() == 0


@pytest.mark.row("FAULT-17")
def test_a_log_file_that_a_reload_cannot_open_goes_on_in_the_old_one(tmp_path: Path) -> None:
    folder, moved = tmp_path / "logs", tmp_path / "moved"
    folder.mkdir()
    with World(tmp_path / "world", more_config=f'[log]\nfile = "{folder / "log"}"\n') as world:
        phone, account = world.signed_in(world.add_app())
        folder.rename(moved)

        world.gateway.signal(1)
        world.when(lambda: "goes on in its old file" in (moved / "log").read_text())
        assert mail(account, 3) == "OK"
        world.wait_badge(phone, 3)
        folder.mkdir()

        world.when(lambda: (folder / "log").exists())
        assert world.gateway.stop() == 0
        assert "stopped" in (folder / "log").read_text()
        assert (folder / "log").stat().st_mode & 0o777 == 0o600

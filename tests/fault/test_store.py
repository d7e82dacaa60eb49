# SPDX-License-Identifier: Apache-2.0
"""A database that cannot be written: mail servers are told to come again, and it goes on by itself when it can."""
import contextlib
import os
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.mail import mail
from support.wait import until
from support.world import World

from fault.load import Load, lost, signed_in, went_back
from fault.network import Network

Trouble = Callable[[World], contextlib.AbstractContextManager[None]]


@contextlib.contextmanager
def full_disk(world: World) -> Iterator[None]:
    """Nothing is left on the file system of the database."""
    ballast = world.gateway.config.directory / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for block in (65536, 512):
            with contextlib.suppress(OSError):
                while file.write(b"\1" * block) == block:
                    pass
    try:
        yield
    finally:
        ballast.unlink()


@contextlib.contextmanager
def locked(world: World) -> Iterator[None]:
    """Another process writes, and does not end."""
    lock = sqlite3.connect(world.gateway.config.database, timeout=10, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        lock.rollback()
        lock.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A directory for a world whose gateway has 8 MiB of disk."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    place = tmp_path / "gateway"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "postbell-fault", place], check=True)
    try:
        yield tmp_path
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def ready(world: World) -> bool:
    return world.gateway.admin_get("/readyz")[0] == 200


def goes_through(world: World, trouble: Trouble) -> None:
    """Load before, during and after: refused with 5xx meanwhile, nothing lost, and ready again in seconds."""
    network = Network(world.apns)
    app = world.add_app()
    people = signed_in(world, app, 10)
    with Load(world.gateway.mailbox_url, people, threads=2, pause=0.002) as load:
        until(lambda: load.acknowledgements > 100, 20)
        with trouble(world):
            until(lambda: sum(load.refused.values()) > 5, 20, "mail servers are refused")
            until(lambda: not ready(world), 5, "/readyz says so")
            status, reason = world.gateway.admin_get("/readyz")
            assert (status, "the store cannot be written" in reason) == (503, True)
            count = load.acknowledgements
            time.sleep(1.5)
            assert load.acknowledgements == count, "acknowledged what it could not store"
            assert world.gateway.running
            assert world.gateway.admin_get("/healthz")[0] == 200
        ended = time.monotonic()
        until(lambda: load.acknowledgements > count, 15, "mail servers are served again, without a restart")
        recovered = time.monotonic() - ended
        until(lambda: ready(world), 10, "/readyz says so")
    assert all(500 <= status < 600 for status in load.refused), load.refused
    assert recovered < 10
    until(lambda: not lost(load, network.badges()), 15, "everything acknowledged is shown")
    assert not went_back(network.badges())
    world.gateway.kill()
    world.start_gateway()
    for phone, account in people[:1]:
        assert mail(account, 90_000) == "OK"
        world.wait_badge(phone, 90_000)


@pytest.mark.row("DURABLE-3")
@pytest.mark.row("FAULT-3")
@pytest.mark.slow
def test_a_full_disk_refuses_mail_servers_and_ends_by_itself(small_disk: Path) -> None:
    with World(small_disk) as world:
        goes_through(world, full_disk)


@pytest.mark.row("DURABLE-3")
@pytest.mark.row("FAULT-3")
@pytest.mark.slow
def test_a_database_that_another_process_locks_refuses_mail_servers_and_ends_by_itself(world: World) -> None:
    goes_through(world, locked)


@pytest.mark.row("FAULT-3")
def test_a_database_on_a_read_only_file_system_stops_the_start_with_a_sentence(small_disk: Path) -> None:
    with World(small_disk) as world:
        phone, account = world.signed_in(world.add_app())
        assert mail(account, 1) == "OK"
        world.wait_badge(phone, 1)
        assert world.gateway.stop() == 0
        directory, log = world.gateway.config.directory, world.gateway.log_file
        world.gateway.log_file = world.directory / "read-only.log"
        subprocess.run(["mount", "-o", "remount,ro", directory], check=True)
        try:
            world.gateway.start(wait=False)
            until(lambda: not world.gateway.running, 10, "it gives up")
            said = world.gateway.log()
            assert world.gateway.exit_code not in (0, None)
            assert str(directory) in said and len(said) < 2000, said
        finally:
            subprocess.run(["mount", "-o", "remount,rw", directory], check=True)
        world.gateway.log_file = log
        world.start_gateway()
        assert mail(account, 2) == "OK"
        world.wait_badge(phone, 2)

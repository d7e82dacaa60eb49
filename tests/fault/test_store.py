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

from fault.load import Load, lost, percentile, signed_in, went_back
from fault.machine import Machine
from fault.network import Network

Trouble = Callable[[World], contextlib.AbstractContextManager[None]]
Say = Callable[[str], None]


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


@contextlib.contextmanager
def mounted_read_only(world: World) -> Iterator[None]:
    """The gateway's directory; only while no gateway has files open there."""
    directory = world.gateway.config.directory
    subprocess.run(["mount", "-o", "remount,ro", directory], check=True)
    try:
        yield
    finally:
        subprocess.run(["mount", "-o", "remount,rw", directory], check=True)


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


def goes_through(world: World, trouble: Trouble, say: Say) -> None:
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
            say(f"/readyz: {reason.strip()}")
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
    say(f"refused with {load.refused} after at most {max(load.refusal_latencies):.2f} s (median "
        f"{percentile(load.refusal_latencies, 0.5):.2f} s); served again {recovered:.2f} s after the trouble's end; "
        f"{load.acknowledgements} acknowledged, none lost")
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
def test_a_full_disk_refuses_mail_servers_and_ends_by_itself(small_disk: Path, say: Say) -> None:
    with World(small_disk) as world:
        goes_through(world, full_disk, say)


@pytest.mark.row("ADMIN-20")
def test_a_backup_to_a_full_disk_says_so_of_the_copy_and_leaves_none(small_disk: Path) -> None:
    disk = small_disk / "gateway"
    with World(small_disk / "elsewhere") as world:
        with (disk / "ballast").open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(b"\1" * 65536) == 65536:
                pass

        told = world.gateway.cli("backup", disk / "copy.db", check=False)

        assert told.code == 1
        assert f"{disk / 'copy.db'} was not written: its disk is full" in told.error
        assert "MiB" in told.error and "the database " not in told.error
        assert [file.name for file in disk.iterdir()] == ["ballast"]
        assert ready(world)


@pytest.mark.row("DURABLE-3")
@pytest.mark.row("FAULT-17")
def test_a_disk_that_is_full_for_the_database_and_the_log_beside_it_ends_by_itself(small_disk: Path) -> None:
    with World(small_disk, more_config=f'[log]\nfile = "{small_disk / "gateway" / "log"}"\n') as world:
        phone, account = world.signed_in(world.add_app())
        with full_disk(world):
            until(lambda: not ready(world), 20, "/readyz says no")
            assert world.gateway.running
        until(lambda: ready(world), 20, "/readyz says yes again")

        assert mail(account, 5) == "OK"
        world.wait_badge(phone, 5)
        assert world.gateway.stop() == 0


@pytest.mark.row("DURABLE-3")
@pytest.mark.row("FAULT-3")
@pytest.mark.slow
def test_a_database_that_another_process_locks_refuses_mail_servers_and_ends_by_itself(
        world: World, say: Say) -> None:
    goes_through(world, locked, say)


@pytest.mark.row("DURABLE-3")
@pytest.mark.row("FAULT-3")
@pytest.mark.slow
def test_a_database_that_becomes_read_only_refuses_mail_servers_and_ends_by_itself(world: World, say: Say) -> None:
    machine = Machine(world)
    goes_through(world, lambda _: machine.fault("read-only"), say)


@pytest.mark.row("DURABLE-1")
@pytest.mark.row("FAULT-3")
@pytest.mark.parametrize("trouble", [full_disk, locked, mounted_read_only])
def test_trouble_at_the_start_loses_nothing_and_ends_by_itself(small_disk: Path, trouble: Trouble, say: Say) -> None:
    with World(small_disk) as world:
        network = Network(world.apns)
        phone, account = world.signed_in(world.add_app())
        network.fault("hold")
        assert mail(account, 1) == "OK"
        world.gateway.kill()
        log, world.gateway.log_file = world.gateway.log_file, world.directory / "in-trouble.log"

        with trouble(world):
            network.heal()
            world.gateway.start(wait=False)
            until(lambda: not world.gateway.running or world.gateway.admin_get("/readyz")[0] == 503, 10,
                  "it gives up, or says that it is not ready")
            with pytest.raises((OSError, AssertionError)):
                mail(account, 2)
            said = world.gateway.log()
            gave_up = not world.gateway.running
            if gave_up:
                assert world.gateway.exit_code not in (0, None)
                assert str(world.gateway.config.directory) in said and len(said) < 2000, said
            else:
                assert "the store cannot be written" in world.gateway.admin_get("/readyz")[1]
        say(f"gives up ({said.strip().splitlines()[-1]}), and the service unit starts it again" if gave_up
            else "starts, and is not ready until the trouble ends")

        if gave_up:  # as Restart=on-failure does
            world.gateway.log_file = log
            world.start_gateway()
        until(lambda: ready(world), 10, "/readyz says so")
        world.wait_badge(phone, 1)
        assert mail(account, 3) == "OK"
        world.wait_badge(phone, 3)


def test_a_database_that_cannot_be_read_is_told_once_a_minute(world: World) -> None:
    world.signed_in(world.add_app())
    database = Path(world.gateway.config.database)
    for file in (database, Path(f"{database}-wal")):
        damaged = bytes([0xff]) * (file.stat().st_size - 100)
        with file.open("r+b") as content:
            content.seek(100)
            content.write(damaged)

    until(lambda: "maintenance waits" in world.gateway.log(), 10, "the log says so")
    time.sleep(3)

    assert world.gateway.running
    assert world.gateway.log().count("maintenance waits") <= 2

# SPDX-License-Identifier: Apache-2.0
"""The gateway as a process: signals at any moment, and limits of the system."""
import contextlib
import os
import resource
import signal
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from simulators.phone import Account, Phone
from support import listener
from support.cli import BINARY
from support.config import GatewayConfig
from support.gateway import Gateway
from support.mail import mail
from support.managed import ManagedWorld
from support.processes import end, spawn
from support.wait import stays, until
from support.world import App, World


@contextlib.contextmanager
def busy_store(directory: Path) -> Iterator[GatewayConfig]:
    """A config whose database another program holds: who opens it waits, a second at most."""
    gateway = Gateway(GatewayConfig(directory / "gateway", apns_endpoint="https://127.0.0.1:2197"))
    gateway.add_tenant("acme")
    holder = sqlite3.connect(gateway.config.database, isolation_level=None)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    try:
        yield gateway.config
    finally:
        holder.close()


def opens_the_store(pid: int) -> bool:
    """Whether the process has come to the store's lock."""
    folder = Path(f"/proc/{pid}/fd")
    return any(str(file.readlink()).endswith(".lock") for file in folder.iterdir() if file.is_symlink())


@pytest.mark.row("DURABLE-6")
def test_a_reload_before_the_gateway_is_ready_waits_for_it(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with busy_store(tmp_path) as config, log.open("wb") as output:
        process = spawn([BINARY, "serve", "--config", config.file], output)
        until(lambda: opens_the_store(process.pid), 10, "the start is under way")
        process.send_signal(signal.SIGHUP)

    until(lambda: "reloaded" in log.read_text() or process.poll() is not None, 20, "the reload")

    assert process.poll() is None, log.read_text()
    assert end(process) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_a_command(tmp_path: Path, number: signal.Signals) -> None:
    with busy_store(tmp_path) as config:
        process = spawn([BINARY, "tenant", "list", "--config", config.file], os.open(os.devnull, os.O_WRONLY))
        until(lambda: opens_the_store(process.pid), 10, "the command is under way")
        process.send_signal(number)

        assert process.wait(10) == -number


@pytest.mark.row("DURABLE-7")
def test_a_limit_of_file_sizes_is_trouble_of_the_store_and_not_the_end(world: World, app: App,
                                                                       signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    gateway = world.gateway
    assert gateway.process is not None
    _, hard = resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE)

    resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, (0, hard))
    url = str(account.callbacks["ews"]["url"])
    posted = listener.body(account.subscription_id, listener.new_mail(folder=account.folder_id))
    assert listener.post(url, posted).status == 503
    status, why = gateway.admin_get("/readyz")
    assert gateway.running and (status, "the store cannot be written" in why) == (503, True), why

    resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
    until(lambda: gateway.admin_get("/readyz")[0] == 200, 10, "the gateway is ready again")
    mail(account, 2)
    assert world.wait_push(phone).aps == {"badge": 2}
    before = len(gateway.log())  # which is a file as well
    world.signed_in(app)
    until(lambda: len(gateway.log()) > before, 10, "a line about the registration")


def test_a_command_survives_a_limit_of_file_sizes(tmp_path: Path) -> None:
    gateway = Gateway(GatewayConfig(tmp_path / "gateway", apns_endpoint="https://127.0.0.1:2197"))
    gateway.add_tenant("acme")
    output = os.open(os.devnull, os.O_WRONLY)
    process = spawn(["/bin/sh", "-c", 'ulimit -f 0; exec "$0" "$@"', BINARY, "--config", gateway.config.file,
                     "tenant", "add", "other"], output)

    assert process.wait(20) == 1  # a sentence, and no signal


def test_every_thread_has_a_name_of_its_own(world: World) -> None:
    assert world.gateway.process is not None
    tasks = Path(f"/proc/{world.gateway.process.pid}/task")
    names = {int(task.name): (task / "comm").read_text().strip() for task in tasks.iterdir()}

    unnamed = [task for task, name in names.items() if name == "postbell" and task != world.gateway.process.pid]
    assert unnamed == [], names
    assert {"engine", "maintenance", "log"} <= {name.rsplit("-", 1)[0] for name in names.values()}, names


@pytest.mark.row("DURABLE-10")
def test_signals_that_mean_nothing_end_nothing(world: World) -> None:
    for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF, signal.SIGIO,
                   signal.SIGXCPU, signal.SIGRTMIN):
        world.gateway.signal(number)

    stays(lambda: world.gateway.running, 0.5)
    assert world.gateway.admin_get("/readyz")[0] == 200


@pytest.mark.row("DURABLE-11")
def test_standard_streams_that_are_closed_at_the_start_become_null_devices(tmp_path: Path) -> None:
    gateway = Gateway(GatewayConfig(tmp_path / "gateway", apns_endpoint="https://127.0.0.1:2197"))
    with gateway:
        gateway.process = spawn(["/bin/sh", "-c", 'exec "$0" serve --config "$1" 0<&- 1>&- 2>&-', BINARY,
                                 gateway.config.file], os.open(os.devnull, os.O_WRONLY))
        gateway.wait_ready()

        for descriptor in range(3):
            assert os.readlink(f"/proc/{gateway.process.pid}/fd/{descriptor}") == "/dev/null"


@pytest.mark.row("DURABLE-6")
def test_a_storm_of_reloads_delays_no_stop(tmp_path: Path) -> None:
    with Gateway(GatewayConfig(tmp_path / "gateway", apns_endpoint="https://127.0.0.1:2197")) as gateway:
        gateway.start()
        assert gateway.process is not None
        for _ in range(2_000):
            gateway.signal(signal.SIGHUP)

        assert gateway.stop(timeout=10) == 0


def test_a_command_says_that_a_gateway_hangs_and_ends(tmp_path: Path) -> None:
    with Gateway(GatewayConfig(tmp_path / "gateway", apns_endpoint="https://127.0.0.1:2197")) as gateway:
        gateway.start()
        gateway.signal(signal.SIGSTOP)
        try:
            listed = gateway.cli("tenant", "list", check=False)
        finally:
            gateway.signal(signal.SIGCONT)

        assert listed.code == 1 and "does not answer on its admin socket" in listed.error
        assert gateway.command("tenant", "list") == {"tenants": []}


@pytest.mark.parametrize("limit_kib", [120_000, 180_000, 2_500_000])
def test_a_start_without_room_for_its_threads_is_refused(tmp_path: Path, limit_kib: int) -> None:
    gateway = Gateway(GatewayConfig(tmp_path / "gateway", apns_endpoint="https://127.0.0.1:2197"))
    process = spawn(["/bin/sh", "-c", f'ulimit -v {limit_kib}; exec "$0" serve --config "$1"', BINARY,
                     gateway.config.file], os.open(tmp_path / "said", os.O_WRONLY | os.O_CREAT))

    assert process.wait(20) == 1
    assert "the limit of address space" in (tmp_path / "said").read_text()


@pytest.mark.slow
def test_a_start_at_the_least_address_space_serves_managed_mailboxes(tmp_path: Path) -> None:
    with ManagedWorld(tmp_path) as managed:
        app = managed.world.add_app()
        gateway = managed.gateway
        gateway.stop()
        with gateway.log_file.open("ab") as log:
            gateway.process = spawn(["/bin/sh", "-c", f'ulimit -v {2_560 * 1024}; exec "$0" serve --config "$1"', BINARY,
                                     gateway.config.file], log)
        gateway.wait_ready()

        users = [managed.managed(app) for _ in range(8)]  # each claims, subscribes, counts and is pushed to
        for user in users:
            user.mailbox.deliver(count=3)
        for user in users:
            managed.wait_badge(user, 3)
        assert gateway.admin_get("/readyz")[0] == 200
        assert "bad_alloc" not in gateway.log()


def test_an_address_that_is_taken_is_told_with_what_to_do(tmp_path: Path) -> None:
    gateway = Gateway(GatewayConfig(tmp_path / "gateway", apns_endpoint="https://127.0.0.1:2197"))
    with socket.create_server(("127.0.0.1", gateway.config.ports[1])):
        started = gateway.cli("serve", check=False, as_json=False)

    assert started.code == 1
    assert "the mailbox listener cannot listen on" in started.stderr and "another process listens there" in started.stderr


def test_no_command_ends_in_an_abort(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    for command in ("backup ''", "backup copy.db", "init here", "init ''", "plugin validate ews.so",
                    "plugin validate ''", "master-key new key", "check --config here.toml"):
        folder.mkdir()
        process = spawn(["/bin/sh", "-c", f'cd "$1" && rmdir "$1" && exec "$0" {command}', BINARY, folder],
                        os.open(tmp_path / "said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC))
        assert process.wait(20) in (1, 2), command
        assert (tmp_path / "said").read_text().startswith("postbell: "), command


@pytest.mark.parametrize("named", ["master.key", "postbell.db", "admin.token"])
def test_a_log_file_that_is_another_file_of_the_gateway_s_is_refused(tmp_path: Path, named: str) -> None:
    folder = tmp_path / "gateway"
    gateway = Gateway(GatewayConfig(folder, apns_endpoint="https://127.0.0.1:9",
                                    more=f'[log]\nfile = "{folder / named}"\n'))
    key = gateway.config.master_key.read_text()

    started = gateway.cli("serve", check=False, as_json=False)
    checked = {line["check"]: line for line in gateway.cli("check", check=False).json["checks"]}

    assert started.code == 2 and "the log would destroy it" in started.stderr
    assert not checked["log file"]["ok"] and "destroy" in checked["log file"]["detail"]
    assert gateway.config.master_key.read_text() == key


def test_the_limit_of_open_files_is_raised_or_told_with_its_numbers(tmp_path: Path) -> None:
    gateway = Gateway(GatewayConfig(tmp_path / "gateway", apns_endpoint="https://127.0.0.1:9"))
    with gateway:
        gateway.process = spawn(["/bin/sh", "-c", 'ulimit -Sn 256; exec "$0" serve --config "$1" 2>"$2"', BINARY,
                                 gateway.config.file, gateway.log_file], os.open(os.devnull, os.O_WRONLY))
        gateway.wait_ready()
        soft, hard = resource.prlimit(gateway.process.pid, resource.RLIMIT_NOFILE)
        assert soft == min(hard, 30_512) and "the limit of open files was raised" in gateway.log()

        resource.prlimit(gateway.process.pid, resource.RLIMIT_NOFILE, (300, hard))
        told = {line["check"]: line for line in gateway.cli("check", check=False).json["checks"]}
        assert told["open files"]["verdict"] == "warn"
        assert "300" in told["open files"]["detail"] and "30512" in told["open files"]["detail"]


def test_a_database_that_others_may_read_is_told(tmp_path: Path) -> None:
    gateway = Gateway(GatewayConfig(tmp_path / "gateway", apns_endpoint="https://127.0.0.1:9"))
    gateway.add_tenant("acme")
    gateway.config.database.chmod(0o644)
    with gateway:
        gateway.start()
        told = {line["check"]: line for line in gateway.cli("check", check=False).json["checks"]}

        assert "has mode 0644" in gateway.log()
        assert told["database file"]["verdict"] == "warn"

# SPDX-License-Identifier: Apache-2.0
"""The gateway as a process: signals at any moment, and limits of the system."""
import contextlib
import os
import resource
import signal
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


def test_no_command_ends_in_an_abort(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    for command in ("backup ''", "backup copy.db", "init here", "init ''", "plugin validate ews.so",
                    "plugin validate ''", "master-key new key", "check --config here.toml"):
        folder.mkdir()
        process = spawn(["/bin/sh", "-c", f'cd "$1" && rmdir "$1" && exec "$0" {command}', BINARY, folder],
                        os.open(tmp_path / "said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC))
        assert process.wait(20) in (1, 2), command
        assert (tmp_path / "said").read_text().startswith("postbell: "), command

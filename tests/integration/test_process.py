# SPDX-License-Identifier: Apache-2.0
"""The gateway as a process: signals at any moment, and limits of the system."""
import os
import resource
import signal
from pathlib import Path

import pytest
from simulators.phone import Account, Phone
from support import listener
from support.cli import BINARY
from support.config import GatewayConfig
from support.gateway import Gateway
from support.mail import mail
from support.processes import end, spawn
from support.wait import until
from support.world import App, World


def slow_config(directory: Path) -> tuple[Path, str]:
    """A config that a process reads for as long as the test wants: a pipe, and the text to write into it."""
    config = GatewayConfig(directory / "gateway", apns_endpoint="https://127.0.0.1:2197")
    config.write()
    pipe = config.file.with_name("slow.toml")
    os.mkfifo(pipe)
    return pipe, config.file.read_text()


@pytest.mark.row("DURABLE-6")
def test_a_reload_before_the_gateway_is_ready_waits_for_it(tmp_path: Path) -> None:
    pipe, text = slow_config(tmp_path)
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = spawn([BINARY, "serve", "--config", pipe], output)
    with pipe.open("w") as config:  # the process has opened it
        process.send_signal(signal.SIGHUP)
        config.write(text)

    until(lambda: "reloaded" in log.read_text() or process.poll() is not None, 20, "the reload")

    assert process.poll() is None, log.read_text()
    assert end(process) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_a_command(tmp_path: Path, number: signal.Signals) -> None:
    pipe, _ = slow_config(tmp_path)
    process = spawn([BINARY, "check", "--config", pipe], os.open(os.devnull, os.O_WRONLY))
    with pipe.open("w"):
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

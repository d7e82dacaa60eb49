# SPDX-License-Identifier: Apache-2.0
"""Commands reach the gateway through a socket beside the store, and nobody else gets the admin token."""
import fcntl
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.config import GatewayConfig
from support.gateway import Gateway
from support.wait import until
from support.world import World

STRANGER = 65534

# Listens on a path, and writes what it is sent to another.
LISTENER = """
import os, socket, sys
path, heard, user = sys.argv[1], sys.argv[2], int(sys.argv[3])
if user: os.setuid(user)
s = socket.socket(socket.AF_UNIX); s.bind(path); s.listen()
print("listening", flush=True)
while True:
    c, _ = s.accept(); c.settimeout(2)
    try: data = c.recv(65536)
    except OSError: data = b""
    open(heard, "ab").write(data)
    c.close()
"""


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    with Gateway(GatewayConfig(tmp_path / "gateway", apns_endpoint="https://127.0.0.1:2197")) as made:
        made.start()
        yield made


def file(gateway: Gateway) -> Path:
    """The admin socket."""
    return gateway.config.database.with_name("postbell.db.admin")


@contextmanager
def lock_held(gateway: Gateway) -> Iterator[None]:
    """As by a gateway that starts, or hangs."""
    with gateway.config.database.with_name("postbell.db.lock").open("r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


@contextmanager
def somebody_on(path: Path, heard: Path, user: int = 0) -> Iterator[None]:
    """A process that is no gateway listens there."""
    heard.touch(0o666)
    heard.chmod(0o666)
    with subprocess.Popen([sys.executable, "-c", LISTENER, path, heard, str(user)], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None and process.stdout.readline() == b"listening\n"
            yield
        finally:
            process.kill()


@pytest.mark.row("ADMIN-29")
def test_commands_go_through_the_socket_and_never_to_the_admin_port(gateway: Gateway) -> None:
    gateway.stop()
    heard = []
    with socket.create_server(("127.0.0.1", gateway.config.ports[2])) as port, lock_held(gateway):
        def listen() -> None:
            with port.accept()[0] as connection:
                heard.append(connection.recv(65536))
        threading.Thread(target=listen, daemon=True).start()

        refused = gateway.cli("tenant", "list", check=False)

    assert refused.code == 1 and "there is no admin socket" in refused.error
    assert not heard


@pytest.mark.row("ADMIN-29")
def test_the_socket_is_its_owner_s_alone_and_goes_with_the_gateway(gateway: Gateway) -> None:
    assert file(gateway).is_socket() and file(gateway).stat().st_mode & 0o777 == 0o600
    gateway.add_tenant("acme")
    assert gateway.command("audit", "list")["audit"][0]["who"] == "command"

    gateway.stop()

    assert not file(gateway).exists()
    assert gateway.command("tenant", "list")["tenants"] == [{"tenant": "acme", "apps": 0}]


def test_a_killed_gateway_s_socket_is_in_nobody_s_way(gateway: Gateway) -> None:
    gateway.kill()
    assert file(gateway).is_socket()
    gateway.add_tenant("acme")  # in process
    with lock_held(gateway):
        refused = gateway.cli("tenant", "list", check=False)
    assert refused.code == 1 and "a gateway that was killed has left it" in refused.error

    gateway.start()

    assert gateway.command("tenant", "list")["tenants"] == [{"tenant": "acme", "apps": 0}]


def test_a_second_gateway_leaves_the_first_one_s_socket_alone(gateway: Gateway) -> None:
    second = gateway.cli("serve", check=False, as_json=False)

    assert second.code == 1 and "holds the store" in second.stderr
    gateway.add_tenant("acme")


def test_a_restart_has_a_socket_again(gateway: Gateway) -> None:
    for _ in range(3):
        gateway.restart()
        assert gateway.command("tenant", "list")["tenants"] == []


@pytest.mark.parametrize("put", [
    lambda path: path.symlink_to(path.with_name("elsewhere")), lambda path: path.write_text("mine")],
    ids=["a symbolic link", "a file"])
def test_what_lies_in_the_socket_s_place_stays_and_pushes_go_on(gateway: Gateway, put: Callable[[Path], None]) -> None:
    gateway.stop()
    put(file(gateway))

    gateway.start()

    assert "commands do not reach this gateway" in gateway.log()
    assert gateway.admin_get("/readyz")[0] == 200
    refused = gateway.cli("tenant", "list", check=False)
    assert refused.code == 1 and "remove it, and restart the gateway" in refused.error
    gateway.stop()
    assert file(gateway).is_symlink() or file(gateway).read_text() == "mine"


@pytest.mark.row("ADMIN-29")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_a_stranger_s_process_on_the_socket_s_place_is_not_sent_the_token(gateway: Gateway, tmp_path: Path) -> None:
    gateway.stop()
    opened(gateway.config.directory)
    with somebody_on(file(gateway), tmp_path / "heard", STRANGER), lock_held(gateway):
        by_file = gateway.cli("tenant", "list", check=False)
        os.chown(file(gateway), 0, 0)
        by_process = gateway.cli("tenant", "list", check=False)

    assert by_file.code == 1 and f"belongs to user id {STRANGER}" in by_file.error
    assert by_process.code == 1 and f"a process of user id {STRANGER}" in by_process.error
    assert (tmp_path / "heard").read_bytes() == b""


def opened(folder: Path) -> None:
    """Anybody may put files there."""
    for parent in (folder, *folder.parents):
        if parent.stat().st_mode & 0o001 == 0:
            parent.chmod(parent.stat().st_mode | 0o011)
    folder.chmod(0o777)


@pytest.mark.row("ADMIN-29")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_a_token_file_that_leads_to_another_user_s_secret_is_not_sent_there(gateway: Gateway, tmp_path: Path) -> None:
    gateway.stop()
    opened(gateway.config.directory)
    secret = tmp_path / "secret"
    secret.write_text("a secret of root's that is long enough to be a token: 7f3a9b\n")
    secret.chmod(0o600)
    token = gateway.config.directory / "admin.token"
    token.unlink()
    token.symlink_to(secret)
    os.lchown(token, STRANGER, STRANGER)

    with somebody_on(file(gateway), tmp_path / "heard", STRANGER), lock_held(gateway):
        assert gateway.cli("tenant", "list", check=False).code == 1

    assert (tmp_path / "heard").read_bytes() == b""


@pytest.mark.row("ADMIN-29")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_a_stranger_who_swaps_token_and_socket_under_a_command_is_not_sent_the_token(tmp_path: Path) -> None:
    with World(tmp_path) as world, ThreadPoolExecutor(1) as pool:
        phone, account = world.signed_in(world.add_app())
        folder, admin = world.gateway.config.directory, file(world.gateway)
        opened(folder)
        token = (folder / "admin.token").read_text().strip()
        world.apns.fault({"type": "hold"}, token=phone.device_token)
        command = pool.submit(world.gateway.push_test, account.registration_id, 1)  # polls until there is an answer
        time.sleep(1)  # by then it polls
        assert not command.done()
        mine = folder / "mine.token"
        mine.write_text("x" * 40 + "\n")
        mine.chmod(0o600)
        os.chown(mine, STRANGER, STRANGER)

        with somebody_on(folder / "mine.admin", tmp_path / "heard", STRANGER):
            for place, other in ((folder / "admin.token", mine), (admin, folder / "mine.admin")):
                place.rename(place.with_suffix(".aside"))
                other.rename(place)
            result = command.result(timeout=40)

        assert "user id" in result.error, "the command came to the stranger's socket, and looked at its owner"
        assert token.encode() not in (tmp_path / "heard").read_bytes()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_root_s_commands_reach_the_service_of_another_user(gateway: Gateway) -> None:
    gateway.stop()
    folder = gateway.config.directory
    for path in (folder, *folder.iterdir()):
        os.chown(path, STRANGER, STRANGER)

    gateway.start()

    assert file(gateway).stat().st_uid == STRANGER
    gateway.add_tenant("acme")


def test_a_folder_may_be_deeper_than_a_socket_s_address_is_long(tmp_path: Path) -> None:
    with Gateway(GatewayConfig(tmp_path / ("d" * 100) / ("e" * 100), apns_endpoint="https://127.0.0.1:2197")) as deep:
        deep.start()
        deep.add_tenant("acme")


def test_a_gateway_that_ends_is_waited_for_no_longer(gateway: Gateway) -> None:
    """A command that nobody answers ends with a sentence, and not with its deadline."""
    gateway.stop()
    with somebody_on(file(gateway), gateway.config.directory / "heard"), lock_held(gateway):
        refused = gateway.cli("tenant", "list", check=False)

    assert refused.code == 1 and "does not answer on its admin socket" in refused.error
    until(lambda: b"/healthz" in (gateway.config.directory / "heard").read_bytes(), 3, "the question came")


def test_calls_that_crowd_the_admin_port_keep_no_command_waiting(gateway: Gateway) -> None:
    call = b"POST /v1/admin/tenant/list HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"
    port = gateway.config.ports[2]
    crowd = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(150)]
    refused = threading.Event()
    done = threading.Event()

    def flood() -> None:
        while not done.is_set():
            for one in crowd:
                one.sendall(call * 20)
            for one in crowd:
                if b"the gateway is busy" in one.recv(1 << 16):
                    refused.set()

    with ThreadPoolExecutor(1) as pool:
        flooding = pool.submit(flood)
        try:
            assert refused.wait(20)  # their queue is full
            for _ in range(5):
                assert gateway.cli("tenant", "list").code == 0
        finally:
            done.set()
        flooding.result(30)
    for one in crowd:
        one.close()

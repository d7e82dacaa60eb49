# SPDX-License-Identifier: Apache-2.0
"""Whatever lies in the place of a file that the gateway or a command reads: a sentence that names it, at once."""
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support import openssl
from support.cli import BINARY, CliResult, postbell
from support.config import GatewayConfig
from support.gateway import Gateway
from support.wait import until

FOLDER, PIPE = "is a folder", "is not a regular file"


@pytest.fixture
def gateway(tmp_path: Path) -> Gateway:
    """Has served, and does not run."""
    gateway = Gateway(GatewayConfig(tmp_path / "gateway", apns_endpoint="https://127.0.0.1:9"))
    gateway.add_tenant("acme")
    return gateway


def put(file: Path, make: Callable[[Path], object]) -> Path:
    """Something else in the file's place."""
    file.unlink(missing_ok=True)
    make(file)
    return file


def beside(gateway: Gateway, suffix: str) -> Path:
    return gateway.config.database.with_name(gateway.config.database.name + suffix)


def soon(gateway: Gateway, *command: str) -> CliResult:
    """A command that waits for nothing."""
    began = time.monotonic()
    result = gateway.cli(*command, check=False, as_json=False)
    assert time.monotonic() - began < 8, command
    return result


@pytest.mark.parametrize(("make", "words"), [(Path.mkdir, FOLDER), (os.mkfifo, PIPE),
                                             (lambda path: path.symlink_to("elsewhere"), "is a symbolic link")],
                         ids=["folder", "pipe", "link"])
def test_what_lies_in_the_place_of_the_lock_is_named_with_the_cure(
        gateway: Gateway, make: Callable[[Path], object], words: str) -> None:
    lock = put(beside(gateway, ".lock"), make)

    for command in (["serve"], ["tenant", "list"], ["check"]):
        told = soon(gateway, *command)
        assert told.code == 1, command
        said = told.stdout + told.stderr
        assert f"the lock file {lock}" in said and words in said and "remove it" in said, command
        assert "none runs" not in said


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_a_lock_that_is_replaced_under_a_gateway_does_not_hide_it_from_check(
        gateway: Gateway, make: Callable[[Path], object]) -> None:
    with gateway:
        gateway.start()
        lock = put(beside(gateway, ".lock"), make)
        told = soon(gateway, "check")
        assert "none runs" not in told.stdout and f"the lock file {lock}" in told.stdout

        lock.rmdir() if lock.is_dir() else lock.unlink()
        until(lambda: lock.is_file() and "ready" in soon(gateway, "check").stdout, 10, "the gateway has its lock again")
        assert gateway.command("tenant", "list")["tenants"]


def test_a_lock_that_is_another_file_now_does_not_hide_the_gateway_from_check(gateway: Gateway) -> None:
    with gateway:
        gateway.start()
        for _ in range(5):
            put(beside(gateway, ".lock"), Path.touch)
            assert "none runs" not in soon(gateway, "check").stdout


@pytest.mark.parametrize(("make", "words"), [(Path.mkdir, FOLDER), (os.mkfifo, PIPE)], ids=["folder", "pipe"])
@pytest.mark.parametrize("suffix", ["", "-wal", "-shm", "-journal"])
def test_what_lies_in_the_place_of_the_database_or_of_a_file_beside_it_is_named(
        gateway: Gateway, suffix: str, make: Callable[[Path], object], words: str) -> None:
    file = put(beside(gateway, suffix), make)

    for command in (["serve"], ["tenant", "list"], ["check"]):
        told = soon(gateway, *command)
        said = told.stdout + told.stderr
        assert told.code == 1 and str(file) in said and words in said, command
        assert "hard links" not in said and "code 14" not in said
        assert ("[store] url must name a file" if suffix == "" else "Remove it") in said


@pytest.mark.row("ADMIN-28")
@pytest.mark.parametrize(("make", "words"), [
    (Path.mkdir, FOLDER), (os.mkfifo, PIPE), (lambda path: path.touch(0o600), "is empty"),
    (lambda path: (path.touch(0o600), path.write_text("short")), "is too short")],
                         ids=["folder", "pipe", "empty", "short"])
def test_what_lies_in_the_place_of_the_admin_token_is_named_with_the_cure(
        gateway: Gateway, make: Callable[[Path], object], words: str) -> None:
    token = gateway.config.database.with_name("admin.token")
    put(token, make)

    for command in (["serve"], ["check"]):
        told = soon(gateway, *command)
        said = told.stdout + told.stderr
        assert told.code == 1 and f"the admin token file {token} {words}" in said and "remove it" in said, command

    token.rmdir() if token.is_dir() else token.unlink()
    with gateway:
        gateway.start()
        put(token, make)
        told = soon(gateway, "tenant", "list")
        assert told.code == 1 and f"the admin token file {token} {words}" in told.stderr and "SIGHUP" in told.stderr


@pytest.mark.row("ADMIN-11")
@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_every_other_file_that_a_start_reads_is_waited_for_by_nobody(
        tmp_path: Path, make: Callable[[Path], object]) -> None:
    identity = openssl.server_identity(tmp_path / "tls")
    gateway = Gateway(GatewayConfig(tmp_path / "gateway", apns_endpoint="https://127.0.0.1:9", tls=identity))
    config = gateway.config
    config.apns_ca = str(identity.ca)
    config.write()
    for file in (config.file, config.master_key, identity.certificate, identity.key, identity.ca):
        kept = file.rename(file.with_name("kept"))
        put(file, make)

        told = soon(gateway, "check")
        said = told.stdout + told.stderr
        assert told.code != 0 and str(file) in said and (FOLDER in said or PIPE in said), file

        file.rmdir() if file.is_dir() else file.unlink()
        kept.rename(file)


@pytest.mark.row("ADMIN-11")
@pytest.mark.parametrize("command", [["check"], ["tenant", "list"], ["tenant", "list", "--json"]])
def test_an_answer_that_cannot_be_written_is_a_failure(gateway: Gateway, command: list[str]) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run([BINARY, *command, "--config", gateway.config.file], stdout=full, stderr=subprocess.PIPE,
                              text=True, check=False, timeout=60)

    assert done.returncode == 1
    assert "could not be written to standard output: No space left on device" in done.stderr


def test_an_argument_that_is_no_text_is_said(gateway: Gateway) -> None:
    with gateway:
        gateway.start()
        done = subprocess.run([str(BINARY).encode(), b"registration", b"show", b"\xff\xfe", b"--config",
                               str(gateway.config.file).encode()], capture_output=True, check=False, timeout=60)

    assert done.returncode == 1
    assert b"bytes that are not UTF-8" in done.stderr


def test_a_second_gateway_through_a_symbolic_link_is_refused(gateway: Gateway, tmp_path: Path) -> None:
    (tmp_path / "second").mkdir()
    link = tmp_path / "second" / "link.db"
    link.symlink_to(gateway.config.database)
    config = tmp_path / "second" / "postbell.toml"
    config.write_text(gateway.config.text().replace(f"sqlite://{gateway.config.database}", f"sqlite://{link}"))
    with gateway:
        gateway.start()
        assert gateway.process is not None

        second = postbell("serve", "--config", config, check=False)

        assert second.code == 1
        assert f"process {gateway.process.pid} holds the store {link} already" in second.stderr
        assert gateway.admin_get("/readyz")[0] == 200

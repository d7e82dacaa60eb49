# SPDX-License-Identifier: Apache-2.0
"""`check`: what is wrong, what only could be better, and nothing made on the way."""
import os
import signal
import socket
import socketserver
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from simulators.phone import Phone, RegistrationApi
from support import openssl
from support.cli import BINARY, CliResult
from support.config import GatewayConfig
from support.gateway import Gateway
from support.mail import mail
from support.world import World

TENANT, APP = "acme", "com.example.mail"
PRODUCTION, SANDBOX = "https://api.push.apple.com", "https://api.sandbox.push.apple.com"


@pytest.fixture
def proxy() -> Iterator[str]:
    """A proxy that lets nobody out: no test asks Apple."""
    class Refusing(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline() not in (b"\r\n", b""):
                pass
            self.wfile.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture
def behind_proxy(tmp_path: Path, proxy: str) -> Gateway:
    """Pushes go to Apple's own hosts, and none can be reached. No gateway runs."""
    gateway = Gateway(GatewayConfig(tmp_path / "gateway"))
    file = gateway.config.file
    file.write_text(file.read_text().replace("[egress]", f'[egress]\nproxy = "{proxy}"'))
    return gateway


def lines(result: CliResult) -> dict[str, tuple[bool, str]]:
    """What was checked: whether it is well, and the detail."""
    return {line["check"]: (line["ok"], line["detail"]) for line in result.json["checks"]}


def add_certificate(gateway: Gateway, environments: str) -> None:
    gateway.add_tenant(TENANT)
    gateway.add_app(TENANT, APP)
    made = openssl.push_certificate(gateway.config.directory / "credentials", "push", APP, environments=environments)
    gateway.add_certificate(TENANT, APP, made.p12, made.password_file)


@pytest.mark.row("ADMIN-11")
@pytest.mark.row("ADMIN-25")
def test_before_the_first_start_check_says_so_and_makes_nothing(tmp_path: Path) -> None:
    gateway = Gateway(GatewayConfig(tmp_path / "gateway", apns_endpoint="https://127.0.0.1:9"))
    before = sorted(gateway.config.directory.iterdir())

    told = lines(gateway.cli("check", check=False))

    assert sorted(gateway.config.directory.iterdir()) == before
    assert told["store"][0] and "not there yet" in told["store"][1]
    assert told["master key"][0]


@pytest.mark.row("ADMIN-11")
def test_a_folder_that_is_missing_is_told_with_what_to_do(tmp_path: Path) -> None:
    gateway = Gateway(GatewayConfig(tmp_path / "gateway"))
    text = gateway.config.file.read_text()
    gateway.config.file.write_text(text.replace("postbell.db", "missing/postbell.db"))

    checked, started = gateway.cli("check", check=False), gateway.cli("serve", check=False, as_json=False)

    assert checked.code == 1
    assert "there is no folder" in lines(checked)["store"][1]
    assert started.code == 1 and "there is no folder" in started.stderr


@pytest.mark.row("ADMIN-11")
@pytest.mark.parametrize("file", ["missing/gateway.log", "."])
def test_a_log_file_that_cannot_be_opened_is_named_and_delays_no_start(tmp_path: Path, file: str) -> None:
    gateway = Gateway(GatewayConfig(tmp_path / "gateway", apns_endpoint="https://127.0.0.1:9",
                                    more=f'[log]\nfile = "{tmp_path / file}"\n'))

    with gateway:
        gateway.start()
        assert not lines(gateway.cli("check", check=False))["log file"][0]
        assert gateway.log().count(f"the log file {tmp_path / file} cannot be opened") == 1
        assert gateway.metrics().sum("postbell_log_failing") == 1


@pytest.mark.row("ADMIN-11")
@pytest.mark.row("ADMIN-25")
def test_only_what_a_credential_pushes_to_must_be_reachable(behind_proxy: Gateway) -> None:
    add_certificate(behind_proxy, "production")

    result = behind_proxy.cli("check", check=False)

    told = lines(result)
    assert result.code == 1
    assert not told[PRODUCTION][0] and "403" in told[PRODUCTION][1]
    assert told[SANDBOX][0] and "not needed now" in told[SANDBOX][1]
    assert not any("2197" in line for line in told), "the other port is not the configured one"


@pytest.mark.row("ADMIN-25")
@pytest.mark.parametrize(("environments", "device", "needed"), [
    ("both", None, {PRODUCTION}), ("both", "production", {PRODUCTION}), ("both", "sandbox", {SANDBOX}),
    ("sandbox", None, {SANDBOX})])
def test_what_must_be_reachable_follows_the_devices(behind_proxy: Gateway, environments: str, device: str | None,
                                                    needed: set[str]) -> None:
    add_certificate(behind_proxy, environments)
    if device:
        with behind_proxy:
            behind_proxy.start()
            key = behind_proxy.app("rotate-key", TENANT, APP)["enrolment_key"]
            phone = Phone(RegistrationApi(behind_proxy.registration_url), APP, key, environment=device)
            phone.register(phone.add_account("anna@example.com"))

    told = lines(behind_proxy.cli("check", check=False))

    assert {host for host in (PRODUCTION, SANDBOX) if not told[host][0]} == needed


@pytest.mark.row("ADMIN-25")
@pytest.mark.parametrize(("credential", "device", "well"), [
    ("production", "production", True), ("production", "sandbox", False), ("sandbox", "production", False),
    ("both", "sandbox", True)])
def test_devices_of_an_environment_without_a_credential_are_a_no(behind_proxy: Gateway, credential: str, device: str,
                                                                 well: bool) -> None:
    add_certificate(behind_proxy, credential)
    with behind_proxy:
        behind_proxy.start()
        key = behind_proxy.app("rotate-key", TENANT, APP)["enrolment_key"]
        phone = Phone(RegistrationApi(behind_proxy.registration_url), APP, key, environment=device)
        phone.register(phone.add_account("anna@example.com"))

    told = lines(behind_proxy.cli("check", check=False))

    name = f"app {APP} of {TENANT}"
    assert (name not in told) == well
    assert well or f"devices of the {device} environment" in told[name][1]


@pytest.mark.row("ADMIN-11")
def test_without_a_credential_a_network_out_of_reach_is_wrong_as_a_whole(behind_proxy: Gateway) -> None:
    result = behind_proxy.cli("check", check=False)

    told = lines(result)
    assert result.code == 1
    assert told["hosts of provider apns"] == (False, "none can be reached")
    assert told[PRODUCTION][0] and told[SANDBOX][0]


@pytest.mark.row("ADMIN-11")
@pytest.mark.parametrize(("days", "well", "word"), [(30, True, "good until"), (-1, False, "expired at")])
def test_a_listener_s_certificate_is_looked_at(tmp_path: Path, days: int, well: bool, word: str) -> None:
    identity = openssl.server_identity(tmp_path / "tls", days=days)
    identity.certificate.write_text(identity.certificate.read_text() + identity.ca.read_text())
    gateway = Gateway(GatewayConfig(tmp_path / "gateway", apns_endpoint="https://127.0.0.1:9", tls=identity))

    told = lines(gateway.cli("check", check=False))

    assert told["TLS of listener.mailbox"][0] == well
    assert word in told["TLS of listener.mailbox"][1]


def tls_verdict(gateway: Gateway) -> tuple[str, str]:
    """How `check` finds the certificate of the mailbox listener."""
    checks = {line["check"]: line for line in gateway.cli("check", check=False).json["checks"]}
    line = checks["TLS of listener.mailbox"]
    return line["verdict"], line["detail"]


@pytest.mark.row("ADMIN-11")
def test_a_listener_s_certificate_is_judged_as_its_clients_will(tmp_path: Path) -> None:
    identity = openssl.server_identity(tmp_path / "tls")
    gateway = Gateway(GatewayConfig(tmp_path / "gateway", apns_endpoint="https://127.0.0.1:9", tls=identity))
    alone = tls_verdict(gateway)
    leaf = identity.certificate.read_text()
    identity.certificate.write_text(leaf + identity.ca.read_text())
    whole = tls_verdict(gateway)
    gateway.config.file.write_text(gateway.config.file.read_text().replace("https://127.0.0.1", "https://127.0.0.2"))
    elsewhere = tls_verdict(gateway)

    assert alone[0] == "warn" and "holds the certificate alone" in alone[1] and "fullchain.pem" in alone[1]
    assert whole[0] == "yes"
    assert elsewhere[0] == "no" and "does not name 127.0.0.2, the host of public_url" in elsewhere[1]


@pytest.mark.row("ADMIN-11")
def test_a_gateway_that_serves_another_certificate_than_the_file_holds_is_told_to_reload(tmp_path: Path) -> None:
    with World(tmp_path, tls=True) as world:
        serves = "certificate that listener.mailbox serves"
        assert serves not in lines(world.gateway.cli("check", check=False))
        openssl.server_identity(tmp_path / "tls", days=60)

        before = lines(world.gateway.cli("check", check=False))
        world.gateway.signal(signal.SIGHUP)
        world.when(lambda: "reloaded" in world.gateway.log())
        after = lines(world.gateway.cli("check", check=False))

        assert "serves an older certificate than the file holds" in before[serves][1]
        assert serves not in after


@pytest.mark.row("ADMIN-11")
def test_a_master_key_that_is_not_the_database_s_is_a_no_while_a_gateway_runs(tmp_path: Path) -> None:
    gateway = Gateway(GatewayConfig(tmp_path / "gateway", apns_endpoint="https://127.0.0.1:9"))
    with gateway:
        gateway.start()
        well = lines(gateway.cli("check", check=False))["master key"]
        other = tmp_path / "other.key"
        gateway.cli("master-key", "new", other)
        gateway.config.file.write_text(
            gateway.config.file.read_text().replace(str(gateway.config.master_key), str(other)))

        told = lines(gateway.cli("check", check=False))["master key"]

        assert well[0]
        assert not told[0] and "is not the one this database was sealed with" in told[1]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize("mode", [0o700, 0o755])
def test_a_user_that_may_not_use_the_store_is_told_who_may(tmp_path: Path, mode: int) -> None:
    gateway = Gateway(GatewayConfig(tmp_path / "gateway", apns_endpoint="https://127.0.0.1:9"))
    shown = tmp_path / "config.toml"
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_mode & 0o001 == 0:
            folder.chmod(folder.stat().st_mode | 0o011)
    with gateway:
        gateway.start()
        shown.write_text(gateway.config.file.read_text())
        gateway.config.directory.chmod(mode)

        told = {command: subprocess.run([BINARY, *command.split(), "--config", shown], user=65534, group=65534,
                                        extra_groups=[], capture_output=True, text=True, check=False)
                for command in ("check", "tenant list")}

    for command, done in told.items():
        assert done.returncode == 1, command
        assert "filesystem error" not in done.stdout + done.stderr
        assert "run this as root" in done.stdout + done.stderr, command


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_database_behind_a_link_in_a_folder_of_root_s_is_its_owner_s_to_check(tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_mode & 0o001 == 0:
            folder.chmod(folder.stat().st_mode | 0o011)
    config = GatewayConfig(tmp_path / "gateway", apns_endpoint="https://127.0.0.1:9")
    config.write()
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (config.directory / "postbell.db").symlink_to(data / "real.db")
    for mine in (data, config.master_key):
        os.chown(mine, 65534, 65534)

    def checked(user: int) -> str:
        return subprocess.run([BINARY, "check", "--config", config.file], user=user, group=user, extra_groups=[],
                              capture_output=True, text=True, check=False).stdout

    assert "run this as root" not in checked(65534)
    assert f"the store is in {data}" in checked(65533) and "run this as root or as nobody" in checked(65533)


@pytest.mark.row("ADMIN-11")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_files_that_root_can_read_and_the_service_cannot_are_named(tmp_path: Path) -> None:
    identity = openssl.server_identity(tmp_path / "tls")
    gateway = Gateway(GatewayConfig(tmp_path / "gateway", apns_endpoint="https://127.0.0.1:9", tls=identity))
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_mode & 0o001 == 0:
            folder.chmod(folder.stat().st_mode | 0o011)
    service = 65534
    files = [gateway.config.master_key, identity.key]
    for file in files:
        file.chmod(0o600)
    os.chown(gateway.config.directory, service, service)

    denied = lines(gateway.cli("check", check=False))
    for file in files:
        os.chown(file, service, service)
    well = lines(gateway.cli("check", check=False))

    for file in files:
        ok, said = denied[f"file {file}"]
        assert not ok and f"`chown nobody {file}`" in said
    assert not [check for check in well if check.startswith("file ")]


@pytest.mark.row("ADMIN-11")
def test_an_origin_that_fails_in_the_running_gateway_is_a_no_though_it_can_be_reached(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        trusted = world.gateway.config
        foreign = openssl.server_identity(tmp_path / "foreign").ca
        right = Path(trusted.apns_ca).read_text()
        trusted.apns_ca = str(tmp_path / "roots.pem")
        Path(trusted.apns_ca).write_text(foreign.read_text())
        trusted.write()
        world.gateway.restart()
        phone, account = world.signed_in(world.add_app())
        mail(account, 1)
        world.when(lambda: world.gateway.metrics().sum("postbell_origin_failing") == 1)

        trusted.file.write_text(trusted.text().replace(trusted.apns_ca, str(world.apns.ca_file)))
        told = lines(world.gateway.cli("check", check=False))[world.apns.endpoint]
        assert not told[0] and "reachable from here, but pushes of the running gateway fail" in told[1]

        Path(trusted.apns_ca).write_text(right)
        assert world.wait_push(phone).aps == {"badge": 1}
        world.when(lambda: lines(world.gateway.cli("check", check=False))[world.apns.endpoint] == (True, "reachable"))


@pytest.mark.row("ADMIN-11")
def test_trusted_roots_that_are_missing_are_an_error_of_the_start_and_used_once_they_come(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        config = world.gateway.config
        right = Path(config.apns_ca).read_text()
        config.apns_ca = str(tmp_path / "roots.pem")
        config.write()
        world.gateway.restart()
        assert f"ca_file {config.apns_ca} cannot be read" in world.gateway.log()
        phone, account = world.signed_in(world.add_app())
        mail(account, 1)
        world.when(lambda: world.gateway.metrics().sum("postbell_origin_failing") == 1)

        Path(config.apns_ca).write_text(right)
        world.gateway.signal(signal.SIGHUP)

        assert world.wait_push(phone).aps == {"badge": 1}
        assert "the trusted certificates were read again" in world.gateway.log()


@pytest.mark.row("ADMIN-11")
def test_trusted_roots_that_are_half_written_leave_those_before_in_use(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        config = world.gateway.config
        whole = Path(config.apns_ca).read_text()
        config.apns_ca = str(tmp_path / "roots.pem")
        Path(config.apns_ca).write_text(whole)
        config.write()
        world.gateway.restart()

        for half in (whole[:len(whole) // 2], ""):
            Path(config.apns_ca).write_text(half)
            world.gateway.signal(signal.SIGHUP)
            world.when(lambda: world.gateway.log().count("those before stay in use") == (1 if half else 2))
            phone, account = world.signed_in(world.add_app())  # whose connection is a new one
            mail(account, 1)
            assert world.wait_push(phone).aps == {"badge": 1}
            assert not lines(world.gateway.cli("check", check=False))[world.apns.endpoint][0]

        Path(config.apns_ca).write_text(whole)
        world.gateway.signal(signal.SIGHUP)
        world.when(lambda: "the trusted certificates were read again" in world.gateway.log())
        assert lines(world.gateway.cli("check", check=False))[world.apns.endpoint][0]


@pytest.mark.row("ADMIN-11")
def test_what_is_well_is_exit_code_0_while_a_gateway_runs_and_while_none_does(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        world.add_app()
        running = world.gateway.cli("check", check=False)
        world.gateway.stop()
        stopped = world.gateway.cli("check", check=False)

        for result in (running, stopped):
            assert result.code == 0, result.stdout
            assert lines(result)[world.apns.endpoint] == (True, "reachable")


@pytest.mark.row("ADMIN-11")
def test_an_address_that_a_start_cannot_have_is_a_no_while_no_gateway_runs(tmp_path: Path) -> None:
    config = GatewayConfig(tmp_path / "gateway", apns_endpoint="https://127.0.0.1:9",
                           tls=openssl.server_identity(tmp_path / "tls"))
    gateway = Gateway(config)
    with socket.create_server(("127.0.0.1", config.ports[1])):
        taken = lines(gateway.cli("check", check=False))
    config.file.write_text(config.text().replace(f'"127.0.0.1:{config.ports[0]}"', '"192.0.2.1:8443"'))
    foreign = lines(gateway.cli("check", check=False))
    config.write()
    with gateway:
        gateway.start()
        running = lines(gateway.cli("check", check=False))

    assert not taken["address of listener.mailbox"][0]
    assert "another process listens there" in taken["address of listener.mailbox"][1]
    assert taken["address of listener.admin"] == (True, f"127.0.0.1:{config.ports[2]} is free")
    assert not foreign["address of listener.registration"][0]
    assert "none of this machine's addresses" in foreign["address of listener.registration"][1]
    assert not [what for what in running if what.startswith("address of")]


@pytest.mark.row("ADMIN-11")
def test_a_gateway_that_hangs_is_asked_once_and_what_can_be_judged_without_it_is(tmp_path: Path) -> None:
    gateway = Gateway(GatewayConfig(tmp_path / "gateway", apns_endpoint="https://127.0.0.1:9"))
    with gateway:
        gateway.start()
        gateway.signal(signal.SIGSTOP)
        begun = time.monotonic()
        try:
            told = gateway.cli("check", check=False)
        finally:
            gateway.signal(signal.SIGCONT)

    assert time.monotonic() - begun < 20
    assert told.code == 1
    assert told.stdout.count("within 10 seconds") == 1
    assert not lines(told)["running gateway"][0] and "it hangs, or was stopped" in lines(told)["running gateway"][1]
    assert "answers no calls" in lines(told)["store"][1]
    assert "can be read" in lines(told)["master key"][1]
    assert lines(told)["backend ews"][0]


@pytest.mark.row("ADMIN-11")
def test_a_gateway_that_does_not_run_is_a_warning(tmp_path: Path) -> None:
    gateway = Gateway(GatewayConfig(tmp_path / "gateway", apns_endpoint="https://127.0.0.1:9"))
    gateway.add_tenant("acme")

    told = {line["check"]: line for line in gateway.cli("check", check=False).json["checks"]}
    for_people = gateway.cli("check", check=False, as_json=False).stdout

    assert (told["running gateway"]["ok"], told["running gateway"]["verdict"]) == (True, "warn")
    assert "nothing is pushed" in told["running gateway"]["detail"]
    assert "warn     running gateway" in for_people


@pytest.mark.row("ADMIN-11")
def test_two_providers_of_one_platform_fail_as_they_do_at_the_start(tmp_path: Path) -> None:
    gateway = Gateway(GatewayConfig(tmp_path / "gateway", apns_endpoint="https://127.0.0.1:9"))
    text = gateway.config.file.read_text()
    gateway.config.file.write_text(text + '\n[[provider]]\ninstance = "second"\nplugin = "apns"\nenabled = true\n')

    told = lines(gateway.cli("check", check=False))

    assert not told["provider second"][0] and "both serve platform" in told["provider second"][1]
    assert "both serve platform" in gateway.cli("serve", check=False, as_json=False).stderr


@pytest.mark.row("ADMIN-11")
def test_plugins_are_listed_without_a_store_or_a_key(tmp_path: Path) -> None:
    gateway = Gateway(GatewayConfig(tmp_path / "gateway", apns_endpoint="https://127.0.0.1:9"))
    gateway.config.master_key.unlink()

    listed = gateway.command("plugin", "list")["plugins"]

    assert {"apns", "ews"} <= {plugin["plugin"] for plugin in listed}
    assert not gateway.config.database.exists()

# SPDX-License-Identifier: Apache-2.0
"""`check`: what is wrong, what only could be better, and nothing made on the way."""
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from simulators.phone import Phone, RegistrationApi
from support import openssl
from support.cli import CliResult
from support.config import GatewayConfig
from support.gateway import Gateway
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

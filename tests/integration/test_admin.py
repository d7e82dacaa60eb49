# SPDX-License-Identifier: Apache-2.0
"""The commands: what they do, what they say, how they end."""
import http.client
import json
import os
import shutil
import sqlite3
import stat
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from simulators.phone import Account, ApiError, Phone
from support.cli import PLUGINS, postbell
from support.config import GatewayConfig
from support.gateway import Gateway
from support.listener import status_event
from support.mail import mail, notify
from support.wait import stays
from support.world import TENANT, App, World


def sentence(result_error: str) -> None:
    """A person can read it."""
    assert " " in result_error.strip() and len(result_error) > 10, result_error


@pytest.fixture
def stopped(tmp_path: Path) -> Gateway:
    """A config; no gateway runs."""
    return Gateway(GatewayConfig(tmp_path / "gateway", apns_endpoint="https://127.0.0.1:2197"))


@pytest.mark.row("ADMIN-1")
@pytest.mark.row("ADMIN-10")
def test_tenants_come_and_go_without_a_running_gateway(stopped: Gateway) -> None:
    assert stopped.command("tenant", "add", "acme")["tenant"] == "acme"
    stopped.add_tenant("other")
    names = [t["tenant"] if isinstance(t, dict) else t for t in stopped.command("tenant", "list")["tenants"]]
    assert sorted(names) == ["acme", "other"]

    stopped.command("tenant", "remove", "other", "--confirm", "other")

    assert len(stopped.command("tenant", "list")["tenants"]) == 1


@pytest.mark.row("ADMIN-10")
@pytest.mark.row("ADMIN-2")
def test_an_app_added_while_the_gateway_runs_registers_at_once(world: World) -> None:
    app = world.add_app(credential="none")

    phone = world.phone(app)
    assert phone.register(phone.add_account("anna@example.com")) == 201
    listed = json.dumps(world.gateway.command("app", "list", "--tenant", TENANT))
    assert app.bundle_id in listed
    assert app.enrolment_key not in listed


@pytest.mark.row("ADMIN-3")
def test_a_rotated_enrolment_key_replaces_the_old_one(world: World) -> None:
    app = world.add_app(credential="none")
    new = world.gateway.app("rotate-key", app.tenant, app.bundle_id)["enrolment_key"]
    phone = world.phone(app)
    account = phone.add_account("anna@example.com")

    with pytest.raises(ApiError) as old:
        phone.register(account)
    phone.enrolment_key = new

    assert old.value.status == 401
    assert phone.register(account) == 201


@pytest.mark.row("ADMIN-3")
def test_an_overlap_of_enrolment_keys_is_seen_and_ended(world: World) -> None:
    app = world.add_app(credential="none")
    world.gateway.command("app", "rotate-key", "--tenant", app.tenant, "--app", app.bundle_id, "--overlap", "30d")
    phone = world.phone(app)
    account = phone.add_account("anna@example.com")
    before = world.gateway.app("show", app.tenant, app.bundle_id)["old_keys_register_until"]

    ended = world.gateway.app("end-overlap", app.tenant, app.bundle_id)["old_keys_register_until"]

    with pytest.raises(ApiError) as refused:
        phone.register(account)
    assert before is not None and ended is None
    assert refused.value.status == 401


@pytest.mark.row("ADMIN-6")
def test_credentials_are_listed_shown_and_removed(world: World, app: App) -> None:
    options = ("--tenant", app.tenant, "--app", app.bundle_id)
    listed = world.gateway.command("credential", "list", *options)["credentials"]
    assert [c["kind"] for c in listed] == ["apns-key"]
    shown = world.gateway.command("credential", "show", *options, "--provider", "apns")
    assert "PRIVATE KEY" not in json.dumps(shown)

    world.gateway.command("credential", "remove", *options, "--provider", "apns")

    assert world.gateway.command("credential", "list", *options)["credentials"] == []


@pytest.mark.row("ADMIN-7")
def test_a_removed_registration_s_mail_server_is_told_to_stop(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    assert account.registration_id in [r["registration_id"] for r in world.gateway.registrations()]
    shown = json.dumps(world.gateway.command("registration", "show", account.registration_id))
    assert phone.device_token not in shown and account.subscription_id not in shown

    world.gateway.command("registration", "remove", account.registration_id)

    assert notify(account, status_event()) == "Unsubscribe"
    with pytest.raises(ApiError):
        phone.state(account)


@pytest.mark.row("ADMIN-8")
def test_push_test_says_what_the_network_answered(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in

    delivered = world.gateway.push_test(account.registration_id, 5)
    assert (delivered.code, delivered.json["outcome"], delivered.json["status"]) == (0, "delivered", 200)
    assert world.wait_push(phone).badge == 5
    assert delivered.json["latency_ms"] > 0


@pytest.mark.row("ADMIN-8")
def test_push_test_tells_a_refusal_in_words(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    world.apns.fault({"type": "answer", "status": 400, "reason": "DeviceTokenNotForTopic"}, token=phone.device_token)

    refused = world.gateway.push_test(account.registration_id, 5)

    assert refused.code == 1
    assert (refused.json["status"], refused.json["reason"]) == (400, "DeviceTokenNotForTopic")
    sentence(refused.json["advice"])


@pytest.mark.row("ADMIN-8")
def test_push_test_says_that_the_app_is_turned_off(world: World, app: App, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    world.gateway.app("disable", app.tenant, app.bundle_id)

    refused = world.gateway.push_test(account.registration_id, 5)

    assert refused.code == 1
    assert "turned off" in refused.error and f"app enable --tenant {app.tenant} --app {app.bundle_id}" in refused.error
    assert world.pushes(phone) == []


@pytest.mark.row("ADMIN-1")
def test_a_tenant_goes_with_its_pending_pushes_and_its_metrics(world: World) -> None:
    world.gateway.add_tenant("leaving")
    app = world.add_app(tenant="leaving")
    usable = "postbell_credential_usable"
    world.when(lambda: world.gateway.metrics().sum(usable, app=app.bundle_id) > 0,
               because="a credential has its series before the first push")
    phone, account = world.signed_in(app)
    world.apns.fault({"type": "answer", "status": 503, "reason": "ServiceUnavailable"}, topic=app.bundle_id)
    mail(account, 1)
    world.wait_push(phone)

    world.gateway.command("tenant", "remove", "leaving", "--confirm", "leaving")
    world.apns.clear_faults()

    world.when(lambda: app.bundle_id not in world.gateway.metrics().text)
    assert notify(account, status_event()) == "Unsubscribe"
    sent = len(world.pushes(phone))
    stays(lambda: len(world.pushes(phone)) == sent, 2.0)


@pytest.mark.row("ADMIN-9")
def test_plugins_are_listed_with_their_versions(stopped: Gateway) -> None:
    plugins = stopped.command("plugin", "list")["plugins"]

    assert {"ews", "apns"} <= {p["plugin"] for p in plugins}
    assert all(p["version"] for p in plugins)


@pytest.mark.row("ADMIN-16")
@pytest.mark.parametrize("command", [
    ("tenant", "remove", "nobody", "--confirm", "nobody"), ("app", "list", "--tenant", "nobody"),
    ("app", "disable", "--tenant", TENANT, "--app", "com.example.none"), ("registration", "show", "none"),
    ("registration", "remove", "none"), ("push", "test", "--registration", "none", "--badge", "1"),
    ("credential", "show", "--tenant", TENANT, "--app", "com.example.none", "--provider", "apns"),
    ("tenant", "add", TENANT)], ids=" ".join)
def test_what_is_not_there_is_an_error_with_a_sentence(world: World, command: tuple[str, ...]) -> None:
    as_json = world.gateway.cli(*command, check=False)
    as_text = world.gateway.cli(*command, check=False, as_json=False)

    assert (as_json.code, as_text.code) == (1, 1)
    sentence(as_json.error)
    sentence(as_text.stderr)
    assert as_text.stdout == ""


@pytest.mark.row("ADMIN-17")
@pytest.mark.parametrize("command", [
    (), ("nonsense",), ("tenant",), ("tenant", "add"), ("app", "add", "--tenant", "t"), ("serve", "--unknown"),
    ("push", "test", "--registration", "x", "--badge", "many")], ids=lambda c: " ".join(c) or "nothing")
def test_wrong_usage_is_exit_code_2(stopped: Gateway, command: tuple[str, ...]) -> None:
    result = postbell(*command, "--config", stopped.config.file, check=False) if command else postbell(check=False)

    assert result.code == 2
    assert result.stderr or result.stdout


@pytest.mark.row("ADMIN-17")
def test_wrong_usage_with_json_is_json(stopped: Gateway) -> None:
    for command in (("--json", "tenant", "add"), ("tenant", "add", "--json"), ("nonsense", "--json"),
                    ("backup", "--json")):
        result = postbell(*command, "--config", stopped.config.file, check=False)

        assert result.code == 2
        sentence(result.error)


@pytest.mark.row("ADMIN-10")
@pytest.mark.parametrize("command", [
    ("tenant", "list"), ("app", "list"), ("credential", "list"), ("registration", "list"), ("plugin", "list")],
    ids=" ".join)
def test_json_may_stand_before_or_after_a_command_s_name(stopped: Gateway, command: tuple[str, ...]) -> None:
    config = ("--config", stopped.config.file)
    answers = [postbell("--json", *config, *command).json, postbell(*command, *config, "--json").json,
               postbell(command[0], "--json", command[1], *config).json]

    assert answers[0] == answers[1] == answers[2]
    assert postbell(*command, *config).stdout.strip()


@pytest.mark.row("ADMIN-6")
def test_credentials_of_one_tenant_are_listed_alone(world: World, app: App) -> None:
    world.gateway.add_tenant("neighbour")
    other = world.add_app(tenant="neighbour")

    listed = world.gateway.command("credential", "list", "--tenant", "neighbour")["credentials"]
    nameless = world.gateway.cli("credential", "show", check=False)

    assert [c["app"] for c in listed] == [other.bundle_id]
    assert nameless.code == 1 and "number" in nameless.error


@pytest.mark.row("ADMIN-2")
@pytest.mark.parametrize("arguments", [
    ("--platform", "symbian"), ("--platform", "ios", "--style", "loud"), ("--platform", "ios", "--app", "")])
def test_an_impossible_app_is_refused(world: World, arguments: tuple[str, ...]) -> None:
    named = () if "--app" in arguments else ("--app", "com.example.impossible")
    result = world.gateway.cli("app", "add", "--tenant", TENANT, *named, *arguments, check=False)

    assert result.code in (1, 2)


@pytest.mark.row("ADMIN-15")
def test_health_readiness_and_metrics_need_no_token(world: World) -> None:
    assert world.gateway.admin_get("/healthz")[0] == 200
    assert world.gateway.admin_get("/readyz")[0] == 200
    assert world.gateway.metrics().samples


@pytest.mark.row("ADMIN-14")
@pytest.mark.parametrize("headers,status", [
    ({}, 401), ({"Authorization": "Bearer wrong"}, 401), ({"Authorization": "Basic TOKEN"}, 401),
    ({"Authorization": "Bearer TOKEN", "Host": "evil.example"}, 403),
    ({"Authorization": "Bearer TOKEN", "Host": "127.evil.example:8445"}, 403),
    ({"Authorization": "Bearer TOKEN", "Host": "localhost.evil.example"}, 403),
    ({"Authorization": "Bearer TOKEN", "Host": "[::1].evil.example"}, 403),
    ({"Authorization": "Bearer TOKEN", "Host": "localhost"}, 200),
    ({"Authorization": "Bearer TOKEN", "Host": "[::1]:8445"}, 200)])
def test_what_changes_state_needs_the_token_and_a_loopback_host(world: World, headers: dict[str, str],
                                                                status: int) -> None:
    token = (world.gateway.config.directory / "admin.token").read_text().strip()
    name = f"tenant{abs(hash(str(headers)))}"
    sent = {key: value.replace("TOKEN", token) for key, value in headers.items()}
    connection = http.client.HTTPConnection(urlsplit(world.gateway.admin_url).netloc, timeout=5)
    connection.request("POST", "/v1/admin/tenant/add", json.dumps({"tenant": name}).encode(),
                       {"Content-Type": "application/json", **sent})
    answer = connection.getresponse()
    told = json.load(answer)
    connection.close()

    assert answer.status == status, told
    assert (name in json.dumps(world.gateway.command("tenant", "list"))) == (status == 200)
    if status != 200:
        sentence(told["title"])


@pytest.mark.row("ADMIN-14")
def test_the_admin_token_is_its_owner_s_alone(world: World) -> None:
    token = world.gateway.config.directory / "admin.token"

    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    assert token.read_text().strip() not in world.gateway.log()


@pytest.mark.row("ADMIN-13")
@pytest.mark.parametrize("wrong,right,words", [
    ('region = "test"', 'regoin = "test"', ["regoin"]),
    ('region = "test"', "region = 5", ["region", "text"]),
    ("enabled = true", 'enabled = "yes"', ["enabled"]),
    ("sqlite://", "mysql://", ["sqlite"]),
    ("[gateway]", "[gatway]", ["gatway"]),
    ("[gateway]", "[gateway]\nclock_speed = -1", ["clock_speed"]),
    ("[gateway]", "[gateway", []),
    ('instance = "ews"', 'instance = "e/ws"', ["instance"])], ids=lambda v: str(v)[:30])
def test_a_wrong_config_stops_the_start_with_file_and_line(stopped: Gateway, wrong: str, right: str,
                                                           words: list[str]) -> None:
    text = stopped.config.file.read_text()
    assert wrong in text
    stopped.config.file.write_text(text.replace(wrong, right, 1))

    result = stopped.cli("serve", check=False, as_json=False)

    assert result.code == 2
    assert f"{stopped.config.file}:" in result.stderr
    assert all(word in result.stderr for word in words), result.stderr
    assert not stopped.config.database.exists()


@pytest.mark.row("ADMIN-22")
def test_a_fast_clock_is_for_loopback_only(stopped: Gateway) -> None:
    text = stopped.config.file.read_text().replace("[gateway]", "[gateway]\nclock_speed = 60")
    stopped.config.file.write_text(text.replace('address = "127.0.0.1', 'address = "0.0.0.0', 1))

    result = stopped.cli("serve", check=False, as_json=False)

    assert result.code == 2
    assert "clock_speed" in result.stderr


@pytest.mark.row("ADMIN-23")
def test_a_plugin_that_others_may_write_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "plugins"
    folder.mkdir(mode=0o755)
    for plugin in ("ews.so", "apns.so"):
        shutil.copy(PLUGINS / plugin, folder / plugin)
        (folder / plugin).chmod(0o644)
    gateway = Gateway(GatewayConfig(tmp_path / "gateway", plugins=folder))
    (folder / "ews.so").chmod(0o666)
    file_refused = gateway.cli("serve", check=False, as_json=False)
    (folder / "ews.so").chmod(0o644)
    folder.chmod(0o777)
    folder_refused = gateway.cli("serve", check=False, as_json=False)

    assert file_refused.code != 0 and "ews.so" in file_refused.stderr
    assert folder_refused.code != 0 and str(folder) in folder_refused.stderr


@pytest.mark.row("ADMIN-24")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_root_makes_in_the_service_s_folder_is_the_service_s(stopped: Gateway) -> None:
    folder, service = stopped.config.directory, 65534
    for path in (folder, stopped.config.master_key):
        os.chown(path, service, service)

    stopped.add_tenant("acme")
    with stopped:
        stopped.start()
        stopped.add_tenant("other")
        made = {path.name: path.stat().st_uid for path in folder.iterdir()
                if path.name.startswith("postbell.db") or path.name == "admin.token"}

    assert {"postbell.db", "postbell.db.lock", "postbell.db-wal", "postbell.db-shm", "admin.token"} <= made.keys()
    assert set(made.values()) == {service}, made


@pytest.mark.row("ADMIN-12")
def test_init_writes_what_serves(tmp_path: Path) -> None:
    directory = tmp_path / "fresh"
    postbell("init", directory)
    config = next(directory.glob("*.toml"))

    assert postbell("tenant", "add", "acme", "--config", config).code == 0
    keys = [p for p in directory.rglob("*") if p.is_file() and p.stat().st_mode & 0o077 == 0]
    assert keys, "the master key is readable by its owner alone"


@pytest.mark.row("ADMIN-12")
def test_init_overwrites_nothing(tmp_path: Path) -> None:
    directory = tmp_path / "fresh"
    postbell("init", directory)
    before = {p: p.read_bytes() for p in directory.rglob("*") if p.is_file()}

    again = postbell("init", directory, check=False)

    assert again.code != 0
    assert "is no folder" in postbell("init", directory / "tls.pem", check=False).stderr
    assert {p: p.read_bytes() for p in directory.rglob("*") if p.is_file()} == before


@pytest.mark.row("ADMIN-19")
def test_a_new_master_key_is_private_and_never_overwrites(tmp_path: Path) -> None:
    file = tmp_path / "master.key"
    postbell("master-key", "new", file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()

    again = postbell("master-key", "new", file, check=False)

    assert again.code == 1
    assert file.read_bytes() == before


@pytest.mark.row("ADMIN-20")
def test_a_backup_serves_with_all_that_was_acknowledged(own_world: World, tmp_path: Path) -> None:
    world, file = own_world, tmp_path / "backup.db"
    app = world.add_app(credential="certificate")  # a second signing token so soon would be refused for a while
    phone, account = world.signed_in(app)
    world.apns.fault({"type": "answer", "status": 503, "reason": "ServiceUnavailable"}, topic=app.bundle_id)
    mail(account, 7)

    world.gateway.command("backup", file)
    again = world.gateway.cli("backup", file, check=False)
    assert again.code == 1, "a backup overwrites nothing"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with sqlite3.connect(file) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    world.gateway.kill()
    for old in world.gateway.config.directory.glob("postbell.db*"):
        old.unlink()
    shutil.copy(file, world.gateway.config.database)
    world.apns.clear_faults()
    world.start_gateway()

    world.wait_badge(phone, 7)
    assert phone.state(account)["state"] == "active"
    mail(account, 8)
    world.wait_badge(phone, 8)


@pytest.mark.row("ADMIN-11")
def test_check_says_what_is_wrong(stopped: Gateway) -> None:
    stopped.add_tenant("acme")
    good = stopped.cli("check", check=False, as_json=False)
    stopped.config.master_key.unlink()
    bad = stopped.cli("check", check=False, as_json=False)

    assert good.stdout
    assert bad.code != 0
    assert "master" in (bad.stdout + bad.stderr).lower()

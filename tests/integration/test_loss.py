# SPDX-License-Identifier: Apache-2.0
"""Files of a gateway that are gone: never a new, empty store in silence."""
import os
import shutil
from pathlib import Path

import pytest
from support import listener
from support.cli import CliResult
from support.config import GatewayConfig
from support.gateway import Gateway
from support.mail import mail
from support.wait import until
from support.world import World


def lose_database(gateway: Gateway) -> Path:
    """Moves it aside, with what SQLite keeps beside it; where it is now."""
    aside = gateway.config.directory / "aside"
    aside.mkdir()
    for suffix in ("", "-wal", "-shm"):
        file = Path(f"{gateway.config.database}{suffix}")
        if file.exists():
            file.rename(aside / file.name)
    return aside / gateway.config.database.name


def checked(gateway: Gateway) -> tuple[int, dict[str, str]]:
    """The exit code of `check`, and its details."""
    result = gateway.cli("check", check=False)
    return result.code, {line["check"]: line["detail"] for line in result.json["checks"]}


@pytest.mark.row("DURABLE-8")
@pytest.mark.parametrize("left", ["postbell.db.lock", "admin.token"])
def test_a_database_that_is_gone_is_not_made_anew(own_world: World, left: str) -> None:
    gateway = own_world.gateway
    gateway.stop()
    aside = lose_database(gateway)
    for trace in {"postbell.db.lock", "admin.token"} - {left}:
        (gateway.config.directory / trace).unlink()

    refused: list[CliResult] = [gateway.cli("serve", check=False, as_json=False),
                                gateway.cli("tenant", "list", check=False, as_json=False)]

    for result in refused:
        assert result.code == 1
        assert "is gone" in result.stderr and "restore it from a backup" in result.stderr and left in result.stderr
    assert not gateway.config.database.exists()
    code, details = checked(gateway)
    assert code == 1 and "is gone" in details["store"]
    shutil.move(aside, gateway.config.database)
    gateway.start()


@pytest.mark.row("DURABLE-8")
def test_a_first_start_says_that_the_store_is_new(tmp_path: Path) -> None:
    with Gateway(GatewayConfig(tmp_path / "gateway", apns_endpoint="https://127.0.0.1:2197")) as gateway:
        gateway.start()
        assert "made a new store" in gateway.log()
        seen = len(gateway.log())
        gateway.restart()
        assert "made a new store" not in gateway.log()[seen:]


@pytest.mark.row("DURABLE-9")
def test_a_database_removed_under_a_running_gateway_refuses_mail_servers(own_world: World) -> None:
    world, gateway = own_world, own_world.gateway
    _, account = world.signed_in(world.add_app())
    aside = lose_database(gateway)

    until(lambda: "the database cannot be written" in gateway.log(), 5, "the log says so without being asked")
    posted = listener.post(str(account.callbacks["ews"]["url"]), listener.body(
        account.subscription_id, [listener.folder_changed(3, account.folder_id)]))
    status, why = gateway.admin_get("/readyz")
    code, details = checked(gateway)

    assert posted.status == 503
    assert status == 503 and "is gone" in why
    assert code == 1 and "is gone" in details["running gateway"]
    assert gateway.log().count("the database cannot be written") == 1

    shutil.copy(aside, gateway.config.database)
    assert "another file" in gateway.admin_get("/readyz")[1]
    gateway.config.database.unlink()
    for file in aside.parent.iterdir():
        file.rename(gateway.config.directory / file.name)
    until(lambda: gateway.admin_get("/readyz")[0] == 200, 5, "it goes on with its own file")


def test_a_log_that_is_removed_under_a_running_gateway_loses_nothing(own_world: World) -> None:
    world, gateway = own_world, own_world.gateway
    phone, account = world.signed_in(world.add_app())
    mail(account, 1)
    Path(f"{gateway.config.database}-wal").unlink()

    until(lambda: "was removed or replaced" in gateway.log(), 5, "the log says so without being asked")
    refused = listener.post(str(account.callbacks["ews"]["url"]), listener.body(
        account.subscription_id, [listener.folder_changed(2, account.folder_id)]))
    status, why = gateway.admin_get("/readyz")
    gateway.kill()
    gateway.start()

    assert refused.status == 503
    assert status == 503 and "Restart it" in why
    assert phone.api.state(account.registration_id, account.secret)["state"] == "active"
    assert mail(account, 3) == "OK"


def test_a_log_that_is_cut_off_is_no_ready_gateway(own_world: World) -> None:
    world, gateway = own_world, own_world.gateway
    _, account = world.signed_in(world.add_app())
    os.truncate(f"{gateway.config.database}-wal", 0)

    refused = listener.post(str(account.callbacks["ews"]["url"]), listener.body(
        account.subscription_id, [listener.folder_changed(2, account.folder_id)]))
    status, why = gateway.admin_get("/readyz")

    assert refused.status == 503
    assert status == 503 and "the store cannot be" in why


@pytest.mark.row("ADMIN-28")
def test_an_admin_token_that_is_gone_is_made_by_no_command_and_written_again_at_a_reload(own_world: World) -> None:
    gateway = own_world.gateway
    token = gateway.config.directory / "admin.token"
    before = token.read_text()
    token.unlink()

    refused = gateway.cli("tenant", "list", check=False)

    assert refused.code == 1 and "SIGHUP" in refused.error
    assert not token.exists()
    gateway.signal(1)
    until(token.exists, 5, "the token's file")
    assert token.read_text() == before and token.stat().st_mode & 0o777 == 0o600
    assert gateway.cli("tenant", "list").code == 0

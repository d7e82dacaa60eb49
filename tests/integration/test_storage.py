# SPDX-License-Identifier: Apache-2.0
"""What must not be found in the database, the logs and the metrics."""
import base64
import os
from pathlib import Path

import pytest
from simulators.phone import Account, Phone
from simulators.phone.phone import sha256
from support.mail import mail
from support.world import App, World


def stored(world: World) -> bytes:
    """Every byte that the store keeps, the write-ahead log included."""
    return b"".join(p.read_bytes() for p in sorted(world.gateway.config.directory.glob("postbell.db*"))
                    if p.is_file())


def forms(text: str) -> list[bytes]:
    """How a secret could lie in a file: as text, and as the bytes that it encodes."""
    found = [text.encode()]
    try:
        found.append(bytes.fromhex(text))
    except ValueError:
        pass
    try:
        found.append(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_" if "-" in text or "_" in text
                                      else None))
    except ValueError:
        pass
    return [form for form in found if len(form) >= 8]


@pytest.fixture
def used(world: World, app: App) -> tuple[Phone, Account]:
    """A registration that was used: reported, pushed to."""
    phone, account = world.signed_in(app)
    mail(account, 1)
    world.wait_badge(phone, 1)
    return phone, account


def secrets(account: Account) -> dict[str, str]:
    return {"callback token": str(account.callbacks["ews"]["url"]).rsplit("/", 1)[1],
            "secret": account.secret, "subscription id": account.subscription_id, "folder id": account.folder_id}


def assert_absent(where: bytes, what: dict[str, str]) -> None:
    for name, secret in what.items():
        for form in forms(secret):
            assert form not in where, f"the {name} is there"


@pytest.mark.row("STORE-1")
def test_tokens_ids_and_secrets_are_not_in_the_database(world: World, app: App, used: tuple[Phone, Account]) -> None:
    assert_absent(stored(world), {**secrets(used[1]), "enrolment key": app.enrolment_key})


@pytest.mark.row("STORE-2")
def test_device_tokens_and_credentials_are_sealed(world: World, app: App, used: tuple[Phone, Account]) -> None:
    pem = app.key_file.read_text() if app.key_file else ""
    key = "".join(pem.splitlines()[1:-1])

    assert len(key) > 100
    assert_absent(stored(world), {"device token": used[0].device_token, "signing key": key[:100]})


@pytest.mark.row("STORE-3")
def test_the_hashes_that_apps_send_are_keyed(world: World, used: tuple[Phone, Account]) -> None:
    phone, account = used

    assert_absent(stored(world), {"account hash": sha256(account.address), "device hash": sha256(phone.device_id)})


@pytest.mark.row("STORE-4")
@pytest.mark.row("STORE-5")
def test_logs_and_metrics_carry_none_of_them(world: World, app: App, used: tuple[Phone, Account]) -> None:
    phone, account = used
    world.api.call("GET", f"/v1/registrations/{account.registration_id}", "wrong secret 123456")
    everything = {**secrets(account), "device token": phone.device_token, "enrolment key": app.enrolment_key,
                  "account hash": sha256(account.address), "device hash": sha256(phone.device_id),
                  "wrong secret": "wrong secret 123456", "address": account.address}

    assert_absent(world.gateway.log().encode(), everything)
    assert_absent(world.gateway.metrics().text.encode(), everything)


@pytest.mark.row("STORE-7")
@pytest.mark.row("ADMIN-7")
def test_deletion_leaves_nothing_behind(own_world: World) -> None:
    world = own_world
    phone, account = world.signed_in(world.add_app())
    identifier = account.registration_id
    mail(account, 1)
    world.wait_badge(phone, 1)

    phone.sign_out(account)
    world.gateway.stop()

    assert identifier.encode() not in stored(world)
    assert world.gateway.registrations() == []


@pytest.mark.row("STORE-6")
def test_a_wrong_master_key_stops_the_start_with_a_sentence(own_world: World) -> None:
    world = own_world
    world.add_app()
    world.gateway.stop()
    world.gateway.config.master_key.write_text(base64.b64encode(os.urandom(32)).decode() + "\n")

    refused = world.gateway.cli("serve", check=False, as_json=False)

    assert refused.code != 0
    assert "master key" in (refused.stderr + refused.stdout).lower()


@pytest.mark.row("STORE-6")
def test_a_master_key_that_others_may_read_is_refused(own_world: World) -> None:
    world = own_world
    world.gateway.stop()
    world.gateway.config.master_key.chmod(0o644)

    refused = world.gateway.cli("serve", check=False, as_json=False)

    assert refused.code == 2
    assert "0600" in refused.stderr + refused.stdout


@pytest.mark.row("STORE-2")
def test_the_database_is_the_service_s_alone(world: World, used: tuple[Phone, Account]) -> None:
    for file in Path(world.gateway.config.directory).glob("postbell.db*"):
        assert file.stat().st_mode & 0o077 == 0, f"{file.name} can be read by others"

# SPDX-License-Identifier: Apache-2.0
"""A credential is inspected before it is accepted; each mistake has its own sentence."""
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from support import openssl
from support.cli import CliResult
from support.world import TENANT, App, World

BUNDLE = "com.example.credentials"


@pytest.fixture(scope="module")
def upload(world: World) -> Callable[..., CliResult]:
    """credential add for one app, whatever comes of it."""
    world.gateway.add_app(TENANT, BUNDLE)

    def add(file: Path, *more: object) -> CliResult:
        return world.gateway.cli("credential", "add", "--tenant", TENANT, "--app", BUNDLE, "--provider", "apns",
                                 "--file", file, *map(str, more), check=False)

    return add


@pytest.mark.row("ADMIN-4")
def test_a_certificate_s_topics_environment_and_expiry_are_read(upload: Callable[..., CliResult],
                                                                tmp_path: Path) -> None:
    made = openssl.push_certificate(tmp_path, "both", BUNDLE, environments="both", days=90,
                                    topics={BUNDLE: "app", f"{BUNDLE}.voip": "voip"})

    credential = upload(made.p12, "--password-file", made.password_file).json["credential"]

    assert credential["kind"] == "apns-certificate"
    assert sorted(credential["environments"]) == ["production", "sandbox"]
    assert BUNDLE in credential["topics"]
    expires = datetime.fromisoformat(credential["expires_at"].replace("Z", "+00:00"))
    assert abs(expires - datetime.now(timezone.utc) - timedelta(days=90)) < timedelta(hours=1)


@pytest.mark.row("ADMIN-4")
def test_an_old_export_with_weak_ciphers_is_read_or_explained(upload: Callable[..., CliResult],
                                                              tmp_path: Path) -> None:
    made = openssl.push_certificate(tmp_path, "legacy", BUNDLE, legacy=True)

    result = upload(made.p12, "--password-file", made.password_file)

    assert result.code == 0 or "openssl" in result.error.lower()


@pytest.mark.row("ADMIN-4")
def test_a_signing_key_serves_both_environments(upload: Callable[..., CliResult], tmp_path: Path) -> None:
    file = openssl.signing_key(tmp_path / "AuthKey.p8")

    credential = upload(file, "--key-id", "ABCDEFGHIJ", "--team-id", "TEAM123456").json["credential"]

    assert credential["kind"] == "apns-key"
    assert sorted(credential["environments"]) == ["production", "sandbox"]


def certificate(bundle_id: str = BUNDLE, days: int = 90,
                with_key: bool = True) -> Callable[[Path], tuple[Path, list[object]]]:
    """A push certificate with something wrong about it."""
    def make(directory: Path) -> tuple[Path, list[object]]:
        made = openssl.push_certificate(directory, "bad", bundle_id, days=days, with_key=with_key)
        return made.p12, ["--password-file", made.password_file]

    return make


def wrong_password(directory: Path) -> tuple[Path, list[object]]:
    made = openssl.push_certificate(directory, "locked", BUNDLE)
    made.password_file.write_text("something else\n")
    return made.p12, ["--password-file", made.password_file]


def rubbish(directory: Path) -> tuple[Path, list[object]]:
    file = directory / "holiday.p12"
    file.write_bytes(b"\x89PNG\r\n" + bytes(range(256)))
    return file, []


def public_key(directory: Path) -> tuple[Path, list[object]]:
    file = openssl.signing_key(directory / "AuthKey.p8")
    openssl.openssl("pkey", "-in", file, "-pubout", "-out", directory / "public.p8")
    return directory / "public.p8", ["--key-id", "ABCDEFGHIJ", "--team-id", "TEAM123456"]


MISTAKES = {
    "wildcard": (certificate(bundle_id="com.example.*"), "wildcard"),
    "device management": (certificate(bundle_id="com.apple.mgmt.External.0a1b2c3d"), "device"),
    "another topic": (certificate(bundle_id="com.example.other"), "com.example.other"),
    "expired": (certificate(days=-1), "expired"),
    "no private key": (certificate(with_key=False), "private key"),
    "wrong password": (wrong_password, "password"),
    "rubbish": (rubbish, ""),
    "public key": (public_key, "private"),
}


@pytest.mark.row("ADMIN-5")
@pytest.mark.parametrize("mistake", MISTAKES)
def test_every_mistake_has_its_own_sentence(upload: Callable[..., CliResult], tmp_path: Path, mistake: str) -> None:
    make, word = MISTAKES[mistake]
    file, more = make(tmp_path)

    refused = upload(file, *more)

    assert refused.code == 1
    assert word in refused.error
    assert " " in refused.error
    assert "opensesame" not in refused.stdout + refused.stderr


@pytest.mark.row("ADMIN-5")
@pytest.mark.parametrize("settings", [[], ["--key-id", "ABCDEFGHIJ"], ["--key-id", "short", "--team-id", "TEAM123456"],
                                      ["--key-id", "ABCDEFGHIJ", "--team-id", "x"]], ids=str)
def test_a_signing_key_needs_its_ids(upload: Callable[..., CliResult], tmp_path: Path, settings: list[str]) -> None:
    refused = upload(openssl.signing_key(tmp_path / "AuthKey.p8"), *settings)

    assert refused.code in (1, 2)
    assert " " in refused.stdout + refused.stderr


@pytest.mark.row("ADMIN-5")
def test_a_refused_upload_leaves_the_good_one_in_place(world: World, app: App, tmp_path: Path) -> None:
    options = ("--tenant", app.tenant, "--app", app.bundle_id)
    before = world.gateway.command("credential", "list", *options)
    made = openssl.push_certificate(tmp_path, "other", "com.example.other")

    refused = world.gateway.cli("credential", "add", *options, "--provider", "apns", "--file", made.p12,
                                "--password-file", made.password_file, check=False)

    assert refused.code == 1
    assert world.gateway.command("credential", "list", *options) == before

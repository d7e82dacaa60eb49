# SPDX-License-Identifier: Apache-2.0
"""Files with a push certificate as people have them: each is pushed with, or refused with the reason, and in no case does
it end the gateway or another app's pushes."""
from collections.abc import Callable
from pathlib import Path

import pytest
from support import openssl, pkcs12
from support.openssl import PushCertificate
from support.wait import until
from support.world import TENANT, App, World

PASSWORD = "secret"
Made = tuple[Path, Path]  # the file, and the file with its password


def pushing(directory: Path, bundle_id: str, name: str = "push", **more: object) -> PushCertificate:
    return openssl.push_certificate(directory, name, bundle_id, password=PASSWORD, **more)  # type: ignore[arg-type]


def without_mac(directory: Path, bundle_id: str) -> Made:
    made = pushing(directory, bundle_id)
    openssl.openssl("pkcs12", "-export", "-nomac", "-in", made.pem, "-inkey", directory / "push.key",
                    "-passout", f"pass:{PASSWORD}", "-out", made.p12)
    return made.p12, made.password_file


def distribution_and_push(directory: Path, bundle_id: str) -> Made:
    """Two certificates of one key, the wrong one first."""
    made = pushing(directory, bundle_id)
    config = directory / "distribution.cnf"
    config.write_text("[req]\nprompt=no\ndistinguished_name=name\n[name]\nCN=iPhone Distribution: Example\n"
                      "UID=ABCDE12345\n")
    openssl.openssl("req", "-x509", "-new", "-key", directory / "push.key", "-config", config, "-days", "30",
                    "-out", directory / "distribution.pem")
    both = directory / "both.pem"
    both.write_text((directory / "distribution.pem").read_text() + made.pem.read_text())
    openssl.openssl("pkcs12", "-export", "-in", both, "-inkey", directory / "push.key",
                    "-passout", f"pass:{PASSWORD}", "-out", made.p12)
    return made.p12, made.password_file


def _part(directory: Path, name: str, *content: str | Path) -> Path:
    """A .p12 without a MAC, to be joined to others."""
    file = directory / f"{name}.part.p12"
    openssl.openssl("pkcs12", "-export", "-nomac", *content, "-passout", f"pass:{PASSWORD}", "-out", file)
    return file


def p12_with_an_orphan_first(directory: Path, bundle_id: str) -> Made:
    """A key of nothing, then the push certificate with its own."""
    made = pushing(directory, bundle_id)
    made.p12.write_bytes(pkcs12.joined(
        _part(directory, "orphan", "-nocerts", "-inkey", openssl.rsa_key(directory / "orphan.key")),
        _part(directory, "push", "-in", made.pem, "-inkey", directory / "push.key")))
    return made.p12, made.password_file


def p12_with_two_identities(directory: Path, bundle_id: str) -> Made:
    """The key and certificate of a distribution, then those of pushes."""
    made = pushing(directory, bundle_id)
    other, certificate = openssl.rsa_key(directory / "distribution.key"), directory / "distribution.pem"
    openssl.openssl("req", "-x509", "-new", "-key", other, "-subj", "/CN=Apple Distribution: Example", "-days", "30",
                    "-out", certificate)
    made.p12.write_bytes(pkcs12.joined(
        _part(directory, "distribution", "-in", certificate, "-inkey", other),
        _part(directory, "push", "-in", made.pem, "-inkey", directory / "push.key")))
    return made.p12, made.password_file


def p12_with_pbmac1(directory: Path, bundle_id: str) -> Made:
    """With a MAC that this OpenSSL does not know, so that the password alone decides."""
    made = pushing(directory, bundle_id)
    openssl.openssl("pkcs12", "-export", "-macalg", "sha256", "-in", made.pem, "-inkey", directory / "push.key",
                    "-passout", f"pass:{PASSWORD}", "-out", made.p12)
    made.p12.write_bytes(pkcs12.with_pbmac1(made.p12.read_bytes()))
    return made.p12, made.password_file


def identity_after_an_orphan(directory: Path, bundle_id: str) -> Made:
    """PEM: a key of nothing, then the push certificate with its own."""
    made = pushing(directory, bundle_id)
    orphan = openssl.rsa_key(directory / "orphan.key")
    file = directory / "all.pem"
    file.write_text(orphan.read_text() + made.pem.read_text() + (directory / "push.key").read_text())
    return file, made.password_file


def push_identity_after_another(directory: Path, bundle_id: str) -> Made:
    """PEM: the key and certificate of a distribution, then those of pushes."""
    made = pushing(directory, bundle_id)
    other, certificate = openssl.rsa_key(directory / "distribution.key"), directory / "distribution.pem"
    openssl.openssl("req", "-x509", "-new", "-key", other, "-subj", "/CN=Apple Distribution: Example", "-days", "30",
                    "-out", certificate)
    file = directory / "both.pem"
    file.write_text("".join(part.read_text() for part in (other, certificate, directory / "push.key", made.pem)))
    return file, made.password_file


def key_of_an_old_tool(directory: Path, bundle_id: str) -> Made:
    made = pushing(directory, bundle_id)
    openssl.openssl("pkcs8", "-topk8", "-v1", "PBE-MD5-DES", "-provider", "legacy", "-provider", "default",
                    "-in", directory / "push.key", "-passout", f"pass:{PASSWORD}", "-out", directory / "old.key")
    file = directory / "old.pem"
    file.write_text((directory / "old.key").read_text() + made.pem.read_text())
    return file, made.password_file


def password_with_bom(directory: Path, bundle_id: str) -> Made:
    made = pushing(directory, bundle_id)
    made.password_file.write_bytes(b"\xef\xbb\xbf" + PASSWORD.encode() + b"\r\n")
    return made.p12, made.password_file


def issued(directory: Path, bundle_id: str, *signing: str, bits: int = 2048) -> Made:
    """A push certificate of an authority, as Apple is one."""
    made = pushing(directory, bundle_id)
    authority = openssl.server_identity(directory / "authority").ca
    key = openssl.rsa_key(directory / "weak.key", bits)
    openssl.openssl("req", "-new", "-key", key, "-config", directory / "push.cnf", "-out", directory / "weak.csr")
    openssl.openssl("x509", "-req", "-in", directory / "weak.csr", "-CA", authority, "-CAkey",
                    authority.with_name("ca.key"), "-CAcreateserial", "-days", "30", "-extfile",
                    directory / "push.cnf", "-extensions", "apple", *signing, "-out", directory / "weak.pem")
    openssl.openssl("pkcs12", "-export", "-in", directory / "weak.pem", "-inkey", key,
                    "-passout", f"pass:{PASSWORD}", "-out", made.p12)
    return made.p12, made.password_file


def password_in(content: bytes) -> Callable[[Path, str], Made]:
    def make(directory: Path, bundle_id: str) -> Made:
        made = pushing(directory, bundle_id)
        made.password_file.write_bytes(content)
        return made.p12, made.password_file

    return make


PUSHED_WITH = {
    "apns-p12-without-mac": without_mac,
    "apns-p12-one-key-distribution-then-push": distribution_and_push,
    "apns-p12-orphan-key-first": p12_with_an_orphan_first,
    "apns-p12-distribution-identity-then-push-identity": p12_with_two_identities,
    "apns-p12-pbmac1": p12_with_pbmac1,
    "apns-pem-orphan-key-first": identity_after_an_orphan,
    "apns-distribution-identity-then-push-identity": push_identity_after_another,
    "apns-pem-key-pbe-md5-des": key_of_an_old_tool,
    "password-with-bom": password_with_bom,
}

REFUSED: dict[str, tuple[Callable[[Path, str], Made], str]] = {
    "apns-certificate-signed-with-sha1": (lambda d, app: issued(d, app, "-sha1"), "signed with SHA1"),
    "apns-certificate-rsa1024": (lambda d, app: issued(d, app, bits=1024), "only 1024 bits"),
    "password-utf16": (password_in(PASSWORD.encode("utf-16")), "UTF-16"),
    "password-cp1252": (password_in("Pässwört€".encode("cp1252")), "not UTF-8"),
}


def add(world: World, app: App, made: Made) -> tuple[int, str]:
    """credential add: its exit code and what it said."""
    result = world.gateway.cli("credential", "add", "--tenant", TENANT, "--app", app.bundle_id, "--provider", "apns",
                               "--file", made[0], "--password-file", made[1], check=False)
    return result.code, result.stdout + result.stderr


def rings(world: World, app: App) -> None:
    phone, account = world.signed_in(app)
    world.exchange.mailbox(account.address).deliver()
    world.wait_push(phone, timeout=10)


@pytest.mark.row("ADMIN-4")
@pytest.mark.parametrize("case", PUSHED_WITH)
def test_such_a_file_is_pushed_with(world: World, tmp_path: Path, case: str) -> None:
    app = world.add_app(credential="none")

    code, said = add(world, app, PUSHED_WITH[case](tmp_path, app.bundle_id))

    assert code == 0, said
    rings(world, app)


@pytest.mark.row("ADMIN-5")
@pytest.mark.parametrize("case", REFUSED)
def test_such_a_file_is_refused_and_the_credential_before_it_stays(world: World, tmp_path: Path, case: str) -> None:
    app = world.add_app(credential="certificate")
    make, reason = REFUSED[case]

    code, said = add(world, app, make(tmp_path, app.bundle_id))

    assert code != 0 and reason in said
    rings(world, app)


def test_what_openssl_takes_no_more_pauses_that_credential_alone(tmp_path: Path) -> None:
    stricter = tmp_path / "stricter.cnf"  # a key of RSA needs 3,072 bits there
    stricter.write_text("openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\n"
                        "CipherString = DEFAULT@SECLEVEL=3\n")
    with World(tmp_path / "world") as world:
        weak, strong = world.add_app(credential="certificate"), world.add_app()
        phone, account = world.signed_in(weak)
        world.gateway.stop()
        world.gateway.environment["OPENSSL_CONF"] = str(stricter)
        world.start_gateway()

        world.exchange.mailbox(account.address).deliver()
        until(lambda: "a credential cannot be used: its pushes wait" in world.gateway.log(), 10)
        rings(world, strong)
        listed = {c["app"]: c for c in world.gateway.command("credential", "list")["credentials"]}
        assert listed[strong.bundle_id]["unusable"] is None
        assert "only 2048 bits" in listed[weak.bundle_id]["unusable"]
        assert "cannot use it" in listed[weak.bundle_id]["alarm"]
        checked = world.gateway.cli("check", check=False)
        assert checked.code == 1 and "only 2048 bits" in checked.stdout

        world.gateway.stop()
        del world.gateway.environment["OPENSSL_CONF"]
        world.start_gateway()
        world.wait_push(phone, timeout=10)

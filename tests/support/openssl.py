# SPDX-License-Identifier: Apache-2.0
"""Keys and certificates through the openssl command: a CA and servers' certificates, Apple's .p8 and .p12 files."""
import subprocess
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

APPLE = "1.2.840.113635.100.6.3"  # .1 development, .2 production, .6 topics with their kinds


def openssl(*arguments: str | Path) -> None:
    """Runs openssl; raises with what it said."""
    done = subprocess.run(["openssl", *arguments], capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]}: {done.stderr.decode(errors='replace')}")


@dataclass(frozen=True)
class ServerIdentity:
    """PEM files: what a server presents and what its clients verify it against."""

    certificate: Path
    key: Path
    ca: Path


def server_identity(directory: Path, name: str = "server", days: int = 30) -> ServerIdentity:
    """A CA (one for each directory) and a certificate of it for localhost and 127.0.0.1."""
    directory.mkdir(parents=True, exist_ok=True)
    ca, ca_key = directory / "ca.pem", directory / "ca.key"
    if not ca.exists():
        _ec_key(ca_key)
        openssl("req", "-x509", "-new", "-key", ca_key, "-days", "3650", "-subj", "/CN=Postbell test CA", "-out", ca,
                "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
    key, request, certificate = (directory / f"{name}.{kind}" for kind in ("key", "csr", "pem"))
    _ec_key(key)
    openssl("req", "-new", "-key", key, "-subj", "/CN=localhost", "-out", request)
    extensions = directory / f"{name}.ext"
    extensions.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1\nextendedKeyUsage=serverAuth\n")
    openssl("x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-days", str(days),
            "-extfile", extensions, "-out", certificate)
    return ServerIdentity(certificate, key, ca)


def signing_key(file: Path) -> Path:
    """A .p8 as Apple hands it out: PKCS#8, EC P-256."""
    _ec_key(file)
    return file


def rsa_key(file: Path, bits: int = 2048) -> Path:
    """A service account's private key as Google hands it out: PKCS#8, RSA."""
    openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}", "-out", file)
    return file


@dataclass(frozen=True)
class PushCertificate:
    """A .p12 with its password in a file, and the certificate alone as PEM."""

    p12: Path
    password_file: Path
    password: str
    pem: Path


def push_certificate(directory: Path, name: str, bundle_id: str, *, environments: str = "production",
                     topics: dict[str, str] | None = None, days: int = 365, legacy: bool = False,
                     with_key: bool = True, common_name: str = "Apple Push Services",
                     password: str = "opensesame", expires: datetime | None = None) -> PushCertificate:
    """A push certificate as Apple issues it. `environments`: "production", "sandbox" or "both"; `topics`: topic to
    kind ("app", "voip", ...), as universal certificates list them; `days` -1: expired yesterday; `expires`: to the second, instead; `legacy`: RC2 and 3DES, as old exports have."""
    directory.mkdir(parents=True, exist_ok=True)
    key, pem, config, p12, secret = (directory / f"{name}.{kind}" for kind in ("key", "pem", "cnf", "p12", "password"))
    config.write_text(_certificate_config(bundle_id, environments, topics or {}, common_name))
    openssl("genrsa", "-out", key, "2048")
    openssl("req", "-new", "-key", key, "-config", config, "-out", directory / f"{name}.csr")
    if expires is None:
        openssl("x509", "-req", "-in", directory / f"{name}.csr", "-signkey", key, "-extfile", config,
                "-extensions", "apple", "-days", str(max(days, -1)), "-out", pem)
    else:
        _sign_until(directory, name, expires)
    secret.touch(mode=0o600)
    secret.write_text(password + "\n")
    openssl("pkcs12", "-export", "-in", pem, *(["-inkey", key] if with_key else ["-nokeys"]),
            *(["-legacy"] if legacy else []), "-passout", f"pass:{password}", "-out", p12)
    return PushCertificate(p12, secret, password, pem)


def _sign_until(directory: Path, name: str, expires: datetime) -> None:
    """What `openssl x509` cannot: a certificate that ends at a second."""
    names = "".join(f"{part}=optional\n" for part in ("UID", "CN", "OU", "O", "C"))
    authority = directory / f"{name}.ca.cnf"
    authority.write_text(f"[ca]\ndefault_ca=d\n[d]\ndatabase={directory}/{name}.index\nnew_certs_dir={directory}\n"
                         f"serial={directory}/{name}.serial\n"
                         f"default_md=sha256\npolicy=p\npreserve=yes\n[p]\n{names}")
    (directory / f"{name}.index").write_text("")
    openssl("ca", "-batch", "-selfsign", "-rand_serial", "-notext", "-config", authority,
            "-keyfile", directory / f"{name}.key", "-in", directory / f"{name}.csr", "-out", directory / f"{name}.pem",
            "-startdate", f"{expires - timedelta(days=1):%Y%m%d%H%M%SZ}", "-enddate", f"{expires:%Y%m%d%H%M%SZ}",
            "-extfile", directory / f"{name}.cnf", "-extensions", "apple")


def _ec_key(file: Path) -> None:
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", file)


def _certificate_config(bundle_id: str, environments: str, topics: dict[str, str], common_name: str) -> str:
    apple = ["basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature", "extendedKeyUsage=clientAuth"]
    if environments in ("sandbox", "both"):
        apple.append(f"{APPLE}.1=ASN1:NULL")
    if environments in ("production", "both"):
        apple.append(f"{APPLE}.2=ASN1:NULL")
    sections = ""
    if topics:
        apple.append(f"{APPLE}.6=ASN1:SEQUENCE:topics")
        listed = "".join(f"t{i}=UTF8:{topic}\nk{i}=SEQUENCE:kind{i}\n" for i, topic in enumerate(topics))
        sections = f"[topics]\n{listed}" + "".join(f"[kind{i}]\nk=UTF8:{kind}\n"
                                                   for i, kind in enumerate(topics.values()))
    return (f"[req]\nprompt=no\ndistinguished_name=name\nstring_mask=utf8only\n[name]\nUID={bundle_id}\n"
            f"CN={common_name}: {bundle_id}\nOU=TEAM123456\nO=Example\nC=US\n"
            "[apple]\n" + "\n".join(apple) + "\n" + sections)

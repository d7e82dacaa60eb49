# SPDX-License-Identifier: Apache-2.0
"""Makes the credentials of a push provider for tests: a signing key with its JWTs, and client certificates with Apple's
extensions. Needs the openssl command and nothing else."""

import base64
import json
import pathlib
import subprocess
import time


def _openssl(*arguments, data=None):
    return subprocess.run(["openssl", *map(str, arguments)], input=data, check=True, capture_output=True).stdout


def _base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _raw_signature(der):
    """The 64 bytes r||s that a JWT wants, from DER: SEQUENCE { INTEGER r, INTEGER s }."""
    at = 2
    numbers = b""
    for _ in range(2):
        length = der[at + 1]
        numbers += der[at + 2:at + 2 + length].lstrip(b"\0").rjust(32, b"\0")
        at += 2 + length
    return numbers


class SigningKey:
    """A .p8 as the developer portal gives it."""

    def __init__(self, directory, kid="ABC123DEFG", team="DEF123GHIJ"):
        self.kid = kid
        self.team = team
        self.file = pathlib.Path(directory) / f"AuthKey_{kid}.p8"
        self.file.write_bytes(_openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"))
        self.pem = self.file.read_text()

    def jwt(self, issued_at=None, header=None, claims=None):
        """`header` and `claims` replace or add members; None as a value takes one away."""
        def part(members, changes):
            members.update(changes or {})
            kept = {name: value for name, value in members.items() if value is not None}
            return _base64url(json.dumps(kept).encode())
        issued_at = int(time.time()) if issued_at is None else int(issued_at)
        signed = (part({"alg": "ES256", "kid": self.kid}, header) + "." +
                  part({"iss": self.team, "iat": issued_at}, claims))
        signature = _raw_signature(_openssl("dgst", "-sha256", "-sign", self.file, data=signed.encode()))
        return signed + "." + _base64url(signature)


def client_certificate(directory, user_id, production=True, development=False, topics=(), days=30, name="client"):
    """Returns (certificate file, key file), self-signed. `topics` makes extension 1.2.840.113635.100.6.3.6."""
    directory = pathlib.Path(directory)
    config, certificate, key = (directory / f"{name}{suffix}" for suffix in (".cnf", ".pem", ".key"))
    arc = "1.2.840.113635.100.6.3"
    lines = ["[req]", "distinguished_name=dn", "x509_extensions=ext", "prompt=no", "[dn]"]
    lines += [f"UID={user_id}"] if user_id else []
    lines += [f"CN=Apple Push Services: {user_id}", "[ext]", "extendedKeyUsage=clientAuth"]
    lines += [f"{arc}.1=DER:0500"] if development else []
    lines += [f"{arc}.2=DER:0500"] if production else []
    if topics:
        lines += [f"{arc}.6=ASN1:SEQUENCE:topics", "[topics]"]
        for number, topic in enumerate(topics):
            lines += [f"t{number}=UTF8:{topic}", f"k{number}=SEQUENCE:kinds"]
        lines += ["[kinds]", "a=UTF8:app"]
    config.write_text("\n".join(lines) + "\n")
    arguments = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-config", config, "-keyout", key, "-out", certificate]
    if days > 0:
        _openssl(*arguments, "-days", days)
    else:
        # `req` makes none that has expired already: sign it again with dates of the past.
        _openssl(*arguments, "-days", 1)
        request = _openssl("x509", "-x509toreq", "-in", certificate, "-signkey", key)
        database = directory / f"{name}.index"
        database.write_text("")
        (directory / f"{name}.ca.cnf").write_text(
            f"[ca]\ndefault_ca=d\n[d]\ndatabase={database}\nserial={directory / (name + '.serial')}\n"
            f"new_certs_dir={directory}\ndefault_md=sha256\npolicy=p\n[p]\nUID=optional\ncommonName=optional\n")
        (directory / f"{name}.csr").write_bytes(request)
        _openssl("ca", "-batch", "-selfsign", "-rand_serial", "-notext", "-config", directory / f"{name}.ca.cnf",
                 "-keyfile", key, "-in", directory / f"{name}.csr", "-out", certificate,
                 "-startdate", "20200101000000Z", "-enddate", "20210101000000Z",
                 "-extfile", config, "-extensions", "ext")
    return certificate, key

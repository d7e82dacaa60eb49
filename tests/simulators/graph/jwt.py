# SPDX-License-Identifier: Apache-2.0
"""RSA keys and JWTs through the openssl command: signing id tokens, publishing keys, checking client assertions."""
import base64
import hashlib
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any


def base64url(data: bytes) -> str:
    """Without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unbase64url(text: str) -> bytes:
    """Raises ValueError."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _openssl(*arguments: str | Path, data: bytes = b"") -> bytes:
    done = subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=False)
    if done.returncode != 0:
        raise ValueError(f"openssl {arguments[0]}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


class SigningKey:
    """An RSA key of 2048 bits. Its file lives as long as it does."""

    def __init__(self) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="graph-key-")
        self._file = Path(self._directory.name) / "key.pem"
        _openssl("genrsa", "-out", self._file, "2048")
        modulus = _openssl("rsa", "-in", self._file, "-noout", "-modulus").decode().strip().partition("=")[2]
        self._modulus = base64url(bytes.fromhex(modulus))
        self.kid = base64url(hashlib.sha1(modulus.encode()).digest())

    def jwk(self) -> dict[str, str]:
        """As a key set publishes it."""
        return {"kty": "RSA", "use": "sig", "kid": self.kid, "x5t": self.kid, "n": self._modulus, "e": "AQAB"}

    def sign(self, claims: dict[str, Any], header: dict[str, Any] | None = None) -> str:
        """A JWT, RS256 unless `header` says otherwise ("none" leaves the signature empty)."""
        head = {"typ": "JWT", "alg": "RS256", "kid": self.kid, **(header or {})}
        signed = f"{base64url(json.dumps(head).encode())}.{base64url(json.dumps(claims).encode())}"
        if head["alg"] == "none":
            return signed + "."
        signature = _openssl("dgst", "-sha256", "-sign", self._file, data=signed.encode())
        return f"{signed}.{base64url(signature)}"


class Certificate:
    """A certificate that an app registration trusts."""

    def __init__(self, pem: str) -> None:
        der = _openssl("x509", "-outform", "DER", data=pem.encode())
        self._public = _openssl("x509", "-pubkey", "-noout", data=pem.encode())
        self.thumbprints = {base64url(hashlib.sha1(der).digest()), base64url(hashlib.sha256(der).digest())}

    def verify(self, token: str) -> dict[str, Any]:
        """The claims of an assertion that this certificate's key signed (RS256 or PS256). Raises ValueError."""
        head, body, signature = token.split(".")
        header = json.loads(unbase64url(head))
        if not {header.get("x5t"), header.get("x5t#S256")} & self.thumbprints:
            raise ValueError("the thumbprint (x5t) is not that of a registered certificate")
        options = {"RS256": [], "PS256": ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]}
        if header.get("alg") not in options:
            raise ValueError(f"alg {header.get('alg')!r} is not accepted")
        with tempfile.TemporaryDirectory() as directory:
            key, proof = Path(directory) / "public.pem", Path(directory) / "signature"
            key.write_bytes(self._public)
            proof.write_bytes(unbase64url(signature))
            _openssl("dgst", "-sha256", "-verify", key, *options[header["alg"]], "-signature", proof,
                     data=f"{head}.{body}".encode())
        claims: dict[str, Any] = json.loads(unbase64url(body))
        return claims

# SPDX-License-Identifier: Apache-2.0
"""The simulator takes what the npm package web-push sends, and nothing that breaks RFC 8030, 8291 or 8292."""
import base64
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from support.webpush import Subscription, WebPush, vapid_keys  # noqa: E402 (the path comes first)

SUBJECT = "mailto:ops@example.com"


@pytest.fixture(scope="module", params=["both", "http/1.1"])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebPush]:
    with WebPush(tmp_path_factory.mktemp("service"), request.param) as made:
        yield made


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Sender:
    """A VAPID key."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.public = encoded(self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    def header(self, audience: str, *, typ: str = "JWT", alg: str = "ES256", k: str = "", **changes: Any) -> str:
        """An authorization; `changes` to the claims."""
        claims = {"aud": audience, "exp": int(time.time()) + 3600, "sub": SUBJECT, **changes}
        text = f"{encoded(json.dumps({'typ': typ, 'alg': alg}).encode())}.{encoded(json.dumps(claims).encode())}"
        r, s = decode_dss_signature(self._key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        return f"vapid t={text}.{encoded(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}, k={k or self.public}"


def post(service: WebPush, subscription: Subscription, body: bytes = b"x" * 120, method: str = "POST",
         **headers: str | None) -> int:
    """The status; `headers` beside good ones or, with None, without them."""
    all_headers = {"ttl": "60", "content-encoding": "aes128gcm", "authorization": Sender().header(service.endpoint),
                   **{name.replace("_", "-"): value for name, value in headers.items()}}
    done = subprocess.run(
        ["curl", "-sS", "-o", "/dev/null", "--cacert", service.ca_file, "-w", "%{http_code}", "--data-binary", "@-", "-X",
         method, *(part for name, value in all_headers.items() if value is not None
                   for part in ("-H", f"{name}: {value}")), subscription.json["endpoint"]],
        input=body, capture_output=True, check=True)
    return int(done.stdout)


def note(service: WebPush) -> str:
    return service.messages()[-1].note


def test_what_web_push_sends_is_taken_and_decrypted(service: WebPush) -> None:
    keys = vapid_keys()
    subscription = service.subscribe(keys["publicKey"])
    vapid = {"subject": SUBJECT, **keys}

    assert service.send_by_web_push(subscription, {"event": "new_mail"}, vapidDetails=vapid, TTL=60, urgency="high",
                                    topic="t") == "201"

    message = service.messages(subscription)[-1]
    assert message.data == {"event": "new_mail"}
    assert (message.ttl, message.urgency, message.topic) == ("60", "high", "t")
    other = {"subject": SUBJECT, **vapid_keys()}
    assert service.send_by_web_push(subscription, {}, vapidDetails=other) == "403"


def test_a_body_that_does_not_decrypt_is_a_problem_of_the_device(service: WebPush) -> None:
    subscription = service.subscribe()
    assert post(service, subscription) == 201
    assert "does not decrypt" in service.messages(subscription)[-1].problems[0]


@pytest.mark.parametrize(("headers", "status", "why"), [
    ({"ttl": None}, 400, "TTL"), ({"ttl": "-1"}, 400, "TTL"), ({"urgency": "urgent"}, 400, "Urgency"),
    ({"topic": "x" * 33}, 400, "Topic"), ({"topic": "a.b"}, 400, "Topic"),
    ({"content_encoding": "aesgcm"}, 400, "aes128gcm"), ({"crypto_key": "dh=x"}, 400, "crypto-key"),
    ({"authorization": None}, 401, "VAPID"), ({"authorization": "WebPush x.y.z"}, 401, "VAPID")])
def test_a_request_that_breaks_rfc_8030_is_refused(service: WebPush, headers: dict[str, str | None], status: int,
                                                   why: str) -> None:
    assert post(service, service.subscribe(), **headers) == status
    assert why in note(service)


@pytest.mark.parametrize(("changes", "why"), [
    ({"aud": "https://other.example"}, "aud"), ({"exp": 5}, "expired"), ({"exp": int(time.time()) + 90_000}, "a day"),
    ({"exp": "soon"}, "whole number"), ({"sub": "ops"}, "sub"), ({"alg": "none"}, "ES256"), ({"typ": "X"}, "ES256"),
    ({"k": "BA"}, "point")])
def test_a_token_that_breaks_rfc_8292_is_refused(service: WebPush, changes: dict[str, Any], why: str) -> None:
    assert post(service, service.subscribe(), authorization=Sender().header(service.endpoint, **changes)) == 401
    assert why in note(service)


def test_a_token_of_another_key_is_refused(service: WebPush) -> None:
    forged = Sender().header(service.endpoint, k=Sender().public)
    assert post(service, service.subscribe(), authorization=forged) == 401
    assert post(service, service.subscribe(Sender().public)) == 403


def test_subscriptions_end(service: WebPush) -> None:
    subscription = service.subscribe()
    service.state(subscription, "gone")
    assert post(service, subscription) == 410
    service.state(subscription, "unknown")
    assert post(service, subscription) == 404
    assert post(service, service.subscribe(), b"x" * 4097) == 413
    assert post(service, service.subscribe(), method="PUT") == 405


def test_of_a_topic_the_newest_is_kept(service: WebPush) -> None:
    subscription = service.subscribe()
    for topic in ("a", "b", "a", None):
        post(service, subscription, topic=topic)
    assert [m.topic for m in service.collect(subscription)] == ["b", "a", ""]
    assert service.collect(subscription) == []

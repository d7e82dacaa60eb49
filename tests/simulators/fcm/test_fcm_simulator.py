# SPDX-License-Identifier: Apache-2.0
"""The simulator's own strictness, shown with curl and openssl. FCM_SIMULATOR names the binary."""
import base64
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from support.fcm import OAUTH, Fcm, ServiceAccount  # noqa: E402 (the path comes first)

TOKEN = "id:APA91b" + "x" * 130
DATA = {"token": TOKEN, "data": {"event": "new_mail"}, "android": {"priority": "HIGH", "ttl": "60s"}}


@pytest.fixture(scope="module")
def fcm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fcm]:
    simulator = Fcm(tmp_path_factory.mktemp("fcm"))
    simulator.start()
    yield simulator
    simulator.stop()


@pytest.fixture(scope="module")
def account(fcm: Fcm) -> ServiceAccount:
    return fcm.service_account("project-1")


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def assertion(fcm: Fcm, account: ServiceAccount, **changes: Any) -> str:
    """A JWT signed by openssl; `changes` to its claims, `kid` and `alg` to its header."""
    now = int(time.time())
    header = {"alg": changes.pop("alg", "RS256"), "kid": changes.pop("kid", account.key_id)}
    claims = {"iss": account.email, "aud": fcm.token_endpoint, "iat": now, "exp": now + 3600,
              "scope": "https://www.googleapis.com/auth/firebase.messaging", **changes}
    text = f"{encoded(json.dumps(header).encode())}.{encoded(json.dumps(claims).encode())}"
    key = account.file.with_suffix(".key")
    signed = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=text.encode(), capture_output=True,
                            check=True)
    return f"{text}.{encoded(signed.stdout)}"


def post(fcm: Fcm, path: str, body: str, *headers: str) -> tuple[int, Any]:
    """Status and body, parsed if it is JSON."""
    done = subprocess.run(
        ["curl", "-sS", "--http2", "--cacert", fcm.ca_file, "-w", "\n%{http_code}", "-d", body,
         *(part for header in headers for part in ("-H", header)), fcm.endpoint + path],
        capture_output=True, check=True, text=True)
    answer, _, status = done.stdout.rpartition("\n")
    try:
        return int(status), json.loads(answer)
    except json.JSONDecodeError:
        return int(status), answer


def ask_token(fcm: Fcm, jwt: str, grant: str = "urn:ietf:params:oauth:grant-type:jwt-bearer") -> tuple[int, Any]:
    return post(fcm, "/token", f"grant_type={grant}&assertion={jwt}")


def send(fcm: Fcm, token: str, message: Any, project: str = "project-1") -> tuple[int, Any]:
    body = message if isinstance(message, str) else json.dumps({"message": message})
    return post(fcm, f"/v1/projects/{project}/messages:send", body, "content-type: application/json",
                f"authorization: Bearer {token}")


@pytest.fixture(scope="module")
def token(fcm: Fcm, account: ServiceAccount) -> str:
    status, answer = ask_token(fcm, assertion(fcm, account))
    assert status == 200, answer
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 3599)
    return str(answer["access_token"])


# Times are seconds from now, set when the test runs: a name that has the time in it is another one in each process.
@pytest.mark.parametrize(("changes", "from_now", "error"), [
    ({"iss": "nobody@example.com"}, {}, "invalid_grant"), ({"kid": "other"}, {}, "invalid_grant"),
    ({"alg": "HS256"}, {}, "invalid_grant"), ({"aud": "https://oauth2.googleapis.com/token"}, {}, "invalid_grant"),
    ({"scope": "openid"}, {}, "invalid_scope"), ({}, {"exp": 9000}, "invalid_grant"),
    ({}, {"iat": 600, "exp": 4000}, "invalid_grant"), ({}, {"iat": -9000, "exp": -6000}, "invalid_grant"),
    ({"iat": "x"}, {}, "invalid_grant"),
], ids=str)
def test_an_assertion_that_google_would_not_take_is_refused(fcm: Fcm, account: ServiceAccount, changes: dict[str, Any],
                                                            from_now: dict[str, int], error: str) -> None:
    times = {name: int(time.time()) + seconds for name, seconds in from_now.items()}
    status, answer = ask_token(fcm, assertion(fcm, account, **changes, **times))

    assert (status, answer["error"]) == (400, error)


def test_a_wrong_signature_or_grant_type_is_refused(fcm: Fcm, account: ServiceAccount) -> None:
    jwt = assertion(fcm, account)
    forged = jwt[:-8] + ("AAAAAAAA" if not jwt.endswith("AAAAAAAA") else "BBBBBBBB")

    assert ask_token(fcm, forged)[1]["error"] == "invalid_grant"
    assert ask_token(fcm, jwt, "password")[1]["error"] == "unsupported_grant_type"
    assert ask_token(fcm, "nonsense")[1]["error"] == "invalid_grant"


def test_a_good_message_is_taken_and_recorded(fcm: Fcm, token: str) -> None:
    status, answer = send(fcm, token, DATA)

    assert status == 200
    assert answer["name"].startswith("projects/project-1/messages/")
    last = fcm.requests(TOKEN)[-1]
    assert (last.project, last.message, last.violations) == ("project-1", DATA, ())


MESSAGES = {
    "not JSON": "{",
    "an unknown field": {**DATA, "priority": "HIGH"},
    "a number in data": {**DATA, "data": {"unread": 3}},
    "a reserved key": {**DATA, "data": {"from": "x"}},
    "a reserved prefix": {**DATA, "data": {"google.x": "x"}},
    "no recipient": {"data": {"a": "b"}},
    "two recipients": {**DATA, "topic": "news"},
    "a ttl that is a number": {**DATA, "android": {"ttl": 60}},
    "a ttl without s": {**DATA, "android": {"ttl": "60"}},
    "a ttl of two months": {**DATA, "android": {"ttl": "5184000s"}},
    "a priority in lower case": {**DATA, "android": {"priority": "high"}},
    "too large": {**DATA, "data": {"a": "x" * 4096}},
    "a token of another form": {**DATA, "token": "a b"},
    "apns without a push type": {"token": TOKEN, "apns": {"headers": {"apns-priority": "5"}, "payload": {"aps": {"badge": 1}}}},
    "a background push that shows a badge": {"token": TOKEN, "apns": {
        "headers": {"apns-priority": "5", "apns-push-type": "background"},
        "payload": {"aps": {"content-available": 1, "badge": 1}}}},
}


@pytest.mark.parametrize("what", MESSAGES)
def test_a_message_that_google_would_not_take_is_400(fcm: Fcm, token: str, what: str) -> None:
    status, answer = send(fcm, token, MESSAGES[what])

    assert (status, answer["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_only_tokens_of_its_own_are_taken_until_they_end(fcm: Fcm, account: ServiceAccount) -> None:
    assert send(fcm, "ya29.forged", DATA)[0] == 401
    fresh = ask_token(fcm, assertion(fcm, account))[1]["access_token"]
    fcm.call("POST", "/clock", {"offset_seconds": 3601})
    try:
        status, answer = send(fcm, fresh, DATA)
        assert (status, answer["error"]["details"][0]["reason"]) == (401, "ACCESS_TOKEN_EXPIRED")
    finally:
        fcm.call("POST", "/clock", {"offset_seconds": 0})
    assert send(fcm, fresh, DATA)[0] == 200


def test_project_role_and_api_are_checked(fcm: Fcm, account: ServiceAccount, token: str) -> None:
    assert send(fcm, token, DATA, project="project-2")[0] == 403
    fcm.project("project-1", api="disabled")
    assert send(fcm, token, DATA)[1]["error"]["details"][0]["reason"] == "SERVICE_DISABLED"
    fcm.project("project-1", api="enabled")
    fcm.know(account, may_push=False)
    assert send(fcm, token, DATA)[1]["error"]["details"][0]["reason"] == "IAM_PERMISSION_DENIED"
    fcm.know(account)
    assert send(fcm, token, DATA)[0] == 200


@pytest.mark.parametrize(("fields", "status", "code"), [
    ({"state": "unregistered"}, 404, "UNREGISTERED"), ({"project_id": "other"}, 403, "SENDER_ID_MISMATCH")])
def test_devices_have_their_state(fcm: Fcm, token: str, fields: dict[str, str], status: int, code: str) -> None:
    fcm.device(TOKEN + code, **fields)

    seen, answer = send(fcm, token, {**DATA, "token": TOKEN + code})

    assert (seen, answer["error"]["details"][0]["errorCode"]) == (status, code)


def test_a_fault_of_the_token_endpoint_leaves_pushes_alone(fcm: Fcm, account: ServiceAccount, token: str) -> None:
    fcm.fault({"type": "answer", "status": 400, "reason": "invalid_grant"}, topic=OAUTH, times=1)

    assert send(fcm, token, DATA)[0] == 200
    assert ask_token(fcm, assertion(fcm, account))[1]["error"] == "invalid_grant"
    assert ask_token(fcm, assertion(fcm, account))[0] == 200


def test_a_path_that_is_none_is_html(fcm: Fcm, token: str) -> None:
    assert send(fcm, token, DATA, project="a/b")[0] == 404
    assert str(post(fcm, "/fcm/send", "{}")[1]).startswith("<!DOCTYPE html>")

# SPDX-License-Identifier: Apache-2.0
"""The simulated FCM with its token endpoint as a process of its own, in the words of these tests."""
import itertools
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import openssl
from .cli import BUILD
from .simulated_network import SimulatedNetwork

PROGRAM = Path(os.environ.get("FCM_SIMULATOR", BUILD / "bin" / "fcm-simulator"))
OAUTH = "oauth"  # what a fault names as its topic to strike the token endpoint


@dataclass(frozen=True)
class FcmRequest:
    """One request that arrived: a push, or a request for an access token. Times are time.time()."""

    number: int
    path: str
    token: str               # the device's; empty for a request of an access token
    project: str             # "oauth" for a request of an access token
    credential: str          # the service account's address
    message: dict[str, Any]
    status: int              # what was answered; 0: nothing
    reason: str
    note: str
    received_at: float
    violations: tuple[str, ...]

    @property
    def delivered(self) -> bool:
        return self.status == 200

    @property
    def data(self) -> dict[str, str]:
        return dict(self.message.get("data", {}))

    @property
    def android(self) -> dict[str, Any]:
        return dict(self.message["android"])

    @property
    def apns(self) -> dict[str, Any]:
        return dict(self.message["apns"])

    @property
    def payload(self) -> dict[str, Any]:
        """What the device gets: the message of an Android phone, APNs' payload of an Apple device."""
        return dict(self.apns["payload"]) if "apns" in self.message else self.message

    @property
    def about(self) -> dict[str, Any]:
        """The part that names the registration."""
        return dict(self.payload["postbell"]) if "apns" in self.message else self.data

    @property
    def badge(self) -> int | None:
        badge = self.payload["aps"].get("badge") if "apns" in self.message else self.data.get("badge")
        return None if badge is None else int(badge)

    @property
    def push_type(self) -> str:
        return str(self.apns["headers"]["apns-push-type"]) if "apns" in self.message else "data"

    @property
    def priority(self) -> str:
        return str(self.apns["headers"]["apns-priority"] if "apns" in self.message else self.android["priority"])

    def __str__(self) -> str:
        return f"{self.path} {json.dumps(self.message, sort_keys=True)} -> {self.status} {self.reason} {self.note}"


@dataclass(frozen=True)
class ServiceAccount:
    """A service account and its file, as the Firebase console hands it out."""

    project: str
    email: str
    file: Path
    key_pem: str
    key_id: str


class Fcm(SimulatedNetwork[FcmRequest]):
    """fcm-simulator."""

    _numbers = itertools.count(1)

    def __init__(self, directory: Path, speed: float = 1.0, *, record: str = "memory") -> None:
        """`record`: "memory", or "off" for benchmarks."""
        super().__init__(PROGRAM, directory, speed)
        self._record = record

    @property
    def token_endpoint(self) -> str:
        """In place of https://oauth2.googleapis.com/token."""
        return self.endpoint + "/token"

    def service_account(self, project: str = "", *, known: bool = True, **more: Any) -> ServiceAccount:
        """A new one with its key. `more` goes into the file; `known`: Google knows it."""
        number = next(self._numbers)
        project = project or f"mail-project-{number}"
        self._directory.mkdir(parents=True, exist_ok=True)
        pem = openssl.rsa_key(self._directory / f"service-account-{number}.key").read_text()
        key_id = secrets.token_hex(20)
        email = f"postbell-{number}@{project}.iam.gserviceaccount.com"
        file = self._directory / f"service-account-{number}.json"
        file.write_text(json.dumps({
            "type": "service_account", "project_id": project, "private_key_id": key_id, "private_key": pem,
            "client_email": email, "client_id": "1234567890", "token_uri": "https://oauth2.googleapis.com/token",
            "universe_domain": "googleapis.com", **more}, indent=2))
        account = ServiceAccount(project, email, file, pem, key_id)
        if known:
            self.know(account)
        return account

    def know(self, account: ServiceAccount, *, may_push: bool = True) -> None:
        """The account is there; `may_push`: with the role it needs."""
        self.call("POST", "/service_accounts",
                  {"client_email": account.email, "project_id": account.project, "private_key_id": account.key_id,
                   "key_pem": account.key_pem, "may_push": may_push})

    def forget(self, account: ServiceAccount) -> None:
        """The account was deleted in the console."""
        self.call("DELETE", "/service_accounts", {"client_email": account.email})

    def project(self, project: str, **settings: str) -> None:
        """api: enabled or disabled; apple_key: good or bad."""
        self.call("POST", "/projects", {"project_id": project, **settings})

    def revoke_tokens(self) -> None:
        """Every access token issued so far is refused from now on."""
        self.call("DELETE", "/access_tokens")

    def tokens_issued(self) -> int:
        """Access tokens since the start."""
        return int(self.call("GET", "/state")["access_tokens_issued"])

    def token_life(self, seconds: int) -> None:
        """How long access tokens are valid from now on, on the simulator's clock."""
        self.call("POST", "/policy", {"token_life_seconds": seconds})

    def device(self, token: str, **fields: str) -> None:
        """project_id, state: ok or unregistered."""
        self.call("POST", "/devices", {"token": token, **fields})

    def requests(self, token: str = "", project: str = "") -> list[FcmRequest]:
        """Requests that were answered (or ended otherwise), in the order of their arrival."""
        return [r for r in self.received() if (not token or r.token == token) and (not project or r.project == project)]

    def _options(self) -> list[str]:
        return ["--record", self._record]

    def _read(self, told: dict[str, Any]) -> FcmRequest:
        answer = told.get("answer", {})
        payload = told["payload"] if isinstance(told["payload"], dict) else {}
        return FcmRequest(
            number=told["number"], path=told["path"], token=told["token"], project=told["topic"],
            credential=told["credential"] or "", message=payload.get("message", {}), status=answer.get("status", 0),
            reason=answer.get("reason", told["outcome"]), note=told["verdict"]["note"],
            received_at=told["received_unix_ms"] / 1000, violations=tuple(told["violations"]))


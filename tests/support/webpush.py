# SPDX-License-Identifier: Apache-2.0
"""The simulated push service of Web Push as a process of its own, and the subscriptions of devices to it."""
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from . import openssl
from .npm import packages
from .processes import end, spawn
from .wait import until

SOURCE = Path(__file__).resolve().parents[1] / "simulators" / "webpush"


@dataclass(frozen=True)
class Message:
    """One request that arrived."""

    number: int
    id: str                  # of the subscription
    path: str
    protocol: str            # "2.0", "1.1"
    ttl: str
    urgency: str
    topic: str
    authorization: str
    bytes: int               # of the body
    payload: dict[str, str] | None  # what the device decrypted; None: the server refused the push
    padded: int              # the length that the payload was padded to
    claims: dict[str, Any] | None   # of the VAPID token
    status: int              # of the answer; 0: the connection ended instead
    note: str                # why the server refused it
    problems: list[str]      # why a device would not read it, although the server took it

    @property
    def data(self) -> dict[str, str]:
        """What the app gets."""
        assert self.payload is not None and self.problems == [], f"{self.status} {self.note} {self.problems}"
        return self.payload


@dataclass(frozen=True)
class Subscription:
    """A device's, as PushSubscription.toJSON() gives it."""

    id: str
    json: dict[str, Any]

    @property
    def token(self) -> str:
        """As an app sends it to the gateway."""
        return json.dumps(self.json)


class WebPush:
    """webpush-simulator. Use as a context manager, from the main thread."""

    def __init__(self, directory: Path, protocol: str = "h2") -> None:
        """`protocol`: h2, http/1.1 or both."""
        self._directory, self._protocol = directory, protocol
        self._process: subprocess.Popen[bytes] | None = None
        self._environment: dict[str, str] = {}
        self._control_url = ""
        self.endpoint = ""
        self.ca_file = directory / "ca.pem"

    def __enter__(self) -> "WebPush":
        self._environment = {**os.environ, "NODE_PATH": str(packages(SOURCE))}
        tls = openssl.server_identity(self._directory)
        said = self._directory / "webpush-simulator.log"
        with said.open("wb") as log:
            self._process = spawn([SOURCE / "webpush-simulator", "--certificate", tls.certificate, "--key", tls.key,
                                   "--protocol", self._protocol], log, self._environment)
        process = self._process

        def ready() -> dict[str, Any] | None:
            if process.poll() is not None:
                raise RuntimeError(f"webpush-simulator ended: {said.read_text()}")
            first, newline, _ = said.read_text().partition("\n")
            return json.loads(first) if newline else None

        told = until(ready, 10.0, "webpush-simulator is ready")
        assert told is not None
        self.endpoint = told["endpoint"]
        self._control_url = f"http://127.0.0.1:{told['control_port']}"
        return self

    def __exit__(self, *unused: object) -> None:
        if self._process is not None:
            end(self._process)

    def subscribe(self, application_server_key: str = "") -> Subscription:
        """A new device. Its server takes pushes of this key alone, or of any where it is empty."""
        told = self._call("POST", "/subscriptions", {"applicationServerKey": application_server_key})
        return Subscription(told["id"], told["subscription"])

    def state(self, subscription: Subscription, state: str) -> None:
        """ok, gone (410) or unknown (404) from now on."""
        self._call("POST", "/state", {"id": subscription.id, "state": state})

    def fault(self, status: int, *, subscription: Subscription | None = None, times: int | None = None, body: str = "",
              **headers: str) -> None:
        """Answers the next `times` requests so (None: until clear_faults()); 0: ends the connection instead; -1: says
        nothing."""
        fault: dict[str, Any] = {"status": status, "body": body,
                                 "headers": {name.replace("_", "-"): value for name, value in headers.items()}}
        if subscription is not None:
            fault["id"] = subscription.id
        if times is not None:
            fault["times"] = times
        self._call("POST", "/faults", fault)

    def clear_faults(self) -> None:
        """Behaves again."""
        self._call("DELETE", "/faults")

    def messages(self, subscription: Subscription | None = None) -> list[Message]:
        """What arrived, in order."""
        told = self._call("POST", "/messages", {"id": subscription.id if subscription else ""})
        return [Message(**message) for message in told["messages"]]

    def collect(self, subscription: Subscription) -> list[Message]:
        """What was kept for the device, which comes back: of each topic the newest."""
        return [Message(**message) for message in self._call("POST", "/collect", {"id": subscription.id})["messages"]]

    def wait_message(self, subscription: Subscription, count: int = 1, timeout: float = 8.0) -> Message:
        """Waits until `count` messages arrived; the last of them."""
        return until(lambda: self.messages(subscription)[count - 1:], timeout,
                     f"message {count} for {subscription.id}")[-1]

    def send_by_web_push(self, subscription: Subscription, payload: dict[str, str], **options: Any) -> str:
        """Sends a push with the npm package web-push; the status of the answer."""
        asked = json.dumps({"subscription": subscription.json, "payload": json.dumps(payload), "options": options})
        done = subprocess.run(["node", SOURCE / "send.cjs"], input=asked, capture_output=True, text=True, check=True,
                              timeout=30, env={**self._environment, "NODE_EXTRA_CA_CERTS": str(self.ca_file)})
        return done.stdout.strip()

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(self._control_url + path, data, method=method), timeout=10) as answer:
            told: dict[str, Any] = json.load(answer)
            return told


def vapid_keys() -> dict[str, str]:
    """As `npx web-push generate-vapid-keys --json` prints them."""
    script = 'console.log(JSON.stringify(require("web-push").generateVAPIDKeys()))'
    done = subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True, timeout=30,
                          env={**os.environ, "NODE_PATH": str(packages(SOURCE))})
    made: dict[str, str] = json.loads(done.stdout)
    return made

# SPDX-License-Identifier: Apache-2.0
"""The simulated APNs as a process of its own, in the words of these tests."""
import json
import os
import subprocess
import threading
import time
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from .cli import BUILD
from .processes import end, spawn
from .push_network import Push
from .wait import until

PROGRAM = Path(os.environ.get("APNS_SIMULATOR", BUILD / "bin" / "apns-simulator"))


class Apns:
    """Starts apns-simulator and talks to its control API. pushes() may be called from any thread."""

    def __init__(self, directory: Path, speed: float = 1.0) -> None:
        self._directory, self._speed = directory, speed
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._ended: list[Push] = []  # in order of arrival, up to the first that is not answered yet
        self._ended_until = 0
        self.endpoint = ""
        self.control_url = ""
        self.ca_file = directory / "ca.pem"

    def start(self) -> None:
        """Returns when it listens."""
        self._directory.mkdir(parents=True, exist_ok=True)
        said = self._directory / "apns.log"
        with said.open("wb") as log:
            self._process = spawn([PROGRAM, "--state-dir", self._directory, "--clock-speed", str(self._speed)], log)

        def ready() -> dict[str, Any] | None:
            if self._process is not None and self._process.poll() is not None:
                raise RuntimeError(f"{PROGRAM.name} ended: {said.read_text()}")
            first, newline, _ = said.read_text().partition("\n")
            return json.loads(first) if newline else None

        told = until(ready, 10.0, f"{PROGRAM.name} is ready")
        assert told is not None
        self.endpoint = f"https://127.0.0.1:{told['port']}"
        self.control_url = f"http://127.0.0.1:{told['control_port']}"

    def stop(self) -> None:
        """Ends it."""
        if self._process is not None:
            end(self._process)

    def add_key(self, key_id: str, team_id: str, p8: Path) -> None:
        """Makes a signing key known, as if it had been made in Apple's portal."""
        self._call("POST", "/keys", {"kid": key_id, "team": team_id, "p8_pem": p8.read_text()})

    def kill_device(self, token: str, seconds_ago: float = 0.0) -> None:
        """The app was removed from the device, on APNs' clock: 410 Unregistered with that time."""
        now = self._call("GET", "/state")["clock"]["simulated_unix"]
        self._call("POST", "/devices", {"token": token, "state": "unregistered",
                                        "timestamp": int((now - seconds_ago) * 1000)})

    def fault(self, action: dict[str, Any], *, token: str = "", topic: str = "", times: int | None = None) -> None:
        """Misbehaves for the next `times` requests (None: until clear_faults()) of this device or topic."""
        match: dict[str, Any] = {"token_prefix": token, "topic": topic}
        if times is not None:
            match["next"] = times
        self._call("POST", "/faults", {"match": match, "action": action})

    def clear_faults(self) -> None:
        """Behaves again."""
        self._call("DELETE", "/faults")

    def set_clock(self, unix_seconds: float) -> None:
        """A fast clock begins with this simulator, the gateway's with its database: one must follow the other."""
        if self._speed != 1.0:
            self._call("POST", "/clock", {"now_unix": unix_seconds, "speed": self._speed})

    def statistics(self) -> dict[str, Any]:
        """Counts of requests, answers, connections and protocol violations."""
        return self._call("GET", "/stats")

    def arrived(self, token: str) -> bool:
        """A request for this device came, answered or not."""
        answer = self._call("GET", "/pushes?limit=100000")
        return any(push["token"] == token for push in answer["pushes"])

    def pushes(self, token: str = "", topic: str = "") -> list[Push]:
        """Requests that were answered (or ended otherwise), in the order of their arrival."""
        with self._lock:
            answer = self._call("GET", f"/pushes?since={self._ended_until}&limit=100000")
            later: list[Push] = []
            complete = True
            for told in answer["pushes"]:
                if told["outcome"] == "pending":
                    complete = False
                    continue
                push = _push(told)
                if complete:
                    self._ended.append(push)
                    self._ended_until = push.number
                else:
                    later.append(push)
            known = self._ended + later
        return [p for p in known if (not token or p.token == token) and (not topic or p.topic == topic)]

    def _call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        request = Request(self.control_url + path, None if body is None else json.dumps(body).encode(), method=method)
        with urlopen(request, timeout=10) as answer:
            told: dict[str, Any] = json.load(answer)
            return told


def _push(told: dict[str, Any]) -> Push:
    headers = told["headers"]
    answer = told.get("answer", {})
    return Push(
        number=told["number"], token=told["token"], topic=headers.get("apns-topic", ""),
        push_type=headers.get("apns-push-type", ""), priority=headers.get("apns-priority", ""),
        collapse_id=headers.get("apns-collapse-id", ""), expiration=headers.get("apns-expiration", ""),
        apns_id=headers.get("apns-id", ""), credential=told["credential"] or "", payload=told["payload"] or {},
        status=answer.get("status", 0), reason=answer.get("reason", told["outcome"]),
        received_at=told["received_unix_ms"] / 1000, answered_at=told.get("ended_unix_ms", time.time() * 1000) / 1000)

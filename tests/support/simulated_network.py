# SPDX-License-Identifier: Apache-2.0
"""A simulated push network as a process of its own: what APNs and FCM have in common."""
import json
import subprocess
import threading
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.request import Request, urlopen

from .processes import end, spawn
from .wait import until

Received = TypeVar("Received")


class SimulatedNetwork(Generic[Received]):
    """Starts a simulator and talks to its control API. received() may be called from any thread."""

    def __init__(self, program: Path, directory: Path, speed: float = 1.0) -> None:
        self._program, self._directory, self._speed = program, directory, speed
        self.process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._ended: list[Received] = []  # in order of arrival, up to the first that is not answered yet
        self._ended_until = 0
        self.endpoint = ""
        self.control_url = ""
        self.ca_file = directory / "ca.pem"

    def start(self) -> None:
        """Returns when it listens."""
        self._directory.mkdir(parents=True, exist_ok=True)
        said = self._directory / f"{self._program.name}.log"
        with said.open("wb") as log:
            self.process = spawn([self._program, "--state-dir", self._directory, "--clock-speed", str(self._speed),
                                   *self._options()], log)

        def ready() -> dict[str, Any] | None:
            if self.process is not None and self.process.poll() is not None:
                raise RuntimeError(f"{self._program.name} ended: {said.read_text()}")
            first, newline, _ = said.read_text().partition("\n")
            return json.loads(first) if newline else None

        told = until(ready, 10.0, f"{self._program.name} is ready")
        assert told is not None
        self.endpoint = f"https://127.0.0.1:{told['port']}"
        self.control_url = f"http://127.0.0.1:{told['control_port']}"

    def stop(self) -> None:
        """Ends it."""
        if self.process is not None:
            end(self.process)

    def fault(self, action: dict[str, Any], *, token: str = "", topic: str = "", connection: int | None = None,
              times: int | None = None) -> None:
        """Misbehaves for the next `times` requests (None: until clear_faults()) of this device, app, project or
        connection."""
        match: dict[str, Any] = {"token_prefix": token, "topic": topic}
        if connection is not None:
            match["connection"] = connection
        if times is not None:
            match["next"] = times
        self.call("POST", "/faults", {"match": match, "action": action})

    def clear_faults(self) -> None:
        """Behaves again."""
        self.call("DELETE", "/faults")

    def set_clock(self, unix_seconds: float) -> None:
        """A fast clock begins with this simulator, the gateway's with its database: one must follow the other."""
        if self._speed != 1.0:
            self.call("POST", "/clock", {"now_unix": unix_seconds, "speed": self._speed})

    def statistics(self) -> dict[str, Any]:
        """Counts of requests, answers, connections and protocol violations."""
        return self.call("GET", "/stats")

    def arrived(self, token: str) -> bool:
        """A request for this device came, answered or not."""
        answer = self.call("GET", "/pushes?limit=100000")
        return any(push["token"] == token for push in answer["pushes"])

    def received(self) -> list[Received]:
        """Requests that were answered (or ended otherwise), in the order of their arrival."""
        with self._lock:
            answer = self.call("GET", f"/pushes?since={self._ended_until}&limit=100000")
            later: list[Received] = []
            complete = True
            for told in answer["pushes"]:
                if told["outcome"] == "pending":
                    complete = False
                    continue
                one = self._read(told)
                if complete:
                    self._ended.append(one)
                    self._ended_until = told["number"]
                else:
                    later.append(one)
            return self._ended + later

    def call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """One call of the control API."""
        request = Request(self.control_url + path, None if body is None else json.dumps(body).encode(), method=method)
        with urlopen(request, timeout=10) as answer:
            told: dict[str, Any] = json.load(answer)
            return told

    def _options(self) -> list[str]:
        """More of the command line."""
        return []

    def _read(self, told: dict[str, Any]) -> Received:
        """One entry of the record in the words of the tests."""
        raise NotImplementedError

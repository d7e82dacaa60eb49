# SPDX-License-Identifier: Apache-2.0
"""The simulated APNs as a process of its own, in the words of these tests."""
import os
import time
from pathlib import Path
from typing import Any

from .cli import BUILD
from .push_network import Push
from .simulated_network import SimulatedNetwork

PROGRAM = Path(os.environ.get("APNS_SIMULATOR", BUILD / "bin" / "apns-simulator"))


class Apns(SimulatedNetwork[Push]):
    """apns-simulator."""

    def __init__(self, directory: Path, speed: float = 1.0) -> None:
        super().__init__(PROGRAM, directory, speed)

    def add_key(self, key_id: str, team_id: str, p8: Path) -> None:
        """Makes a signing key known, as if it had been made in Apple's portal."""
        self.call("POST", "/keys", {"kid": key_id, "team": team_id, "p8_pem": p8.read_text()})

    def kill_device(self, token: str, seconds_ago: float = 0.0) -> None:
        """The app was removed from the device, on APNs' clock: 410 Unregistered with that time."""
        now = self.call("GET", "/state")["clock"]["simulated_unix"]
        self.call("POST", "/devices", {"token": token, "state": "unregistered",
                                       "timestamp": int((now - seconds_ago) * 1000)})

    def pushes(self, token: str = "", topic: str = "") -> list[Push]:
        """Requests that were answered (or ended otherwise), in the order of their arrival."""
        return [p for p in self.received() if (not token or p.token == token) and (not topic or p.topic == topic)]

    def _read(self, told: dict[str, Any]) -> Push:
        headers = told["headers"]
        answer = told.get("answer", {})
        return Push(
            number=told["number"], connection=told["connection"], token=told["token"], topic=headers.get("apns-topic", ""),
            push_type=headers.get("apns-push-type", ""), priority=headers.get("apns-priority", ""),
            collapse_id=headers.get("apns-collapse-id", ""), expiration=headers.get("apns-expiration", ""),
            apns_id=headers.get("apns-id", ""), credential=told["credential"] or "", payload=told["payload"] or {},
            status=answer.get("status", 0), reason=answer.get("reason", told["outcome"]),
            received_at=told["received_unix_ms"] / 1000,
            answered_at=told.get("ended_unix_ms", time.time() * 1000) / 1000)

# SPDX-License-Identifier: Apache-2.0
"""The simulated push network's own record, and its faults on connections."""
import json
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen

from support.apns import Apns


@dataclass(frozen=True)
class Arrival:
    """One request as the network recorded it. Times are seconds of the network's monotonic clock."""

    number: int
    token: str
    topic: str
    badge: int | None
    connection: int
    at: float
    ended_at: float | None
    processed: bool      # a device got it, whatever the gateway was told
    status: int          # 0: no answer
    outcome: str


class Network:
    """Reads the record a page at a time and keeps it: a long test sees all of it, however much the simulator keeps."""

    def __init__(self, apns: Apns) -> None:
        self._apns = apns

    def fault(self, kind: str, *, on: str = "request", match: dict[str, Any] | None = None, **action: Any) -> None:
        """Adds a rule, or acts at once (on="now"). The simulator's README.md has the words."""
        rule: dict[str, Any] = {"action": {"type": kind, "on": on, **action}}
        if match:
            rule["match"] = match
        self._call("POST", "/faults", rule)

    def heal(self) -> None:
        """No faults any more, the port open, the stream limit as at first."""
        self._call("DELETE", "/faults")

    def arrivals(self, *, topic: str = "", token: str = "", since: int = 0) -> list[Arrival]:
        """Requests with a number above `since`, in order of arrival; those under way are among them."""
        found: list[Arrival] = []
        while True:
            page = self._call("GET", f"/pushes?since={since}&limit=10000")
            assert not since or page["oldest"] <= since + 1, "the record was cut"
            if not page["pushes"]:
                break
            found += map(_arrival, page["pushes"])
            since = page["next"]
        return [a for a in found if (not topic or a.topic == topic) and (not token or a.token == token)]

    def last_number(self) -> int:
        """That of the newest request, 0 before the first."""
        return int(self.statistics()["requests"])

    def badges(self, *, topic: str = "", since: int = 0) -> dict[str, list[int]]:
        """For each device the badges that it got, in order of arrival."""
        shown: dict[str, list[int]] = {}
        for arrival in self.arrivals(topic=topic, since=since):
            if arrival.processed and arrival.badge is not None:
                shown.setdefault(arrival.token, []).append(arrival.badge)
        return shown

    def statistics(self) -> dict[str, Any]:
        """GET /stats."""
        return self._call("GET", "/stats")

    def connections(self) -> int:
        """How many were opened, those broken off at accept among them."""
        counts = self.statistics()["connections"]
        return int(counts["opened"]) + int(counts["closed_at_accept"])

    def busiest_second(self, what: str) -> int:
        """The most of "requests" or "connections" in one second since the last reset."""
        return max((int(second[what]) for second in self.statistics()["seconds"]), default=0)

    def _call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        request = Request(self._apns.control_url + path, None if body is None else json.dumps(body).encode(),
                          method=method)
        with urlopen(request, timeout=20) as answer:
            told: dict[str, Any] = json.load(answer)
            return told


def _arrival(told: dict[str, Any]) -> Arrival:
    aps = (told["payload"] or {}).get("aps", {})
    ended = told.get("ended_monotonic_us")
    return Arrival(
        number=told["number"], token=told["token"], topic=told["headers"].get("apns-topic", ""),
        badge=aps.get("badge"), connection=told["connection"], at=told["received_monotonic_us"] / 1e6,
        ended_at=ended / 1e6 if ended else None, processed=told["processed"],
        status=told.get("answer", {}).get("status", 0), outcome=told["outcome"])

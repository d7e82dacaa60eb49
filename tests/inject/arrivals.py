# SPDX-License-Identifier: Apache-2.0
"""What the simulated push networks got in one case, in common words."""
from dataclasses import dataclass
from typing import Any

from support.simulated_network import SimulatedNetwork


@dataclass(frozen=True)
class Arrival:
    """A push that its device got, whatever the gateway was told of it."""

    number: int         # in the order of arrival, for each network from 1
    token: str
    event: str
    badge: int | None   # None: the app counts for itself


class Arrivals:
    """Of one network."""

    def __init__(self, network: SimulatedNetwork[Any]) -> None:
        self._network = network
        self._since = 0

    def forget(self) -> None:
        """A case begins."""
        self._since = self.last_number()

    def last_number(self) -> int:
        """That of the newest request, 0 before the first."""
        return int(self._network.statistics()["requests"])

    def to(self, token: str) -> list[Arrival]:
        """In order of arrival; the limit is far above what a case sends."""
        told = self._network.call("GET", f"/pushes?since={self._since}&limit=10000")["pushes"]
        return [_read(push) for push in told if push["processed"] and push["token"] == token]


def _read(push: dict[str, Any]) -> Arrival:
    """Of APNs' payload, or of FCM's message."""
    payload = push["payload"]
    if "message" in payload:
        data = payload["message"]["data"]
        badge = data.get("badge")
        return Arrival(push["number"], push["token"], data["event"], None if badge is None else int(badge))
    return Arrival(push["number"], push["token"], payload["postbell"]["event"], payload["aps"].get("badge"))

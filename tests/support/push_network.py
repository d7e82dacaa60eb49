# SPDX-License-Identifier: Apache-2.0
"""A simulated APNs as tests see it, whatever runs it: arrived pushes, and ways to misbehave."""
import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Push:
    """One request that arrived at the push network. Times are time.time()."""

    number: int              # counts every request, from 1
    connection: int          # that it came by
    token: str
    topic: str
    push_type: str
    priority: str
    collapse_id: str
    expiration: str
    apns_id: str
    credential: str          # a key's id, or a certificate's subject
    payload: dict[str, Any]
    status: int              # of the answer; 0: none
    reason: str
    received_at: float
    answered_at: float

    @property
    def aps(self) -> dict[str, Any]:
        return dict(self.payload["aps"])

    @property
    def about(self) -> dict[str, Any]:
        """The part that names the registration."""
        return dict(self.payload["postbell"])

    @property
    def badge(self) -> int | None:
        badge = self.aps.get("badge")
        return None if badge is None else int(badge)

    @property
    def delivered(self) -> bool:
        return self.status == 200

    def __str__(self) -> str:
        return f"{self.push_type}/{self.priority} {json.dumps(self.payload, sort_keys=True)} -> {self.status} {self.reason}"

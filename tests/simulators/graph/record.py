# SPDX-License-Identifier: Apache-2.0
"""The simulator's own record of what it was asked, what it sent, and what it was answered: tests assert against it."""
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Call:
    """One request to Graph or its login. Bodies of the login are not kept: secrets are in them."""

    number: int
    method: str
    path: str                  # with its query
    status: int
    client_id: str
    user: str
    at: float                  # time.time()
    body: Any = None
    answer: Any = None


@dataclass
class Delivery:
    """One POST to a notification URL. Times are time.time(), real; `simulated_at` is the simulator's clock."""

    number: int
    kind: str                      # "handshake" or "notification"
    url: str
    attempt: int
    simulated_at: float
    sent_at: float
    items: list[dict[str, Any]] = field(default_factory=list)
    answered_at: float | None = None
    http_status: int | None = None
    problem: str = ""              # why it counts as not delivered

    @property
    def acknowledged(self) -> bool:
        """The listener took it: Graph will not send it again."""
        return self.answered_at is not None and not self.problem

    @property
    def latency_ms(self) -> float | None:
        """From the POST to its answer."""
        return None if self.answered_at is None else (self.answered_at - self.sent_at) * 1000

    @property
    def kinds(self) -> list[str]:
        """changeType or lifecycleEvent of each item."""
        return [str(item.get("changeType") or item.get("lifecycleEvent")) for item in self.items]

    def of(self, subscription_id: str) -> bool:
        """Whether it speaks of this subscription."""
        return any(item["subscriptionId"] == subscription_id for item in self.items)


class Record:
    """Thread-safe; what is returned is a copy of the list."""

    def __init__(self) -> None:
        self._deliveries: list[Delivery] = []
        self._calls: list[Call] = []
        self._changed = threading.Condition()

    def called(self, **fields: Any) -> None:
        """Notes a request that was answered."""
        with self._changed:
            self._calls.append(Call(number=len(self._calls) + 1, at=time.time(), **fields))
            self._changed.notify_all()

    def add(self, **fields: Any) -> Delivery:
        """Notes a delivery before it is sent."""
        with self._changed:
            delivery = Delivery(number=len(self._deliveries) + 1, sent_at=time.time(), **fields)
            self._deliveries.append(delivery)
            self._changed.notify_all()
            return delivery

    def answered(self, delivery: Delivery, http_status: int | None, problem: str) -> None:
        """Completes a delivery."""
        with self._changed:
            delivery.http_status, delivery.problem, delivery.answered_at = http_status, problem, time.time()
            self._changed.notify_all()

    def deliveries(self, kind: str = "notification", subscription_id: str = "") -> list[Delivery]:
        """Notifications (or "handshake", or "" for both), all or those that speak of a subscription."""
        with self._changed:
            return [d for d in self._deliveries
                    if kind in ("", d.kind) and (not subscription_id or d.of(subscription_id))]

    def calls(self, method: str = "", path: str = "") -> list[Call]:
        """Requests whose path contains `path`."""
        with self._changed:
            return [c for c in self._calls if method in ("", c.method) and path in c.path]

    def wait(self, condition: Callable[[list[Delivery]], bool], timeout: float = 10.0) -> list[Delivery]:
        """Waits until `condition` holds for the notifications sent. Raises TimeoutError."""
        def notifications() -> list[Delivery]:
            return [d for d in self._deliveries if d.kind == "notification"]

        with self._changed:
            if not self._changed.wait_for(lambda: condition(notifications()), timeout):
                raise TimeoutError(f"not within {timeout} s; {len(notifications())} notifications so far")
            return notifications()

    def as_json(self) -> dict[str, Any]:
        """For the control API."""
        with self._changed:
            return {"deliveries": [{**asdict(d), "latency_ms": d.latency_ms} for d in self._deliveries],
                    "calls": [asdict(c) for c in self._calls]}

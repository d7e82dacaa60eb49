# SPDX-License-Identifier: Apache-2.0
"""The simulator's own record of what it sent and what it was answered: what tests assert against."""
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass


@dataclass
class Delivery:
    """One POST to a listener. Times are time.time(), real; `simulated_at` is the simulator's clock."""

    number: int
    mailbox: str
    subscription_id: str
    url: str
    kind: str                  # "first status", "status", "events" or "error"
    attempt: int               # 1 for the first try of this notification
    events: list[str]
    unread: int | None         # the inbox's count in this message's last folder event, if it carries one
    watermark: str
    more_events: bool
    simulated_at: float
    sent_at: float
    answered_at: float | None = None
    http_status: int | None = None
    answer: str | None = None  # "OK" or "Unsubscribe"; None: it counts as not answered, and `problem` says why
    problem: str = ""

    @property
    def acknowledged(self) -> bool:
        """The listener took it: Exchange will not send it again."""
        return self.answer is not None

    @property
    def latency_ms(self) -> float | None:
        """From the POST to its answer."""
        return None if self.answered_at is None else (self.answered_at - self.sent_at) * 1000

    @property
    def new_mail(self) -> bool:
        """Says that mail has arrived."""
        return "NewMailEvent" in self.events


class Record:
    """Deliveries in the order in which they were sent. Thread-safe; what is returned is a copy of the list."""

    def __init__(self) -> None:
        self._deliveries: list[Delivery] = []
        self._changed = threading.Condition()

    def add(self, **fields: object) -> Delivery:
        """Notes a delivery before it is sent."""
        with self._changed:
            delivery = Delivery(number=len(self._deliveries) + 1, sent_at=time.time(), **fields)  # type: ignore[arg-type]
            self._deliveries.append(delivery)
            self._changed.notify_all()
            return delivery

    def answered(self, delivery: Delivery, http_status: int | None, answer: str | None, problem: str) -> None:
        """Completes a delivery."""
        with self._changed:
            delivery.http_status, delivery.problem = http_status, problem
            delivery.answered_at, delivery.answer = time.time(), answer
            self._changed.notify_all()

    def deliveries(self, mailbox: str = "", subscription_id: str = "", kind: str = "") -> list[Delivery]:
        """All deliveries, or those of a mailbox, a subscription, a kind."""
        with self._changed:
            return [d for d in self._deliveries
                    if (not mailbox or d.mailbox == mailbox) and (not kind or d.kind == kind)
                    and (not subscription_id or d.subscription_id == subscription_id)]

    def last_acknowledged_unread(self, mailbox: str) -> int | None:
        """The count that the listener must have pushed in the end: that of the last event it took."""
        taken = [d for d in self.deliveries(mailbox, kind="events") if d.acknowledged and d.unread is not None]
        return taken[-1].unread if taken else None

    def wait(self, condition: Callable[[list[Delivery]], bool], timeout: float = 10.0) -> list[Delivery]:
        """Waits until `condition` holds for the list of deliveries. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: condition(self._deliveries), timeout):
                raise TimeoutError(f"not within {timeout} s; {len(self._deliveries)} deliveries so far")
            return list(self._deliveries)

    def as_json(self) -> list[dict[str, object]]:
        """For the control API."""
        return [{**asdict(d), "latency_ms": d.latency_ms} for d in self.deliveries()]

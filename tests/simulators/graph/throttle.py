# SPDX-License-Identifier: Apache-2.0
"""Limits on requests: four at a time for an app and mailbox, so many in ten minutes.

learn.microsoft.com/graph/throttling-limits, "Outlook service limits": 10,000 requests in ten minutes and 4 concurrent
requests for each app and mailbox. Retry-After may be a fraction, and may be missing."""
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from .clock import GraphClock
from .errors import GraphError

CONCURRENT = 4
WINDOW_SECONDS = 600.0


class Throttle:
    """Thread-safe. `retry_after` None: the header is left out."""

    def __init__(self, clock: GraphClock, requests: int = 10_000, concurrent: int = CONCURRENT) -> None:
        self._clock = clock
        self.requests, self.concurrent = requests, concurrent
        self.retry_after: float | None = 2.128
        self.most_at_once = 0                    # seen so far of any app and mailbox
        self._lock = threading.Lock()
        self._running: dict[tuple[str, str], int] = {}
        self._recent: dict[tuple[str, str], deque[float]] = {}

    @contextmanager
    def request(self, client_id: str, mailbox_id: str) -> Iterator[None]:
        """While one is worked on. Raises GraphError 429."""
        key = client_id, mailbox_id
        with self._lock:
            now = self._clock.now()
            recent = self._recent.setdefault(key, deque())
            while recent and recent[0] < now - WINDOW_SECONDS:
                recent.popleft()
            running = self._running.get(key, 0) + 1
            self.most_at_once = max(self.most_at_once, running)
            if running > self.concurrent or len(recent) >= self.requests:
                raise self.error("MailboxConcurrency" if running > self.concurrent else "IncomingBytes")
            recent.append(now)
            self._running[key] = running
        try:
            yield
        finally:
            with self._lock:
                self._running[key] -= 1

    def error(self, limit: str) -> GraphError:
        """429 as Graph answers it."""
        headers = {} if self.retry_after is None else {"Retry-After": f"{self.retry_after:g}"}
        return GraphError(429, "ApplicationThrottled", f"Application is over its {limit} limit.", headers)

# SPDX-License-Identifier: Apache-2.0
"""Delivers notifications: in batches for one URL, with 3 s for the first attempt, 10 s for others, for up to 4 hours.

The back-off is said to be exponential, no more: here 10, 20, 40 ... seconds, half an hour at most."""
import heapq
import http.client
import itertools
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .clock import GraphClock
from .endpoint import SLOW_SECONDS, TOO_SLOW_SECONDS, WINDOW_SECONDS, Endpoint
from .record import Record
from .subscription import Subscription
from .transport import Transport

GIVE_UP_SECONDS = 4 * 3600.0   # simulated, as the back-off
FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS = 10.0, 1800.0


@dataclass
class Notice:
    """One element of a POST's value, and whose it is."""

    subscription: Subscription
    content: dict[str, Any]
    since: float               # simulated
    is_change: bool


@dataclass
class Batch:
    """What one POST carries; a retry carries the same."""

    url: str
    notices: list[Notice]
    attempt: int = 1


class Dispatcher:
    """One POST at a time for each URL, several URLs at once. Thread-safe."""

    def __init__(self, clock: GraphClock, transport: Transport, record: Record, batch_size: Callable[[], int],
                 tokens: Callable[[list[Subscription]], list[str]], dropped: Callable[[list[Notice]], None],
                 *, slow_seconds: float = SLOW_SECONDS, too_slow_seconds: float = TOO_SLOW_SECONDS) -> None:
        """`tokens` makes the validationTokens of rich notifications; `dropped` hears of what was never delivered."""
        self._clock, self._transport, self._record = clock, transport, record
        self._batch_size, self._tokens, self._dropped = batch_size, tokens, dropped
        self._timeouts = slow_seconds, too_slow_seconds
        self._changed = threading.Condition()
        self._new: dict[str, list[Notice]] = {}
        self._due: list[tuple[float, int, Batch]] = []
        self._numbers = itertools.count()
        self._busy: set[str] = set()
        self._endpoints: dict[str, Endpoint] = {}
        self._held = self._stopping = False
        self._pool = ThreadPoolExecutor(8, "graph-delivery")
        self._thread = threading.Thread(target=self._run, name="graph-dispatcher", daemon=True)

    def start(self) -> None:
        """Begins to deliver."""
        self._thread.start()

    def stop(self) -> None:
        """Nothing is sent any more; what is under way ends."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join()
        self._pool.shutdown()

    def send(self, url: str, notice: Notice) -> None:
        """Queues a notification."""
        with self._changed:
            verdict = self._endpoint(url).verdict(self._clock.now())
            if verdict == "healthy":
                self._new.setdefault(url, []).append(notice)
            elif verdict == "slow":
                self._later(Batch(url, [notice]), WINDOW_SECONDS)
            self._changed.notify_all()
        if verdict == "drop":
            self._dropped([notice])

    def hold(self, held: bool) -> None:
        """While held, nothing new is sent: what happens meanwhile goes out in few POSTs."""
        with self._changed:
            self._held = held
            self._changed.notify_all()

    def verdict(self, url: str) -> str:
        """"healthy", "slow" or "drop"."""
        with self._changed:
            return self._endpoint(url).verdict(self._clock.now())

    def idle(self) -> bool:
        """Nothing waits and nothing is under way."""
        with self._changed:
            return not self._new and not self._due and not self._busy

    def wake(self) -> None:
        """The clock was set."""
        with self._changed:
            self._changed.notify_all()

    def _endpoint(self, url: str) -> Endpoint:
        return self._endpoints.setdefault(urlsplit(url).netloc, Endpoint(*self._timeouts))

    def _later(self, batch: Batch, seconds: float) -> None:
        heapq.heappush(self._due, (self._clock.now() + seconds, next(self._numbers), batch))

    def _run(self) -> None:
        with self._changed:
            while not self._stopping:
                for batch in self._ready():
                    self._busy.add(batch.url)
                    self._pool.submit(self._deliver, batch)
                until = self._due[0][0] if self._due and self._due[0][0] > self._clock.now() else float("inf")
                self._clock.wait(self._changed, until)

    def _ready(self) -> list[Batch]:
        ready: list[Batch] = []
        if not self._held:
            for url in [u for u in self._new if u not in self._busy]:
                waiting, size = self._new.pop(url), self._batch_size()
                ready.append(Batch(url, waiting[:size]))
                if waiting[size:]:
                    self._new[url] = waiting[size:]
        taken = {batch.url for batch in ready} | self._busy
        put_back = []
        while self._due and self._due[0][0] <= self._clock.now():
            entry = heapq.heappop(self._due)
            if entry[2].url in taken:
                put_back.append(entry)
            else:
                taken.add(entry[2].url)
                ready.append(entry[2])
        for entry in put_back:
            heapq.heappush(self._due, entry)
        return ready

    def _deliver(self, batch: Batch) -> None:
        batch.notices = [n for n in batch.notices if not n.is_change or n.subscription.state == "live"]
        problem = self._post(batch) if batch.notices else ""
        lost: list[Notice] = []
        with self._changed:
            self._busy.discard(batch.url)
            if problem:
                now = self._clock.now()
                pause = min(FIRST_RETRY_SECONDS * 2 ** (batch.attempt - 1), LONGEST_RETRY_SECONDS)
                lost = [n for n in batch.notices if now + pause > n.since + GIVE_UP_SECONDS]
                left = [n for n in batch.notices if n not in lost]
                if left:
                    self._later(Batch(batch.url, left, batch.attempt + 1), pause)
            self._changed.notify_all()
        if lost:
            self._dropped(lost)

    def _post(self, batch: Batch) -> str:
        """Empty if it was taken, else why not."""
        body: dict[str, Any] = {"value": [n.content for n in batch.notices]}
        rich = [n.subscription for n in batch.notices if "data" in (n.content.get("encryptedContent") or {})]
        if rich:
            body["validationTokens"] = self._tokens(rich)
        delivery = self._record.add(kind="notification", url=batch.url, attempt=batch.attempt,
                                    simulated_at=self._clock.now(), items=[n.content for n in batch.notices])
        began, status, problem = time.monotonic(), None, ""
        try:
            answer = self._transport.post(batch.url, {"Content-Type": "application/json; charset=utf-8"},
                                          json.dumps(body).encode(), self._timeouts[0 if batch.attempt == 1 else 1])
            status = answer.status
            if not 200 <= status < 300:
                problem = f"HTTP {status}"
        except (OSError, http.client.HTTPException) as failure:
            problem = str(failure) or type(failure).__name__
        with self._changed:
            self._endpoint(batch.url).answered(self._clock.now(), time.monotonic() - began)
        self._record.answered(delivery, status, problem)
        return problem

# SPDX-License-Identifier: Apache-2.0
"""What Graph thinks of a host that it notifies: is it slow, and must it be spared?

learn.microsoft.com/graph/change-notifications-delivery-webhooks (April 2026): more than 10 % of answers in ten minutes
slower than 3 s: new notifications wait ten minutes. More than 15 % slower than 10 s: they are dropped for ten minutes."""
from collections import deque

WINDOW_SECONDS = 600.0   # simulated
SLOW_SECONDS, TOO_SLOW_SECONDS = 3.0, 10.0
LEAST_ANSWERS = 10       # fewer say nothing (not documented)


class Endpoint:
    """Of one host. Guarded by the dispatcher's lock."""

    def __init__(self, slow_seconds: float = SLOW_SECONDS, too_slow_seconds: float = TOO_SLOW_SECONDS) -> None:
        self._limits = slow_seconds, too_slow_seconds
        self._answers: deque[tuple[float, float]] = deque()
        self._judged_at = 0.0
        self._verdict = "healthy"

    def answered(self, now: float, seconds: float) -> None:
        """An answer came (or none did) after so many real seconds."""
        self._answers.append((now, seconds))

    def verdict(self, now: float) -> str:
        """"healthy", "slow" (delay) or "drop"; one that is not healthy holds for ten minutes."""
        if self._verdict != "healthy" and now < self._judged_at + WINDOW_SECONDS:
            return self._verdict
        while self._answers and self._answers[0][0] < now - WINDOW_SECONDS:
            self._answers.popleft()
        total = len(self._answers)
        slow, too_slow = (sum(seconds >= limit for _, seconds in self._answers) for limit in self._limits)
        self._verdict = "healthy"
        if total >= LEAST_ANSWERS:
            if too_slow > 0.15 * total:
                self._verdict = "drop"
            elif slow > 0.10 * total:
                self._verdict = "slow"
        if self._verdict != "healthy":
            self._judged_at = now
            self._answers.clear()
        return self._verdict

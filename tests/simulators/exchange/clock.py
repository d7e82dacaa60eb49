# SPDX-License-Identifier: Apache-2.0
"""A clock that runs `speed` times as fast as the machine's, so that minutes pass in a test's second."""
import threading
import time
from datetime import datetime, timezone

_LONGEST_WAIT = 3600.0  # real seconds: waits are always in a loop


class SimulatedClock:
    """Seconds since the epoch, faster. Thread-safe (immutable)."""

    def __init__(self, speed: float = 1.0) -> None:
        if speed <= 0:
            raise ValueError("the speed of a clock is more than 0")
        self.speed = speed
        self._wall_start = time.time()
        self._start = time.monotonic()

    def now(self) -> float:
        """Simulated seconds since the UNIX epoch."""
        return self._wall_start + (time.monotonic() - self._start) * self.speed

    def timestamp(self) -> str:
        """xs:dateTime with seconds, as Exchange writes it."""
        return datetime.fromtimestamp(self.now(), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")

    def wait(self, condition: threading.Condition, until: float) -> None:
        """Waits on `condition` (held) until it is notified or the simulated time `until` has come."""
        condition.wait(max(0.0, min((until - self.now()) / self.speed, _LONGEST_WAIT)))

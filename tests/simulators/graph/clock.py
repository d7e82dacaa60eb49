# SPDX-License-Identifier: Apache-2.0
"""A clock that tests speed up, and the ways in which Graph writes times."""
import time
from datetime import datetime, timezone

from simulators.exchange.clock import SimulatedClock


class GraphClock(SimulatedClock):
    """Simulated seconds since the epoch. Thread-safe but for set()."""

    def set(self, now: float) -> None:
        """From now on it is `now`: a gateway with a fast clock begins at the real time."""
        self._wall_start, self._start = now, time.monotonic()


def written(seconds: float, *, offset: bool = False) -> str:
    """As Graph writes it: seven digits of a second, with Z or +00:00."""
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f0") + ("+00:00" if offset else "Z")


def read(text: str) -> float:
    """Seconds since the epoch. Raises ValueError."""
    if not isinstance(text, str):
        raise ValueError("not a time")
    head, dot, rest = text.replace("Z", "+00:00").partition(".")
    if dot:  # Python reads six digits at most
        digits = len(rest) - len(rest.lstrip("0123456789"))
        head += f".{rest[:digits][:6]:0<6}{rest[digits:]}"
    moment = datetime.fromisoformat(head)
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()

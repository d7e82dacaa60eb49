# SPDX-License-Identifier: Apache-2.0
"""Misbehaviour that a test asks for: wrong answers to chosen requests of Graph or its login."""
import re
import threading
import time
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Fault:
    """Requests of `method` whose path matches `path` (a regular expression, searched) are answered so, `times` times
    (0: for ever). status 0: the connection is closed without an answer. Without `status`, only `delay` (real seconds)
    happens and the request is served; with `cut`, the connection ends after so many bytes of the answer's body."""

    path: str
    method: str = ""
    status: int | None = None
    code: str = "ServiceUnavailable"
    message: str = "A fault of the simulator's."
    headers: dict[str, str] = field(default_factory=dict)   # {"Retry-After": "2.128"}
    body: Any = None                                        # in place of the usual error; text is sent as it is
    cut: int | None = None
    times: int = 1
    delay: float = 0.0


class Faults:
    """Those that are set. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._left: dict[int, int] = {}

    def add(self, fault: Fault) -> None:
        """From now on."""
        with self._lock:
            self._faults.append(fault)
            self._left[id(fault)] = fault.times

    def clear(self) -> None:
        """Back to good behaviour."""
        with self._lock:
            self._faults.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that this request suffers. Sleeps its delay."""
        with self._lock:
            found = next((f for f in self._faults if f.method in ("", method) and re.search(f.path, path)), None)
            if found is not None and found.times:
                self._left[id(found)] -= 1
                if self._left[id(found)] == 0:
                    self._faults.remove(found)
        if found is not None and found.delay:
            time.sleep(found.delay)
        return found if found is not None and (found.status, found.cut) != (None, None) else None

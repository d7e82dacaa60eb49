# SPDX-License-Identifier: Apache-2.0
"""Waiting for something to become true, with a sentence when it does not."""
import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")


def until(what: Callable[[], Value], timeout: float = 5.0, because: str = "", interval: float = 0.01) -> Value:
    """Calls `what` until it returns something true; that. Raises TimeoutError naming `because` and the last value."""
    deadline = time.monotonic() + timeout
    while True:
        value = what()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {timeout} s: {because or what}; last seen: {value!r}")
        time.sleep(interval)
        interval = min(interval * 1.3, 0.1)


def stays(what: Callable[[], object], seconds: float = 0.5, because: str = "") -> None:
    """`what` is true now and for `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = what()
        if not value:
            raise AssertionError(f"did not stay so: {because or what}")
        time.sleep(0.05)

# SPDX-License-Identifier: Apache-2.0
"""Which calls are tried: found in runs in which nothing fails."""
import random

from inject.page import Fault, Kind
from inject.stand import Stand
from inject.story import Story

# Kinds whose calls are too many to try each: one call for each stack that makes it.
_BY_STACK = (Kind.TLS, Kind.LIBRARY, Kind.NEW)
_STRETCHES = 12  # of each kind and length
_SHORT, _LONG = (20, 0), (1_000_000, 600)  # calls, milliseconds


def every(stand: Stand, kinds: list[Kind]) -> list[Fault]:
    """All: the single faults of each kind, then its stretches."""
    counts = _counts(stand)
    found: list[Fault] = []
    for kind in kinds:
        numbers = _first_of_each_stack(stand, kind) if kind in _BY_STACK else list(range(1, counts[kind] + 1))
        # Neighbours get different errors, and over the whole story each error comes often.
        found += [Fault(kind, number, variant=index) for index, number in enumerate(numbers)]
        for index, number in enumerate(spread(numbers, _STRETCHES)):
            for calls, milliseconds in (_SHORT, _LONG):
                found.append(Fault(kind, number, calls, milliseconds, index))
    return found


def sample(faults: list[Fault], fixed: int, seed: int) -> list[Fault]:
    """`fixed` that are the same in each run, for each kind its share, then all others as `seed` shuffles them."""
    share = fixed // len(Kind)
    always = [fault for kind in Kind for fault in spread([f for f in faults if f.kind == kind], share)]
    others = sorted(set(faults) - set(always), key=str)
    random.Random(seed).shuffle(others)
    return always + others


def spread(of: list, count: int) -> list:
    """At most `count` of them, evenly."""
    return of if len(of) <= count else [of[index * len(of) // count] for index in range(count)]


def _counts(stand: Stand) -> dict[Kind, int]:
    Story(stand, None).run()
    if not stand.page.loaded:
        raise RuntimeError(f"{stand.shim} is not in the gateway, or counts other kinds than page.py")
    return stand.page.counts()


def _first_of_each_stack(stand: Stand, kind: Kind) -> list[int]:
    Story(stand, None, traced=kind).run()
    return stand.page.first_of_each_stack()

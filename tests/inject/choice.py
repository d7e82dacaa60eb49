# SPDX-License-Identifier: Apache-2.0
"""Which calls are tried: found in runs in which nothing fails."""
import random

from inject.page import Fault, Kind
from inject.stand import Stand
from inject.story import Story

# Kinds whose calls are too many to try each: one call for each stack that makes it, and others by chance.
_BY_STACK = (Kind.TLS, Kind.LIBRARY, Kind.NEW)
_OTHERS = 200  # of each of these kinds
# Troubles of the machine, which last: each of their calls is tried as one of its own kind.
_LASTING = (Kind.DISK, Kind.DESCRIPTORS)
_STRETCHES = 12  # of each kind and length
_SHORT, _LONG = (20, 0), (1_000_000, 600)  # calls, milliseconds
# After each failure the gateway pauses, for ever longer: the end of many would be out of sight.
_PAUSING, _FEW = (Kind.CONNECT, Kind.LOOKUP), (3, 0)


def every(stand: Stand, kinds: list[Kind], seed: int) -> list[Fault]:
    """All: the single faults of each kind, then its stretches."""
    counts = _counts(stand)
    found: list[Fault] = []
    for kind in kinds:
        if kind in _LASTING:
            numbers, lengths = list(range(1, counts[kind] + 1)), (_LONG,)
        else:
            numbers = _singles(stand, kind, counts[kind], seed)
            lengths = (_FEW if kind in _PAUSING else _SHORT, _LONG)
            # Neighbours get different errors, and over the whole story each error comes often.
            found += [Fault(kind, number, variant=index) for index, number in enumerate(numbers)]
        for index, number in enumerate(spread(numbers, _STRETCHES)):
            found += [Fault(kind, number, calls, milliseconds, index) for calls, milliseconds in lengths]
    return found


def sample(faults: list[Fault], fixed: int, seed: int) -> list[Fault]:
    """`fixed` that are the same in each run, for each kind its share, then all others; either as `seed` shuffles them,
    so that no kind is always the one that there is no time for."""
    share = fixed // len(Kind)
    chance = random.Random(seed)
    always = [fault for kind in Kind for fault in spread([f for f in faults if f.kind == kind], share)]
    others = sorted(set(faults) - set(always), key=str)
    chance.shuffle(always)
    chance.shuffle(others)
    return always + others


def spread(of: list, count: int) -> list:
    """At most `count` of them, evenly."""
    return of if len(of) <= count else [of[index * len(of) // count] for index in range(count)]


def _counts(stand: Stand) -> dict[Kind, int]:
    Story(stand, None).run()
    if not stand.page.loaded:
        raise RuntimeError(f"{stand.shim} is not in the gateway, or counts other kinds than page.py")
    return stand.page.counts()


def _singles(stand: Stand, kind: Kind, count: int, seed: int) -> list[int]:
    """The numbers of the calls that fail alone."""
    every_call = range(1, count + 1)
    if kind not in _BY_STACK:
        return list(every_call)
    Story(stand, None, traced=kind).run()
    firsts = stand.page.first_of_each_stack()
    others = random.Random(seed).sample(every_call, min(_OTHERS, count))
    return sorted({*firsts, *others})

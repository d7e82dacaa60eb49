# SPDX-License-Identifier: Apache-2.0
"""How long one event takes from the mail server's POST to its push at APNs; beside one bare HTTP round trip and one
bare SQLite commit. Times of all rounds together, since a 99.9th percentile needs many."""
from pathlib import Path
from typing import Any

from .measure import Line, percentile
from .run import Run
from .stack import BareServer, Load, Stack

PERCENTILES = ((0.5, "median"), (0.99, "99th percentile"), (0.999, "99.9th percentile"))
GOALS = {0.5: 2.0, 0.99: 3.0}
IDLE_RATE = 200


def lines(run: Run) -> list[Line]:
    """Through an idle gateway, and at half of its maximum rate."""
    max_rate = run.max_rate(run.stack())
    stack = run.stack(record=True)
    run.flow(stack)  # its write-ahead log grows to its length, which costs commits more than later on
    bare: list[float] = []
    idle: list[float] = []
    busy: list[float] = []
    merged = 0
    with run.bare(stack) as server:
        beside = run.beside(stack, server)
        for _ in range(3):
            bare += _bare(run, beside, server)
            idle += _pushed(run, stack, rate=IDLE_RATE, requests=_events(run))[0]
            times, lost = _pushed(run, stack, rate=max_rate / 2, seconds=run.seconds)
            busy += times
            merged += lost
    return [*_lines("one event, idle gateway", idle, bare, GOALS, {"events": len(idle)}),
            *_lines("one event, half of the maximum rate", busy, bare, {},
                    {"events": len(busy), "rate": max_rate / 2, "merged_with_a_later_one": merged})]


def _events(run: Run) -> int:
    return 300 if run.quick else 1_500


def _lines(what: str, ours: list[float], bare: list[float], goals: dict[float, float], more: dict[str, Any]) -> list[Line]:
    made = []
    for part, name in PERCENTILES:
        mine, other = percentile(ours, part), percentile(bare, part)
        made.append(Line(f"{what}: {name}", mine, "ms", "HTTP round trip + commit", other, mine / other,
                         at_most=goals.get(part), more=more))
    return made


def _samples(file: Path) -> dict[int, tuple[int, int]]:
    found = {}
    for line in file.read_text().splitlines():
        serial, due_us, answered_us = map(int, line.split())
        found[serial] = (due_us, answered_us)
    return found


def _bare(run: Run, beside: Load, _server: BareServer) -> list[float]:
    file = run.directory / "samples"
    beside.run(rate=IDLE_RATE, requests=_events(run), connections=1, samples=file, commit=run.directory / "commits.db")
    return [(answered - due) / 1000 for due, answered in _samples(file).values()]


def _pushed(run: Run, stack: Stack, **options: Any) -> tuple[list[float], int]:
    """Milliseconds from when a notification was due to be sent until its push was read by APNs, and how many had no
    push of their own, since a later one of the same mailbox took them along."""
    file = run.directory / "samples"
    stack.drained()
    stack.network.reset(keep="registry")
    stack.mail().run(samples=file, in_turn=True, **options)
    stack.drained()
    arrived = {}
    for push in stack.network.pushes():
        arrived.setdefault(int(push["payload"]["aps"]["badge"]), push["received_monotonic_us"])
    sent = _samples(file)
    times = [(arrived[serial] - due) / 1000 for serial, (due, _) in sent.items() if serial in arrived]
    return times, len(sent) - len(times)

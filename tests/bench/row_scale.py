# SPDX-License-Identifier: Apache-2.0
"""The same with ten, a hundred and a thousand thousand registrations: what an event costs, memory, disk, start."""
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from .measure import Line, against
from .run import Run
from .stack import Stack, flow


def lines(run: Run) -> list[Line]:
    """All gateways run at once and are loaded in turns: an idle one costs nothing."""
    sizes = (10_000, 100_000) if run.quick else (10_000, 100_000, 1_000_000)
    with ExitStack() as all_of_them:
        stacks = {size: all_of_them.enter_context(Stack(run.directory / f"scale-{size}", size)) for size in sizes}
        for stack in stacks.values():
            flow(stack, seconds=run.seconds)
        flows = {size: [] for size in sizes}
        for _ in range(3):
            for size, stack in stacks.items():
                flows[size].append(flow(stack, seconds=run.seconds))
        return [line for size, stack in stacks.items() for line in _lines(stack, flows[size], flows[sizes[0]])]


def _lines(stack: Stack, flows: list, smallest: list) -> list[Line]:
    size, memory = stack.registrations, stack.gateway.resident_bytes() / 1e6
    named = f"{size:,} registrations"
    large = size == 1_000_000
    more = {"fill_seconds": stack.fill_seconds, "pushes_per_event": median(f.pushes_per_event for f in flows)}
    made = []
    if flows is smallest:
        made += [Line(f"{named}: rate", median(f.rate for f in flows), "events/s", more=more),
                 Line(f"{named}: CPU", median(f.cpu_us for f in flows), "µs/event")]
    else:
        beside = "10,000 registrations"
        made += [against(f"{named}: time", "µs/event", [1e6 / f.rate for f in flows], beside,
                         [1e6 / f.rate for f in smallest], at_most=1.3 if large else None, more=more),
                 against(f"{named}: CPU", "µs/event", [f.cpu_us for f in flows], beside, [f.cpu_us for f in smallest],
                         at_most=1.3 if large else None)]
    stack.gateway.stop()
    stack.start()
    return [*made,
            Line(f"{named}: resident memory", memory, "MB", at_most=300 if large else None),
            Line(f"{named}: database", _database_bytes(stack.gateway.config.database) / 1e6, "MB"),
            Line(f"{named}: start to ready", stack.start_seconds, "s", at_most=2 if large else None)]


def _database_bytes(database: Path) -> int:
    return sum(file.stat().st_size for file in database.parent.glob(database.name + "*"))

# SPDX-License-Identifier: Apache-2.0
"""The APNs plugin through the HTTP/2 engine, beside h2load: same server, body, headers and streams."""
from statistics import median

from .measure import Line, against
from .push_server import PushServer
from .run import Run


def lines(run: Run) -> list[Line]:
    """1 and 4 connections."""
    with PushServer(run.directory / "engine") as server:
        return [_line(run, server, connections) for connections in (1, 4)]


def _line(run: Run, server: PushServer, connections: int) -> Line:
    requests = 40_000 if run.quick else 150_000
    ours, theirs = [], []
    for _ in range(run.rounds):
        theirs.append(server.h2load(requests, connections))
        ours.append(server.engine(requests, connections))
    return against(f"APNs plugin and HTTP/2 engine, {connections} connection{'s' if connections > 1 else ''}",
                   "pushes/s", [m["rate"] for m in ours], "h2load", theirs, at_least=0.9,
                   more={"cpu_us_per_push": median(m["cpu_us"] for m in ours)})

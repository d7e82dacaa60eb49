# SPDX-License-Identifier: Apache-2.0
"""Notification in, durable, acknowledged, pushed, outcome stored; beside a bare HTTP server under the same load."""
from statistics import median

from .measure import Line, against
from .run import Run
from .stack import Stack, cpu_seconds


def lines(run: Run) -> list[Line]:
    """From Exchange to APNs: plain HTTP and TLS."""
    return [*whole_way(run, run.stack(), "plain HTTP", 0.5), *whole_way(run, run.stack(tls=True), "TLS", 0.5)]


def whole_way(run: Run, stack: Stack, name: str, at_least: float | None = None) -> list[Line]:
    """Of this stack. `at_least`: the ratio to be reached."""
    flows, bare_rates, bare_costs = [], [], []
    with run.bare(stack) as bare:
        load = run.beside(stack, bare)
        load.run(seconds=0.3)
        run.flow(stack)
        for _ in range(run.rounds):
            cpu = bare.cpu_seconds()
            told = load.run(seconds=run.seconds)
            bare_rates.append(told["rate"])
            bare_costs.append((bare.cpu_seconds() - cpu) * 1e6 / told["requests"])
            flows.append(run.flow(stack))
    pushes = median(f.pushes_per_event for f in flows)
    rate = against(f"whole way, {name}", "events/s", [f.rate for f in flows], "bare Poco HTTPServer", bare_rates,
                   at_least=at_least,
                   more={"pushes_per_event": pushes, "acknowledged": median(f.acknowledged for f in flows),
                         "commits_per_second": median(f.commits for f in flows),
                         "answer_p99_ms": median(f.p99_ms for f in flows),
                         "load_generators_cpu_us": median(f.load_cpu_us for f in flows),
                         "simulated_network_cpu_us": median(f.network_cpu_us for f in flows)})
    cost = against(f"whole way, {name}: CPU of the server", "µs/event", [f.cpu_us for f in flows],
                   "bare Poco HTTPServer", bare_costs)
    return [rate, cost, Line(f"whole way, {name}: pushes for each event", pushes, "")]

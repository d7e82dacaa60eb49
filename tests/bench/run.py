# SPDX-License-Identifier: Apache-2.0
"""One run of the benchmark: how long to measure, and what several rows use."""
from pathlib import Path

from .stack import EXCHANGE_TO_APNS, BareServer, Flow, Load, Stack, Way, flow


class Run:
    """Stacks are made when a row first needs them and end with the run."""

    def __init__(self, directory: Path, quick: bool) -> None:
        self.directory, self.quick = directory, quick
        self.rounds = 3 if quick else 5
        self.seconds = 1.5 if quick else 3.0
        self.registrations = 10_000
        self._stacks: dict[str, Stack] = {}
        self._max_rate = 0.0

    def close(self) -> None:
        """Ends every stack."""
        for stack in self._stacks.values():
            stack.__exit__()
        self._stacks.clear()

    def stack(self, *, way: Way = EXCHANGE_TO_APNS, tls: bool = False, record: bool = False) -> Stack:
        """A gateway with 10,000 registrations. `record`: its push network keeps what it gets, which costs it time."""
        name = f"{way.name}{'-tls' if tls else ''}{'-record' if record else ''}"
        if name not in self._stacks:
            self._stacks[name] = Stack(self.directory / name, self.registrations, way=way, tls=tls,
                                       record=record).__enter__()
        return self._stacks[name]

    def bare(self, stack: Stack) -> BareServer:
        """What to hold the stack against: as many bytes to read, as many to answer. A context manager."""
        probe = stack.mail().run(requests=1, connections=1)
        return BareServer(self.directory, probe["answer_bytes"], stack.tls)

    def beside(self, stack: Stack, bare: BareServer) -> Load:
        """The stack's load, sent to the bare server."""
        load = stack.mail()
        return Load(load.file, bare.port, bare.ca, count=load.count)

    def flow(self, stack: Stack) -> Flow:
        """As fast as it goes, for the length of a round."""
        return flow(stack, seconds=self.seconds)

    def max_rate(self, stack: Stack) -> float:
        """Events a second that a stack carries, measured once."""
        if not self._max_rate:
            self._max_rate = max(self.flow(stack).rate for _ in range(2))
        return self._max_rate

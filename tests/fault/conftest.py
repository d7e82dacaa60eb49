# SPDX-License-Identifier: Apache-2.0
"""Worlds to break. What a test claims is read from the simulators' records, not from the gateway.

    python3 -m pytest -n 8 fault            shortened: CI
    python3 -m pytest -n 8 fault --full     200 kills and so on

Most of the time is spent waiting, so that many can run at once; -n is pytest-xdist's and may be left out.
"""
import fcntl
import resource
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.cli import BINARY
from support.world import World

from fault.machine import build_library, plugin_folder
from fault.network import Network

_MEASURED = "measured"


@dataclass(frozen=True)
class Lengths:
    """How much of everything."""

    kills: int
    torn_tails: int
    slow_connections: int
    idle_connections: int
    outage_hours: int
    block_seconds: float
    whole: bool = False


SHORT = Lengths(kills=10, torn_tails=6, slow_connections=300, idle_connections=2_000, outage_hours=2, block_seconds=4)
FULL = Lengths(kills=200, torn_tails=60, slow_connections=1_000, idle_connections=10_000, outage_hours=12,
               block_seconds=60, whole=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    """--full."""
    parser.addoption("--full", action="store_true", help="fault tests at full length: 200 kills and so on")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a built gateway there is nothing to try: say so once, as a failure, not as a skip. The long ones come
    first, those that measure last, and one after another."""
    if items and not BINARY.exists():
        pytest.exit(f"{BINARY} is missing: build it (./dev build), or name another build in POSTBELL_BUILD", 3)
    if not config.getoption("--full", default=False):
        for item in items:
            if item.get_closest_marker("whole"):
                item.add_marker(pytest.mark.skip(reason="differs little from the others: --full"))
    items.sort(key=lambda item: (bool(item.get_closest_marker("measures")), not item.get_closest_marker("slow")))


def pytest_terminal_summary(terminalreporter: "pytest.TerminalReporter") -> None:  # type: ignore[name-defined]
    """What the tests measured, whether they passed or not."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            measured = [text for name, text in getattr(report, "user_properties", ()) if name == _MEASURED]
            if measured and report.when == "call":
                terminalreporter.write_line(f"\n{report.nodeid.rpartition('::')[2]}")
                for text in measured:
                    terminalreporter.write_line(text)


@pytest.fixture
def say(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Prints figures below the results."""
    return lambda text: request.node.user_properties.append((_MEASURED, f"    {text}"))


@pytest.fixture(autouse=True)
def turn(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Who measures waits until nobody else of these tests is at work."""
    folder = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):  # pytest-xdist gives each worker a folder below the common one
        folder = folder.parent
    alone = request.node.get_closest_marker("measures") is not None
    with (folder / "turn.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield


@pytest.fixture(scope="session")
def lengths(request: pytest.FixtureRequest) -> Lengths:
    """Shortened, or with --full the whole."""
    return FULL if request.config.getoption("--full", default=False) else SHORT


@pytest.fixture(scope="session")
def many_files() -> None:
    """As many open files as the system grants, for us and the gateway that we start."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@pytest.fixture(scope="session")
def odd_plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the shipped plugins and those of data/: odd_backend, promising (it says that it never blocks), and
    odd_provider."""
    folder = plugin_folder(tmp_path_factory.mktemp("odd") / "plugins")
    build_library("odd_backend.cpp", folder / "odd_backend.so")
    build_library("odd_backend.cpp", folder / "promising.so", "-DFLAGS=POSTBELL_NEVER_BLOCKS")
    build_library("odd_provider.cpp", folder / "odd_provider.so")
    return folder


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """One for each test: its record of connections and requests is that of the test."""
    with World(tmp_path) as made:
        yield made


@pytest.fixture
def network(world: World) -> Network:
    """The push network of `world`, with everything that its control API can do."""
    return Network(world.apns)

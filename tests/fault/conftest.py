# SPDX-License-Identifier: Apache-2.0
"""Worlds to break. What a test claims is read from the simulators' records, not from the gateway."""
import resource
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.cli import BINARY
from support.world import World

from fault.network import Network


@dataclass(frozen=True)
class Lengths:
    """How much of everything."""

    kills: int
    torn_tails: int
    slow_connections: int
    idle_connections: int
    whole: bool = False


SHORT = Lengths(kills=8, torn_tails=6, slow_connections=200, idle_connections=2_000)
FULL = Lengths(kills=200, torn_tails=60, slow_connections=1_000, idle_connections=10_000, whole=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    """--full."""
    parser.addoption("--full", action="store_true", help="fault tests at full length: 200 kills and so on")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a built gateway there is nothing to try: say so once, as a failure, not as a skip."""
    if items and not BINARY.exists():
        pytest.exit(f"{BINARY} is missing: build it (./dev build), or name another build in POSTBELL_BUILD", 3)


@pytest.fixture(scope="session")
def lengths(request: pytest.FixtureRequest) -> Lengths:
    """Shortened, or with --full the whole."""
    return FULL if request.config.getoption("--full", default=False) else SHORT


@pytest.fixture(scope="session")
def many_files() -> None:
    """As many open files as the system grants, for us and the gateway that we start."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """One for each test: its record of connections and requests is that of the test."""
    with World(tmp_path) as made:
        yield made


@pytest.fixture
def network(world: World) -> Network:
    """The push network of `world`, with everything that its control API can do."""
    return Network(world.apns)

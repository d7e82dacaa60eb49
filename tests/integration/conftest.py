# SPDX-License-Identifier: Apache-2.0
"""One gateway for the tests of a module; an app of its own for each test, so that tests do not disturb each other."""
from collections.abc import Iterator
from pathlib import Path

import pytest
from simulators.phone import Account, Phone
from support.cli import BINARY
from support.world import App, World


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a built gateway there is nothing to try: say so once, as a failure, not as a skip."""
    if items and not BINARY.exists():
        pytest.exit(f"{BINARY} is missing: build it (./dev build), or name another build in POSTBELL_BUILD", 3)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """At normal speed."""
    with World(tmp_path_factory.mktemp("world")) as made:
        yield made


@pytest.fixture(scope="module")
def fast_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A minute is a tenth of a second, an hour six seconds."""
    with World(tmp_path_factory.mktemp("fast"), speed=600) as made:
        yield made


@pytest.fixture
def own_world(tmp_path: Path) -> Iterator[World]:
    """For tests that kill or reconfigure the gateway."""
    with World(tmp_path) as made:
        yield made


@pytest.fixture
def app(world: World) -> App:
    """Style badge, a signing key."""
    return world.add_app()


@pytest.fixture
def signed_in(world: World, app: App) -> tuple[Phone, Account]:
    """A phone with one account, subscribed and reported; the inbox is empty."""
    return world.signed_in(app)

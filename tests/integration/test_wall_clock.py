# SPDX-License-Identifier: Apache-2.0
"""A machine's clock that is set ahead and back while the gateway runs, by libfaketime (Debian's package faketime)."""
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.mail import mail
from support.wait import stays, until
from support.world import World

LIBRARY = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
HOUR = 3600


class Clock:
    """The gateway's wall clock. Its steady clock is the machine's."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.set(0)

    def set(self, seconds: int) -> None:
        """So far from the right time, from now on."""
        written = self._file.with_suffix(".new")
        written.write_text(f"{seconds:+d}\n")
        written.rename(self._file)

    def environment(self) -> dict[str, str]:
        return {"LD_PRELOAD": str(LIBRARY), "FAKETIME_TIMESTAMP_FILE": str(self._file), "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


@pytest.fixture
def clock(own_world: World, tmp_path: Path) -> Iterator[Clock]:
    assert LIBRARY.exists(), "install Debian's package faketime"
    made = Clock(tmp_path / "clock")
    own_world.gateway.stop()
    own_world.gateway.environment = made.environment()
    own_world.start_gateway()
    yield made


@pytest.mark.row("DURABLE-12")
def test_phones_ring_while_the_clock_is_set_ahead_and_back(own_world: World, clock: Clock) -> None:
    world = own_world
    phones = [world.signed_in(world.add_app(credential=kind)) for kind in ("key", "certificate")]

    def rings(which: int, count: int) -> None:
        phone, account = phones[which]
        mail(account, count)
        until(lambda: any(push.delivered and push.badge == count for push in world.pushes(phone)), 20,
              f"phone {which} rings with {count}")

    for which in (0, 1):
        rings(which, 1)
    clock.set(-5 * HOUR)
    for which in (0, 1):
        rings(which, 2)
    # Apple takes no token that was signed while the clock was ahead, so the certificate alone is looked at.
    clock.set(+5 * HOUR)
    rings(1, 3)
    clock.set(0)
    for which in (0, 1):
        rings(which, 4)

    assert world.gateway.admin_get("/readyz")[0] == 200
    assert [line for line in world.gateway.log().splitlines() if " error " in line] == []


@pytest.mark.row("DURABLE-12")
def test_each_step_of_the_clock_is_told_once(own_world: World, clock: Clock) -> None:
    def told() -> list[tuple[str, str]]:
        return re.findall(r"the machine's clock was set (ahead|back).*?seconds=(\d+)", own_world.gateway.log())

    for number, hours in enumerate((-5, 5, 0), 1):
        clock.set(hours * HOUR)
        until(lambda: len(told()) == number, 10, "the log tells of the step")

    stays(lambda: told() == [("back", str(5 * HOUR)), ("ahead", str(10 * HOUR)), ("back", str(5 * HOUR))], 2)


@pytest.mark.slow
@pytest.mark.row("DURABLE-12")
def test_a_signing_key_presents_the_token_of_before_once_the_clock_is_right(own_world: World, clock: Clock) -> None:
    phone, account = own_world.signed_in(own_world.add_app())
    mail(account, 1)
    own_world.wait_badge(phone, 1)
    clock.set(+HOUR)
    mail(account, 2)
    assert own_world.wait_push(phone, 2).reason == "InvalidProviderToken", "it is of the future"

    clock.set(0)

    own_world.wait_badge(phone, 2, timeout=90)  # the next probe, and not the end of 20 minutes


@pytest.mark.slow
@pytest.mark.row("DURABLE-12")
def test_a_restart_while_the_clock_is_ahead_keeps_the_token_of_before(own_world: World, clock: Clock) -> None:
    world = own_world
    phone, account = world.signed_in(world.add_app())
    mail(account, 1)
    world.wait_badge(phone, 1)
    world.gateway.stop()
    clock.set(+20 * 24 * HOUR)  # the certificates of the simulators are good for longer
    world.start_gateway()
    mail(account, 2)
    until(lambda: "InvalidProviderToken" in [push.reason for push in world.pushes(phone)], 20,
          "a token of the future is refused")

    clock.set(0)
    world.gateway.restart()

    world.wait_badge(phone, 2, timeout=90)  # the next probe, and not the end of 20 minutes
    assert "TooManyProviderTokenUpdates" not in [push.reason for push in world.pushes(phone)]

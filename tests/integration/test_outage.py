# SPDX-License-Identifier: Apache-2.0
"""What an absence of the gateway costs. The clocks run 600 times as fast: 15 minutes, for which Exchange tries again,
are a second and a half."""
import time
from pathlib import Path

import pytest
from support.mail import mail
from support.wait import stays
from support.world import World

_MESSAGE = "the gateway was away for longer than mail servers try again: apps are asked to subscribe anew"
_CHECK = "check_registration"


@pytest.mark.row("STATE-18")
def test_after_a_long_outage_apps_are_asked_at_once(tmp_path: Path) -> None:
    with World(tmp_path, speed=600, exchange_speed=1) as world:
        app = world.add_app()
        phones = [world.signed_in(app) for _ in range(3)]
        world.gateway.stop()
        time.sleep(3)  # half an hour
        said = [c for c in world.gateway.cli("check", check=False).json["checks"]
                if c["check"] == "subscriptions on ews"]
        assert len(said) == 1
        assert "3 apps must subscribe anew" in said[0]["detail"]
        world.start_gateway()

        assert f"{_MESSAGE} backend=ews" in world.gateway.log()
        assert "registrations=3" in world.gateway.log()
        for phone, account in phones:
            assert phone.state(account)["action"] == "resubscribe"
            world.wait_push(phone, event=_CHECK)
        phone, account = phones[0]
        assert mail(account, 1) == "OK"
        world.when(lambda: phone.state(account)["action"] == "none", because="heard of after all")
        phone, account = phones[1]
        phone.check(account)
        assert phone.state(account)["state"] == "active"


@pytest.mark.row("STATE-10")
@pytest.mark.row("STATE-18")
def test_a_short_outage_costs_nothing(tmp_path: Path) -> None:
    with World(tmp_path, speed=60, exchange_speed=1) as world:
        phone, account = world.signed_in(world.add_app())
        world.gateway.kill()
        time.sleep(2)  # two minutes, and one at most since it was last known to be alive
        world.start_gateway()

        assert phone.state(account)["state"] == "active"
        assert _MESSAGE not in world.gateway.log()
        stays(lambda: world.pushes(phone, _CHECK) == [], 1.0)

# SPDX-License-Identifier: Apache-2.0
"""How often an app is asked to check its registration."""
import pytest
from simulators.phone import Account, Phone
from support import listener
from support.wait import stays
from support.world import World

_CHECK = "check_registration"


def end_again(phone: Phone, account: Account, times: int, back_off_ms: int = 0) -> None:
    """The app subscribes anew, and the server ends the subscription at once, again and again."""
    for _ in range(times):
        account.subscription_id += "x"
        phone.report(account)
        body = listener.error_body(account.subscription_id, "ErrorServerBusy", back_off_ms)
        assert listener.verdict(listener.post(str(account.callbacks["ews"]["url"]), body)) == "OK"


@pytest.mark.row("STATE-16")
def test_an_app_whose_subscriptions_end_at_once_is_asked_once_and_then_rarely(
        world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in

    end_again(phone, account, 8)

    world.wait_push(phone, event=_CHECK)
    stays(lambda: len(world.pushes(phone, _CHECK)) == 1, 2.0)
    assert phone.state(account)["action"] == "resubscribe"


@pytest.mark.row("STATE-17")
def test_an_app_is_not_asked_while_the_server_wants_to_be_left_alone(
        world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in

    end_again(phone, account, 8, back_off_ms=297_749)

    stays(lambda: world.pushes(phone, _CHECK) == [], 2.0)
    assert phone.state(account)["action"] == "resubscribe"


@pytest.mark.row("STATE-17")
def test_an_app_is_asked_when_the_server_s_pause_is_over(fast_world: World) -> None:
    phone, account = fast_world.signed_in(fast_world.add_app())

    end_again(phone, account, 1, back_off_ms=20 * 60_000)  # 2 s

    stays(lambda: fast_world.pushes(phone, _CHECK) == [], 1.0)
    fast_world.wait_push(phone, event=_CHECK)

# SPDX-License-Identifier: Apache-2.0
"""People whose mailboxes change, and what their devices were shown."""
import time

from support.mail import mail
from support.wait import until

from fault.load import Person
from fault.network import Network


def tell(people: list[Person], unread: int) -> None:
    """New mail for each; every one acknowledged."""
    for _, account in people:
        assert mail(account, unread) == "OK"


def wait_shown(network: Network, people: list[Person], unread: int, within: float, *, since: int = 0) -> float:
    """Until the last badge of each device is `unread`; how long that took."""
    begun = time.monotonic()
    wanted = {phone.device_token for phone, _ in people}

    def missing() -> int:
        shown = network.badges(since=since)
        return sum(1 for token in wanted if shown.get(token, [None])[-1] != unread)

    until(lambda: missing() == 0, within, f"every device shows {unread}")
    return time.monotonic() - begun

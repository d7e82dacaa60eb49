# SPDX-License-Identifier: Apache-2.0
"""The demo with a real Dovecot: what happens, and whether the phone followed."""
import time
from collections.abc import Callable
from statistics import median

from simulators.phone import Account, Phone
from support.dovecot_world import DovecotWorld
from support.push_network import Push
from support.wait import until

from .screen import Screen

ADDRESS = "anna@example.net"
LIMIT_MS = 1000  # of the script: how long a delivery waits for the gateway


class DovecotStory:
    """Tells it once."""

    def __init__(self, world: DovecotWorld, screen: Screen) -> None:
        self._world, self._dovecot, self._screen = world, world.dovecot, screen
        self.phone: Phone = None  # type: ignore[assignment]  # made by sign_in()
        self.account: Account = None  # type: ignore[assignment]
        self.callback = ""
        self._expected = self._arrived = 0
        self._deliveries_ms: list[float] = []
        self._pushes_ms: list[float] = []

    @property
    def complete(self) -> bool:
        """Every badge arrived."""
        return self._arrived == self._expected

    def sign_in(self) -> None:
        """An admin gives Dovecot one URL; Anna's app puts an id into her mailbox and reports it."""
        self._screen.heading(f"Dovecot {self._dovecot.version} with Postbell's script, one URL for all its mailboxes")
        self.callback = self._world.callback()
        self._dovecot.drive_script(self.callback, timeout_msecs=LIMIT_MS)
        self._screen.line("exchange", "admin", "Dovecot runs", f"LMTP and IMAP on 127.0.0.1, script limit {LIMIT_MS} ms")
        self.phone, self.account = self._world.signed_in_at_dovecot(self._world.add_app(), ADDRESS)
        self._screen.line("phone", "Anna's phone", "registered", f"{ADDRESS} as {self.account.registration_id}")
        self._screen.line("phone", "Anna's phone", "wrote METADATA",
                          f"user={self.account.subscription_id[:8]}..., which only readers of the mailbox know")

    def tell(self) -> None:
        """Mail arrives and is read, moved and answered by a gateway that is away."""
        self._screen.heading("Mail arrives by LMTP: one push each, with the exact badge")
        for badge in (1, 2, 3):
            self._expect(self._deliver, badge)
        self._screen.heading("Anna reads two mails on her laptop, over IMAP: the badge falls quietly, two seconds later")
        self._expect(lambda: self._read("1:2"), 1)
        self._screen.heading("She moves the last one into another folder")
        self._expect(self._archive, 0)
        self._screen.heading("The gateway is away: mail is delivered all the same, and the next one brings the exact badge")
        self._world.gateway.stop()
        self._deliver()
        self._world.start_gateway()
        self._expect(self._deliver, 2)

    def summary(self) -> None:
        """What Dovecot waited, and what the phone shows."""
        self._screen.heading("Summary")
        self._screen.text(f"  {self._arrived} of {self._expected} badges arrived; the phone shows {self.phone.badge}, "
                          f"Dovecot counts {self._dovecot.unread(ADDRESS)} unread.")
        self._screen.text(f"  A delivery took {median(self._deliveries_ms):.1f} ms in the median, the notification included, "
                          f"and the push left {median(self._pushes_ms):.1f} ms after the delivery began.")

    def _expect(self, action: Callable[[], None], badge: int) -> None:
        self._expected += 1
        before = len(self._pushes())
        began = time.time()
        action()
        try:
            push = until(lambda: self._next_push(before, badge), 8.0)
        except TimeoutError:
            self._screen.line("bad", "Anna's phone", "nothing arrived",
                              f"badge {badge} was expected, {self.phone.badge} shows")
            return
        assert push is not None
        self._arrived += 1
        self.phone.receive(push.payload)
        event = push.about["event"]
        if event == "new_mail":
            self._pushes_ms.append((push.received_at - began) * 1000)
        self._screen.line("push", "gateway > APNs", f"push, badge {badge}", f"{event:<14} {push.push_type}, priority "
                          f"{push.priority}", push.received_at)
        time.sleep(0.25)  # for the reader

    def _pushes(self) -> list[Push]:
        return self._world.pushes(self.phone)

    def _next_push(self, before: int, badge: int) -> Push | None:
        pushes = self._pushes()
        return pushes[-1] if len(pushes) > before and pushes[-1].badge == badge else None

    def _deliver(self) -> None:
        took = self._dovecot.deliver(ADDRESS) * 1000
        self._deliveries_ms.append(took)
        self._screen.line("exchange", "MTA > Dovecot", "mail delivered", f"by LMTP in {took:.1f} ms")

    def _read(self, messages: str) -> None:
        took = self._dovecot.read(ADDRESS, messages) * 1000
        self._screen.line("exchange", "laptop > Dovecot", "mail was read",
                          f"STORE {messages} +FLAGS (\\Seen) in {took:.1f} ms")

    def _archive(self) -> None:
        self._dovecot.move(ADDRESS, "3", "Archive")
        self._screen.line("exchange", "laptop > Dovecot", "mail was moved", "MOVE 3 Archive")

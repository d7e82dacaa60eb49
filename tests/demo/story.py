# SPDX-License-Identifier: Apache-2.0
"""What happens in the demo, and whether every push that had to arrive did."""
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from simulators.exchange.mailbox import Mailbox
from simulators.graph import Mailbox as GraphMailbox
from simulators.phone import Account
from support.graph_world import GraphWorld
from support.wait import until

from .screen import Screen
from .watcher import Owner, Watcher

BURST = 12
CREDENTIALS = {"key": ".p8 key", "certificate": ".p12 certificate", "service account": "service account"}


@dataclass
class Step:
    """One push that had to arrive."""

    owner: Owner
    badge: int
    arrived: bool


class Story:
    """Tells it once. `owners` are complete after sign_in()."""

    def __init__(self, world: GraphWorld, screen: Screen) -> None:
        self._world, self._screen = world, screen
        self._steps: list[Step] = []
        self.owners: list[Owner] = []
        self.watcher = Watcher(world, screen, self.owners)

    @property
    def complete(self) -> bool:
        """Every push arrived, and every phone shows what it must: no older count came after a newer one."""
        last = {step.owner.name: step for step in self._steps}
        return all(step.arrived for step in self._steps) and all(
            step.owner.phone.badge == step.badge for step in last.values())

    def sign_in(self) -> None:
        """An admin adds five apps; five people sign in, one of them with two accounts, one at Microsoft 365."""
        self._screen.heading("Five apps with their credentials, four iPhones and an Android phone, six accounts")
        self.watcher.start()
        for name, style, credential, addresses in (
                ("Anna's phone", "badge", "key", ["anna@example.com", "sales@example.com"]),
                ("Ben's phone", "badge+sync", "certificate", ["ben@example.com"]),
                ("Cleo's phone", "alert", "key", ["cleo@example.com"])):
            self._add(name, style, credential, addresses)
        self._add("Dora's phone", "alert", "key", ["dora@contoso.example"], "com.example.mail.cloud", at_graph=True)
        self._add("Emil's Android", "badge", "service account", ["emil@example.com"], "com.example.mail.android")
        time.sleep(0.2)  # for the last lines

    def tell(self) -> None:
        """Mail arrives, is read, arrives in a burst, and from a server that does not count."""
        anna, ben, cleo, dora, emil = self.owners
        self._screen.heading("Mail arrives: one push each, with the badge")
        self._mail(anna, 0, badge=1)
        self._mail(ben, 0, badge=1)
        self._mail(cleo, 0, badge=1)
        self._mail(emil, 0, badge=1)
        self._mail(anna, 1, badge=2)  # the sum of both accounts

        self._screen.heading(f"A burst: {BURST} mails at once for Ben become few pushes")
        self._mail(ben, 0, badge=1 + BURST, count=BURST)

        self._screen.heading("Anna and Emil read their mail on the desktop: the badge falls quietly, two seconds later")
        self._expect(anna, lambda: self._mailbox(anna, 0).read(None), badge=1)
        self._expect(emil, lambda: self._mailbox(emil, 0).read(None), badge=0)

        self._screen.heading("A server that leaves the count out: Cleo's app is woken and counts for itself")
        self._world.exchange.configure(unread_count=False)
        self._mail(cleo, 0, badge=2)
        self._world.exchange.configure(unread_count=True)

        self._screen.heading("Mail at Microsoft 365: Graph never tells a count, so Dora's app rings, wakes and counts")
        self._mail(dora, 0, badge=1)
        self._expect(emil, lambda: self._mailbox(emil, 0).read(None), badge=0)

    def summary(self) -> None:
        """One row for each phone."""
        self._screen.heading("Summary")
        rows = [["phone", "style", "credential", "badge", "events", "pushes expected", "arrived", "pushes sent",
                 "median latency"]]
        for owner in self.owners:
            steps = [step for step in self._steps if step.owner is owner]
            events = sum(self._events(account) for account in owner.phone.accounts)
            rows.append([owner.name, owner.style, CREDENTIALS[owner.credential],
                         str(owner.phone.badge), str(events), str(len(steps)), str(sum(s.arrived for s in steps)),
                         str(len(owner.pushes)), f"{median(owner.latencies_ms or [0.0]):.1f} ms"])
        self._screen.table(rows)
        latencies = [latency for owner in self.owners for latency in owner.latencies_ms]
        arrived = sum(step.arrived for step in self._steps)
        self._screen.text(f"\n  {arrived} of {len(self._steps)} expected pushes arrived; from the mail server's notification to "
                          f"the push network {median(latencies or [0.0]):.1f} ms in the median.")

    def _events(self, account: Account) -> int:
        if account.backend == "office365":
            return len(self._world.graph.record.deliveries(subscription_id=account.subscription_id))
        return len(self._world.exchange.record.deliveries(account.address, kind="events"))

    def _add(self, name: str, style: str, credential: str, addresses: list[str], bundle_id: str = "", *,
             at_graph: bool = False) -> None:
        android = credential == "service account"
        if android:
            app = self._world.add_fcm_app(bundle_id=bundle_id)
        else:
            app = self._world.add_app(style=style, credential=credential,
                                      bundle_id=bundle_id or f"com.example.mail.{style.replace('+', '-')}")
        self._screen.line("gateway", "admin", "app added", f"{app.bundle_id:<27} style {style}, {CREDENTIALS[credential]}")
        owner = Owner(name, self._world.android(app) if android else self._world.phone(app), style, credential)
        self.owners.append(owner)
        for address in addresses:
            if at_graph:
                self._sign_in(owner, owner.phone.add(self._world.graph_account(address)), "Microsoft Graph")
                continue
            self._world.exchange.mailbox(address)
            self._sign_in(owner, owner.phone.add_account(address, self._world.exchange.ews_url), "Exchange")

    def _sign_in(self, owner: Owner, account: Account, server: str) -> None:
        began = time.time()
        owner.phone.register(account)
        self._screen.line("phone", owner.name, "registered", f"{account.address:<22} as {account.registration_id} in "
                          f"{(time.time() - began) * 1000:.1f} ms")
        owner.phone.subscribe(account)
        state = owner.phone.state(account)
        self._screen.line("phone", owner.name, "subscribed", f"{account.address:<22} at {server}, and reported: "
                          f"{state['state']}")

    def _mailbox(self, owner: Owner, account: int) -> Mailbox | GraphMailbox:
        chosen = owner.phone.accounts[account]
        server = self._world.graph if chosen.backend == "office365" else self._world.exchange
        return server.mailbox(chosen.address)

    def _mail(self, owner: Owner, account: int, *, badge: int, count: int = 1) -> None:
        self._expect(owner, lambda: self._mailbox(owner, account).deliver(count=count), badge)

    def _expect(self, owner: Owner, action: Callable[[], object], badge: int) -> None:
        pushes = len(owner.pushes)
        action()
        try:
            until(lambda: len(owner.pushes) > pushes and owner.phone.badge == badge, 8.0)
            self._steps.append(Step(owner, badge, True))
        except TimeoutError:
            self._screen.line("bad", owner.name, "nothing arrived", f"badge {badge} was expected, {owner.phone.badge} shows")
            self._steps.append(Step(owner, badge, False))
        time.sleep(0.25)  # for the reader

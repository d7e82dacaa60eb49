# SPDX-License-Identifier: Apache-2.0
"""A world with Microsoft 365 beside Exchange: the gateway's office365 backend, and a Graph that knows it."""
import time
from pathlib import Path

from simulators.graph import GraphSimulator
from simulators.phone import Account, GraphClient, Phone

from .world import App, World

BACKEND = '[[backend]]\ninstance = "office365"\nplugin = "office365"\nenabled = true\n'


class GraphWorld(World):
    """As World. `expiration_minutes` is the backend's key."""

    def __init__(self, directory: Path, *, speed: float = 1.0, expiration_minutes: int | None = None,
                 **more: object) -> None:
        key = "" if expiration_minutes is None else f"expiration_minutes = {expiration_minutes}\n"
        super().__init__(directory, speed=speed, more_config=BACKEND + key, **more)  # type: ignore[arg-type]
        # One person's two phones have a subscription each, as Graph allows in practice.
        self.graph = GraphSimulator(speed=speed, ca_file=self.ca_file, refuse_duplicates=False)

    def start(self) -> None:
        """Graph comes first."""
        self.graph.start()
        super().start()

    def start_gateway(self) -> None:
        """With the clocks of all set to the moment."""
        self.graph.set_clock(time.time())
        super().start_gateway()

    def stop(self) -> None:
        """Graph falls silent before the gateway ends."""
        self.graph.stop()
        super().stop()

    def graph_account(self, address: str = "") -> Account:
        """An account at Microsoft 365, not registered; its mailbox is made."""
        address = address or f"user{next(self._numbers)}@contoso.example"
        self.graph.mailbox(address)
        return Account(address, GraphClient(self.graph.url, self.graph.login_url, self.graph.tenant.id,
                                            self.graph.phone_app.client_id, address), "office365")

    def signed_in_at_graph(self, app: App, address: str = "", *, report_unread: bool = True) -> tuple[Phone, Account]:
        """A new phone with one account, subscribed and reported."""
        phone = self.phone(app)
        account = phone.add(self.graph_account(address))
        phone.register(account)
        phone.subscribe(account, report_unread=report_unread)
        return phone, account

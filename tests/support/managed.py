# SPDX-License-Identifier: Apache-2.0
"""A gateway that manages Microsoft 365 subscriptions itself, and a Graph that it manages them at."""
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulators.graph import AppRegistration, GraphSimulator, Mailbox
from simulators.graph.subscription import Subscription
from simulators.phone import Account, Phone

from .push_network import Push
from .wait import until
from .world import App, World

SECRET = "a secret/with+signs&more="


@dataclass
class User:
    """A user with a phone and a mailbox."""

    phone: Phone
    account: Account
    mailbox: Mailbox


class ManagedWorld:
    """Use as a context manager, from the main thread. The simulators' names are those of World."""

    def __init__(self, directory: Path, *, speed: float = 1.0, secret: str = SECRET, more_keys: str = "",
                 grants: str = 'grants = ["outbound", "secrets"]', graph: GraphSimulator | None = None,
                 credential: str = "") -> None:
        """`secret`: what is in the gateway's file. `credential`: the config's line in place of client_secret_file."""
        directory.mkdir(parents=True, exist_ok=True)
        self.graph = graph or GraphSimulator(speed=speed)
        if speed != 1.0:
            self.graph.login.token_seconds = 86_400.0  # of which a second may be hours
        self.gateway_app = self.graph.add_app(AppRegistration(secret=SECRET, roles=frozenset({"Mail.Read"})))
        self.secret_file = directory / "client-secret"
        self.write_secret(secret)
        self.world = World(directory, speed=speed, more_config=f"""
[[backend]]
instance = "office365"
plugin = "office365"
enabled = true
{grants}
tenant_id = "{self.graph.tenant.id}"
client_id = "{self.gateway_app.client_id}"
{credential or f'client_secret_file = "{self.secret_file}"'}
graph_endpoint = "{self.graph.url}"
login_endpoint = "{self.graph.login_url}"
{more_keys}
""")
        self._started = self.world.start_gateway
        self.world.start_gateway = self._start_gateway  # type: ignore[method-assign]
        self._numbers = 0

    def _start_gateway(self) -> None:
        self.graph.set_clock(time.time())
        self._started()

    def __enter__(self) -> "ManagedWorld":
        self.graph.start()
        try:
            self.world.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *unused: object) -> None:
        self.world.stop()
        self.graph.stop()

    @property
    def gateway(self) -> Any:
        """Of World."""
        return self.world.gateway

    def write_secret(self, secret: str) -> None:
        """What an admin puts into client_secret_file; with a line feed, as editors leave one."""
        self.secret_file.touch(mode=0o600)
        os.chmod(self.secret_file, 0o600)
        self.secret_file.write_text(secret + "\n")

    # --- people

    def mailbox(self, tenant: str = "") -> Mailbox:
        """A new one."""
        self._numbers += 1
        return self.graph.mailbox(f"user{self._numbers}@{tenant or 'example'}.com", tenant)

    def id_token(self, mailbox: Mailbox, **claims: Any) -> str:
        """Of the user, signed in to the gateway's application; long enough for a clock that runs fast."""
        now = int(self.graph.clock.now())
        lifetime = {"nbf": now - 86_400, "exp": now + 10 * 86_400} if self.graph.clock.speed != 1.0 else {}
        return self.graph.login.id_token(mailbox, self.gateway_app, **{**lifetime, **claims})

    def user(self, app: App, mailbox: Mailbox | None = None) -> User:
        """A phone whose app has signed in, but not registered."""
        mailbox = mailbox or self.mailbox()
        phone = self.world.phone(app)
        return User(phone, phone.add_account(mailbox.address), mailbox)

    def register(self, user: User, id_token: str | None = None, **grant: Any) -> dict[str, Any]:
        """POST /v1/registrations with the grant; the answer. Raises ApiError."""
        body = user.phone.registration_body(user.account)
        body["grants"] = {"office365": {"id_token": id_token or self.id_token(user.mailbox), **grant}}
        _, answer = user.phone.api.register(user.phone.enrolment_key, **body)
        user.account.registration_id, user.account.secret = answer["registration_id"], answer["secret"]
        user.account.callbacks = answer["callbacks"]
        return answer

    def managed(self, app: App, mailbox: Mailbox | None = None) -> User:
        """A user whose mailbox the gateway subscribed to; the push that tells the first count is here."""
        user = self.user(app, mailbox)
        self.register(user)
        self.wait_subscription(user.mailbox)
        self.world.wait_push(user.phone, timeout=20)
        return user

    # --- what happened

    def subscriptions(self, mailbox: Mailbox) -> list[Subscription]:
        """That live."""
        return self.graph.subscriptions(mailbox.address, live=True)

    def wait_subscription(self, mailbox: Mailbox, *, other_than: str = "", timeout: float = 20.0) -> Subscription:
        """Waits until the mailbox has exactly one; that."""
        def one() -> Subscription | None:
            live = self.subscriptions(mailbox)
            return live[0] if len(live) == 1 and live[0].id != other_than else None

        return until(one, timeout, f"a subscription of {mailbox.address}")  # type: ignore[return-value]

    def wait_none(self, mailbox: Mailbox, timeout: float = 20.0) -> None:
        """Waits until nothing is subscribed."""
        until(lambda: not self.subscriptions(mailbox), timeout, f"no subscription of {mailbox.address}")

    def wait_badge(self, user: User, badge: int, timeout: float = 20.0) -> Push:
        """Waits until the last delivered push carries it."""
        return self.world.wait_badge(user.phone, badge, timeout)

    def shown(self, user: User) -> dict[str, Any]:
        """`registration show`."""
        return dict(self.registration_command("show", user)["registration"])

    def registration_command(self, verb: str, user: User) -> Any:
        """What the gateway says to it."""
        return self.gateway.command("registration", verb, user.account.registration_id)

# SPDX-License-Identifier: Apache-2.0
"""The simulated Microsoft Graph: tenants, users with mailboxes, app registrations, a login, subscriptions, deliveries.

What it does is documented behaviour (learn.microsoft.com/graph, change notifications): see subscription.py for limits,
handshake.py for validation, delivery.py and endpoint.py for retries and slow listeners, login.py for tokens. One HTTP
server is both graph.microsoft.com and login.microsoftonline.com. For a program of its own: graph-simulator.

    with GraphSimulator(speed=600) as graph:
        anna = graph.mailbox("anna@example.com")
        token = graph.login.access_token(anna, graph.phone_app)
        anna.deliver()"""
import ssl
import threading
from dataclasses import replace

from . import notification
from .api import Api
from .clock import GraphClock
from .delivery import GIVE_UP_SECONDS, Dispatcher, Notice
from .directory import AppRegistration, Directory, Tenant
from .endpoint import SLOW_SECONDS, TOO_SLOW_SECONDS
from .errors import GraphError
from .faults import Fault, Faults
from .handshake import SECONDS as HANDSHAKE_SECONDS
from .handshake import shake_hands
from .http_front import front
from .login import Login
from .mailbox import Change, Mailbox
from .notification import Style
from .record import Record
from .subscription import MAX_MINUTES, Subscription
from .throttle import Throttle
from .transport import Transport


class GraphSimulator:
    """Use as a context manager, or start() and stop(). Thread-safe."""

    def __init__(self, *, speed: float = 1.0, port: int = 0, tls: ssl.SSLContext | None = None, ca_file: str = "",
                 style: Style = Style(), allow_http: bool = True, refuse_duplicates: bool = True,
                 max_subscriptions: int = 1000, max_minutes: int = MAX_MINUTES, slow_seconds: float = SLOW_SECONDS,
                 too_slow_seconds: float = TOO_SLOW_SECONDS, handshake_seconds: float = HANDSHAKE_SECONDS) -> None:
        """`speed` is that of expiry, back-off and tokens; the `..._seconds` for a listener to answer are real.
        `ca_file`: verify listeners against it. `allow_http`: plain http to loopback is taken for https.
        `max_minutes`: a subscription's longest lifetime, which some tenants have shorter.
        `refuse_duplicates`: 409, as the documentation says; in practice Graph takes a second subscription of one app,
        user, resource and changeType for mail (learn.microsoft.com/answers, questions 5600330 and 5768670)."""
        self.clock = GraphClock(speed)
        self.record, self.faults, self.directory = Record(), Faults(), Directory()
        self.throttle = Throttle(self.clock)
        self.style, self.allow_http = style, allow_http
        self.refuse_duplicates, self.max_subscriptions = refuse_duplicates, max_subscriptions
        self.max_minutes = max_minutes
        self.scope_base = "https://graph.microsoft.com"  # of the cloud, wherever it is simulated
        self.tenant = self.directory.add_tenant("example")
        self.phone_app = self.add_app(AppRegistration())
        self.login, self.api = Login(self), Api(self)
        self._handshake_seconds = handshake_seconds
        self._transport = Transport(ca_file)
        self._dispatcher = Dispatcher(self.clock, self._transport, self.record, lambda: self.style.batch_size,
                                      self._validation_tokens, self._dropped, slow_seconds=slow_seconds,
                                      too_slow_seconds=too_slow_seconds)
        self._lock = threading.RLock()
        self._mailboxes: dict[str, Mailbox] = {}
        self._subscriptions: dict[str, Subscription] = {}
        self._paused: dict[str, list[Notice]] = {}
        self._front = front(self, port, tls)

    def __enter__(self) -> "GraphSimulator":
        self.start()
        return self

    def __exit__(self, *unused: object) -> None:
        self.stop()

    def start(self) -> None:
        """Serves Graph, its login and the control API."""
        self._front.start()
        self._dispatcher.start()

    def stop(self) -> None:
        """Ends everything."""
        self._front.stop()
        self._dispatcher.stop()
        self._transport.close()

    # --- where it is

    @property
    def url(self) -> str:
        """In place of https://graph.microsoft.com."""
        return self._front.url

    @property
    def login_url(self) -> str:
        """In place of https://login.microsoftonline.com; the issuer of id tokens begins with it."""
        return self._front.url

    # --- who is there

    def add_app(self, app: AppRegistration) -> AppRegistration:
        """An app registration."""
        return self.directory.add_app(app)

    def add_tenant(self, name: str) -> Tenant:
        """Another organisation."""
        return self.directory.add_tenant(name)

    def mailbox(self, address: str, tenant: str = "") -> Mailbox:
        """The user's with this address, made when asked for the first time (in `tenant`, by id or name)."""
        with self._lock:
            found = self.find_mailbox(address)
            if found is None:
                where = self.directory.tenant(tenant) if tenant else self.tenant
                if where is None:
                    raise ValueError(f"no tenant {tenant!r}")
                found = Mailbox(address.lower(), where, self._happened)
                self._mailboxes[found.address] = self._mailboxes[found.id] = found
            return found

    def find_mailbox(self, address_or_id: str) -> Mailbox | None:
        """None if there is none."""
        with self._lock:
            return self._mailboxes.get(address_or_id.lower())

    def mailboxes(self) -> list[Mailbox]:
        """All of them."""
        with self._lock:
            return [m for key, m in self._mailboxes.items() if key == m.address]

    # --- how it behaves

    def configure(self, **changes: object) -> None:
        """Changes how notifications are written from now on: fields of Style."""
        self.style = replace(self.style, **changes)  # type: ignore[arg-type]

    def fault(self, path: str, **more: object) -> None:
        """Misbehaves: fields of Fault."""
        self.faults.add(Fault(path, **more))  # type: ignore[arg-type]

    def hold(self, held: bool) -> None:
        """While held, notifications are collected, to go out in few POSTs."""
        self._dispatcher.hold(held)

    def set_clock(self, now: float) -> None:
        """From now on it is `now`, in seconds since 1970."""
        self.clock.set(now)
        self._dispatcher.wake()

    def verdict(self, url: str) -> str:
        """What Graph thinks of a listener: "healthy", "slow" or "drop"."""
        return self._dispatcher.verdict(url)

    def settled(self) -> bool:
        """Everything that Graph had to say was taken or given up."""
        return self._dispatcher.idle()

    # --- subscriptions

    def subscriptions(self, address: str = "", live: bool = False) -> list[Subscription]:
        """All ever made, or a mailbox's, or those that still live."""
        with self._lock:
            self._expire()
            return [s for s in self._subscriptions.values()
                    if (not address or s.mailbox.address == address.lower()) and (not live or s.state == "live")]

    def live_subscription(self, identifier: str) -> Subscription | None:
        """By id."""
        with self._lock:
            self._expire()
            found = self._subscriptions.get(identifier)
            return found if found is not None and found.state == "live" else None

    def check_room_for(self, wanted: Subscription) -> None:
        """Raises GraphError 409 or 403."""
        with self._lock:
            live = self.subscriptions(wanted.mailbox.address, live=True)
            if len(live) >= self.max_subscriptions:
                raise GraphError(403, "Forbidden", "The maximum number of subscriptions for this mailbox is reached.")
            for other in live if self.refuse_duplicates else []:
                if (other.owner == wanted.owner and other.change_types == wanted.change_types
                        and other.resource.text.strip("/").lower() == wanted.resource.text.strip("/").lower()):
                    raise GraphError(409, "Conflict",
                                     f"Subscription Id {other.id} already exists for the requested combination")

    def add(self, made: Subscription) -> None:
        """It lives from now on. Raises GraphError if another was faster."""
        with self._lock:
            self.check_room_for(made)
            self._subscriptions[made.id] = made

    def shake_hands(self, url: str) -> None:
        """Raises GraphError."""
        shake_hands(url, self._transport, self.record, self.clock, self._handshake_seconds)

    def end(self, subscription: Subscription, state: str = "deleted") -> None:
        """It is gone, without a word."""
        with self._lock:
            subscription.state = state
            self._paused.pop(subscription.id, None)

    def resume(self, subscription: Subscription) -> None:
        """It was reauthorized: what waited goes out, unless it waited for 4 hours."""
        with self._lock:
            subscription.paused_since = None
            waited = self._paused.pop(subscription.id, [])
        oldest = self.clock.now() - GIVE_UP_SECONDS
        for notice in waited:
            if notice.since >= oldest:
                self._dispatcher.send(subscription.notification_url, notice)
        lost = [n for n in waited if n.since < oldest]
        if lost:
            self._dropped(lost)

    # --- what Graph says of subscriptions

    def challenge(self, address: str = "", pause: bool = False) -> None:
        """reauthorizationRequired. `pause`: the deadline has passed, nothing is sent until it is done."""
        for subscription in self.subscriptions(address, live=True):
            if pause:
                subscription.paused_since = self.clock.now()
            self.tell(subscription, "reauthorizationRequired")

    def remove_subscriptions(self, address: str = "") -> None:
        """subscriptionRemoved: a password was changed, an account disabled, a device is not compliant."""
        for subscription in self.subscriptions(address, live=True):
            self.end(subscription, "removed")
            self.tell(subscription, "subscriptionRemoved")

    def lose_subscriptions(self, address: str = "") -> None:
        """They are gone, and nobody is told."""
        for subscription in self.subscriptions(address, live=True):
            self.end(subscription, "lost")

    def tell_missed(self, address: str = "") -> None:
        """missed."""
        for subscription in self.subscriptions(address, live=True):
            self.tell(subscription, "missed")

    def tell(self, subscription: Subscription, event: str) -> None:
        """Any lifecycle event, of whatever name, where somebody hears of its life."""
        if subscription.lifecycle_url is not None:
            self._dispatcher.send(subscription.lifecycle_url, Notice(
                subscription, notification.lifecycle(self.style, subscription, event), self.clock.now(), False))

    def _happened(self, mailbox: Mailbox, change: Change) -> None:
        for subscription in self.subscriptions(mailbox.address, live=True):
            kind = change.seen_by(subscription.resource.unread_only)
            if kind not in subscription.change_types or not subscription.watches(change.folder):
                continue
            notice = Notice(subscription, notification.change(self.style, subscription, change, kind),
                            self.clock.now(), True)
            with self._lock:
                if subscription.paused_since is not None:
                    self._paused.setdefault(subscription.id, []).append(notice)
                    continue
            self._dispatcher.send(subscription.notification_url, notice)

    def _dropped(self, notices: list[Notice]) -> None:
        """Changes that nobody took: said once for each subscription."""
        for subscription in {n.subscription.id: n.subscription for n in notices if n.is_change}.values():
            self.tell(subscription, "missed")

    def _validation_tokens(self, subscriptions: list[Subscription]) -> list[str]:
        owners = {(s.mailbox.tenant, s.grant.app.client_id) for s in subscriptions}
        return [self.login.validation_token(tenant, client_id) for tenant, client_id in owners]

    def _expire(self) -> None:
        now = self.clock.now()
        for subscription in self._subscriptions.values():
            if subscription.state == "live" and subscription.expires_at <= now:
                subscription.state = "expired"

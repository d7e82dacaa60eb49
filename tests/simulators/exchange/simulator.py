# SPDX-License-Identifier: Apache-2.0
"""The simulated Exchange: mailboxes, subscriptions, the EWS endpoint and a control API around one clock and record.

What it does is documented behaviour: a first StatusEvent to the listener *while* the client waits for the answer to
Subscribe; a notification for every change of a subscribed folder, in order; a StatusEvent after StatusFrequency idle
minutes; retries after 30, 60, 120 ... seconds until the interval exceeds StatusFrequency, then the subscription is
deleted; "Unsubscribe" honoured. A failure is: no connection, no answer in time, a status other than 200, a body that is
not a SendNotificationResult to the letter."""
import base64
import binascii
import ssl
import threading
from dataclasses import replace
from xml.sax.saxutils import escape

from . import ews, ids
from .clock import SimulatedClock
from .envelope import Style
from .http_front import front
from .mailbox import Mailbox
from .record import Record
from .subscription import Subscription
from .transport import Transport


class ExchangeSimulator:
    """Use as a context manager, or start() and stop(). Thread-safe."""

    def __init__(self, *, speed: float = 1.0, port: int = 0, tls: ssl.SSLContext | None = None, style: Style = Style(),
                 first_status: str = "during", subscription_form: str = "2013", answer_timeout: float = 10.0,
                 connections: int = 8, max_subscriptions: int = 5000, ca_file: str = "") -> None:
        """`answer_timeout` is real seconds. `tls` makes the EWS endpoint https. `ca_file`: verify listeners against it."""
        if first_status not in ("during", "after", "never"):
            raise ValueError("first_status is during, after or never")
        self.clock = SimulatedClock(speed)
        self.record = Record()
        self.style = style
        self.first_status = first_status
        self.transport = Transport(answer_timeout, connections, ca_file)
        self._form, self._max_subscriptions = subscription_form, max_subscriptions
        self._lock = threading.RLock()
        self._mailboxes: dict[str, Mailbox] = {}
        self._subscriptions: dict[str, Subscription] = {}
        self._front = front(self, port, tls)

    def __enter__(self) -> "ExchangeSimulator":
        self.start()
        return self

    def __exit__(self, *unused: object) -> None:
        self.stop()

    def start(self) -> None:
        """Serves EWS and the control API."""
        self._front.start()

    def stop(self) -> None:
        """Ends everything; subscriptions vanish without a word."""
        self._front.stop()
        self.lose_subscriptions()
        for subscription in self.subscriptions():
            subscription.join(self.transport.timeout)
        self.transport.close()

    @property
    def url(self) -> str:
        """Where the server listens, without a path."""
        return self._front.url

    @property
    def ews_url(self) -> str:
        """The EWS endpoint."""
        return f"{self.url}/EWS/Exchange.asmx"

    def configure(self, **changes: object) -> None:
        """Changes how notifications are written from now on: fields of Style."""
        self.style = replace(self.style, **changes)  # type: ignore[arg-type]

    def mailbox(self, address: str) -> Mailbox:
        """The mailbox of this address, made when asked for the first time."""
        key = address.lower()
        with self._lock:
            if key not in self._mailboxes:
                self._mailboxes[key] = Mailbox(key, self.clock)
            return self._mailboxes[key]

    def mailboxes(self) -> list[Mailbox]:
        """All mailboxes."""
        with self._lock:
            return list(self._mailboxes.values())

    def subscriptions(self, address: str = "", live: bool = False) -> list[Subscription]:
        """All subscriptions ever made, or a mailbox's, or those that still live."""
        with self._lock:
            return [s for s in self._subscriptions.values()
                    if (not address or s.request.mailbox.address == address.lower())
                    and (not live or s.state == "live")]

    def subscription(self, identifier: str) -> Subscription:
        """The subscription of this id. Raises KeyError."""
        with self._lock:
            return self._subscriptions[identifier]

    def lose_subscriptions(self, address: str = "") -> None:
        """A restart of the server: subscriptions are gone, and nobody is told."""
        for subscription in self.subscriptions(address, live=True):
            subscription.end("vanished")

    def break_subscriptions(self, address: str = "", code: str = "ErrorReadEventsFailed",
                            text: str = "Events of this subscription cannot be read. Create it again.") -> None:
        """Sends each subscription an Error notification, after which it is gone."""
        for subscription in self.subscriptions(address, live=True):
            subscription.break_with(code, text)

    def hold(self, held: bool, address: str = "") -> None:
        """While held, nothing is sent: what happens meanwhile goes out in one notification (or with MoreEvents)."""
        for subscription in self.subscriptions(address, live=True):
            subscription.hold(held)

    def handle_ews(self, body: bytes, authorization: str) -> tuple[int, bytes]:
        """One EWS request: HTTP status and answer."""
        try:
            user = self._authenticate(authorization)
            if user is None:
                return 401, b""
            call = ews.Call(body)
            return 200, self._dispatch(call, self.mailbox(call.impersonated) if call.impersonated else user)
        except ews.Fault as fault:
            return 500, ews.fault(fault)

    def _authenticate(self, authorization: str) -> Mailbox | None:
        scheme, _, value = authorization.partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            address, _, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        with self._lock:
            mailbox = self._mailboxes.get(address.lower())
        return mailbox if mailbox is not None and mailbox.password == password else None

    def _dispatch(self, call: ews.Call, mailbox: Mailbox) -> bytes:
        if call.name == "Subscribe":
            return ews.response("Subscribe", lambda: self._subscribe(call, mailbox))
        if call.name == "GetFolder":
            return ews.response("GetFolder", lambda: ews.get_folder(call, mailbox))
        if call.name == "Unsubscribe":
            return ews.response("Unsubscribe", lambda: self._unsubscribe(call))
        raise ews.Fault("ErrorInvalidRequest", f"{call.name} is not simulated.")

    def _subscribe(self, call: ews.Call, mailbox: Mailbox) -> str:
        request = ews.push_request(call, mailbox)
        if len(self.subscriptions(mailbox.address, live=True)) >= self._max_subscriptions:
            raise ews.EwsError("ErrorExceededSubscriptionCount", "You have exceeded the available subscriptions.")
        subscription = Subscription(ids.subscription_id(self._form), request,
                                    lambda: replace(self.style, version=request.version), self.clock, self.transport,
                                    self.record)
        with self._lock:
            self._subscriptions[subscription.id] = subscription
        watermark = subscription.watermark
        subscription.start(self.first_status)
        return (f"<m:SubscriptionId>{escape(subscription.id)}</m:SubscriptionId>"
                f"<m:Watermark>{escape(watermark)}</m:Watermark>")

    def _unsubscribe(self, call: ews.Call) -> str:
        identifier = call.operation.findtext(f"{{{ews.names.MESSAGES}}}SubscriptionId", "")
        with self._lock:
            known = identifier in self._subscriptions
        if known:  # a push subscription ends by the listener's answer or by time-out only
            raise ews.EwsError("ErrorInvalidPullSubscriptionId", "The subscription is not a pull subscription.")
        raise ews.EwsError("ErrorSubscriptionNotFound", "The specified subscription was not found.")

# SPDX-License-Identifier: Apache-2.0
"""People of the story, each with a phone, an account, and a way in which their mail is notified.

Each step may be tried again, as phones and mail servers do. A refusal that no fault excuses raises Broken."""
import base64
import hashlib
import hmac

from simulators.graph import Mailbox
from simulators.phone import Account, Phone
from simulators.phone.ews_client import EwsClient
from simulators.phone.http import Response, request
from support import listener
from support.listener import folder_changed, new_mail

from inject.arrivals import Arrivals
from inject.stand import BACKEND_OF_TENANT, MANAGED_BACKEND, Stand


class Broken(Exception):
    """The gateway did what it must not do."""


class Refused(Exception):
    """The gateway answered that it cannot now: it is to be tried again."""


_LATER = (408, 429)  # these, too, say so


def _look(answer: Response, what: str) -> Response:
    """Of a notification."""
    if answer.status >= 500 or answer.status in _LATER:
        raise Refused(f"{what}: {answer.status}")
    if answer.status != 200:
        raise Broken(f"{what}: {answer.status} {answer.body[:200]!r}")
    return answer


class Person:
    """Whose app reports a subscription of Exchange, and whose Exchange posts."""

    def __init__(self, name: str, stand: Stand, phone: Phone, arrivals: Arrivals) -> None:
        self.name, self._stand, self.phone, self._arrivals = name, stand, phone, arrivals
        self.account = phone.add(Account(f"{name}@example.com", EwsClient("https://nowhere.invalid", name, ""), "ews"))
        self.account.subscription_id = f"subscription-{phone.device_token[:8]}"
        self.account.folder_id = "AQMkInbox="
        self._posted = self._acknowledged = 0

    def register(self) -> None:
        """The phone's first call."""
        self.phone.register(self.account)

    def renew(self) -> None:
        """The same registration again; its subscription is reported anew, since the callback may be another."""
        self.phone.register(self.account, with_previous_secret=True)

    def report(self) -> None:
        """Nothing is unread."""
        self.phone.report(self.account, unread=0)

    def mail(self, unread: int) -> None:
        """One more has arrived; returns when the notification is acknowledged."""
        self._posted = unread
        self._post(unread)
        self._acknowledged = unread

    def shows(self) -> int | None:
        """The badge."""
        badge = None
        for arrival in self._arrivals.to(self.phone.device_token):
            badge = badge if arrival.badge is None else arrival.badge
        return badge

    def is_served(self) -> bool:
        """Shows what was acknowledged, and no more than there is."""
        return self._acknowledged == 0 or self._acknowledged <= (self.shows() or 0) <= self._posted

    def __str__(self) -> str:
        return f"{self.name} shows {self.shows()} of {self._acknowledged}"

    def _post(self, unread: int) -> None:
        content = listener.body(self.account.subscription_id, [*new_mail(folder=self.account.folder_id),
                                                               folder_changed(unread, self.account.folder_id)])
        answer = listener.post(str(self.account.callbacks["ews"]["url"]), content, ca_file=self._stand.ca_file)
        verdict = listener.verdict(_look(answer, f"{self.name}'s notification"))
        if verdict != "OK":
            raise Broken(f"{self.name}'s mail server was told {verdict}")


class TenantsPerson(Person):
    """Whose mail server has one callback for its tenant, and signs what it posts."""

    def report(self) -> None:
        self.phone.api.report(self.account.registration_id, self.account.secret, backend=BACKEND_OF_TENANT,
                              subscription_id=self.account.subscription_id)

    def _post(self, unread: int) -> None:
        message = f"new subscription={self.account.subscription_id} unread={unread}".encode()
        signature = hmac.digest(self._stand.callback_secret, message, hashlib.sha256)
        answer = request("POST", self._stand.callback_url, {
            "Content-Type": "text/plain", "X-Signature": base64.urlsafe_b64encode(signature).rstrip(b"=").decode()},
            message, self._stand.ca_file)
        if (told := _look(answer, f"{self.name}'s notification").body) != b"accepted\n":
            raise Broken(f"{self.name}'s mail server was told {told!r}")


class ManagedPerson(Person):
    """Whose mailbox the gateway subscribes to itself, at Graph, which notifies until it is heard."""

    def __init__(self, name: str, stand: Stand, phone: Phone, arrivals: Arrivals) -> None:
        super().__init__(name, stand, phone, arrivals)
        self._mailbox: Mailbox = stand.new_mailbox()
        self._last_before_mail = 0

    def register(self) -> None:
        self._register()

    def renew(self) -> None:
        self._register(previous_secret=self.account.secret)

    def report(self) -> None:
        """There is nothing to report."""

    def mail(self, unread: int) -> None:
        if not self._stand.graph.subscriptions(self._mailbox.address, live=True):
            raise Refused("the mailbox has no subscription")
        self._last_before_mail = self._arrivals.last_number()
        self._mailbox.deliver()
        self._posted = self._acknowledged = unread

    def challenge(self) -> None:
        """Graph says nothing more until the subscription is authorized anew; never before its first mail was heard of:
        the gateway may still be about to learn the subscription's id."""
        if not self.is_served():
            raise Refused("the first mail is not heard of")
        self._stand.graph.challenge(self._mailbox.address, pause=True)

    def shows(self) -> int | None:
        """An app that is woken without a count reads its mailbox."""
        badge = None
        for arrival in self._arrivals.to(self.phone.device_token):
            if arrival.badge is not None:
                badge = arrival.badge
            elif arrival.event != "check_registration" and arrival.number > self._last_before_mail:
                badge = self._mailbox.unread()
        return badge

    def is_served(self) -> bool:
        """By a subscription that is authorized. Another may be left that the gateway never heard it had made."""
        live = self._stand.graph.subscriptions(self._mailbox.address, live=True)
        return any(s.paused_since is None for s in live) and super().is_served()

    def __str__(self) -> str:
        subscriptions = [f"{s.state}{' unauthorized' if s.paused_since else ''}"
                         for s in self._stand.graph.subscriptions(self._mailbox.address)]
        return f"{super().__str__()}, Graph has {subscriptions}"

    def _register(self, **more: str) -> None:
        body = {**self.phone.registration_body(self.account), **more,
                "grants": {MANAGED_BACKEND: {"id_token": self._stand.id_token(self._mailbox)}}}
        _, answer = self.phone.api.register(self.phone.enrolment_key, **body)
        if answer.get("managed") != MANAGED_BACKEND:
            raise Broken(f"{self.name}'s mailbox is not managed: {answer}")
        self.account.registration_id, self.account.secret = answer["registration_id"], answer["secret"]

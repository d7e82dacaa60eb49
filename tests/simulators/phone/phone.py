# SPDX-License-Identifier: Apache-2.0
"""A phone: one app on one device, with one or more accounts. Only here are addresses and passwords known."""
import hashlib
import os
import secrets
import uuid
from dataclasses import dataclass, field
from typing import Any

from .api import RegistrationApi
from .ews_client import EwsClient
from .graph_client import GraphClient
from .imap_client import ImapClient


@dataclass
class Account:
    """One mail account on this phone and what the gateway gave for it."""

    address: str
    server: EwsClient | GraphClient | ImapClient
    backend: str = "ews"  # the gateway's instance
    registration_id: str = ""
    secret: str = ""
    region: str = ""
    callbacks: dict[str, Any] = field(default_factory=dict)
    check_every_seconds: int = 0
    subscription_id: str = ""
    folder_id: str = ""
    expires_at: str = ""  # of the subscription; empty: it does not say

    @property
    def callback(self) -> dict[str, Any]:
        """What the gateway wants the mail server to be told."""
        return dict(self.callbacks[self.backend])


class Phone:
    """Not thread-safe: a phone does one thing at a time."""

    def __init__(self, api: RegistrationApi, app: str, enrolment_key: str, *, environment: str | None = "production",
                 device_token: str | None = None, backend: str = "ews", os_version: str = "17.5",
                 app_version: str = "1.0") -> None:
        self.api, self.app, self.enrolment_key, self.backend = api, app, enrolment_key, backend
        self.environment = environment
        self.device_token = device_token or self.new_token()
        self.device_id = str(uuid.uuid4())
        self.os_version, self.app_version = os_version, app_version
        self.accounts: list[Account] = []
        self.badge: int | None = None
        self.alerts = 0

    @staticmethod
    def new_token() -> str:
        """A device token as the push network issues them."""
        return os.urandom(32).hex()

    def sign_in(self, address: str, ews_url: str, password: str = "password", *, ca_file: str = "",
                report_unread: bool = True) -> Account:
        """The whole flow: register, subscribe, report what was subscribed."""
        account = self.add(Account(address, EwsClient(ews_url, address, password, ca_file), self.backend))
        self.register(account)
        self.subscribe(account, report_unread=report_unread)
        return account

    def add_account(self, address: str, ews_url: str = "", password: str = "password") -> Account:
        """An account that has not been registered."""
        return self.add(Account(address, EwsClient(ews_url, address, password), self.backend))

    def add(self, account: Account) -> Account:
        """Any account, not registered."""
        self.accounts.append(account)
        return account

    def registration_body(self, account: Account) -> dict[str, Any]:
        """What POST /v1/registrations takes: hashes, never the address."""
        body = {"app": self.app, "device_token": self.device_token, "os_version": self.os_version,
                "app_version": self.app_version, "account_hash": sha256(account.address.lower()),
                "device_hash": sha256(self.device_id)}
        return body if self.environment is None else {**body, "environment": self.environment}

    def register(self, account: Account, *, with_previous_secret: bool = False) -> int:
        """Registers, or renews: 201 or 200."""
        body = self.registration_body(account)
        if with_previous_secret:
            body["previous_secret"] = account.secret
        status, answer = self.api.register(self.enrolment_key, **body)
        account.registration_id, account.secret = answer["registration_id"], answer["secret"]
        account.region, account.callbacks = answer["region"], answer["callbacks"]
        account.check_every_seconds = answer["check_every_seconds"]
        return status

    def subscribe(self, account: Account, *, report_unread: bool = True) -> str:
        """Subscribes at the mail server with the callback URL, and reports it; the subscription's id."""
        # Counted before: what arrives from now on comes as a notification.
        account.folder_id, unread = account.server.inbox()
        account.subscription_id, account.expires_at = account.server.follow(account.callback)
        self.report(account, **({"unread": unread} if report_unread else {}))
        return account.subscription_id

    def renew(self, account: Account) -> str:
        """Makes the subscription last, where the mail server knows of such a thing; its id, which may be new."""
        account.folder_id, unread = account.server.inbox()
        account.subscription_id, account.expires_at = account.server.renew(account.subscription_id, account.callback)
        self.report(account, unread=unread)
        return account.subscription_id

    def report(self, account: Account, **more: Any) -> None:
        """PUT .../subscription with the account's current subscription."""
        if account.expires_at:
            more = {"expires_at": account.expires_at, **more}
        self.api.report(account.registration_id, account.secret, backend=account.backend,
                        subscription_id=account.subscription_id, folder_id=account.folder_id, **more)

    def state(self, account: Account) -> dict[str, Any]:
        """GET the registration, without acting on it."""
        return self.api.state(account.registration_id, account.secret)

    def check(self, account: Account) -> dict[str, Any]:
        """What the app does every check_every_seconds: looks at `action` and acts. The state that it saw."""
        state = self.state(account)
        action = state["action"]
        if action == "register":
            self.register(account, with_previous_secret=True)
        if action in ("subscribe", "resubscribe", "register"):
            self.subscribe(account)
        if action == "renew":
            self.renew(account)
        return state

    def change_token(self, device_token: str | None = None) -> str:
        """The push network gave this device a new token; one call moves every registration of the device."""
        self.device_token = device_token or self.new_token()
        account = self.accounts[0]
        self.api.change(account.registration_id, account.secret, device_token=self.device_token)
        return self.device_token

    def sign_out(self, account: Account) -> None:
        """Erases the registration. Exchange learns of it with its next notification."""
        self.api.remove(account.registration_id, account.secret)
        self.accounts.remove(account)

    def receive(self, payload: dict[str, Any]) -> None:
        """A push arrived: shows what it says; without a badge the app wakes up and counts for itself."""
        aps, about = payload["aps"], payload.get("postbell", {})
        if "alert" in aps:
            self.alerts += 1
        if "badge" in aps:
            self.badge = aps["badge"]
        elif about.get("event") == "check_registration":
            for account in self.accounts:
                if account.registration_id == about["registration_id"]:
                    self.check(account)
        else:
            self.badge = sum(account.server.inbox()[1] for account in self.accounts)


class AndroidPhone(Phone):
    """An Android phone: the token is FCM's, messages are data, and the app shows what it makes of them."""

    def __init__(self, api: RegistrationApi, app: str, enrolment_key: str, *, device_token: str | None = None,
                 backend: str = "ews", os_version: str = "15", app_version: str = "1.0") -> None:
        super().__init__(api, app, enrolment_key, environment=None, device_token=device_token, backend=backend,
                         os_version=os_version, app_version=app_version)

    @staticmethod
    def new_token() -> str:
        return f"{secrets.token_urlsafe(16)}:APA91b{secrets.token_urlsafe(100)}"

    def receive(self, payload: dict[str, Any]) -> None:
        """FCM handed over a message: new mail is shown as a notification, and the badge is the app's to compute."""
        data = payload["data"]
        if data["event"] == "check_registration":
            for account in self.accounts:
                if account.registration_id == data["registration_id"]:
                    self.check(account)
            return
        if data["event"] == "new_mail":
            self.alerts += 1
        if "badge" in data:
            self.badge = int(data["badge"])
        else:
            self.badge = sum(account.server.inbox()[1] for account in self.accounts)


def sha256(text: str) -> str:
    """64 hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()

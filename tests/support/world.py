# SPDX-License-Identifier: Apache-2.0
"""A gateway, an Exchange and an APNs that know each other, and phones to put into them."""
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from simulators.exchange import ExchangeSimulator, Style
from simulators.phone import Account, AndroidPhone, Phone, RegistrationApi

from . import openssl
from .apns import Apns
from .cli import PLUGINS
from .config import GatewayConfig
from .fcm import Fcm, FcmRequest, ServiceAccount
from .gateway import Gateway
from .push_network import Push
from .wait import until

TENANT = "example"


@dataclass(frozen=True)
class App:
    """An app as an admin added it."""

    bundle_id: str
    enrolment_key: str
    tenant: str = TENANT
    key_id: str = ""
    team_id: str = ""
    key_file: Path | None = None
    account: ServiceAccount | None = None  # of apps that push through FCM


class World:
    """Use as a context manager, from the main thread. One tenant, "example"; apps and phones are added as needed."""

    _numbers = itertools.count(1)

    def __init__(self, directory: Path, *, speed: float = 1.0, tls: bool = False, style: Style = Style(),
                 exchange_speed: float | None = None, first_status: str = "during", more_config: str = "",
                 ews_instances: tuple[str, ...] = ("ews",), plugins: Path = PLUGINS, fcm: bool = False,
                 registration_keys: str = "", trusted: tuple[Path, ...] = ()) -> None:
        """`speed` is that of every clock; `exchange_speed` differs where heartbeats would disturb; `fcm`: with a
        simulated FCM; `trusted`: the CAs of further push networks."""
        self.directory = directory
        self.apns = Apns(directory / "apns", speed)
        self.fcm: Fcm = Fcm(directory / "fcm", speed) if fcm else None  # type: ignore[assignment]
        identity = openssl.server_identity(directory / "tls") if tls else None
        self.ca_file = str(identity.ca) if identity else ""
        self.exchange = ExchangeSimulator(speed=exchange_speed or speed, style=style, first_status=first_status,
                                          ca_file=self.ca_file)
        self._trusted_too = trusted
        self._config = (speed, identity, more_config, ews_instances, plugins, registration_keys)
        self.gateway: Gateway = None  # type: ignore[assignment]  # made by start(): it needs the APNs' address

    def __enter__(self) -> "World":
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *unused: object) -> None:
        self.stop()

    def start(self) -> None:
        """Starts the simulators, then the gateway."""
        self.apns.start()
        if self.fcm is not None:
            self.fcm.start()
        self.exchange.start()
        speed, identity, more, instances, plugins, registration_keys = self._config
        self.gateway = Gateway(GatewayConfig(
            self.directory / "gateway", speed, self.apns.endpoint, str(self._trusted()), identity, more=more,
            plugins=plugins, ews_instances=instances, fcm_endpoint=self.fcm.endpoint if self.fcm else "",
            fcm_token_endpoint=self.fcm.token_endpoint if self.fcm else "",
            registration_keys=registration_keys))
        self.gateway.add_tenant(TENANT)
        self.start_gateway()

    def start_gateway(self) -> None:
        """Starts the gateway, with the networks' clocks set to its, and not behind: a token of the future is refused."""
        networks = [network for network in (self.apns, self.fcm) if network is not None]
        began = time.time()
        for network in networks:
            network.set_clock(self.gateway.clock())
        took = time.time() - began
        for network in networks:
            network.set_clock(self.gateway.clock() + took * self.gateway.config.clock_speed)
        self.gateway.start()

    def stop(self) -> None:
        """Ends everything, the gateway last: it hears the mail server out."""
        if self.exchange is not None:
            self.exchange.stop()
        if self.gateway is not None:
            self.gateway.stop()
        self.apns.stop()
        if self.fcm is not None:
            self.fcm.stop()

    def _trusted(self) -> Path:
        """One file with the CAs of the push networks."""
        files = [self.apns.ca_file, *([self.fcm.ca_file] if self.fcm else []), *self._trusted_too]
        if len(files) == 1:
            return files[0]
        together = self.directory / "push-networks.pem"
        together.write_text("".join(file.read_text() for file in files))
        return together

    @property
    def api(self) -> RegistrationApi:
        """The registration API."""
        return RegistrationApi(self.gateway.registration_url, self.ca_file)

    def add_app(self, *, style: str = "", credential: str = "key", tenant: str = TENANT, bundle_id: str = "") -> App:
        """A new app with a credential: "key", "certificate" or "none"."""
        number = next(self._numbers)
        bundle_id = bundle_id or f"com.example.app{number}"
        enrolment_key = self.gateway.add_app(tenant, bundle_id, style=style)
        if credential == "certificate":
            made = openssl.push_certificate(self.directory / "credentials", bundle_id, bundle_id)
            self.gateway.add_certificate(tenant, bundle_id, made.p12, made.password_file)
        app = App(bundle_id, enrolment_key, tenant)
        return self.add_key(app) if credential == "key" else app

    def add_key(self, app: App, known_to_apple: bool = True) -> App:
        """A new signing key for an app that is there; the app with it."""
        number = next(self._numbers)
        key_id, team_id = f"KEY{number:07d}", f"TEAM{number:06d}"
        (self.directory / "credentials").mkdir(exist_ok=True)
        file = openssl.signing_key(self.directory / "credentials" / f"AuthKey_{key_id}.p8")
        if known_to_apple:
            self.apns.add_key(key_id, team_id, file)
        self.gateway.add_key(app.tenant, app.bundle_id, file, key_id, team_id)
        return App(app.bundle_id, app.enrolment_key, app.tenant, key_id, team_id, file)

    def add_fcm_app(self, *, platform: str = "android", style: str = "", account: ServiceAccount | None = None,
                    bundle_id: str = "") -> App:
        """A new app that pushes through FCM, in a project of its own unless `account` is given."""
        bundle_id = bundle_id or f"com.example.app{next(self._numbers)}"
        enrolment_key = self.gateway.add_app(TENANT, bundle_id, platform=platform, style=style)
        account = account or self.fcm.service_account()
        self.gateway.add_service_account(TENANT, bundle_id, account.file)
        return App(bundle_id, enrolment_key, account=account)

    def android(self, app: App, **more: object) -> AndroidPhone:
        """A new phone with this app, which registers through FCM; not signed in."""
        return AndroidPhone(self.api, app.bundle_id, app.enrolment_key, **more)  # type: ignore[arg-type]

    def android_signed_in(self, app: App, address: str = "") -> tuple[AndroidPhone, Account]:
        """A new Android phone with one account, signed in."""
        phone = self.android(app)
        return phone, phone.sign_in(address or self.address(), self.exchange.ews_url, ca_file=self.ca_file)

    def messages(self, phone: Phone, event: str = "") -> list[FcmRequest]:
        """What FCM was sent for this phone, in order."""
        return [r for r in self.fcm.requests(phone.device_token) if not event or r.data.get("event") == event]

    def wait_message(self, phone: Phone, count: int = 1, timeout: float = 5.0, event: str = "") -> FcmRequest:
        """Waits until FCM was sent `count` messages for this phone; the last of them."""
        return until(lambda: self.messages(phone, event) if len(self.messages(phone, event)) >= count else None,
                     timeout, f"message {count} {event} for {phone.device_token[:8]}")[-1]

    def wait_delivered(self, phone: Phone, unread: str | None, timeout: float = 8.0) -> FcmRequest:
        """Waits until the last message that FCM took says this count."""
        def last() -> FcmRequest | None:
            taken = [r for r in self.messages(phone) if r.delivered]
            return taken[-1] if taken and taken[-1].data.get("unread") == unread else None

        found = until(last, timeout, f"unread {unread} on {phone.device_token[:8]}")
        assert found is not None
        return found

    def phone(self, app: App, **more: object) -> Phone:
        """A new phone with this app, not signed in."""
        return Phone(self.api, app.bundle_id, app.enrolment_key, **more)  # type: ignore[arg-type]

    def address(self) -> str:
        """The address of a new mailbox."""
        return self.exchange.mailbox(f"user{next(self._numbers)}@example.com").address

    def signed_in(self, app: App, address: str = "", *, report_unread: bool = True) -> tuple[Phone, Account]:
        """A new phone with one account, signed in."""
        phone = self.phone(app)
        return phone, phone.sign_in(address or self.address(), self.exchange.ews_url, ca_file=self.ca_file,
                                    report_unread=report_unread)

    def pushes(self, phone: Phone, event: str = "") -> list[Push]:
        """What APNs was sent for this phone, in order."""
        return [p for p in self.apns.pushes(phone.device_token) if not event or p.about["event"] == event]

    def wait_push(self, phone: Phone, count: int = 1, timeout: float = 5.0, event: str = "") -> Push:
        """Waits until `count` pushes arrived for this phone; the last of them."""
        return until(lambda: self.pushes(phone, event) if len(self.pushes(phone, event)) >= count else None, timeout,
                     f"push {count} {event}for {phone.device_token[:8]}")[-1]

    def wait_badge(self, phone: Phone, badge: int, timeout: float = 8.0) -> Push:
        """Waits until the last push that was delivered carries this badge."""
        def last() -> Push | None:
            delivered = [p for p in self.pushes(phone) if p.delivered]
            return delivered[-1] if delivered and delivered[-1].badge == badge else None

        found = until(last, timeout, f"badge {badge} on {phone.device_token[:8]}")
        assert found is not None
        return found

    def wait_state(self, phone: Phone, account: Account, state: str, action: str = "", timeout: float = 8.0) -> dict:
        """Waits until the gateway says so; what it says."""
        def reached() -> dict | None:
            seen = phone.state(account)
            return seen if seen["state"] == state and (not action or seen["action"] == action) else None

        return until(reached, timeout, f"{state}/{action}")  # type: ignore[return-value]

    def deliveries_settled(self, address: str = "") -> bool:
        """Everything that the Exchange had to say was answered."""
        return all(s.idle for s in self.exchange.subscriptions(address, live=True)) and all(
            d.answered_at for d in self.exchange.record.deliveries(address))

    def when(self, condition: Callable[[], object], timeout: float = 8.0, because: str = "") -> None:
        """Waits for `condition`."""
        until(condition, timeout, because)

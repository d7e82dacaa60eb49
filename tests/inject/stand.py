# SPDX-License-Identifier: Apache-2.0
"""A gateway's place with an APNs, an FCM and a Graph beside it, used by one case after another: each begins with the same
store."""
import shutil
import ssl
import time
from pathlib import Path

from fault.machine import plugin_folder, put
from simulators.graph import AppRegistration, GraphSimulator, Mailbox
from simulators.phone import RegistrationApi
from support import openssl
from support.apns import Apns
from support.cli import BUILD
from support.config import GatewayConfig
from support.fcm import Fcm
from support.gateway import Gateway
from support.processes import end

from inject.arrivals import Arrivals
from inject.page import Fault, Page

TENANT = "example"
KEY_APP, CERTIFICATE_APP, ANDROID_APP = "com.example.keyed", "com.example.certified", "com.example.android"
MANAGED_BACKEND, BACKEND_OF_TENANT = "office365", "signing"
_CLIENT_SECRET = "a secret of Graph's login"
_GRAPH_SPEED = 100  # it tries again after a tenth of a second in place of ten
_CONFIG = """
[dispatch]
quiet_delay_ms = 50

[[backend]]
instance = "{managed}"
plugin = "office365"
enabled = true
grants = ["outbound", "secrets"]
tenant_id = "{tenant}"
client_id = "{client}"
client_secret_file = "{secret_file}"
graph_endpoint = "{graph}"
login_endpoint = "{login}"

[[backend]]
instance = "{of_tenant}"
plugin = "tenant_backend"
enabled = true
"""


def _by_name(url: str) -> str:
    """A host that is looked up."""
    return url.replace("127.0.0.1", "localhost")


class Stand:
    """Use as a context manager, from a process's main thread."""

    callback_secret = b"a secret of the tenant's mail server"

    def __init__(self, directory: Path, shim: Path) -> None:
        self.directory = directory
        self.shim = shim
        directory.mkdir(parents=True, exist_ok=True)
        self.page = Page(directory / "page")
        self.apns, self.fcm = Apns(directory / "apns"), Fcm(directory / "fcm")
        self.to_apns, self.to_fcm = Arrivals(self.apns), Arrivals(self.fcm)
        identity = openssl.server_identity(directory / "tls")
        self.ca_file = str(identity.ca)
        self._identity = identity
        self.graph = self._new_graph()
        self._graph_app = self.graph.add_app(AppRegistration(secret=_CLIENT_SECRET, roles=frozenset({"Mail.Read"})))
        self.enrolment_keys: dict[str, str] = {}
        self.callback_url = ""
        self._mailboxes = 0
        # The system's are hundreds, which cost OpenSSL a million allocations at each start and reload.
        self._roots = {"SSL_CERT_FILE": self.ca_file, "SSL_CERT_DIR": str(directory)}

    def __enter__(self) -> "Stand":
        self.apns.start()
        self.fcm.start()
        self.graph.start()
        self.gateway = Gateway(self._config())
        self.apns.call("POST", "/policy", {"token_updates": "allow"})  # each case signs anew
        self._fill()
        self._whole = self.directory / "store"
        self._whole.mkdir(exist_ok=True)
        for file in self._store_files():
            shutil.copy2(file, self._whole)
        return self

    def __exit__(self, *unused: object) -> None:
        self.gateway.stop()
        self.graph.stop()
        self.fcm.stop()
        self.apns.stop()

    def prepare(self, fault: Fault | None) -> None:
        """The store as it was, a log of its own, nothing at Graph, and a plan."""
        for file in self._store_files():
            file.unlink()
        for file in self._whole.iterdir():
            shutil.copy2(file, self.gateway.config.directory)
        self.gateway.log_file.unlink(missing_ok=True)
        self.graph.lose_subscriptions()
        self.graph.set_clock(time.time())
        self.to_apns.forget()
        self.to_fcm.forget()
        self.page.clear()
        if fault is not None:
            self.page.plan(fault)
        self.gateway.environment = {**self._roots, "LD_PRELOAD": str(self.shim),
                                    "POSTBELL_INJECT": str(self.page.file)}

    def without_shim(self) -> None:
        """From the next start on."""
        self.gateway.environment = self._roots

    def kill(self) -> None:
        """Whatever the gateway does."""
        if self.gateway.process is not None:
            end(self.gateway.process, 0)

    @property
    def api(self) -> RegistrationApi:
        """The registration API."""
        return RegistrationApi(self.gateway.registration_url, self.ca_file)

    def new_mailbox(self) -> Mailbox:
        """At Graph; nothing of another case speaks of it."""
        self._mailboxes += 1
        return self.graph.mailbox(f"user{self._mailboxes}@example.com")

    def id_token(self, mailbox: Mailbox) -> str:
        """Of its user; Graph's clock is ahead of the gateway's."""
        now = int(time.time())
        return self.graph.login.id_token(mailbox, self._graph_app, nbf=now - 60, exp=now + 3600)

    def _new_graph(self) -> GraphSimulator:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self._identity.certificate, self._identity.key)
        graph = GraphSimulator(speed=_GRAPH_SPEED, tls=tls, ca_file=self.ca_file, refuse_duplicates=False)
        graph.login.token_seconds = 86_400.0
        return graph

    def _config(self) -> GatewayConfig:
        trusted = self.directory / "trusted.pem"
        trusted.write_text("".join(file.read_text() for file in (self.apns.ca_file, self.fcm.ca_file,
                                                                 self._identity.ca)))
        secret_file = self.directory / "client-secret"
        secret_file.touch(mode=0o600)
        secret_file.write_text(_CLIENT_SECRET)
        plugins = plugin_folder(self.directory / "plugins")
        put(BUILD / "lib" / "postbell" / "test-plugins" / "tenant_backend.so", plugins)
        more = _CONFIG.format(managed=MANAGED_BACKEND, of_tenant=BACKEND_OF_TENANT, secret_file=secret_file,
                              tenant=self.graph.tenant.id, client=self._graph_app.client_id,
                              graph=_by_name(self.graph.url), login=self.graph.login_url)
        return GatewayConfig(self.directory / "gateway", apns_endpoint=_by_name(self.apns.endpoint),
                             apns_ca=str(trusted), tls=self._identity, plugins=plugins, more=more,
                             fcm_endpoint=_by_name(self.fcm.endpoint), fcm_token_endpoint=self.fcm.token_endpoint)

    def _store_files(self) -> list[Path]:
        database = self.gateway.config.database
        return list(database.parent.glob(database.name + "*"))

    def _fill(self) -> None:
        gateway = self.gateway
        gateway.add_tenant(TENANT)
        for app in (KEY_APP, CERTIFICATE_APP):
            self.enrolment_keys[app] = gateway.add_app(TENANT, app)
        self.enrolment_keys[ANDROID_APP] = gateway.add_app(TENANT, ANDROID_APP, platform="android")
        files = self.directory / "credentials"
        files.mkdir(exist_ok=True)
        key = openssl.signing_key(files / "AuthKey_KEY0000001.p8")
        self.apns.add_key("KEY0000001", "TEAM000001", key)
        gateway.add_key(TENANT, KEY_APP, key, "KEY0000001", "TEAM000001")
        made = openssl.push_certificate(files, CERTIFICATE_APP, CERTIFICATE_APP)
        gateway.add_certificate(TENANT, CERTIFICATE_APP, made.p12, made.password_file)
        gateway.add_service_account(TENANT, ANDROID_APP, self.fcm.service_account().file)
        secret = files / "callback-secret"
        secret.write_bytes(self.callback_secret)
        added = gateway.command("tenant", "callback", "add", "--tenant", TENANT, "--backend", BACKEND_OF_TENANT,
                                "--secret-file", secret)
        self.callback_url = f"{added['url']}/signed"

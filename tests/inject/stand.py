# SPDX-License-Identifier: Apache-2.0
"""A gateway's place and an APNs beside it, used by one case after another: each begins with the same store."""
import shutil
from pathlib import Path

from fault.network import Arrival, Network
from simulators.phone import RegistrationApi
from support import openssl
from support.apns import Apns
from support.config import GatewayConfig
from support.gateway import Gateway
from support.processes import end

from inject.page import Fault, Page

TENANT = "example"
KEY_APP, CERTIFICATE_APP = "com.example.keyed", "com.example.certified"


class Stand:
    """Use as a context manager, from a process's main thread."""

    def __init__(self, directory: Path, shim: Path) -> None:
        self.directory = directory
        self.shim = shim
        directory.mkdir(parents=True, exist_ok=True)
        self.page = Page(directory / "page")
        self.apns = Apns(directory / "apns")
        self.network = Network(self.apns)
        self.enrolment_keys: dict[str, str] = {}
        self._since = 0

    def __enter__(self) -> "Stand":
        self.apns.start()
        identity = openssl.server_identity(self.directory / "tls")
        self.ca_file = str(identity.ca)
        self.gateway = Gateway(GatewayConfig(self.directory / "gateway", apns_endpoint=self._endpoint(),
                                             apns_ca=str(self.apns.ca_file), tls=identity))
        self.apns.call("POST", "/policy", {"token_updates": "allow"})  # each case signs anew
        self._fill()
        self._whole = self.directory / "store"
        self._whole.mkdir(exist_ok=True)
        for file in self._store_files():
            shutil.copy2(file, self._whole)
        return self

    def __exit__(self, *unused: object) -> None:
        self.gateway.stop()
        self.apns.stop()

    def prepare(self, fault: Fault | None) -> None:
        """The store as it was, a log of its own, and a plan."""
        for file in self._store_files():
            file.unlink()
        for file in self._whole.iterdir():
            shutil.copy2(file, self.gateway.config.directory)
        self.gateway.log_file.unlink(missing_ok=True)
        self._since = self.network.last_number()
        self.page.clear()
        if fault is not None:
            self.page.plan(fault)
        self.gateway.environment = {"LD_PRELOAD": str(self.shim), "POSTBELL_INJECT": str(self.page.file)}

    def without_shim(self) -> None:
        """From the next start on."""
        self.gateway.environment = {}

    def kill(self) -> None:
        """Whatever the gateway does."""
        if self.gateway.process is not None:
            end(self.gateway.process, 0)

    @property
    def api(self) -> RegistrationApi:
        """The registration API."""
        return RegistrationApi(self.gateway.registration_url, self.ca_file)

    def arrivals(self) -> list[Arrival]:
        """What APNs was sent in this case."""
        return self.network.arrivals(since=self._since)

    def _endpoint(self) -> str:
        """By a name, which is looked up."""
        return self.apns.endpoint.replace("127.0.0.1", "localhost")

    def _store_files(self) -> list[Path]:
        database = self.gateway.config.database
        return list(database.parent.glob(database.name + "*"))

    def _fill(self) -> None:
        self.gateway.add_tenant(TENANT)
        for app in (KEY_APP, CERTIFICATE_APP):
            self.enrolment_keys[app] = self.gateway.add_app(TENANT, app)
        files = self.directory / "credentials"
        files.mkdir(exist_ok=True)
        key = openssl.signing_key(files / "AuthKey_KEY0000001.p8")
        self.apns.add_key("KEY0000001", "TEAM000001", key)
        self.gateway.add_key(TENANT, KEY_APP, key, "KEY0000001", "TEAM000001")
        made = openssl.push_certificate(files, CERTIFICATE_APP, CERTIFICATE_APP)
        self.gateway.add_certificate(TENANT, CERTIFICATE_APP, made.p12, made.password_file)

# SPDX-License-Identifier: Apache-2.0
"""The gateway's config file for tests: every listener on loopback, everything below one directory."""
import base64
import os
from dataclasses import dataclass, field
from pathlib import Path

from .cli import PLUGINS
from .openssl import ServerIdentity
from .processes import free_ports


@dataclass
class GatewayConfig:
    """What differs between tests. `more` is TOML text that is appended as it is."""

    directory: Path
    clock_speed: float = 1.0
    apns_endpoint: str = ""
    apns_ca: str = ""                         # of both simulated push networks
    tls: ServerIdentity | None = None         # for the registration and the mailbox listener
    plugins: Path = PLUGINS
    ews_instances: tuple[str, ...] = ("ews",)
    more: str = ""
    fcm_endpoint: str = ""                    # empty: the provider fcm is off
    fcm_token_endpoint: str = ""
    registration_keys: str = ""               # of the registration listener, beside what every test needs
    ports: list[int] = field(default_factory=lambda: free_ports(3))

    @property
    def file(self) -> Path:
        return self.directory / "postbell.toml"

    @property
    def database(self) -> Path:
        return self.directory / "postbell.db"

    @property
    def master_key(self) -> Path:
        return self.directory / "master.key"

    def url(self, listener: str) -> str:
        """Of "registration", "mailbox" or "admin"."""
        scheme = "https" if self.tls and listener != "admin" else "http"
        return f"{scheme}://127.0.0.1:{self.ports[('registration', 'mailbox', 'admin').index(listener)]}"

    def write(self) -> Path:
        """Writes the config, and a master key unless there is one."""
        self.directory.mkdir(parents=True, exist_ok=True)
        if not self.master_key.exists():
            self.master_key.touch(mode=0o600)
            self.master_key.write_text(base64.b64encode(os.urandom(32)).decode() + "\n")
        self.file.write_text(self.text())
        return self.file

    def text(self) -> str:
        """The whole file."""
        speed = f"clock_speed = {self.clock_speed}\n" if self.clock_speed != 1.0 else ""
        return "\n".join([
            f'[gateway]\nregion = "test"\n{speed}',
            *(self._listener(name) for name in ("registration", "mailbox")),
            f'[listener.admin]\naddress = "127.0.0.1:{self.ports[2]}"\n',
            f'[store]\nurl = "sqlite://{self.database}"\n',
            f'[secrets]\nmaster_key_file = "{self.master_key}"\n',
            f'[plugins]\ndirectory = "{self.plugins}"\n',
            f'[egress]\nca_file = "{self.apns_ca}"\n',
            *(f'[[backend]]\ninstance = "{name}"\nplugin = "ews"\nenabled = true\n' for name in self.ews_instances),
            f'[[provider]]\ninstance = "apns"\nplugin = "apns"\nenabled = true\nendpoint = "{self.apns_endpoint}"\n',
            *self._fcm(),
            self.more])

    def _fcm(self) -> list[str]:
        if not self.fcm_endpoint:
            return []
        token_endpoint = f'token_endpoint = "{self.fcm_token_endpoint}"\n' if self.fcm_token_endpoint else ""
        return [f'[[provider]]\ninstance = "fcm"\nplugin = "fcm"\nenabled = true\nendpoint = "{self.fcm_endpoint}"\n'
                f'{token_endpoint}']

    def _listener(self, name: str) -> str:
        port = self.ports[("registration", "mailbox").index(name)]
        tls = (f'tls_certificate = "{self.tls.certificate}"\ntls_key = "{self.tls.key}"\n' if self.tls else "")
        more = self.registration_keys if name == "registration" else ""
        return f'[listener.{name}]\naddress = "127.0.0.1:{port}"\npublic_url = "{self.url(name)}"\n{tls}{more}\n'

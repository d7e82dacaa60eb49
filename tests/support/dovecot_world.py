# SPDX-License-Identifier: Apache-2.0
"""A world with a real Dovecot: the gateway's backend dovecot, and the tenant's callback for it."""
from pathlib import Path

from simulators.phone import Account, ImapClient, Phone

from .dovecot import PASSWORD, Dovecot
from .world import TENANT, App, World

BACKENDS = ('[[backend]]\ninstance = "dovecot"\nplugin = "dovecot"\nenabled = true\n'
            '[[backend]]\ninstance = "dovecot-accounts"\nplugin = "dovecot"\nenabled = true\naddressing = "account"\n')


class DovecotWorld(World):
    """As World. Dovecot runs once a test drives it. `quiet_delay_ms`: how long a changed count waits for the next."""

    def __init__(self, directory: Path, *, quiet_delay_ms: int = 2000, **more: object) -> None:
        super().__init__(directory, more_config=f"[dispatch]\nquiet_delay_ms = {quiet_delay_ms}\n{BACKENDS}",
                         **more)  # type: ignore[arg-type]
        self.dovecot = Dovecot(self.ca_file)

    def stop(self) -> None:
        """Dovecot falls silent before the gateway ends."""
        self.dovecot.__exit__()
        super().stop()

    def callback(self, backend: str = "dovecot", secret: str = "") -> str:
        """tenant callback add; the URL for Dovecot."""
        file = self.directory / "callback-secret"
        file.write_text(secret)
        added = self.gateway.command("tenant", "callback", "add", "--tenant", TENANT, "--backend", backend,
                                     *(["--secret-file", file] if secret else []))
        return str(added["url"])

    def dovecot_account(self, address: str = "", backend: str = "dovecot", port: int = 0) -> Account:
        """An account at Dovecot, where every name is a user; not registered. `port`: of another Dovecot's IMAP."""
        address = address or f"user{next(self._numbers)}@example.net"
        return Account(address, ImapClient(port or self.dovecot.imap_port, address, PASSWORD), backend)

    def signed_in_at_dovecot(self, app: App, address: str = "") -> tuple[Phone, Account]:
        """A new phone with one account, whose id is in the mailbox and reported."""
        phone = self.phone(app)
        account = phone.add(self.dovecot_account(address))
        phone.register(account)
        phone.subscribe(account)
        return phone, account

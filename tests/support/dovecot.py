# SPDX-License-Identifier: Apache-2.0
"""A real Dovecot on loopback (2.3 of Debian 12; 2.4 as well): it needs no root, and uses none where there is."""
import grp
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from .cli import REPOSITORY
from .dovecot_config import Driver, config
from .mail_store import PASSWORD, MailStore
from .processes import end, free_ports, spawn
from .wait import until

PROGRAM = "/usr/sbin/dovecot"
SCRIPT = REPOSITORY / "plugins/backends/dovecot/postbell.lua"


class Dovecot(MailStore):
    """Use as a context manager, from the main thread. It runs while a driver is set: drive_ox(), drive_script()."""

    def __init__(self, ca_file: str = "") -> None:
        if not Path(PROGRAM).exists():
            raise RuntimeError(f"{PROGRAM} is missing: apt-get install dovecot-core dovecot-imapd dovecot-lmtpd")
        self.version = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True).stdout.strip()
        # Not below a test's folder: where root runs the tests, it belongs to root alone; and sockets need short names.
        self.directory = Path(tempfile.mkdtemp(prefix="postbell-dovecot-", dir="/tmp"))
        self._user = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
        for name in ("run", "state", "mail"):
            (self.directory / name).mkdir()
        for path in (self.directory, *self.directory.iterdir()):
            path.chmod(0o755)
            os.chown(path, self._user.pw_uid, self._user.pw_gid)
        self._ca_file = self._readable(Path(ca_file)) if ca_file else None
        self._script = self._readable(SCRIPT)
        self.imap_port, self.lmtp_port = free_ports(2)
        self._process: subprocess.Popen[bytes] | None = None
        self._drivers: list[Driver] = []

    def __enter__(self) -> "Dovecot":
        return self

    def __exit__(self, *unused: object) -> None:
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def drive_ox(self, url: str, *, user_from_metadata: bool = True, **options: int) -> None:
        """The OX driver, with its own time-outs unless `options` has others. Starts Dovecot anew if it was driven otherwise."""
        self._start([_ox(url, user_from_metadata, **options)])

    def drive_script(self, url: str, **settings: str | int) -> None:
        """The script of the plugin, with its own settings. The same."""
        self._start([self._by_script(url, **settings)])

    def drive_both(self, url: str) -> None:
        """As an admin may leave them. The same."""
        self._start([self._by_script(url), _ox(url, True)])

    def stop(self) -> None:
        """Ends it."""
        if self._process is not None:
            end(self._process)

    def log(self) -> str:
        """Everything it wrote."""
        file = self.directory / "dovecot.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def _readable(self, file: Path) -> Path:
        """A copy that Dovecot's user may read."""
        return Path(shutil.copy(file, self.directory))

    def _by_script(self, url: str, **settings: str | int) -> Driver:
        return Driver(url, self._script, {name: str(value) for name, value in settings.items()})

    def _start(self, drivers: list[Driver]) -> None:
        if drivers == self._drivers:
            return
        self._drivers = drivers
        for _ in range(5):
            self.stop()
            self._spawn(drivers)
            until(self._decided, 10, "Dovecot answers, or ends")
            if self._ended is None or "Address already in use" not in self._ended:
                break
            self.imap_port, self.lmtp_port = free_ports(2)  # another program took one that was free
        if self._ended is not None:
            raise RuntimeError(f"Dovecot ended: {self._ended}")

    def _spawn(self, drivers: list[Driver]) -> None:
        file = self.directory / "dovecot.conf"
        file.write_text(config(self.version, drivers, {
            "DIR": self.directory, "USER": self._user.pw_name, "GROUP": grp.getgrgid(self._user.pw_gid).gr_name,
            "CA": self._ca_file or "", "PASSWORD": PASSWORD, "IMAP_PORT": self.imap_port, "LMTP_PORT": self.lmtp_port}))
        file.chmod(0o644)
        as_user = {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []} if os.getuid() == 0 else {}
        with (self.directory / "output").open("wb") as output:
            self._process = spawn([PROGRAM, "-F", "-c", file], output, **as_user)

    @property
    def _ended(self) -> str | None:
        """Its last words; None: it runs."""
        assert self._process is not None
        if self._process.poll() is None:
            return None
        return (self.directory / "output").read_text() + self.log()[-2000:]

    def _decided(self) -> bool:
        return self._ended is not None or self.answers()


def _ox(url: str, user_from_metadata: bool, **options: int) -> Driver:
    words = {"user_from_metadata": ""} if user_from_metadata else {}
    return Driver(url, None, {**words, **{name: str(value) for name, value in options.items()}})

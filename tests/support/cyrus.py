# SPDX-License-Identifier: Apache-2.0
"""A real Cyrus IMAP on loopback. Debian's package cannot be installed beside Dovecot's: ./dev unpacks it into build/cyrus."""
import grp
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from .cli import REPOSITORY
from .mail_store import MailStore
from .processes import end, free_ports, spawn
from .wait import until

PACKAGE = REPOSITORY / "build" / "cyrus"
PROGRAMS = ("master", "imapd", "lmtpd", "notifyd", "ctl_cyrusdb")
NOTIFIER = REPOSITORY / "plugins/backends/webhook/cyrus-notify"
DOMAIN = "example.net"  # of users without one

IMAPD_CONF = """\
configdirectory: {directory}/config
partition-default: {directory}/spool
proc_path: {directory}/proc
mboxname_lockpath: {directory}/lock
cyrus_user: {user}
cyrus_group: {group}
allowplaintext: yes
sasl_pwcheck_method: alwaystrue
sasl_mech_list: PLAIN
virtdomains: userid
defaultdomain: {domain}
unixhierarchysep: {unix}
autocreate_quota: 0
autocreate_post: yes
notifysocket: {directory}/notify
event_notifier: external
event_groups: message flags
event_extra_params: vnd.cmu.unseenMessages
event_content_inclusion_mode: header
event_content_size: 1
notify_external: {directory}/cyrus-notify
"""
CYRUS_CONF = """\
START {{
  recover cmd="{programs}/ctl_cyrusdb -C {directory}/imapd.conf -r"
}}
SERVICES {{
  imap cmd="{programs}/imapd -C {directory}/imapd.conf" listen="127.0.0.1:{imap_port}" prefork=1
  lmtp cmd="{programs}/lmtpd -a -C {directory}/imapd.conf" listen="127.0.0.1:{lmtp_port}" prefork=1
  notify cmd="{programs}/notifyd -C {directory}/imapd.conf" listen="{directory}/notify" proto="udp" prefork=1
}}
"""


class Cyrus(MailStore):
    """Use as a context manager, from the main thread. Each name with a mail is a user. `unixhierarchysep`: of imapd.conf."""

    def __init__(self, url: str, secret: str, ca_file: str = "", *, timeout_msecs: int = 1000,
                 unixhierarchysep: bool = True) -> None:
        if not PACKAGE.exists():
            raise RuntimeError(f"{PACKAGE} is missing: ./dev test --integration unpacks it")
        self._user = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
        # Not below a test's folder: where root runs the tests, it belongs to root alone; and sockets need short names.
        self.directory = Path(tempfile.mkdtemp(prefix="postbell-cyrus-", dir="/tmp"))
        for name in ("config", "spool", "proc", "lock", "programs"):
            (self.directory / name).mkdir()
        for file in (*(PACKAGE / "usr/lib/cyrus/bin" / name for name in PROGRAMS), *PACKAGE.glob("usr/lib/*/libcyrus*.so.0")):
            shutil.copy(file, self.directory / "programs")
        shutil.copy(NOTIFIER, self.directory / "cyrus-notify")
        (self.directory / "postbell-cyrus.conf").write_text(
            f"url = {url}\nsecret = {secret}\ndomain = {DOMAIN}\ntimeout_msecs = {timeout_msecs}\n"
            f"away_file = {self.directory}/config/away\n"
            + (f"ca_file = {shutil.copy(ca_file, self.directory)}\n" if ca_file else ""))
        self._unix = "yes" if unixhierarchysep else "no"

    def __enter__(self) -> "Cyrus":
        for _ in range(5):
            self.imap_port, self.lmtp_port = free_ports(2)
            self._spawn()
            try:
                until(lambda: self._process.poll() is not None or self.answers(), 10, "Cyrus answers, or ends")
            except TimeoutError:  # another program took a port that was free
                self.stop()
                continue
            return self
        raise RuntimeError(f"Cyrus does not run: {(self.directory / 'output').read_text()}")

    def __exit__(self, *unused: object) -> None:
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def stop(self) -> None:
        """Ends it."""
        end(self._process)

    def _spawn(self) -> None:
        words = {"directory": self.directory, "user": self._user.pw_name, "unix": self._unix, "domain": DOMAIN,
                 "group": grp.getgrgid(self._user.pw_gid).gr_name, "programs": self.directory / "programs",
                 "imap_port": self.imap_port, "lmtp_port": self.lmtp_port}
        (self.directory / "imapd.conf").write_text(IMAPD_CONF.format(**words))
        (self.directory / "cyrus.conf").write_text(CYRUS_CONF.format(**words))
        if os.getuid() == 0:
            for path in (self.directory, *self.directory.rglob("*")):
                os.chown(path, self._user.pw_uid, self._user.pw_gid)
        as_user = {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []} if os.getuid() == 0 else {}
        environment = {"LD_LIBRARY_PATH": str(self.directory / "programs"), "PATH": os.environ["PATH"],
                       "POSTBELL_CYRUS_CONF": str(self.directory / "postbell-cyrus.conf")}
        with (self.directory / "output").open("ab") as output:
            self._process: subprocess.Popen[bytes] = spawn(
                [self.directory / "programs/master", "-C", self.directory / "imapd.conf", "-M", self.directory / "cyrus.conf",
                 "-p", self.directory / "pid", "-D"], output, environment, **as_user)

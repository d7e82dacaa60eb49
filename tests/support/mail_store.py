# SPDX-License-Identifier: Apache-2.0
"""A mail server of a test as mail programs see it: mail comes by LMTP, and is read over IMAP."""
import imaplib
import smtplib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

PASSWORD = "secret"  # of every user


class MailStore:
    """A server on loopback; whoever derives from it starts it."""

    imap_port: int
    lmtp_port: int

    def deliver(self, address: str, subject: str = "hello") -> float:
        """LMTP, as a mail server's MTA; the seconds until the server had taken the mail. Raises where it does not."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = "sender@example.org", address, subject
        message.set_content("A few words.\n")
        with smtplib.LMTP("127.0.0.1", self.lmtp_port) as lmtp:
            lmtp.ehlo()
            lmtp.mail("sender@example.org")
            lmtp.rcpt(address)
            began = time.monotonic()
            code, answer = lmtp.data(message.as_bytes())
            took = time.monotonic() - began
        if code != 250:
            raise RuntimeError(f"LMTP answered {code} {answer!r}")
        return took

    @contextmanager
    def imap(self, address: str, mailbox: str = "INBOX") -> Iterator[imaplib.IMAP4]:
        """A session that has opened `mailbox`."""
        session = imaplib.IMAP4("127.0.0.1", self.imap_port)
        session.login(address, PASSWORD)
        session.select(mailbox)
        yield session
        session.logout()

    def read(self, address: str, messages: str = "1:*") -> float:
        """Reads mail, as another of its owner's programs; the seconds that the server took for it."""
        with self.imap(address) as session:
            began = time.monotonic()
            session.store(messages, "+FLAGS", "(\\Seen)")
            return time.monotonic() - began

    def move(self, address: str, messages: str, folder: str) -> None:
        """Moves mail out of the inbox into a new folder."""
        with self.imap(address) as session:
            session.create(folder)
            session.xatom("MOVE", messages, folder)

    def unread(self, address: str) -> int:
        """The server's own count."""
        with self.imap(address) as session:
            return len(session.search(None, "UNSEEN")[1][0].split())

    def answers(self) -> bool:
        """Both ports are served."""
        try:
            with smtplib.LMTP("127.0.0.1", self.lmtp_port):
                imaplib.IMAP4("127.0.0.1", self.imap_port).shutdown()
        except (OSError, smtplib.SMTPException, imaplib.IMAP4.error):
            return False
        return True

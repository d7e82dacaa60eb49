# SPDX-License-Identifier: Apache-2.0
"""IMAP from the app's side: the user's own password stays on the phone. The id by which the mail server notifies lies in the
mailbox's METADATA (RFC 5464), for all devices of its owner."""
import imaplib
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class ImapClient:
    """One user's access to one mailbox."""

    def __init__(self, port: int, address: str, password: str) -> None:
        self._port, self._login = port, (address, password)

    def inbox(self) -> tuple[str, int]:
        """The inbox's name and how many mails are unread."""
        with self._session() as session:
            answer = session.status("INBOX", "(UNSEEN)")[1][0]
        found = re.search(rb"UNSEEN (\d+)", answer)
        assert found is not None
        return "INBOX", int(found[1])

    def follow(self, callback: dict[str, Any]) -> tuple[str, str]:
        """The id in the mailbox, put there unless another device did; it has no end of its own."""
        entry, prefix = callback["metadata_entry"], callback["metadata_prefix"]
        with self._session() as session:
            found = _id(session, entry, prefix)
            if not re.fullmatch(r"[A-Za-z0-9_-]{43,512}", found):
                session.xatom("SETMETADATA", '""', f'({entry} "{prefix}{secrets.token_urlsafe(32)}")')
                found = _id(session, entry, prefix)  # of two devices at once, the last has won
        return found, ""

    def renew(self, subscription_id: str, callback: dict[str, Any]) -> tuple[str, str]:
        """What is there now."""
        return self.follow(callback)

    def unsubscribe(self, subscription_id: str) -> None:
        """Other devices of the owner use the id as well: it stays."""

    @contextmanager
    def _session(self) -> Iterator[imaplib.IMAP4]:
        session = imaplib.IMAP4("127.0.0.1", self._port)
        session.login(*self._login)
        yield session
        session.logout()


def _id(session: imaplib.IMAP4, entry: str, prefix: str) -> str:
    session.xatom("GETMETADATA", '""', f"({entry})")
    parts = session.response("METADATA")[1]
    text = b" ".join(b" ".join(part) if isinstance(part, tuple) else part or b"" for part in parts).decode()
    found = re.search(rf"{re.escape(prefix)}([^\s\")]*)", text)
    return found[1] if found else ""

# SPDX-License-Identifier: Apache-2.0
"""Mailboxes of users: folders, mails, read and unread; and what each change is to a subscription."""
import base64
import os
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from .directory import Tenant

INBOX = "inbox"


@dataclass
class Item:
    """A mail. No subject, sender or body: nothing here needs them."""

    id: str
    read: bool = False
    etag: str = ""


@dataclass(frozen=True)
class Change:
    """One mail changed in one folder. `was_unread` and `is_unread` say whether it was and is there unread."""

    folder: str
    kind: str                 # created, updated, deleted
    item_id: str
    etag: str
    was_unread: bool
    is_unread: bool

    def seen_by(self, unread_only: bool) -> str:
        """What a subscription sees: with $filter=isRead eq false, mails that are read are not there. Empty: nothing."""
        if not unread_only:
            return self.kind
        if self.is_unread:
            return "updated" if self.was_unread else "created"
        return "deleted" if self.was_unread else ""


Listener = Callable[["Mailbox", Change], None]


@dataclass
class Folder:
    """Mails in order of arrival."""

    id: str = field(default_factory=lambda: _identifier("AQMk", 87))
    items: dict[str, Item] = field(default_factory=dict)


class Mailbox:
    """One user's. Every change tells the listener, with the mailbox locked. Thread-safe."""

    def __init__(self, address: str, tenant: Tenant, listener: Listener, password: str = "password") -> None:
        self.address, self.tenant, self.password = address, tenant, password
        self.id = str(uuid.uuid4())
        self._listener = listener
        self._lock = threading.RLock()
        self.folders = {name: Folder() for name in (INBOX, "sentitems", "deleteditems", "junkemail", "archive")}

    def unread(self, folder: str = INBOX) -> int:
        """unreadItemCount."""
        with self._lock:
            return sum(not item.read for item in self.folders[folder].items.values())

    def total(self, folder: str = INBOX) -> int:
        """totalItemCount."""
        with self._lock:
            return len(self.folders[folder].items)

    def deliver(self, folder: str = INBOX, count: int = 1, read: bool = False) -> list[str]:
        """New mail arrives; the ids."""
        arrived = []
        for _ in range(count):
            item = Item(_identifier("AAMk", 111), read, _etag())
            with self._lock:
                self.folders[folder].items[item.id] = item
                self._tell(folder, "created", item, False, not read)
            arrived.append(item.id)
        return arrived

    def read(self, count: int | None = 1, folder: str = INBOX) -> int:
        """Marks the oldest `count` unread mails as read (None: all of them); how many there were."""
        with self._lock:
            unread = [i for i in self.folders[folder].items.values() if not i.read]
            chosen = unread if count is None else unread[:count]
            for item in chosen:
                self.mark(item.id, True, folder)
            return len(chosen)

    def mark(self, item_id: str, read: bool, folder: str = INBOX) -> None:
        """Marks one mail read or unread."""
        with self._lock:
            item = self.folders[folder].items[item_id]
            was, item.read, item.etag = not item.read, read, _etag()
            self._tell(folder, "updated", item, was, not read)

    def flag(self, item_id: str, folder: str = INBOX) -> None:
        """A change that leaves the count alone."""
        with self._lock:
            item = self.folders[folder].items[item_id]
            item.etag = _etag()
            self._tell(folder, "updated", item, not item.read, not item.read)

    def delete(self, item_id: str, folder: str = INBOX) -> None:
        """Deletes a mail for good."""
        with self._lock:
            item = self.folders[folder].items.pop(item_id)
            self._tell(folder, "deleted", item, not item.read, False)

    def move(self, item_id: str, source: str, destination: str) -> str:
        """Moves a mail; its id changes, as it does without IdType="ImmutableId". The new id."""
        with self._lock:
            item = self.folders[source].items.pop(item_id)
            self._tell(source, "deleted", item, not item.read, False)
            moved = Item(_identifier("AAMk", 111), item.read, _etag())
            self.folders[destination].items[moved.id] = moved
            self._tell(destination, "created", moved, False, not moved.read)
            return moved.id

    def _tell(self, folder: str, kind: str, item: Item, was_unread: bool, is_unread: bool) -> None:
        self._listener(self, Change(folder, kind, item.id, item.etag, was_unread, is_unread))


def _identifier(prefix: str, size: int) -> str:
    return prefix + base64.urlsafe_b64encode(os.urandom(size)).decode()


def _etag() -> str:
    return 'W/"CQAAABYAAAC' + base64.b64encode(os.urandom(18)).decode() + '"'

# SPDX-License-Identifier: Apache-2.0
"""Mailboxes: folders, items, read and unread; and the events that a change of them makes."""
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from . import ids
from .clock import SimulatedClock


@dataclass(frozen=True)
class Event:
    """One event of a notification. Ids are Exchange ids; `unread` is the folder's count, if the event carries it."""

    kind: str
    watermark: str
    timestamp: str
    parent_id: str
    item_id: str = ""
    folder_id: str = ""
    old_item_id: str = ""
    old_folder_id: str = ""
    old_parent_id: str = ""
    unread: int | None = None


@dataclass
class Item:
    """A mail. No subject, sender or body: nothing here needs them."""

    id: str
    read: bool = False


@dataclass
class Folder:
    """A folder with its items in order of arrival. `id` is an EwsId, `legacy_id` the EwsLegacyId of the same folder,
    which requests without a version are answered with; `parent_id` is the top of the mailbox."""

    name: str
    id: str
    legacy_id: str
    parent_id: str
    items: dict[str, Item] = field(default_factory=dict)

    @property
    def unread(self) -> int:
        return sum(not item.read for item in self.items.values())


Listener = Callable[[str, list[Event]], None]
"""Called with the folder's id and the events of one change, in order, with the mailbox locked."""


class Mailbox:
    """One user's mailbox. Every change tells the listeners what happened. Thread-safe."""

    def __init__(self, address: str, clock: SimulatedClock, password: str = "password") -> None:
        self.address = address
        self.password = password
        self._clock = clock
        self._watermarks = ids.WatermarkSource()
        self._lock = threading.RLock()
        self._listeners: list[Listener] = []
        guid = str(uuid.uuid4())
        top = ids.folder_id(ids.entry_id(), guid)
        self.folders = {name: Folder(name, ids.folder_id(entry, guid), ids.folder_id(entry, address), top)
                        for name in ("inbox", "sentitems", "deleteditems", "junkemail", "archive")
                        if (entry := ids.entry_id())}

    @property
    def lock(self) -> threading.RLock:
        """Held during a change; a listener that must not miss one between two looks holds it too."""
        return self._lock

    def listen(self, listener: Listener) -> None:
        """Calls `listener` for every change from now on."""
        with self._lock:
            self._listeners.append(listener)

    def forget(self, listener: Listener) -> None:
        """Ends what listen() began."""
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)

    def next_watermark(self) -> str:
        """A new watermark, for events that no change made (StatusEvent)."""
        return self._watermarks.next()

    def unread(self, folder: str = "inbox") -> int:
        """The unread count of a folder."""
        with self._lock:
            return self.folders[folder].unread

    def folder_by_id(self, folder_id: str) -> Folder | None:
        """The folder with this id, in either form, or None."""
        return next((f for f in self.folders.values() if folder_id in (f.id, f.legacy_id)), None)

    def deliver(self, folder: str = "inbox", count: int = 1, read: bool = False) -> list[str]:
        """New mail arrives, each its own change (CreatedEvent, NewMailEvent, ModifiedEvent of the folder).

        NewMailEvent is for the inbox only: a mail that a rule puts elsewhere is created there."""
        arrived = []
        for _ in range(count):
            with self._lock:
                target = self.folders[folder]
                item = Item(ids.item_id(), read)
                target.items[item.id] = item
                events = [self._event("CreatedEvent", target, item)]
                if folder == "inbox":
                    events.append(self._event("NewMailEvent", target, item))
                self._tell(target, events + [self._folder_event(target)])
                arrived.append(item.id)
        return arrived

    def read(self, count: int | None = 1, folder: str = "inbox") -> int:
        """Marks the oldest `count` unread items as read (None: all of them); how many there were."""
        with self._lock:
            unread = [i for i in self.folders[folder].items.values() if not i.read]
            chosen = unread if count is None else unread[:count]
            for item in chosen:
                self.mark(item.id, True, folder)
            return len(chosen)

    def mark(self, item_id: str, read: bool, folder: str = "inbox") -> None:
        """Marks one item read or unread: ModifiedEvent of the item, ModifiedEvent of its folder."""
        with self._lock:
            target = self.folders[folder]
            item = target.items[item_id]
            item.read = read
            self._tell(target, [self._event("ModifiedEvent", target, item), self._folder_event(target)])

    def flag(self, item_id: str, folder: str = "inbox") -> None:
        """A change of an item that leaves the count alone."""
        with self._lock:
            target = self.folders[folder]
            self._tell(target, [self._event("ModifiedEvent", target, target.items[item_id])])

    def delete(self, item_id: str, folder: str = "inbox") -> None:
        """Deletes an item for good."""
        with self._lock:
            target = self.folders[folder]
            item = target.items.pop(item_id)
            self._tell(target, [self._event("DeletedEvent", target, item), self._folder_event(target)])

    def move(self, item_id: str, source: str, destination: str) -> str:
        """Moves an item between folders; its id changes, as Exchange's do. The new id."""
        with self._lock:
            old, new = self.folders[source], self.folders[destination]
            item = old.items.pop(item_id)
            moved = Item(ids.item_id(), item.read)
            new.items[moved.id] = moved
            event = Event("MovedEvent", self.next_watermark(), self._clock.timestamp(), new.id,
                          item_id=moved.id, old_item_id=item_id, old_parent_id=old.id)
            self._tell(old, [event, self._folder_event(old)])
            self._tell(new, [event, self._folder_event(new)])
            return moved.id

    def _event(self, kind: str, folder: Folder, item: Item) -> Event:
        return Event(kind, self.next_watermark(), self._clock.timestamp(), folder.id, item_id=item.id)

    def _folder_event(self, folder: Folder) -> Event:
        return Event("ModifiedEvent", self.next_watermark(), self._clock.timestamp(), folder.parent_id,
                     folder_id=folder.id, unread=folder.unread)

    def _tell(self, folder: Folder, events: list[Event]) -> None:
        for listener in list(self._listeners):
            listener(folder.id, events)

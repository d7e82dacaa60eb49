# SPDX-License-Identifier: Apache-2.0
"""Identifiers that look like Exchange's: opaque to everybody, but with the real alphabets and lengths."""
import base64
import itertools
import os
import struct
import threading
import uuid


def subscription_id(form: str = "2013", host: str = "mbx01.exchange.example") -> str:
    """A subscription id in the form of Exchange 2007 (a GUID), 2010 or 2013 (base64 of host, GUID, time)."""
    if form == "2007":
        return str(uuid.uuid4())
    name = host.encode()
    raw = struct.pack("<H", len(name)) + name + struct.pack("<I", 16) + os.urandom(16) + os.urandom(8)
    if form != "2010":
        raw += struct.pack("<I", 16) + os.urandom(16)
    return base64.b64encode(raw).decode()


def item_id() -> str:
    """An ItemId of 152 characters, as mailboxes of Exchange 2010 and later have."""
    return "AAMk" + base64.b64encode(os.urandom(111)).decode()


def entry_id() -> bytes:
    """A folder's entry id: flags, mailbox, kind, database, number, nothing."""
    return bytes(4) + os.urandom(16) + b"\x01\0" + os.urandom(16) + bytes(4) + os.urandom(2) + bytes(2)


def folder_id(entry: bytes, mailbox: str, compressed: bool = True) -> str:
    """A FolderId. `mailbox`: a GUID for an EwsId, an address for an EwsLegacyId."""
    kind = 0 if "@" in mailbox else 3
    name = mailbox.encode()
    raw = bytes([kind]) + struct.pack("<H", len(name)) + name + b"\0" + struct.pack("<H", len(entry)) + entry
    return base64.b64encode(b"\1" + _run_lengths(raw) if compressed else b"\0" + raw).decode()


def _run_lengths(raw: bytes) -> bytes:
    packed = b""
    for byte, run in itertools.groupby(raw):
        left = len(list(run))
        while left > 0:
            now = min(left, 257)
            packed += bytes([byte]) if now == 1 else bytes([byte, byte, now - 2])
            left -= now
    return packed


class WatermarkSource:
    """Watermarks of one mailbox database: they go up, and tell a client nothing else. Thread-safe."""

    def __init__(self) -> None:
        self._database = os.urandom(16)
        self._numbers = itertools.count(struct.unpack("<I", os.urandom(4))[0])
        self._lock = threading.Lock()

    def next(self) -> str:
        """The watermark of the next event: version, database GUID, event number, one byte more."""
        with self._lock:
            number = next(self._numbers)
        raw = b"\x01\x00\x00\x00" + self._database + struct.pack("<Q", number) + b"\x01"
        return base64.b64encode(raw).decode()

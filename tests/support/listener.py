# SPDX-License-Identifier: Apache-2.0
"""Notifications posted by hand, for what a well-behaved Exchange never sends."""
import base64
import itertools
import socket
import xml.etree.ElementTree as ElementTree
from urllib.parse import urlsplit

from simulators.exchange import Style, envelope
from simulators.exchange.mailbox import Event
from simulators.phone.http import Response, request

_STATUS = "{http://schemas.microsoft.com/exchange/services/2006/messages}SubscriptionStatus"
_WATERMARK = "AQAAAExY/dNdjDVKjtBVHKR5IOurFukhAAAAAAE="
_serial = itertools.count(1)
_TIME = "2026-03-04T05:06:07Z"


def _watermark() -> str:
    """Never the same twice: an event with the watermark of the one before is a repetition."""
    return base64.b64encode(b"\x01\0\0\0" + next(_serial).to_bytes(24, "little")).decode()


def status_event() -> Event:
    """A heartbeat."""
    return Event("StatusEvent", _watermark(), _TIME, "")


def new_mail(item: str = "AAMkItem=", folder: str = "AQMkInbox=") -> list[Event]:
    """Mail arrived; the folder's own event is not among these."""
    return [Event(kind, _watermark(), _TIME, folder, item_id=item) for kind in ("CreatedEvent", "NewMailEvent")]


def folder_changed(unread: int | None, folder: str = "AQMkInbox=") -> Event:
    """The folder's ModifiedEvent, with or without a count."""
    return Event("ModifiedEvent", _watermark(), _TIME, "AQMkTop=", folder_id=folder, unread=unread)


def body(subscription_id: str, events: list[Event], *, more: bool = False, style: Style = Style()) -> bytes:
    """A SendNotification."""
    return envelope.notification(style, subscription_id, _WATERMARK, events, more)


def error_body(subscription_id: str, code: str = "ErrorReadEventsFailed", back_off_ms: int = 0) -> bytes:
    """An Error notification."""
    return envelope.error(Style(), subscription_id, code, "Events of this subscription cannot be read.", back_off_ms)


def post(url: str, content: bytes, *, content_type: str = "text/xml; charset=utf-8", method: str = "POST",
         ca_file: str = "") -> Response:
    """Posts it."""
    return request(method, url, {"Content-Type": content_type}, content, ca_file)


def verdict(response: Response) -> str:
    """"OK" or "Unsubscribe"; raises if it is not a 200 that says so."""
    assert response.status == 200, f"{response.status}: {response.body[:300]!r}"
    found = [e.text or "" for e in ElementTree.fromstring(response.body).iter(_STATUS)]
    assert len(found) == 1, response.body
    return found[0]


def notify(url: str, subscription_id: str, events: list[Event], **more: object) -> str:
    """Posts a notification; the verdict."""
    return verdict(post(url, body(subscription_id, events, **more)))  # type: ignore[arg-type]


def raw(url: str, sent: bytes, timeout: float = 5.0) -> bytes:
    """Sends bytes as they are on a connection of their own; everything that comes until the peer closes or is silent."""
    parts = urlsplit(url)
    received = b""
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout) as connection:
        connection.sendall(sent)
        connection.settimeout(timeout)
        try:
            while chunk := connection.recv(65536):
                received += chunk
                connection.settimeout(0.3)
        except (TimeoutError, ConnectionResetError):
            pass
    return received

# SPDX-License-Identifier: Apache-2.0
"""Whole HTTP requests for bench_load, and new mail as mail servers tell of it. Ids and secrets are fill.cpp's."""
import json
from typing import Any

from simulators.exchange import Style, envelope
from simulators.exchange.mailbox import Event
from simulators.graph import notification
from simulators.graph.directory import AppRegistration, Grant, Tenant
from simulators.graph.mailbox import INBOX, Change, Mailbox
from simulators.graph.subscription import Subscription, parse_resource

_SUBSCRIPTION = "bench-subscription-@@NUMBER@@"
_FOLDER = "AQMkInbox="


def request(method: str, path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """A whole HTTP/1.1 request for bench_load."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def exchange() -> bytes:
    """The item was created, it is new mail, the inbox has so many unread. The count is the serial number, so that a
    push tells which notification it comes from."""
    events = [Event(kind, f"AQAAAExY{n}@@SERIAL@@AAAAAAE=", "2026-03-04T05:06:07Z", _FOLDER, item_id="AAMkAGEzItem=" * 8)
              for n, kind in enumerate(("CreatedEvent", "NewMailEvent"))]
    count: Any = "@@SERIAL@@"
    events.append(Event("ModifiedEvent", "AQAAAExY2@@SERIAL@@AAAAAAE=", "2026-03-04T05:06:07Z", "AQMkTop=",
                        folder_id=_FOLDER, unread=count))
    style = Style()
    body = envelope.notification(style, _SUBSCRIPTION, "AQAAAExYPREVIOUSAAAAAAE=", events, False)
    return request("POST", "/ews/bench-callback-@@NUMBER@@", body, {
        "Content-Type": style.content_type(), "Accept": "text/xml", "User-Agent": "ExchangeServicesClient/15.01.2507.006",
        "SOAPAction": "http://schemas.microsoft.com/exchange/services/2006/messages/SendNotification"})


def graph() -> bytes:
    """A message was created, which is all that Graph says. The mail and its etag are other ones each time."""
    mailbox = Mailbox("bench@example.com", Tenant("bench"), lambda *_: None)
    resource = "me/mailFolders('inbox')/messages"
    grant = Grant(AppRegistration(), mailbox.tenant, mailbox.id, frozenset(), 0.0)
    subscription = Subscription(parse_resource(resource), mailbox, grant, frozenset({"created"}), "created", "", None,
                                "bench-proof-@@NUMBER@@", 1_800_000_000.0, "v1_2", False, None, _SUBSCRIPTION)
    mail = Change(INBOX, "created", "AAMkAGEzItem=" * 11 + "@@SERIAL@@=", 'W/"CQAAABYAAADkrWGo7bouTKls@@SERIAL@@"', False,
                  True)
    item = notification.change(notification.Style(), subscription, mail, "created")
    return request("POST", "/office365/bench-callback-@@NUMBER@@", json.dumps({"value": [item]}).encode(),
                   {"Content-Type": "application/json; charset=utf-8"})

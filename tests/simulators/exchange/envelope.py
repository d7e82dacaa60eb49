# SPDX-License-Identifier: Apache-2.0
"""SendNotification as Exchange writes it, in the varieties that real servers show."""
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from . import names
from .mailbox import Event


@dataclass(frozen=True)
class Style:
    """How this Exchange writes. The defaults are those of a captured Exchange 2013 message."""

    version: str = "Exchange2013_SP1"  # RequestServerVersion: that of the Subscribe request
    prefix: str = "soap11"             # "" writes the SOAP namespace as the default one
    types_prefix: str = "t"
    messages_prefix: str = "m"
    encoding: str = "utf-8"            # "utf-8", "utf-16" (with a byte order mark), "utf-16-le", "utf-16-be"
    byte_order_mark: bool = False      # of UTF-8; UTF-16 always has one
    declaration: bool = True
    charset: bool = True               # charset in Content-Type
    quoted_action: bool = False        # SOAPAction in quotes; real servers leave them out
    unread_count: bool = True          # captures of real servers show folder events with and without UnreadCount
    change_keys: bool = True
    batch_size: int = 50               # events in one notification; what is left follows with MoreEvents
    expect_continue: bool = False      # .NET may send Expect: 100-continue
    chunked: bool = False
    keep_alive: bool = True            # Exchange 2013 and later: no, a new connection for each notification

    def content_type(self) -> str:
        """The Content-Type of what encode() makes."""
        name = "utf-16" if self.encoding.startswith("utf-16") else self.encoding
        return f"text/xml; charset={name}" if self.charset else "text/xml"

    def encode(self, text: str) -> bytes:
        """The document's bytes, with its byte order mark."""
        if self.encoding in ("utf-16-le", "utf-16-be"):
            return "\ufeff".encode(self.encoding) + text.encode(self.encoding)
        if self.encoding == "utf-16":
            return text.encode("utf-16")
        return (b"\xef\xbb\xbf" if self.byte_order_mark else b"") + text.encode(self.encoding)


def notification(style: Style, subscription_id: str, previous_watermark: str, events: list[Event],
                 more_events: bool) -> bytes:
    """A Success message with `events`; none: a StatusEvent would have to be among them."""
    t = style.types_prefix
    parts = [f"<{t}:SubscriptionId>{escape(subscription_id)}</{t}:SubscriptionId>",
             f"<{t}:PreviousWatermark>{escape(previous_watermark)}</{t}:PreviousWatermark>",
             f"<{t}:MoreEvents>{'true' if more_events else 'false'}</{t}:MoreEvents>"]
    parts += [_event(style, event) for event in events]
    m = style.messages_prefix
    return _message(style, "Success",
                    f"<{m}:ResponseCode>NoError</{m}:ResponseCode>"
                    f"<{m}:Notification>{''.join(parts)}</{m}:Notification>")


def error(style: Style, subscription_id: str, code: str, text: str, back_off_ms: int = 0) -> bytes:
    """An Error message: without a Notification, the id in MessageXml only, as captured from Exchange 2013. A mailbox
    that is over its budget is told for how long to leave the server alone."""
    m, t = style.messages_prefix, style.types_prefix
    pause = f'<{t}:Value Name="BackOffMilliseconds">{back_off_ms}</{t}:Value>' if back_off_ms else ""
    return _message(style, "Error",
                    f"<{m}:MessageText>{escape(text)}</{m}:MessageText>"
                    f"<{m}:ResponseCode>{escape(code)}</{m}:ResponseCode>"
                    f"<{m}:DescriptiveLinkKey>0</{m}:DescriptiveLinkKey>"
                    f'<{m}:MessageXml>{pause}'
                    f'<{t}:Value Name="SubscriptionId">{escape(subscription_id)}</{t}:Value>'
                    f"</{m}:MessageXml>")


def _message(style: Style, response_class: str, content: str) -> bytes:
    m, t, s = style.messages_prefix, style.types_prefix, style.prefix
    prefix, declaration = (f"{s}:", f"xmlns:{s}") if s else ("", "xmlns")
    spaces = f'xmlns:{m}="{names.MESSAGES}" xmlns:{t}="{names.TYPES}"'
    encoding = "utf-16" if style.encoding.startswith("utf-16") else style.encoding
    head = f'<?xml version="1.0" encoding="{encoding}"?>' if style.declaration else ""
    return style.encode(
        f'{head}<{prefix}Envelope {declaration}="{names.SOAP}"><{prefix}Header>'
        f'<{t}:RequestServerVersion {spaces} Version="{style.version}" /></{prefix}Header><{prefix}Body>'
        f"<{m}:SendNotification {spaces}><{m}:ResponseMessages>"
        f'<{m}:SendNotificationResponseMessage ResponseClass="{response_class}">{content}'
        f"</{m}:SendNotificationResponseMessage></{m}:ResponseMessages></{m}:SendNotification>"
        f"</{prefix}Body></{prefix}Envelope>")


def _event(style: Style, event: Event) -> str:
    t = style.types_prefix
    body = f"<{t}:Watermark>{escape(event.watermark)}</{t}:Watermark>"
    if event.kind != "StatusEvent":
        body += f"<{t}:TimeStamp>{event.timestamp}</{t}:TimeStamp>"
        body += _id(style, "ItemId", event.item_id) if event.item_id else _id(style, "FolderId", event.folder_id)
        body += _id(style, "ParentFolderId", event.parent_id)
        if event.old_item_id:
            body += _id(style, "OldItemId", event.old_item_id)
        if event.old_folder_id:
            body += _id(style, "OldFolderId", event.old_folder_id)
        if event.old_parent_id:
            body += _id(style, "OldParentFolderId", event.old_parent_id)
        if event.unread is not None and style.unread_count:
            body += f"<{t}:UnreadCount>{event.unread}</{t}:UnreadCount>"
    return f"<{t}:{event.kind}>{body}</{t}:{event.kind}>"


def _id(style: Style, element: str, value: str) -> str:
    # The change key of one folder differs even within one real message: nobody may compare it.
    key = ' ChangeKey="AQAAAA=="' if style.change_keys else ""
    return f"<{style.types_prefix}:{element} Id={quoteattr(value)}{key} />"

# SPDX-License-Identifier: Apache-2.0
"""Exchange Web Services from the app's side: the user's own credentials stay on the phone."""
import base64
import xml.etree.ElementTree as ElementTree
from typing import Any
from xml.sax.saxutils import escape

from .http import request

_SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
_M = "{http://schemas.microsoft.com/exchange/services/2006/messages}"
_T = "{http://schemas.microsoft.com/exchange/services/2006/types}"

EVENT_TYPES = ("NewMailEvent", "CreatedEvent", "DeletedEvent", "ModifiedEvent", "MovedEvent", "CopiedEvent")


class EwsError(Exception):
    """The mail server said no; the text is its ResponseCode and its words."""


class EwsClient:
    """One user's access to one server."""

    def __init__(self, url: str, address: str, password: str, ca_file: str = "") -> None:
        self.folder_version = "Exchange2013"  # RequestServerVersion of GetFolder; empty: none
        self._url, self._ca_file = url, ca_file
        self._authorization = "Basic " + base64.b64encode(f"{address}:{password}".encode()).decode()

    def subscribe(self, callback_url: str, status_frequency: int = 15,
                  event_types: tuple[str, ...] = EVENT_TYPES) -> str:
        """Asks for push notifications about the inbox; the subscription's id."""
        kinds = "".join(f"<t:EventType>{kind}</t:EventType>" for kind in event_types)
        answer = self._call(
            "Subscribe",
            '<m:PushSubscriptionRequest SubscribeToAllFolders="false">'
            '<t:FolderIds><t:DistinguishedFolderId Id="inbox"/></t:FolderIds>'
            f"<t:EventTypes>{kinds}</t:EventTypes><t:StatusFrequency>{status_frequency}</t:StatusFrequency>"
            f"<t:URL>{escape(callback_url)}</t:URL></m:PushSubscriptionRequest>")
        return answer.findtext(f"{_M}SubscriptionId", "")

    def follow(self, callback: dict[str, Any]) -> tuple[str, str]:
        """Subscribes with what the gateway gave; the subscription's id, and nothing: it has no end of its own."""
        return self.subscribe(callback["url"], callback.get("status_frequency_minutes", 15)), ""

    def renew(self, subscription_id: str, callback: dict[str, Any]) -> tuple[str, str]:
        """Exchange's subscriptions are not renewed: a new one takes the place of the old."""
        return self.follow(callback)

    def inbox(self) -> tuple[str, int]:
        """The inbox's folder id and how many mails are unread."""
        answer = self._call(
            "GetFolder", "<m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
                         '<m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds>', self.folder_version)
        folder = answer.find(f"{_M}Folders/{_T}Folder")
        if folder is None:
            raise EwsError("GetFolder answered without a folder")
        identifier = folder.find(f"{_T}FolderId")
        return ("" if identifier is None else identifier.get("Id", "")), int(folder.findtext(f"{_T}UnreadCount", "0"))

    def unsubscribe(self, subscription_id: str) -> None:
        """Exchange refuses it for push subscriptions (ErrorInvalidPullSubscriptionId)."""
        self._call("Unsubscribe", f"<m:SubscriptionId>{escape(subscription_id)}</m:SubscriptionId>")

    def _call(self, operation: str, content: str, version: str = "Exchange2013") -> ElementTree.Element:
        header = f'<soap:Header><t:RequestServerVersion Version="{version}"/></soap:Header>' if version else ""
        body = (f'<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="{_SOAP[1:-1]}" xmlns:t="{_T[1:-1]}" '
                f'xmlns:m="{_M[1:-1]}">{header}'
                f"<soap:Body><m:{operation}>{content}</m:{operation}></soap:Body></soap:Envelope>")
        # Subscribe takes as long as the listener needs for the first notification.
        response = request("POST", self._url, {"Authorization": self._authorization,
                                               "Content-Type": "text/xml; charset=utf-8"},
                           body.encode(), self._ca_file, timeout=30)
        if response.status == 401:
            raise EwsError("401: wrong address or password")
        root = ElementTree.fromstring(response.body)
        message = root.find(f"{_SOAP}Body/{_M}{operation}Response/{_M}ResponseMessages/{_M}{operation}ResponseMessage")
        if message is None:
            raise EwsError(root.findtext(f"{_SOAP}Body/{_SOAP}Fault/faultstring", f"HTTP {response.status}"))
        if message.get("ResponseClass") != "Success":
            raise EwsError(f"{message.findtext(f'{_M}ResponseCode')}: {message.findtext(f'{_M}MessageText')}")
        return message

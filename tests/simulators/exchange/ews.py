# SPDX-License-Identifier: Apache-2.0
"""Exchange Web Services as a server: Subscribe (push), Unsubscribe, GetFolder; requests read, answers written."""
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from urllib.parse import urlsplit
from xml.sax.saxutils import escape, quoteattr

from . import names
from .mailbox import Folder, Mailbox
from .names import messages, soap, types
from .subscription import Request

LEGACY_VERSION = "Exchange2007_SP1"  # of requests that name none: ids are EwsLegacyIds
_MAX_URL = 2083  # ErrorInvalidPushSubscriptionUrl: "greater than zero and less than 2083"


class Fault(Exception):
    """A SOAP fault: the request is not one (ErrorSchemaValidation, ErrorInvalidRequest)."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class EwsError(Exception):
    """An answer with ResponseClass Error."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Call:
    """A parsed request: the operation's element, the version it was made for, and whom it impersonates."""

    def __init__(self, body: bytes) -> None:
        try:
            root = ElementTree.fromstring(body)
        except ElementTree.ParseError as problem:
            raise Fault("ErrorInvalidRequest", f"The request failed schema validation: {problem}") from problem
        content = list(root.find(soap("Body")) or []) if root.tag == soap("Envelope") else []
        if len(content) != 1:
            raise Fault("ErrorInvalidRequest", "The request failed schema validation: no operation in a SOAP Body.")
        self.operation = content[0]
        version = root.find(f"{soap('Header')}/{types('RequestServerVersion')}")
        self.version = version.get("Version", "") if version is not None else LEGACY_VERSION
        self.impersonated = root.findtext(
            f"{soap('Header')}/{types('ExchangeImpersonation')}/{types('ConnectingSID')}/{types('SmtpAddress')}", "")

    @property
    def name(self) -> str:
        """The operation's local name; a fault if it is not in the messages namespace."""
        if not self.operation.tag.startswith(f"{{{names.MESSAGES}}}"):
            raise Fault("ErrorSchemaValidation", f"The element {self.operation.tag} is not expected here.")
        return self.operation.tag.rsplit("}", 1)[1]


def push_request(call: Call, mailbox: Mailbox) -> Request:
    """What a Subscribe asks for. Raises Fault where the schema is violated, EwsError where the server says no."""
    push = call.operation.find(messages("PushSubscriptionRequest"))
    if push is None:
        raise EwsError("ErrorInvalidSubscriptionRequest", "Only push subscriptions are simulated.")
    kinds = [e.text or "" for e in push.findall(f"{types('EventTypes')}/{types('EventType')}")]
    if not kinds or not set(kinds) <= names.EVENT_TYPES:
        raise Fault("ErrorSchemaValidation", "EventTypes needs one or more EventType that can be subscribed to.")
    frequency = push.findtext(types("StatusFrequency"), "")
    if not frequency.isascii() or not frequency.isdigit() or not 1 <= int(frequency) <= 1440:
        raise Fault("ErrorSchemaValidation", "StatusFrequency is a number of minutes from 1 to 1440.")
    url = push.find(types("URL"))
    if url is None:
        raise Fault("ErrorSchemaValidation", "The element URL is missing.")
    everything = push.get("SubscribeToAllFolders", "false") in ("true", "1")
    folders = push.find(types("FolderIds"))
    if everything == (folders is not None):
        raise EwsError("ErrorInvalidSubscriptionRequest", "The subscription request isn't valid: folders or all.")
    chosen = [] if folders is None else [_folder(mailbox, element).id for element in folders]
    return Request(mailbox, _listener_url(url.text or ""), int(frequency), frozenset(kinds), frozenset(chosen),
                   call.version)


def _listener_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        good = False
    if not good or not 0 < len(url) < _MAX_URL:
        raise EwsError("ErrorInvalidPushSubscriptionUrl", "The push subscription URL isn't valid.")
    return url


def _folder(mailbox: Mailbox, element: ElementTree.Element) -> Folder:
    identifier = element.get("Id", "")
    folder = (mailbox.folders.get(identifier) if element.tag == types("DistinguishedFolderId")
              else mailbox.folder_by_id(identifier))
    if folder is None:
        raise EwsError("ErrorFolderNotFound", "The specified folder could not be found in the store.")
    return folder


def get_folder(call: Call, mailbox: Mailbox) -> str:
    """The content of GetFolderResponseMessage."""
    wanted = call.operation.find(messages("FolderIds"))
    if wanted is None or len(list(wanted)) != 1:
        raise Fault("ErrorSchemaValidation", "FolderIds with one folder is expected.")
    with mailbox.lock:
        folder = _folder(mailbox, list(wanted)[0])
        spelled = folder.legacy_id if call.version == LEGACY_VERSION else folder.id
        return (f'<m:Folders><t:Folder><t:FolderId Id={quoteattr(spelled)} ChangeKey="AQAAAA==" />'
                f"<t:DisplayName>{folder.name.title()}</t:DisplayName><t:TotalCount>{len(folder.items)}</t:TotalCount>"
                f"<t:ChildFolderCount>0</t:ChildFolderCount><t:UnreadCount>{folder.unread}</t:UnreadCount>"
                "</t:Folder></m:Folders>")


def response(operation: str, work: Callable[[], str]) -> bytes:
    """The answer to an operation: Success with what `work` returns, or Error with what it raises."""
    try:
        content, kind, code, text = work(), "Success", "NoError", ""
    except EwsError as error:
        content, kind, code = "", "Error", error.code
        text = f"<m:MessageText>{escape(str(error))}</m:MessageText>"
    link = "" if kind == "Success" else "<m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>"
    return _envelope(
        f'<m:{operation}Response xmlns:m="{names.MESSAGES}" xmlns:t="{names.TYPES}"><m:ResponseMessages>'
        f'<m:{operation}ResponseMessage ResponseClass="{kind}">{text}<m:ResponseCode>{code}</m:ResponseCode>{link}'
        f"{content}</m:{operation}ResponseMessage></m:ResponseMessages></m:{operation}Response>")


def fault(error: Fault) -> bytes:
    """A SOAP 1.1 fault (HTTP 500)."""
    return _envelope(
        "<s:Fault><faultcode>s:Client</faultcode>"
        f'<faultstring xml:lang="en-US">{escape(str(error))}</faultstring><detail>'
        '<e:ResponseCode xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors">'
        f"{error.code}</e:ResponseCode></detail></s:Fault>")


def _envelope(body: str) -> bytes:
    return (f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{names.SOAP}"><s:Header>'
            f'<h:ServerVersionInfo MajorVersion="15" MinorVersion="2" MajorBuildNumber="1544" MinorBuildNumber="4" '
            f'Version="V2017_07_11" xmlns:h="{names.TYPES}" /></s:Header><s:Body>{body}</s:Body></s:Envelope>').encode()

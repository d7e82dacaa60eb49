# SPDX-License-Identifier: Apache-2.0
"""Subscriptions: what a request may ask for, and what becomes of them.

Limits are those of learn.microsoft.com/graph/api/resources/subscription (September 2026): Outlook messages 10,080
minutes, with resource data 1,440; less than 45 minutes is raised to 45; clientState 128 characters."""
import re
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from .clock import read, written
from .directory import Grant
from .errors import GraphError
from .mailbox import INBOX, Mailbox

CHANGE_TYPES = ("created", "updated", "deleted")
TLS_VERSIONS = ("v1_0", "v1_1", "v1_2", "v1_3")
MAX_MINUTES, MAX_RICH_MINUTES, MIN_MINUTES = 10_080, 1_440, 45
MAX_CLIENT_STATE = 128

_RESOURCE = re.compile(
    r"^/?(?:(?P<me>me)|users/(?P<user>[^/('?]+)|users\('(?P<quoted>[^']+)'\))"
    r"(?:/mailfolders(?:/(?P<folder>[^/?(]+)|\('(?P<qfolder>[^']+)'\)))?/messages/?(?:\?(?P<query>.*))?$", re.IGNORECASE)
_UNREAD = re.compile(r"^isread\s+eq\s+false$", re.IGNORECASE)


def bad(message: str) -> GraphError:
    """400."""
    return GraphError(400, "InvalidRequest", message)


@dataclass(frozen=True)
class Resource:
    """What is watched. `user` is empty for "me", `folder` for the whole mailbox."""

    text: str
    user: str
    folder: str
    unread_only: bool
    selects: bool


def parse_resource(text: Any) -> Resource:
    """Raises GraphError."""
    if not isinstance(text, str) or not text:
        raise bad("The resource property is required.")
    found = _RESOURCE.match(text)
    if found is None:
        raise bad(f"The resource '{text}' is not supported.")
    unread_only = selects = False
    for option in filter(None, re.split("[&?]", found["query"] or "")):
        name, _, value = option.partition("=")
        if name.lower() == "$filter" and _UNREAD.match(value.replace("+", " ").replace("%20", " ").strip()):
            unread_only = True
        elif name.lower() == "$select":
            selects = True
        else:
            raise bad(f"The query option '{option}' is not supported.")
    return Resource(text, "" if found["me"] else found["user"] or found["quoted"],
                    (found["folder"] or found["qfolder"] or "").lower(), unread_only, selects)


@dataclass
class Subscription:
    """A live one. Guarded by the simulator's lock."""

    resource: Resource
    mailbox: Mailbox
    grant: Grant
    change_types: frozenset[str]
    change_type: str                # as it was asked for
    notification_url: str
    lifecycle_url: str | None
    client_state: str | None
    expires_at: float
    tls_version: str
    rich: bool
    certificate_id: str | None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    state: str = "live"             # live, deleted, expired, removed
    paused_since: float | None = None   # a reauthorization that is being waited for

    @property
    def owner(self) -> tuple[str, str]:
        """Who may see it: the app, and the user with whose token it was made."""
        return self.grant.app.client_id, self.grant.user

    def watches(self, folder: str) -> bool:
        """Whether changes of this folder are its business."""
        return self.resource.folder in ("", folder) or self.mailbox.folders[folder].id == self.resource.folder

    def as_json(self) -> dict[str, Any]:
        """The entity as Graph answers it: every optional property, null where it is not set."""
        return {"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#subscriptions/$entity", "id": self.id,
                "resource": self.resource.text, "applicationId": self.grant.app.client_id,
                "changeType": self.change_type, "clientState": self.client_state,
                "notificationUrl": self.notification_url, "notificationQueryOptions": None,
                "lifecycleNotificationUrl": self.lifecycle_url, "expirationDateTime": written(self.expires_at),
                "creatorId": self.grant.user or self.grant.app.object_id, "includeResourceData": self.rich or None,
                "latestSupportedTlsVersion": self.tls_version, "encryptionCertificate": None,
                "encryptionCertificateId": self.certificate_id, "notificationUrlAppId": None}


def check_url(url: Any, name: str, allow_http: bool) -> str:
    """Raises GraphError. Plain http only where the simulator was told so, and only on loopback."""
    try:
        parts = urlsplit(url)
        loopback = allow_http and parts.hostname in ("127.0.0.1", "localhost", "::1")
    except (ValueError, AttributeError, TypeError):
        raise bad(f"{name} is not a URL.") from None
    if not parts.hostname or (parts.scheme != "https" and not (parts.scheme == "http" and loopback)):
        raise bad(f"{name} must be an HTTPS URL.")
    return str(url)


def check_expiration(text: Any, now: float, rich: bool, max_minutes: int = MAX_MINUTES) -> float:
    """The time that Graph grants. `max_minutes`: without resource data. Raises GraphError."""
    try:
        wanted = read(text)
    except (ValueError, TypeError):
        raise bad("expirationDateTime is required, as a date and time.") from None
    limit = MAX_RICH_MINUTES if rich else max_minutes
    if wanted <= now:
        raise bad("Subscription expiration must be in the future.")
    if wanted > now + limit * 60 + 30:  # Microsoft's clock and ours may differ a little
        raise bad(f"Subscription expiration can only be {limit} minutes in the future.")
    return max(wanted, now + MIN_MINUTES * 60)


def check_change_types(text: Any) -> frozenset[str]:
    """Raises GraphError."""
    kinds = [k.strip().lower() for k in text.split(",")] if isinstance(text, str) and text else []
    if not kinds or not set(kinds) <= set(CHANGE_TYPES):
        raise bad("changeType is required: created, updated, deleted, separated by commas.")
    return frozenset(kinds)

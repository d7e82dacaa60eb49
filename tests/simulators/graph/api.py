# SPDX-License-Identifier: Apache-2.0
"""Graph itself, as far as it is simulated:

    POST GET              /v1.0/subscriptions
    GET PATCH DELETE      /v1.0/subscriptions/{id}       POST /v1.0/subscriptions/{id}/reauthorize
    GET                   /v1.0/me  /v1.0/users/{id}     .../mailFolders/inbox?$select=unreadItemCount"""
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from . import subscription as rules
from .directory import READS_FOLDERS, Grant
from .errors import GraphError
from .mailbox import Mailbox
from .subscription import Subscription

if TYPE_CHECKING:
    from .simulator import GraphSimulator

Answer = tuple[int, Any]
_USER = re.compile(r"^(?:me|users/(?P<id>[^/(]+)|users\('(?P<quoted>[^']+)'\))(?P<rest>/.*)?$", re.IGNORECASE)
_FOLDER = re.compile(r"^/mailfolders(?:/(?P<name>[^/(]+)|\('(?P<quoted>[^']+)'\))$", re.IGNORECASE)


class Api:
    """Thread-safe."""

    def __init__(self, simulator: "GraphSimulator") -> None:
        self._simulator = simulator

    def authenticate(self, authorization: str) -> Grant:
        """Whose token it is. Raises GraphError 401."""
        scheme, _, token = authorization.partition(" ")
        grant = self._simulator.directory.grant(token.strip()) if scheme.lower() == "bearer" else None
        if grant is None:
            raise GraphError(401, "InvalidAuthenticationToken", "Access token is empty or not valid.")
        if grant.expires_at <= self._simulator.clock.now():
            raise GraphError(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")
        return grant

    def handle(self, grant: Grant, method: str, path: str, query: str, body: bytes) -> Answer:
        """`path` without /v1.0/. Raises GraphError."""
        match method, [unquote(part) for part in path.strip("/").split("/")]:
            case "POST", ["subscriptions"]:
                return 201, self._create(grant, _object(body))
            case "GET", ["subscriptions"]:
                return 200, {"value": [s.as_json() for s in self._simulator.subscriptions(live=True)
                                       if s.owner == (grant.app.client_id, grant.user)]}
            case "GET", ["subscriptions", identifier]:
                return 200, self._own(grant, identifier).as_json()
            case "PATCH", ["subscriptions", identifier]:
                return 200, self._renew(grant, self._own(grant, identifier), _object(body))
            case "DELETE", ["subscriptions", identifier]:
                found = self._own(grant, identifier)
                with self._limited(grant, found.mailbox):
                    self._simulator.end(found)
                return 204, None
            case "POST", ["subscriptions", identifier, "reauthorize"]:
                found = self._own(grant, identifier)
                with self._limited(grant, found.mailbox):
                    self._simulator.resume(found)
                return 204, None
            case "GET", _:
                return 200, self._read(grant, unquote(path.strip("/")), query)
        raise GraphError(405, "Request_BadRequest", f"{method} is not supported here.")

    def _limited(self, grant: Grant, mailbox: Mailbox) -> Any:
        return self._simulator.throttle.request(grant.app.client_id, mailbox.id)

    def _own(self, grant: Grant, identifier: str) -> Subscription:
        found = self._simulator.live_subscription(identifier)
        if found is None or found.owner != (grant.app.client_id, grant.user):
            raise GraphError(404, "ResourceNotFound", "The object was not found.")
        return found

    def _mailbox(self, grant: Grant, user: str) -> Mailbox:
        """Of `user`, or of the token's own user if that is empty. Raises GraphError where the token does not reach."""
        if not user and not grant.user:
            raise GraphError(400, "BadRequest", "/me request is only valid with delegated authentication flow.")
        mailbox = self._simulator.find_mailbox(user or grant.user)
        if mailbox is None or mailbox.tenant != grant.tenant:
            raise GraphError(404, "Request_ResourceNotFound", f"Resource '{user}' does not exist.")
        if not grant.permissions & READS_FOLDERS or (grant.user and mailbox.id != grant.user):
            raise GraphError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        return mailbox

    def _create(self, grant: Grant, wanted: dict[str, Any]) -> Any:
        resource = rules.parse_resource(wanted.get("resource"))
        mailbox = self._mailbox(grant, resource.user)
        known_folder = resource.folder in ("", *mailbox.folders) or any(
            f.id.lower() == resource.folder for f in mailbox.folders.values())
        if not known_folder:
            raise GraphError(404, "ErrorItemNotFound", "The specified folder was not found in the store.")
        client_state = wanted.get("clientState")
        if client_state is not None and (not isinstance(client_state, str) or
                                         len(client_state) > rules.MAX_CLIENT_STATE):
            raise rules.bad(f"clientState must be a string of at most {rules.MAX_CLIENT_STATE} characters.")
        if wanted.get("latestSupportedTlsVersion") not in (None, *rules.TLS_VERSIONS):
            raise rules.bad("latestSupportedTlsVersion is not one of v1_0, v1_1, v1_2, v1_3.")
        rich = wanted.get("includeResourceData") is True
        if rich and not (resource.selects and wanted.get("encryptionCertificate") and
                         wanted.get("encryptionCertificateId")):
            raise rules.bad("Resource data needs $select, encryptionCertificate and encryptionCertificateId.")
        allow_http = self._simulator.allow_http
        lifecycle = wanted.get("lifecycleNotificationUrl")
        made = Subscription(
            resource, mailbox, grant, rules.check_change_types(wanted.get("changeType")), str(wanted["changeType"]),
            rules.check_url(wanted.get("notificationUrl"), "notificationUrl", allow_http),
            None if lifecycle is None else rules.check_url(lifecycle, "lifecycleNotificationUrl", allow_http),
            client_state, self._expiration(wanted, rich),
            wanted.get("latestSupportedTlsVersion") or "v1_2", rich, wanted.get("encryptionCertificateId"))
        with self._limited(grant, mailbox):
            self._simulator.check_room_for(made)
            self._simulator.shake_hands(made.notification_url)
            if made.lifecycle_url is not None:
                self._simulator.shake_hands(made.lifecycle_url)
            self._simulator.add(made)
        return made.as_json()

    def _expiration(self, wanted: dict[str, Any], rich: bool) -> float:
        return rules.check_expiration(wanted.get("expirationDateTime"), self._simulator.clock.now(), rich,
                                      self._simulator.max_minutes)

    def _renew(self, grant: Grant, found: Subscription, wanted: dict[str, Any]) -> Any:
        if set(wanted) - {"expirationDateTime", "notificationUrl"}:
            raise rules.bad("Only expirationDateTime and notificationUrl can be changed.")
        with self._limited(grant, found.mailbox):
            url = found.notification_url
            if "notificationUrl" in wanted:
                url = rules.check_url(wanted["notificationUrl"], "notificationUrl", self._simulator.allow_http)
                self._simulator.shake_hands(url)
            until = found.expires_at
            if "expirationDateTime" in wanted:
                until = self._expiration(wanted, found.rich)
            found.notification_url, found.expires_at = url, until
            self._simulator.resume(found)  # renewing reauthorizes as well
        return found.as_json()

    def _read(self, grant: Grant, path: str, query: str) -> Any:
        found = _USER.match(path)
        if found is None:
            raise GraphError(404, "ResourceNotFound", f"Resource not found for the segment '{path}'.")
        mailbox = self._mailbox(grant, found["id"] or found["quoted"] or "")
        if not found["rest"]:
            return {"id": mailbox.id, "userPrincipalName": mailbox.address, "mail": mailbox.address}
        folder = _FOLDER.match(found["rest"])
        name = "" if folder is None else str(folder["name"] or folder["quoted"]).lower()
        if name not in mailbox.folders:
            raise GraphError(404, "ErrorItemNotFound", "The specified object was not found in the store.")
        with self._limited(grant, mailbox):
            entity = {"id": mailbox.folders[name].id, "displayName": name.capitalize(), "childFolderCount": 0,
                      "unreadItemCount": mailbox.unread(name), "totalItemCount": mailbox.total(name),
                      "isHidden": False}
        chosen = parse_qs(query).get("$select", [""])[0].split(",")
        return {k: v for k, v in entity.items() if chosen == [""] or k in chosen or k == "id"}


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        raise GraphError(400, "BadRequest", "Unable to read JSON request payload.") from None
    if not isinstance(value, dict):
        raise GraphError(400, "BadRequest", "A JSON object is expected.")
    return value

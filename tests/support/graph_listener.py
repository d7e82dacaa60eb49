# SPDX-License-Identifier: Apache-2.0
"""Notifications posted by hand, for what a well-behaved Graph never sends."""
import itertools
import json
from typing import Any
from urllib.parse import quote_plus

from simulators.phone import Account
from simulators.phone.http import Response, request

_serial = itertools.count(1)


def change(account: Account, kind: str = "created", **members: Any) -> dict[str, Any]:
    """A change notification of the account's subscription, never the same twice; `members` replace others."""
    number = next(_serial)
    return {"subscriptionId": account.subscription_id, "clientState": account.callback["proof"], "changeType": kind,
            "subscriptionExpirationDateTime": "2026-11-29T18:23:45.9356913+00:00", "tenantId": "tenant",
            "resource": f"Users/u/Messages/m{number}",
            "resourceData": {"@odata.type": "#Microsoft.Graph.Message", "@odata.etag": f'W/"{number}"',
                             "id": f"m{number}"}, **members}


def lifecycle(account: Account, event: str, **members: Any) -> dict[str, Any]:
    """A lifecycle notification."""
    return {"subscriptionId": account.subscription_id, "clientState": account.callback["proof"],
            "lifecycleEvent": event, "organizationId": "tenant", "encryptedContent": None, **members}


def post(account: Account, *items: dict[str, Any], **more: Any) -> int:
    """Posts them in one message; the status."""
    return post_raw(str(account.callback["url"]), json.dumps({"value": items, **more}).encode()).status


def post_raw(url: str, body: bytes, content_type: str = "application/json; charset=utf-8") -> Response:
    """Posts bytes as they are."""
    return request("POST", url, {"Content-Type": content_type}, body)


def ask(url: str, token: str) -> Response:
    """A validation request, as Graph makes it."""
    return request("POST", f"{url}?validationToken={quote_plus(token)}",
                   {"Content-Type": "text/plain; charset=utf-8", "Accept": "text/plain", "Content-Length": "0"}, b"")

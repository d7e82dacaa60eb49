# SPDX-License-Identifier: Apache-2.0
"""What Graph writes into a notification, in the varieties that real messages show."""
import base64
import os
import uuid
from dataclasses import dataclass
from typing import Any

from .clock import written
from .mailbox import Change
from .subscription import Subscription


@dataclass(frozen=True)
class Style:
    """How this Graph writes. The defaults are those of the documentation's current examples."""

    quoted_resource: bool = False     # Users('id')/messages('id') in place of Users/id/Messages/id
    organization_id: bool = True      # real lifecycle events carry organizationId in place of tenantId
    nulls: bool = True                # encryptedContent, sequence and resourceChangeType of lifecycle events as null
    etags: bool = True
    ids: bool = False                 # the optional id of a notification
    offset: bool = True               # times with +00:00 in place of Z
    batch_size: int = 20              # notifications in one POST


def change(style: Style, subscription: Subscription, what: Change, kind: str) -> dict[str, Any]:
    """A change notification."""
    user, item = subscription.mailbox.id, what.item_id
    resource = f"Users('{user}')/messages('{item}')" if style.quoted_resource else f"Users/{user}/Messages/{item}"
    data = {"@odata.type": "#Microsoft.Graph.Message", "@odata.id": resource, "id": item}
    if style.etags:
        data["@odata.etag"] = what.etag
    written_ = {"subscriptionId": subscription.id,
                "subscriptionExpirationDateTime": written(subscription.expires_at, offset=style.offset),
                "changeType": kind, "resource": resource, "resourceData": data,
                "clientState": subscription.client_state, "tenantId": subscription.mailbox.tenant.id}
    if style.ids:
        written_["id"] = str(uuid.uuid4())
    if subscription.rich:
        written_["encryptedContent"] = {
            "data": _random(640), "dataKey": _random(256), "dataSignature": _random(32),
            "encryptionCertificateId": subscription.certificate_id,
            "encryptionCertificateThumbprint": os.urandom(20).hex().upper()}
    return written_


def lifecycle(style: Style, subscription: Subscription, event: str) -> dict[str, Any]:
    """A lifecycle notification."""
    written_: dict[str, Any] = {
        "subscriptionId": subscription.id, "lifecycleEvent": event, "clientState": subscription.client_state,
        "subscriptionExpirationDateTime": written(subscription.expires_at, offset=style.offset),
        ("organizationId" if style.organization_id else "tenantId"): subscription.mailbox.tenant.id,
        "resource": f"Subscriptions/{subscription.id}",
        "resourceData": {"@odata.id": f"subscriptions/{subscription.id}", "@odata.type": "#microsoft.graph.subscription",
                         "id": subscription.id}}
    if style.nulls:
        written_.update(encryptedContent=None, sequence=None, resourceChangeType=None)
    return written_


def _random(size: int) -> str:
    return base64.b64encode(os.urandom(size)).decode()

# SPDX-License-Identifier: Apache-2.0
"""Namespaces and names of Exchange Web Services."""
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
MESSAGES = "http://schemas.microsoft.com/exchange/services/2006/messages"
TYPES = "http://schemas.microsoft.com/exchange/services/2006/types"
SEND_NOTIFICATION_ACTION = MESSAGES + "/SendNotification"

# What a client may subscribe to: EventType in types.xsd. StatusEvent is not among them.
EVENT_TYPES = frozenset({
    "CopiedEvent", "CreatedEvent", "DeletedEvent", "ModifiedEvent", "MovedEvent", "NewMailEvent",
    "FreeBusyChangedEvent",
})


def soap(name: str) -> str:
    """`name` in the SOAP 1.1 namespace, as ElementTree writes it."""
    return f"{{{SOAP}}}{name}"


def messages(name: str) -> str:
    """`name` in the EWS messages namespace."""
    return f"{{{MESSAGES}}}{name}"


def types(name: str) -> str:
    """`name` in the EWS types namespace."""
    return f"{{{TYPES}}}{name}"

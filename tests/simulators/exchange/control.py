# SPDX-License-Identifier: Apache-2.0
"""The control API: make mail arrive, be read, moved; see what was sent. JSON over HTTP, for people and other programs.

    GET  /control/mailboxes                       addresses with unread counts and subscriptions
    POST /control/mailboxes                       {"address": "anna@example.com"}
    POST /control/mailboxes/ADDRESS/deliver       {"count": 3, "folder": "inbox"}
    POST /control/mailboxes/ADDRESS/read          {"count": 2}; without count: all
    POST /control/mailboxes/ADDRESS/break         an Error notification ends its subscriptions
    POST /control/mailboxes/ADDRESS/lose          its subscriptions vanish without a word
    GET  /control/record                          every notification sent, with its answer
    POST /control/style                           {"unread_count": false, "prefix": "s", "encoding": "utf-16", ...}
"""
from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from .simulator import ExchangeSimulator

Reply = tuple[int, Any]


def handle(simulator: ExchangeSimulator, method: str, path: str, arguments: dict[str, Any]) -> Reply:
    """One request. Raises ValueError, TypeError or KeyError for wrong arguments."""
    parts = [unquote(part) for part in path.split("?")[0].strip("/").split("/")]
    match (method, parts):
        case ("GET", ["control", "mailboxes"]):
            return 200, {"mailboxes": [_describe(simulator, m.address) for m in simulator.mailboxes()]}
        case ("POST", ["control", "mailboxes"]):
            return 201, _describe(simulator, simulator.mailbox(str(arguments["address"])).address)
        case ("POST", ["control", "mailboxes", address, action]):
            return _act(simulator, address, action, arguments)
        case ("GET", ["control", "record"]):
            return 200, {"deliveries": simulator.record.as_json()}
        case ("POST", ["control", "style"]):
            simulator.configure(**arguments)
            return 200, asdict(simulator.style)
    return 404, {"error": "no such thing; see control.py"}


def _act(simulator: ExchangeSimulator, address: str, action: str, arguments: dict[str, Any]) -> Reply:
    mailbox = simulator.mailbox(address)
    if action == "deliver":
        mailbox.deliver(**arguments)
    elif action == "read":
        mailbox.read(**{"count": None, **arguments})
    elif action == "break":
        simulator.break_subscriptions(mailbox.address, **arguments)
    elif action == "lose":
        simulator.lose_subscriptions(mailbox.address)
    else:
        return 404, {"error": f"no action {action!r}"}
    return 200, _describe(simulator, mailbox.address)


def _describe(simulator: ExchangeSimulator, address: str) -> dict[str, Any]:
    return {"address": address, "unread": simulator.mailbox(address).unread(),
            "subscriptions": [{"id": s.id, "state": s.state, "url": s.request.url}
                              for s in simulator.subscriptions(address)]}

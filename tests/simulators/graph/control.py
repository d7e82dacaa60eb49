# SPDX-License-Identifier: Apache-2.0
"""The control API: make mail arrive, be read; misbehave; see what was sent. JSON over HTTP, for people and programs.

    GET  /control/mailboxes                      addresses with ids, unread counts and subscriptions
    POST /control/mailboxes                      {"address": "anna@example.com", "tenant": "example"}
    POST /control/mailboxes/ADDRESS/deliver      {"count": 3, "folder": "inbox"}
    POST /control/mailboxes/ADDRESS/read         {"count": 2}; without count: all
    POST /control/mailboxes/ADDRESS/challenge    reauthorizationRequired; {"pause": true}: nothing until it is done
    POST /control/mailboxes/ADDRESS/remove       subscriptionRemoved: its subscriptions are gone
    POST /control/mailboxes/ADDRESS/missed       missed
    POST /control/mailboxes/ADDRESS/id-token     {"client_id": "...", "aud": "..."}: an id token, claims as given
    POST /control/apps                           {"secret": "...", "roles": ["Mail.Read"], "certificate": "PEM"}
    POST /control/faults                         {"path": "/subscriptions", "status": 503, "headers": {"Retry-After": "1.5"}}
    DELETE /control/faults
    POST /control/throttle                       {"requests": 100, "concurrent": 4, "retry_after": null}
    POST /control/style                          {"quoted_resource": true, "batch_size": 5, ...}
    POST /control/hold                           {"held": true}: collect, then send in few POSTs
    POST /control/clock                          {"now": seconds since 1970}
    GET  /control/record                         every notification sent with its answer, every request"""
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from .directory import AppRegistration
from .faults import Fault
from .jwt import Certificate

if TYPE_CHECKING:
    from .simulator import GraphSimulator

Reply = tuple[int, Any]


def handle(simulator: "GraphSimulator", method: str, path: str, arguments: dict[str, Any]) -> Reply:
    """One request. Raises ValueError, TypeError or KeyError for wrong arguments."""
    parts = [unquote(part) for part in path.strip("/").split("/")]
    match method, parts:
        case "GET", ["control", "mailboxes"]:
            return 200, {"mailboxes": [_describe(simulator, m.address) for m in simulator.mailboxes()]}
        case "POST", ["control", "mailboxes"]:
            return 201, _describe(simulator, simulator.mailbox(**arguments).address)
        case "POST", ["control", "mailboxes", address, action]:
            return _act(simulator, address, action, arguments)
        case "POST", ["control", "apps"]:
            pem = arguments.pop("certificate", "")
            app = simulator.add_app(AppRegistration(
                **{k: frozenset(v) if isinstance(v, list) else v for k, v in arguments.items()},
                certificate=Certificate(pem) if pem else None))
            return 201, {"client_id": app.client_id}
        case "POST", ["control", "faults"]:
            simulator.faults.add(Fault(**arguments))
            return 201, {}
        case "DELETE", ["control", "faults"]:
            simulator.faults.clear()
            return 200, {}
        case "POST", ["control", "throttle"]:
            for name, value in arguments.items():
                if name not in ("requests", "concurrent", "retry_after"):
                    raise KeyError(name)
                setattr(simulator.throttle, name, value)
            return 200, {}
        case "POST", ["control", "style"]:
            simulator.configure(**arguments)
            return 200, asdict(simulator.style)
        case "POST", ["control", "hold"]:
            simulator.hold(bool(arguments["held"]))
            return 200, {}
        case "POST", ["control", "clock"]:
            simulator.set_clock(float(arguments["now"]))
            return 200, {}
        case "GET", ["control", "record"]:
            return 200, simulator.record.as_json()
    return 404, {"error": "no such thing; see control.py"}


def _act(simulator: "GraphSimulator", address: str, action: str, arguments: dict[str, Any]) -> Reply:
    mailbox = simulator.mailbox(address)
    match action:
        case "deliver":
            mailbox.deliver(**arguments)
        case "read":
            mailbox.read(**{"count": None, **arguments})
        case "challenge":
            simulator.challenge(address, **arguments)
        case "remove":
            simulator.remove_subscriptions(address)
        case "missed":
            simulator.tell_missed(address)
        case "id-token":
            app = simulator.directory.app(str(arguments.pop("client_id")))
            if app is None:
                raise ValueError("no such app")
            return 200, {"id_token": simulator.login.id_token(mailbox, app, **arguments)}
        case _:
            return 404, {"error": f"no action {action!r}"}
    return 200, _describe(simulator, mailbox.address)


def _describe(simulator: "GraphSimulator", address: str) -> dict[str, Any]:
    mailbox = simulator.mailbox(address)
    return {"address": mailbox.address, "id": mailbox.id, "tenant": mailbox.tenant.id, "unread": mailbox.unread(),
            "subscriptions": [{"id": s.id, "state": s.state, "url": s.notification_url, "resource": s.resource.text}
                              for s in simulator.subscriptions(address)]}

# SPDX-License-Identifier: Apache-2.0
"""Watches what the mail servers send and the push networks receive, shows it, and lets the phones act on their pushes."""
import threading
from dataclasses import dataclass, field

from simulators.exchange import Delivery
from simulators.graph import Delivery as GraphDelivery
from simulators.phone import Account, Phone
from support.fcm import FcmRequest
from support.graph_world import GraphWorld
from support.push_network import Push

from .screen import Screen


@dataclass
class Owner:
    """A phone with a name, and how its app is set up."""

    name: str
    phone: Phone
    style: str
    credential: str
    pushes: list[Push | FcmRequest] = field(default_factory=list)
    latencies_ms: list[float] = field(default_factory=list)  # of new mail: changed counts wait on purpose


class Watcher:
    """A thread of its own between start() and stop()."""

    def __init__(self, world: GraphWorld, screen: Screen, owners: list[Owner]) -> None:
        self._world, self._screen, self._owners = world, screen, owners
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)
        self._shown_deliveries = self._shown_graph = 0
        self._shown_pushes: set[tuple[type, int]] = set()

    def start(self) -> None:
        """Begins; what happened before is shown first."""
        self._thread.start()

    def stop(self) -> None:
        """Shows what is left and ends."""
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join(10)

    def _run(self) -> None:
        while True:
            last = self._stopped.is_set()
            self._look()
            if last:
                return
            self._stopped.wait(0.03)

    def _look(self) -> None:
        lines: list[tuple[float, Delivery | GraphDelivery | Push | FcmRequest]] = []
        deliveries = self._world.exchange.record.deliveries()
        while self._shown_deliveries < len(deliveries) and deliveries[self._shown_deliveries].answered_at:
            delivery = deliveries[self._shown_deliveries]
            lines.append((delivery.sent_at, delivery))
            self._shown_deliveries += 1
        graph = self._world.graph.record.deliveries()
        while self._shown_graph < len(graph) and graph[self._shown_graph].answered_at:
            lines.append((graph[self._shown_graph].sent_at, graph[self._shown_graph]))
            self._shown_graph += 1
        arrived: list[Push | FcmRequest] = [*self._world.apns.pushes(), *(r for r in self._world.fcm.requests() if r.token)]
        pushes = [push for push in arrived if (type(push), push.number) not in self._shown_pushes]
        self._shown_pushes.update((type(push), push.number) for push in pushes)
        lines += [(push.received_at, push) for push in pushes]
        for _, happened in sorted(lines, key=lambda line: line[0]):
            if isinstance(happened, Delivery):
                self._show_delivery(happened)
            elif isinstance(happened, GraphDelivery):
                self._show_graph(happened)
            else:
                self._show_push(happened)

    def _show_delivery(self, delivery: Delivery) -> None:
        what = ("new mail" if delivery.new_mail else "mail was read" if delivery.kind == "events"
                else {"first status": "first status", "status": "heartbeat", "error": "error"}[delivery.kind])
        count = "" if delivery.unread is None else f"{delivery.unread} unread"
        answer = delivery.answer or delivery.problem
        self._screen.line("exchange" if delivery.acknowledged else "bad", "Exchange > gateway", what,
                          f"{delivery.mailbox:<22} {count:<12} answered {answer} in {delivery.latency_ms or 0:.1f} ms",
                          delivery.sent_at)

    def _show_graph(self, delivery: GraphDelivery) -> None:
        subscription = self._world.graph.live_subscription(str(delivery.items[0]["subscriptionId"]))
        mailbox = subscription.mailbox.address if subscription else ""
        answer = delivery.problem or f"HTTP {delivery.http_status}"
        self._screen.line("exchange" if delivery.acknowledged else "bad", "Graph > gateway", ", ".join(delivery.kinds),
                          f"{mailbox:<22} {'no count':<12} answered {answer} in {delivery.latency_ms or 0:.1f} ms",
                          delivery.sent_at)

    def _told_at(self, account: Account, before: float) -> list[float]:
        """When the account's mail server said something, oldest first."""
        if account.backend == "office365":
            graph = self._world.graph.record.deliveries(subscription_id=account.subscription_id)
            return [d.sent_at for d in graph if d.sent_at <= before]
        deliveries = self._world.exchange.record.deliveries(account.address.lower(), kind="events")
        return [d.sent_at for d in deliveries if d.sent_at <= before]

    def _show_push(self, push: Push | FcmRequest) -> None:
        found = self._owner(push)
        network = "gateway > FCM" if isinstance(push, FcmRequest) else "gateway > APNs"
        if found is None:
            self._screen.line("bad", network, "push", f"for an unknown device: {push}", push.received_at)
            return
        owner, account = found
        causes = self._told_at(account, push.received_at)
        latency = (push.received_at - causes[-1]) * 1000 if causes else 0.0
        badge = f"badge {push.badge}" if push.badge is not None else "no badge"
        self._screen.line("push" if push.delivered else "bad", network, f"push, {badge}",
                          f"{owner.name:<22} {push.about['event']:<12} {push.push_type}, priority {push.priority}, "
                          f"{latency:.1f} ms after the server spoke"
                          + ("" if push.delivered else f"; refused: {push.status} {push.reason}"), push.received_at)
        if not push.delivered:
            return
        owner.pushes.append(push)
        if push.about["event"] == "new_mail":
            owner.latencies_ms.append(latency)
        before = owner.phone.badge
        owner.phone.receive(push.payload)
        if push.badge is None and owner.phone.badge != before:
            self._screen.line("phone", owner.name, "counts for itself", f"badge {owner.phone.badge}")

    def _owner(self, push: Push | FcmRequest) -> tuple[Owner, Account] | None:
        for owner in self._owners:
            for account in owner.phone.accounts:
                if account.registration_id == push.about.get("registration_id"):
                    return owner, account
        return None

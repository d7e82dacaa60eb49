# SPDX-License-Identifier: Apache-2.0
"""One push subscription: what is to be sent, in order, with heartbeats and Exchange's retry schedule."""
import http.client
import threading
from collections.abc import Callable
from dataclasses import dataclass

from . import envelope
from .answer import BadAnswer, subscription_status
from .clock import SimulatedClock
from .envelope import Style
from .mailbox import Event, Mailbox
from .record import Record
from .transport import Transport

# "after 30 seconds, then always double": 30, 60, 120, ... until the interval exceeds StatusFrequency
# (web-service-reference/statusfrequency).
FIRST_RETRY_SECONDS = 30.0


@dataclass
class _Message:
    """A notification on its way; a retry sends the same bytes again."""

    kind: str
    body: bytes
    events: list[str]
    unread: int | None
    watermark: str
    more_events: bool
    attempt: int = 0


@dataclass(frozen=True)
class Request:
    """What the client asked for, validated."""

    mailbox: Mailbox
    url: str
    status_frequency: int          # minutes
    event_types: frozenset[str]
    folder_ids: frozenset[str]     # empty: all folders
    version: str


class Subscription:
    """Sends from a thread of its own, one notification at a time. `state` is "live" until it ended: "unsubscribed"
    (by the listener), "given up" (retries exhausted), "broken" (error sent), "vanished" (server lost it)."""

    def __init__(self, identifier: str, request: Request, style: Callable[[], Style], clock: SimulatedClock,
                 transport: Transport, record: Record) -> None:
        self.id = identifier
        self.request = request
        self.state = "live"
        self.watermark = request.mailbox.next_watermark()
        self._style, self._clock, self._transport, self._record = style, clock, transport, record
        self._events: list[Event] = []
        self._error: tuple[str, str] | None = None
        self._changed = threading.Condition()
        self._heartbeat_at = 0.0
        self._held = False
        self._delivering = False  # a message was taken, and is not answered well yet
        self._thread = threading.Thread(target=self._run, name=f"subscription {identifier[:8]}", daemon=True)

    def start(self, first_status: str) -> None:
        """Begins. The first StatusEvent goes out now ("during" Subscribe), from the thread ("after"), or not ("never")."""
        self.request.mailbox.listen(self._on_change)
        first = None if first_status == "never" else self._status("first status")
        self._heartbeat_at = self._clock.now() + self.request.status_frequency * 60
        if first is not None and first_status == "during" and self._attempt(first):
            first = None
        self._first = first
        self._thread.start()

    def break_with(self, code: str, text: str) -> None:
        """Exchange cannot read the events any more: an Error notification, and the subscription is gone."""
        with self._changed:
            self._error = (code, text)
            self._changed.notify_all()

    def hold(self, held: bool) -> None:
        """While held, nothing is sent; what happens meanwhile goes out together afterwards."""
        with self._changed:
            self._held = held
            self._changed.notify_all()

    def end(self, state: str) -> None:
        """Ends it without a word to the listener."""
        with self._changed:
            if self.state == "live":
                self.state = state
            self._changed.notify_all()
        self.request.mailbox.forget(self._on_change)

    def join(self, timeout: float) -> None:
        """Waits for the thread, after end()."""
        if self._thread.ident is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout)

    @property
    def idle(self) -> bool:
        """Nothing waits to be sent, or to be sent again."""
        with self._changed:
            return not self._events and self._error is None and not self._delivering

    def _on_change(self, folder_id: str, events: list[Event]) -> None:
        request = self.request
        if request.folder_ids and folder_id not in request.folder_ids:
            return
        wanted = [e for e in events if e.kind in request.event_types]
        with self._changed:
            self._events += wanted
            self._changed.notify_all()

    def _run(self) -> None:
        message = self._first
        while self.state == "live":
            if message is not None and not self._deliver(message):
                break
            self._delivering = False
            message = self._next()
        self.request.mailbox.forget(self._on_change)

    def _deliver(self, message: _Message) -> bool:
        """Sends until it is taken; False when the subscription ended."""
        interval = FIRST_RETRY_SECONDS * 2 ** max(0, message.attempt - 1)
        if message.attempt == 0 and self._attempt(message):
            return self.state == "live"
        while self.state == "live":
            if interval > self.request.status_frequency * 60:
                self.end("given up")
                return False
            self._pause(interval)
            if self.state == "live" and self._attempt(message):
                break
            interval *= 2
        return self.state == "live"

    def _pause(self, seconds: float) -> None:
        until = self._clock.now() + seconds
        with self._changed:
            while self.state == "live" and self._clock.now() < until:
                self._clock.wait(self._changed, until)

    def _attempt(self, message: _Message) -> bool:
        """One POST. True if the listener took it (or told us to stop)."""
        message.attempt += 1
        delivery = self._record.add(
            mailbox=self.request.mailbox.address, subscription_id=self.id, url=self.request.url, kind=message.kind,
            attempt=message.attempt, events=message.events, unread=message.unread, watermark=message.watermark,
            more_events=message.more_events, simulated_at=self._clock.now())
        status = None
        try:
            answer = self._transport.post(self.request.url, message.body, self._style())
            status = answer.status
            verdict = subscription_status(answer.status, answer.content_type, answer.body)
        except (OSError, http.client.HTTPException, BadAnswer) as problem:
            self._record.answered(delivery, status, None, str(problem) or type(problem).__name__)
            return False
        if verdict == "Unsubscribe":
            self.end("unsubscribed")
        self._heartbeat_at = self._clock.now() + self.request.status_frequency * 60
        self._record.answered(delivery, status, verdict, "")
        if message.kind == "error":
            self.end("broken")
        return True

    def _next(self) -> _Message | None:
        """Waits for something to send; None when the subscription ended."""
        with self._changed:
            while self.state == "live":
                if not self._held:
                    self._delivering = True  # before the events are taken
                    if self._error is not None:
                        (code, text), self._error = self._error, None
                        return _Message("error", envelope.error(self._style(), self.id, code, text), [], None, "", False)
                    if self._events:
                        return self._batch()
                    if self._clock.now() >= self._heartbeat_at:
                        return self._status("status")
                    self._delivering = False
                self._clock.wait(self._changed, float("inf") if self._held else self._heartbeat_at)
        return None

    def _batch(self) -> _Message:
        style = self._style()
        events, self._events = self._events[:style.batch_size], self._events[style.batch_size:]
        inbox = self.request.mailbox.folders["inbox"].id
        unread = [e.unread for e in events if e.folder_id == inbox and e.unread is not None and style.unread_count]
        return self._message("events", events, unread[-1] if unread else None, bool(self._events))

    def _status(self, kind: str) -> _Message:
        event = Event("StatusEvent", self.request.mailbox.next_watermark(), self._clock.timestamp(), "")
        return self._message(kind, [event], None, False)

    def _message(self, kind: str, events: list[Event], unread: int | None, more: bool) -> _Message:
        body = envelope.notification(self._style(), self.id, self.watermark, events, more)
        self.watermark = events[-1].watermark
        return _Message(kind, body, [e.kind for e in events], unread, self.watermark, more)

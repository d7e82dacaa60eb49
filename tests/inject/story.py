# SPDX-License-Identifier: Apache-2.0
"""The story of each case: two phones sign in, mails arrive, an admin looks, certificates are read anew, it is stopped.
A fault may disturb any of it; when it is over, all of it is true."""
import http.client
import signal
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from simulators.phone import Account, Phone
from simulators.phone.api import ApiError
from simulators.phone.ews_client import EwsClient
from support import listener
from support.listener import folder_changed, new_mail

from inject.page import Fault, Kind
from inject.stand import CERTIFICATE_APP, KEY_APP, Stand

_PATIENCE = 15.0  # for what must come by itself, once nothing fails
_START_AFTER_READY = 0.3  # what is left of the start once /readyz answers
_MAILS = 3
_STORE_KINDS = (Kind.SYNC, Kind.SQLITE)

Value = TypeVar("Value")
Person = tuple[Phone, Account]


class Broken(Exception):
    """The gateway did what it must not do."""


@dataclass
class Told:
    """How a case went."""

    hits: int
    ended_at_start: bool = False
    not_ours: bool = False  # see exempt.py
    seconds: float = 0.0


class Story:
    """One case on a stand."""

    def __init__(self, stand: Stand, fault: Fault | None, traced: Kind | None = None) -> None:
        self._stand, self._fault, self._traced = stand, fault, traced
        self._gateway, self._page = stand.gateway, stand.page
        self._acknowledged: dict[str, int] = {}
        self._posted: dict[str, int] = {}
        self._refused_while_store_fails = self._said_not_ready = False
        self._ready_since = 0.0

    def run(self) -> Told:
        """Raises Broken."""
        begun = time.monotonic()
        told = Told(0)
        self._stand.prepare(self._fault)
        if self._traced is not None:
            self._page.trace(self._traced)
        told.ended_at_start = not self._start()
        people = [self._sign_in(app) for app in (KEY_APP, CERTIFICATE_APP)]
        for unread in range(1, _MAILS + 1):
            for person in people:
                self._mail(person, unread)
            if unread == 1:
                self._look(people)
        self._until_over()
        self._wait_shown(people)
        self._wait_ready()
        self._stop()
        told.hits, told.seconds = self._page.hits, time.monotonic() - begun
        return told

    def _start(self) -> bool:
        """False: it ended with a sentence because of the fault, and the next start worked."""
        self._gateway.start(wait=False)
        deadline = time.monotonic() + _PATIENCE
        while self._gateway.running and not self._has_started():
            if time.monotonic() > deadline:
                raise Broken("it neither serves nor ends")
            time.sleep(0.004)
        if self._gateway.running:
            return True
        said = self._gateway.log().strip()
        if self._page.hits == 0:
            raise Broken(f"it ended with {self._gateway.exit_code} though nothing failed")
        if self._gateway.exit_code not in (1, 2):
            raise Broken(f"its start ended with {self._gateway.exit_code}")
        if not said.splitlines() or not said.splitlines()[-1].startswith("postbell: "):
            raise Broken(f"its start ended with {self._gateway.exit_code}, and no sentence says why")
        self._page.end()
        self._stand.without_shim()
        self._gateway.start(wait=False)
        self._wait_ready()
        return False

    def _has_started(self) -> bool:
        """It is ready, and has said so, unless the fault took that line of its log."""
        if self._gateway.admin_get("/readyz")[0] != 200:
            return False
        self._ready_since = self._ready_since or time.monotonic()
        lost = self._page.hits > 0 and time.monotonic() - self._ready_since > _START_AFTER_READY
        return lost or " ready version=" in self._gateway.log()

    def _alive(self) -> None:
        if not self._gateway.running:
            raise Broken(f"it ended with {self._gateway.exit_code}")

    def _again(self, what: str, attempt: Callable[[], Value]) -> Value:
        """As a phone or a mail server would: until it is answered, for a while after the fault's end."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            self._alive()
            try:
                return attempt()
            except (OSError, http.client.HTTPException, ApiError, AssertionError) as e:
                if isinstance(e, ApiError) and e.status < 500:
                    raise Broken(f"{what}: {e}") from e
                self._compare_readiness()
                if time.monotonic() > deadline:
                    raise Broken(f"{what}, not within {_PATIENCE:.0f} s: {e!r}") from e
            time.sleep(0.03)

    def _sign_in(self, app: str) -> Person:
        phone = Phone(self._stand.api, app, self._stand.enrolment_keys[app])
        account = phone.add(Account("user@example.com", EwsClient("https://nowhere.invalid", "user", ""), "ews"))
        account.folder_id, account.subscription_id = "AQMkInbox=", f"subscription-{phone.device_token[:8]}"
        self._again("a phone registers", lambda: phone.register(account))
        self._again("a phone reports", lambda: phone.report(account, unread=0))
        return phone, account

    def _mail(self, person: Person, unread: int) -> None:
        phone, account = person
        content = listener.body(account.subscription_id,
                                [*new_mail(folder=account.folder_id), folder_changed(unread, account.folder_id)])
        self._posted[phone.device_token] = unread

        def post() -> None:
            answer = listener.post(str(account.callbacks["ews"]["url"]), content, ca_file=self._stand.ca_file)
            verdict = listener.verdict(answer)
            if verdict != "OK":
                raise Broken(f"a mail server was told {verdict}")

        self._again("mail arrives", post)
        self._acknowledged[phone.device_token] = unread

    def _compare_readiness(self) -> None:
        """A store that fails for a while is what /readyz says."""
        if (self._fault is None or self._fault.kind not in _STORE_KINDS or self._page.over
                or self._page.milliseconds_left < 400):
            return
        self._refused_while_store_fails = True
        self._said_not_ready |= self._gateway.admin_get("/readyz")[0] == 503

    def _look(self, people: list[Person]) -> None:
        """Metrics and a registration's state are asked for, and certificates and log are opened anew."""
        phone, account = people[0]
        self._again("a phone looks", lambda: phone.state(account))
        self._gateway.admin_get("/metrics")
        self._gateway.signal(signal.SIGHUP)

    def _until_over(self) -> None:
        """A stretch that is not over by itself is ended."""
        deadline = time.monotonic() + 1.5
        while not self._page.over and self._page.hits > 0 and time.monotonic() < deadline:
            time.sleep(0.02)
        self._page.end()
        if self._refused_while_store_fails and not self._said_not_ready:
            raise Broken("mail was refused since the store failed, and /readyz said that all is well")

    def _wait_shown(self, people: list[Person]) -> None:
        deadline = time.monotonic() + _PATIENCE
        while True:
            self._alive()
            badges: dict[str, int] = {}
            for arrival in self._stand.arrivals():
                if arrival.processed and arrival.badge is not None:
                    badges[arrival.token] = arrival.badge
            wrong = [token for token, unread in self._acknowledged.items()
                     if not unread <= badges.get(token, 0) <= self._posted[token]]
            if not wrong:
                return
            if time.monotonic() > deadline:
                raise Broken(f"{len(wrong)} of {len(people)} phones do not show what was acknowledged: shown "
                             f"{[badges.get(token) for token in wrong]}")
            time.sleep(0.01)

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while True:
            self._alive()
            status, said = self._gateway.admin_get("/readyz")
            if status == 200:
                return
            if time.monotonic() > deadline:
                raise Broken(f"nothing fails any more, and /readyz says {status} {said.strip()}")
            time.sleep(0.01)

    def _stop(self) -> None:
        code = self._gateway.stop(_PATIENCE)
        if code != 0:
            raise Broken(f"it was to stop, and ended with {code}")
        database = sqlite3.connect(self._gateway.config.database)
        try:
            found = database.execute("PRAGMA integrity_check").fetchone()
        finally:
            database.close()
        if found != ("ok",):
            raise Broken(f"the database is damaged: {found}")

# SPDX-License-Identifier: Apache-2.0
"""The story of each case: phones sign in, mails arrive in every way that there is, phones and an admin look and renew,
certificates are read anew, the gateway is stopped. A fault may disturb any of it; when it is over, all of it is true."""
import http.client
import signal
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass

from simulators.phone import AndroidPhone, Phone
from simulators.phone.api import ApiError

from inject import words
from inject.page import Fault, Kind
from inject.people import Broken, ManagedPerson, Person, Refused, TenantsPerson
from inject.stand import ANDROID_APP, CERTIFICATE_APP, KEY_APP, Stand
from inject.start import Start

_PATIENCE = 15.0  # for what must come by itself, once nothing fails
_MAILS = 2


@dataclass
class Told:
    """How a case went."""

    hits: int
    ended_at_start: bool = False
    trouble_said: bool = False  # one that lasted, while it did
    seconds: float = 0.0


class Story:
    """One case on a stand."""

    def __init__(self, stand: Stand, fault: Fault | None, traced: Kind | None = None) -> None:
        self._stand, self._fault, self._traced = stand, fault, traced
        self._gateway, self._page = stand.gateway, stand.page
        self._witness: words.Witness | None = None
        if fault is not None and fault.milliseconds > 0 and fault.kind in words.IN_READINESS + words.ELSEWHERE:
            self._witness = words.Witness(self._gateway, fault.kind)

    def run(self) -> Told:
        """Raises Broken."""
        begun = time.monotonic()
        told = Told(0)
        self._stand.prepare(self._fault)
        if self._traced is not None:
            self._page.trace(self._traced)
        told.ended_at_start = not Start(self._stand, _PATIENCE).succeeds()
        managed = ManagedPerson("maria", self._stand, self._phone(KEY_APP), self._stand.to_apns)
        people = [
            managed,  # first: her subscription is made while the others sign in
            Person("karl", self._stand, self._phone(KEY_APP), self._stand.to_apns),
            Person("clara", self._stand, self._phone(CERTIFICATE_APP), self._stand.to_apns),
            Person("andrea", self._stand, self._android(), self._stand.to_fcm),
            TenantsPerson("tom", self._stand, self._phone(KEY_APP), self._stand.to_apns)]
        for person in people:
            self._again(f"{person.name} registers", person.register)
            self._again(f"{person.name} reports", person.report)
        for unread in range(1, _MAILS + 1):
            for person in [*people[1:], managed]:
                self._again(f"mail arrives for {person.name}", lambda p=person, n=unread: p.mail(n))
            if unread == 1:
                self._look(people, managed)
        self._until_over(people)
        self._wait_served(people)
        self._wait("all is well", self._trouble)
        self._stop()
        told.trouble_said = self._witness is not None and self._witness.felt
        told.hits, told.seconds = self._page.hits, time.monotonic() - begun
        return told

    def _phone(self, app: str) -> Phone:
        return Phone(self._stand.api, app, self._stand.enrolment_keys[app])

    def _android(self) -> Phone:
        return AndroidPhone(self._stand.api, ANDROID_APP, self._stand.enrolment_keys[ANDROID_APP])

    def _look(self, people: list[Person], managed: ManagedPerson) -> None:
        """Phones renew, Graph wants its subscription authorized anew, an admin looks, files are opened anew."""
        self._again("Graph wants an authorization", managed.challenge)
        for person in people[:2]:
            self._again(f"{person.name} renews", person.renew)
            self._again(f"{person.name} reports again", person.report)
        self._again(f"{people[1].name} looks", lambda: people[1].phone.state(people[1].account))
        self._again("an admin looks", lambda: self._show(people[1]))
        self._gateway.admin_get("/metrics")
        self._gateway.signal(signal.SIGHUP)

    def _show(self, person: Person) -> None:
        """Through the command socket, unless the start lost that, and said so."""
        if "commands do not reach this gateway" in self._gateway.log():
            return
        shown = self._gateway.cli("registration", "show", person.account.registration_id, check=False)
        if shown.code != 0:
            raise Refused(f"registration show: {shown.code} {shown.stdout.strip()}")

    def _again(self, what: str, attempt: Callable[[], object]) -> None:
        """As a phone, a mail server or an admin would: until it is answered, for a while after the fault's end."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            self._alive()
            try:
                attempt()
                return
            except (OSError, http.client.HTTPException, ApiError, Refused) as e:
                if isinstance(e, ApiError) and e.status < 500:
                    raise Broken(f"{what}: {e}") from e
                self._feel()
                if time.monotonic() > deadline:
                    raise Broken(f"{what}, not within {_PATIENCE:.0f} s: {e!r}") from e
            time.sleep(0.03)

    def _feel(self) -> None:
        if self._witness is not None and self._page.milliseconds_left > 100:
            self._witness.feel()

    def _until_over(self, people: list[Person]) -> None:
        """A stretch that is not over by itself is ended."""
        deadline = time.monotonic() + 1.5
        while not self._page.over and self._page.hits > 0 and time.monotonic() < deadline:
            if not all(person.is_served() for person in people):
                self._feel()
            time.sleep(0.02)
        self._page.end()
        if self._witness is not None and (silence := self._witness.silence()):
            raise Broken(silence)

    def _wait_served(self, people: list[Person]) -> None:
        self._wait("all phones show what was acknowledged",
                   lambda: ", ".join(str(person) for person in people if not person.is_served()))

    def _trouble(self) -> str:
        status, said = self._gateway.admin_get("/readyz")
        return f"/readyz says {status} {said.strip()}" if status != 200 else ", ".join(words.alarms(self._gateway))

    def _wait(self, what: str, trouble: Callable[[], str]) -> None:
        """Until there is no trouble."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            self._alive()
            left = trouble()
            if not left:
                return
            if time.monotonic() > deadline:
                raise Broken(f"nothing fails any more; {what}, not within {_PATIENCE:.0f} s: {left}")
            time.sleep(0.01)

    def _alive(self) -> None:
        if not self._gateway.running:
            raise Broken(f"it ended with {self._gateway.exit_code}")

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

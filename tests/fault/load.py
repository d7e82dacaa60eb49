# SPDX-License-Identifier: Apache-2.0
"""Mail servers under load: threads that post rising unread counts over keep-alive connections and remember each answer."""
import http.client
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from simulators.phone import Account, Phone
from support import listener
from support.listener import folder_changed, new_mail
from support.world import App, World

Person = tuple[Phone, Account]


@dataclass
class Mailbox:
    """What was posted for one device, and what of it was acknowledged. Written by one thread."""

    token: str
    path: str
    subscription_id: str
    folder_id: str
    posted: int = 0
    acknowledged: int = 0
    acknowledgements: int = 0
    refused: dict[int, int] = field(default_factory=dict)  # answers by status
    broken: int = 0                                        # connections lost before an answer


class Load:
    """A context manager: posts until the end of the block, through restarts of the gateway."""

    def __init__(self, mailbox_url: str, people: list[Person], *, threads: int = 4, pause: float = 0.0,
                 timeout: float = 15.0) -> None:
        self._host, self._timeout, self._pause = urlsplit(mailbox_url).netloc, timeout, pause
        self.mailboxes = [Mailbox(phone.device_token, urlsplit(str(account.callbacks["ews"]["url"])).path,
                                  account.subscription_id, account.folder_id) for phone, account in people]
        self.latencies: list[float] = []  # seconds, of acknowledged posts
        self.refusal_latencies: list[float] = []
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(self.mailboxes[number::threads],), daemon=True)
                         for number in range(threads)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *unused: object) -> None:
        self.end()

    def end(self) -> None:
        """Every post has its answer, or broke, when this returns."""
        self._ending.set()
        for thread in self._threads:
            thread.join(self._timeout + 5)
        assert not any(thread.is_alive() for thread in self._threads)

    @property
    def acknowledgements(self) -> int:
        return sum(box.acknowledgements for box in self.mailboxes)

    @property
    def refused(self) -> dict[int, int]:
        """Answers other than 200, by status."""
        counts: dict[int, int] = {}
        for box in self.mailboxes:
            for status, count in list(box.refused.items()):
                counts[status] = counts.get(status, 0) + count
        return counts

    def _run(self, boxes: list[Mailbox]) -> None:
        connection = http.client.HTTPConnection(self._host, timeout=self._timeout)
        while not self._ending.is_set():
            for box in boxes:
                if self._ending.is_set():
                    break
                try:
                    self._post(connection, box)
                except (OSError, http.client.HTTPException):
                    box.broken += 1
                    connection.close()
                    time.sleep(0.02)
                if self._pause:
                    time.sleep(self._pause)
        connection.close()

    def _post(self, connection: http.client.HTTPConnection, box: Mailbox) -> None:
        box.posted += 1
        content = listener.body(box.subscription_id, [*new_mail(folder=box.folder_id),
                                                      folder_changed(box.posted, box.folder_id)])
        begun = time.monotonic()
        connection.request("POST", box.path, content, {"Content-Type": "text/xml; charset=utf-8"})
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            self.refusal_latencies.append(time.monotonic() - begun)
            box.refused[answer.status] = box.refused.get(answer.status, 0) + 1
            time.sleep(0.02)
            return
        assert b">OK<" in said, said
        self.latencies.append(time.monotonic() - begun)
        box.acknowledged = box.posted
        box.acknowledgements += 1


def signed_in(world: World, app: App, count: int) -> list[Person]:
    """People with one account each, subscribed and reported."""
    return [world.signed_in(app) for _ in range(count)]


def lost(load: Load, badges: dict[str, list[int]]) -> list[str]:
    """A sentence for each device that was not told what was acknowledged, or was told what nobody posted."""
    found = []
    for box in load.mailboxes:
        shown = badges.get(box.token, [])
        last = shown[-1] if shown else 0
        if not box.acknowledged <= last <= box.posted:
            found.append(f"{box.token[:8]} shows {last}: {box.acknowledged} was acknowledged, {box.posted} posted")
    return found


def went_back(badges: dict[str, list[int]]) -> list[str]:
    """A sentence for each older count that came after a newer one."""
    return [f"{token[:8]}: {later} after {earlier}" for token, shown in badges.items()
            for earlier, later in zip(shown, shown[1:], strict=False) if later < earlier]


def figures(latencies: list[float]) -> str:
    """Median, 90th, 99th percentile and the longest, for people."""
    return (" ".join(f"p{part * 100:.0f} {percentile(latencies, part) * 1e3:7.2f} ms" for part in (0.5, 0.9, 0.99))
            + f" max {max(latencies) * 1e3:7.2f} ms of {len(latencies)}")


def percentile(values: list[float], part: float) -> float:
    """The value that `part` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]

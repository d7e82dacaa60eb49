# SPDX-License-Identifier: Apache-2.0
"""A listener for the simulator's own tests: answers as it is told, remembers what came."""
import time
from dataclasses import dataclass

from simulators.http_front import Handler, HttpFront

from . import names


@dataclass(frozen=True)
class Posted:
    """One notification that arrived."""

    path: str
    headers: dict[str, str]
    body: bytes
    connection: int  # the client's port: the same one means the same connection


def result(status: str) -> bytes:
    """A SendNotificationResult."""
    return (f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{names.SOAP}"><s:Body>'
            f'<SendNotificationResult xmlns="{names.MESSAGES}"><SubscriptionStatus>{status}</SubscriptionStatus>'
            "</SendNotificationResult></s:Body></s:Envelope>").encode()


class FakeListener:
    """Answers (status, body) from `answer`; sleeps `delay` seconds before. A context manager."""

    def __init__(self) -> None:
        self.answer: tuple[int, bytes] = (200, result("OK"))
        self.delay = 0.0
        self.posted: list[Posted] = []
        listener = self

        class ListenerHandler(Handler):
            def do_POST(self) -> None:  # noqa: N802
                body = self._chunks() if self.headers.get("Transfer-Encoding") else self.rfile.read(
                    int(self.headers["Content-Length"]))
                listener.posted.append(Posted(self.path, {k.lower(): v for k, v in self.headers.items()}, body,
                                              self.client_address[1]))
                time.sleep(listener.delay)
                status, answer = listener.answer
                self.send_response(status)
                self.send_header("Content-Type", "text/xml; charset=utf-8")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def _chunks(self) -> bytes:
                body = b""
                while (size := int(self.rfile.readline(), 16)) > 0:
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

        self._front = HttpFront(ListenerHandler, "listener")
        self.url = f"{self._front.url}/ews/token?r=1"

    def __enter__(self) -> "FakeListener":
        self._front.start()
        return self

    def __exit__(self, *unused: object) -> None:
        self._front.stop()

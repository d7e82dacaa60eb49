# SPDX-License-Identifier: Apache-2.0
"""A listener for the simulator's own tests: shakes hands, answers as it is told, remembers what came."""
import json
import ssl
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from simulators.http_front import Handler, HttpFront


@dataclass(frozen=True)
class Posted:
    """One POST that arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> dict[str, Any]:
        """Its JSON."""
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed

    @property
    def items(self) -> list[dict[str, Any]]:
        """Its notifications."""
        return list(self.message["value"])


class FakeListener:
    """Answers notifications with `status` after `delay` seconds, handshakes with the token, its type and status as set.
    A context manager."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.status, self.delay = 202, 0.0
        self.handshake_status, self.handshake_type, self.handshake_delay = 200, "text/plain", 0.0
        self.handshake_body: bytes | None = None   # None: the token, as it should be
        self.posted: list[Posted] = []
        self.handshakes: list[Posted] = []
        listener = self

        class ListenerHandler(Handler):
            def do_POST(self) -> None:  # noqa: N802
                body = self.rfile.read(int(self.headers["Content-Length"]))
                posted = Posted(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
                token = parse_qs(self.path.partition("?")[2]).get("validationToken")
                if token and not body:
                    listener.handshakes.append(posted)
                    time.sleep(listener.handshake_delay)
                    answer = token[0].encode() if listener.handshake_body is None else listener.handshake_body
                    self.answer(listener.handshake_status, listener.handshake_type, answer)
                    return
                listener.posted.append(posted)
                time.sleep(listener.delay)
                self.answer(listener.status, "text/plain", b"")

            def answer(self, status: int, content_type: str, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self._front = HttpFront(ListenerHandler, "listener", tls=tls)
        self.url = f"{self._front.url}/office365/token?r=1"

    def __enter__(self) -> "FakeListener":
        self._front.start()
        return self

    def __exit__(self, *unused: object) -> None:
        self._front.stop()

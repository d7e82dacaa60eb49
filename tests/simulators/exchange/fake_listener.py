# SPDX-License-Identifier: Apache-2.0
"""A listener for the simulator's own tests: answers as it is told, remembers what came."""
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

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

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

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

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            block_on_close = False  # the simulator keeps its connections

            def handle_error(self, request: object, client_address: object) -> None:
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/ews/token?r=1"

    def __enter__(self) -> "FakeListener":
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *unused: object) -> None:
        self._server.shutdown()
        self._server.server_close()

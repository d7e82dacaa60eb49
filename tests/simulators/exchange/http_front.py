# SPDX-License-Identifier: Apache-2.0
"""The HTTP server in front: POST /EWS/Exchange.asmx, and a control API in JSON under /control."""
from __future__ import annotations

import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from . import control

if TYPE_CHECKING:
    from .simulator import ExchangeSimulator

_MAX_BODY = 1 << 20


class HttpFront:
    """Owns the listening socket and its threads."""

    def __init__(self, simulator: ExchangeSimulator, port: int, tls: ssl.SSLContext | None) -> None:
        handler = type("Handler", (_Handler,), {"simulator": simulator})
        self._server = _Server(("127.0.0.1", port), handler)
        self._tls = tls
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True,
                                                  do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05},
                                        name="exchange", daemon=True)

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a client may keep its connection
    request_queue_size = 256

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is no news."""


class _Handler(BaseHTTPRequestHandler):
    simulator: ExchangeSimulator
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:  # noqa: N802 (the library's name)
        self._control()

    def do_POST(self) -> None:  # noqa: N802
        if self.path.split("?")[0].lower() != "/ews/exchange.asmx":
            self._control()
            return
        status, answer = self.simulator.handle_ews(self._body(), self.headers.get("Authorization", ""))
        self._answer(status, "text/xml; charset=utf-8", answer)

    def _control(self) -> None:
        try:
            arguments = json.loads(self._body() or b"{}")
            status, answer = control.handle(self.simulator, self.command, self.path, arguments)
        except (ValueError, TypeError, KeyError) as problem:
            status, answer = 400, {"error": str(problem)}
        self._answer(status, "application/json", json.dumps(answer).encode() + b"\n")

    def _body(self) -> bytes:
        length = int(self.headers.get("Content-Length", "0"))
        if length > _MAX_BODY:
            raise ValueError("the body is too large")
        return self.rfile.read(length)

    def _answer(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="Exchange"')
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Silent: the record says what happened."""



# SPDX-License-Identifier: Apache-2.0
"""The HTTP server in front: POST /EWS/Exchange.asmx, and a control API in JSON under /control."""
from __future__ import annotations

import json
import ssl
from typing import TYPE_CHECKING

from simulators.http_front import Handler, HttpFront

from . import control

if TYPE_CHECKING:
    from .simulator import ExchangeSimulator

_MAX_BODY = 1 << 20


def front(simulator: ExchangeSimulator, port: int, tls: ssl.SSLContext | None) -> HttpFront:
    """The server, not started yet."""
    return HttpFront(type("Handler", (_Handler,), {"simulator": simulator}), "exchange", port, tls)


class _Handler(Handler):
    simulator: ExchangeSimulator

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

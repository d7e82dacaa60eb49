# SPDX-License-Identifier: Apache-2.0
"""The HTTP server in front: Graph under /v1.0, a control API under /control, the login everywhere else."""
import json
import ssl
from typing import TYPE_CHECKING, Any

from simulators.http_front import Handler, HttpFront

from . import control
from .errors import GraphError, LoginError

if TYPE_CHECKING:
    from .simulator import GraphSimulator

_MAX_BODY = 1 << 20


def front(simulator: "GraphSimulator", port: int, tls: ssl.SSLContext | None) -> HttpFront:
    """The server, not started yet."""
    return HttpFront(type("Handler", (_Handler,), {"simulator": simulator}), "graph", port, tls)


class _Handler(Handler):
    simulator: "GraphSimulator"
    _cut: int | None = None     # of the answer's body, after which the connection ends

    def _handle(self) -> None:
        body = self._body()
        path, _, query = self.path.partition("?")
        if path.startswith("/control/"):
            self._control(path, body)
            return
        fault = self.simulator.faults.take(self.command, self.path)
        self._cut = fault.cut if fault else None
        if fault is None or self._cut is not None:
            self._serve(path, query, body)
        elif fault.status:
            error = GraphError(fault.status, fault.code, fault.message)
            self._answer(fault.status, error.body() if fault.body is None else fault.body, fault.headers)
        else:
            self._note(0, None, None)
            self.close_connection = True

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = _handle  # noqa: N815 (the library's names)

    def _serve(self, path: str, query: str, body: bytes) -> None:
        if path.startswith("/v1.0/"):
            grant = None
            try:
                grant = self.simulator.api.authenticate(self.headers.get("Authorization", ""))
                status, answer = self.simulator.api.handle(grant, self.command, path.removeprefix("/v1.0/"), query, body)
                self._answer(status, answer, {}, grant, body)
            except GraphError as error:
                self._answer(error.status, error.body(), error.headers, grant, body)
            return
        tenant, _, rest = path.strip("/").partition("/")
        try:
            if self.command == "POST" and rest == "oauth2/v2.0/token":
                self._answer(200, self.simulator.login.token(tenant, body), {"Cache-Control": "no-store"})
                return
        except LoginError as error:
            self._answer(error.status, error.body(), {})
            return
        answer = self.simulator.login.published(tenant, rest) if self.command == "GET" else None
        self._answer(404 if answer is None else 200, answer or {"error": "not found"}, {})

    def _control(self, path: str, body: bytes) -> None:
        try:
            status, answer = control.handle(self.simulator, self.command, path, json.loads(body or b"{}"))
        except (ValueError, TypeError, KeyError) as problem:
            status, answer = 400, {"error": str(problem)}
        self._send(status, answer, {})

    def _answer(self, status: int, answer: Any, headers: dict[str, str], grant: Any = None, body: bytes = b"") -> None:
        self._note(status, grant, answer if self.path.startswith("/v1.0/") else None, body)
        self._send(status, answer, headers)

    def _note(self, status: int, grant: Any, answer: Any, body: bytes = b"") -> None:
        try:
            asked = json.loads(body) if body and self.path.startswith("/v1.0/") else None
        except ValueError:
            asked = None
        self.simulator.record.called(method=self.command, path=self.path, status=status, body=asked, answer=answer,
                                     client_id=grant.app.client_id if grant else "", user=grant.user if grant else "")

    def _body(self) -> bytes:
        length = int(self.headers.get("Content-Length", "0"))
        return self.rfile.read(min(length, _MAX_BODY))

    def _send(self, status: int, answer: Any, headers: dict[str, str]) -> None:
        content = b"" if answer is None else answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content[:self._cut])
        self.close_connection = self.close_connection or self._cut is not None

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date header: the simulated time."""
        return super().date_time_string(self.simulator.clock.now() if timestamp is None else timestamp)

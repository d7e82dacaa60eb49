# SPDX-License-Identifier: Apache-2.0
"""The registration API in memory, for the phone's own tests: just enough to see what a phone sends."""
import json
from typing import Any

from simulators.http_front import Handler, HttpFront


class FakeGateway:
    """Remembers calls as (method, path, bearer, body). `action` is what GET says. A context manager."""

    def __init__(self, callback_url: str) -> None:
        self.calls: list[tuple[str, str, str, dict[str, Any]]] = []
        self.action = "none"
        gateway = self

        class GatewayHandler(Handler):
            def handle_any(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))) or b"{}")
                bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
                gateway.calls.append((self.command, self.path, bearer, body))
                if bearer == "wrong":
                    self.answer(401, {"title": "The enrolment key is not known."}, "application/problem+json")
                elif self.command == "POST":
                    self.answer(200 if "previous_secret" in body else 201, {
                        "registration_id": "r1", "secret": f"s{len(gateway.calls)}", "region": "emea",
                        "check_every_seconds": 300,
                        "callbacks": {
                            "ews": {"url": callback_url, "status_frequency_minutes": 15},
                            "office365": {"url": callback_url, "proof": "the proof", "change_type": "created,deleted",
                                          "resource": "me/messages", "expiration_minutes": 60}}})
                elif self.command == "GET":
                    self.answer(200, {"state": "active", "action": gateway.action})
                else:
                    self.answer(204, None)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

            def answer(self, status: int, body: Any, content_type: str = "application/json") -> None:
                content = b"" if body is None else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                if status != 204:
                    self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        self._front = HttpFront(GatewayHandler, "gateway")
        self.url = self._front.url

    def __enter__(self) -> "FakeGateway":
        self._front.start()
        return self

    def __exit__(self, *unused: object) -> None:
        self._front.stop()

# SPDX-License-Identifier: Apache-2.0
"""The gateway's registration API, from the app's side."""
import json
from typing import Any

from .http import Response, request


class ApiError(Exception):
    """The gateway said no. `problem` is its application/problem+json."""

    def __init__(self, response: Response) -> None:
        self.status = response.status
        self.headers = response.headers
        try:
            self.problem: dict[str, Any] = json.loads(response.body)
        except ValueError:
            self.problem = {}
        super().__init__(f"HTTP {response.status}: {self.title or response.body[:200]!r}")

    @property
    def title(self) -> str:
        """The sentence for a person."""
        return str(self.problem.get("title", ""))


class RegistrationApi:
    """Stateless; one connection for each call. Thread-safe."""

    def __init__(self, url: str, ca_file: str = "") -> None:
        self.url = url.rstrip("/")
        self.ca_file = ca_file

    def call(self, method: str, path: str, bearer: str | None = None, body: Any = None,
             headers: dict[str, str] | None = None) -> Response:
        """Any request, answered by whatever comes. `body`: bytes as they are, else JSON."""
        sent = dict(headers or {})
        if bearer is not None:
            sent["Authorization"] = f"Bearer {bearer}"
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        return request(method, self.url + path, sent, body, self.ca_file)

    def register(self, enrolment_key: str, **body: Any) -> tuple[int, dict[str, Any]]:
        """POST /v1/registrations: 201 and a new registration, or 200 and a renewed one."""
        response = self._expect((200, 201), self.call("POST", "/v1/registrations", enrolment_key, body))
        return response.status, json.loads(response.body)

    def report(self, registration_id: str, secret: str, **body: Any) -> None:
        """PUT .../subscription."""
        self._expect((204,), self.call("PUT", f"/v1/registrations/{registration_id}/subscription", secret, body))

    def state(self, registration_id: str, secret: str) -> dict[str, Any]:
        """GET /v1/registrations/{id}."""
        response = self._expect((200,), self.call("GET", f"/v1/registrations/{registration_id}", secret))
        answer: dict[str, Any] = json.loads(response.body)
        return answer

    def change(self, registration_id: str, secret: str, **body: Any) -> None:
        """PATCH /v1/registrations/{id}: a new device token, versions."""
        self._expect((200, 204), self.call("PATCH", f"/v1/registrations/{registration_id}", secret, body))

    def remove(self, registration_id: str, secret: str) -> None:
        """DELETE /v1/registrations/{id}."""
        self._expect((204,), self.call("DELETE", f"/v1/registrations/{registration_id}", secret))

    @staticmethod
    def _expect(statuses: tuple[int, ...], response: Response) -> Response:
        if response.status not in statuses:
            raise ApiError(response)
        return response

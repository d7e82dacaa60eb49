# SPDX-License-Identifier: Apache-2.0
"""How Graph and its login say no."""
import time
import uuid
from typing import Any


class GraphError(Exception):
    """An error of the API: {"error": {"code", "message", "innerError"}}."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message, self.headers = status, code, message, headers or {}

    def body(self) -> dict[str, Any]:
        """The answer's JSON."""
        return {"error": {"code": self.code, "message": self.message, "innerError": {
            "date": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()), "request-id": str(uuid.uuid4())}}}


class LoginError(Exception):
    """An error of the token endpoint: {"error", "error_description", "error_codes"}."""

    def __init__(self, error: str, code: int, text: str, status: int = 400) -> None:
        super().__init__(f"{error}: AADSTS{code}: {text}")
        self.error, self.code, self.text, self.status = error, code, text, status

    def body(self) -> dict[str, Any]:
        """The answer's JSON."""
        return {"error": self.error, "error_description": f"AADSTS{self.code}: {self.text}", "error_codes": [self.code],
                "trace_id": str(uuid.uuid4()), "correlation_id": str(uuid.uuid4())}

# SPDX-License-Identifier: Apache-2.0
"""One HTTP request, as an app makes it."""
import http.client
import ssl
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Response:
    """A whole HTTP response; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


@lru_cache(maxsize=16)
def _verifying(ca_file: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca_file or None)


def request(method: str, url: str, headers: dict[str, str], body: bytes | None, ca_file: str = "",
            timeout: float = 15.0) -> Response:
    """Sends it on a connection of its own: phones come and go. https verifies against `ca_file` (empty: the system's)."""
    parts = urlsplit(url)
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(parts.netloc, timeout=timeout, context=_verifying(ca_file))
    else:
        connection = http.client.HTTPConnection(parts.netloc, timeout=timeout)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body, {"Connection": "close", **headers})
        answer = connection.getresponse()
        return Response(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
    finally:
        connection.close()

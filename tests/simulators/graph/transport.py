# SPDX-License-Identifier: Apache-2.0
"""How notifications travel: HTTP/1.1 with JSON over connections that are kept."""
import http.client
import ssl
import threading
import time
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

MAX_ANSWER = 65_536


@dataclass(frozen=True)
class Answer:
    """A whole HTTP response."""

    status: int
    content_type: str
    body: bytes


class Transport:
    """Posts. Thread-safe."""

    def __init__(self, ca_file: str = "") -> None:
        # Graph verifies against public roots; the simulator against `ca_file`, or not at all.
        self._tls = ssl.create_default_context(cafile=ca_file or None)
        if not ca_file:
            self._tls.check_hostname = False
            self._tls.verify_mode = ssl.CERT_NONE
        self._lock = threading.Lock()
        self._idle: dict[tuple[str, str], list[http.client.HTTPConnection]] = {}

    def post(self, url: str, headers: dict[str, str], body: bytes, timeout: float) -> Answer:
        """The answer, within `timeout` real seconds in total. Raises OSError or HTTPException."""
        deadline = time.monotonic() + timeout
        parts = urlsplit(url)
        kept = self._take(parts)
        if kept is not None:
            try:
                return self._exchange(kept, parts, headers, body, deadline)
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                pass  # an idle connection was closed: once more on a new one
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        more = {"context": self._tls} if parts.scheme == "https" else {}
        return self._exchange(kind(parts.netloc, timeout=timeout, **more), parts, headers, body, deadline)

    def close(self) -> None:
        """Closes the kept connections."""
        with self._lock:
            for connections in self._idle.values():
                for connection in connections:
                    connection.close()
            self._idle.clear()

    def _take(self, parts: SplitResult) -> http.client.HTTPConnection | None:
        with self._lock:
            idle = self._idle.get((parts.scheme, parts.netloc))
            return idle.pop() if idle else None

    def _exchange(self, connection: http.client.HTTPConnection, parts: SplitResult, headers: dict[str, str],
                  body: bytes, deadline: float) -> Answer:
        try:
            connection.timeout = max(deadline - time.monotonic(), 0.001)
            if connection.sock is not None:
                connection.sock.settimeout(connection.timeout)
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", target, body, headers)
            response = connection.getresponse()
            answer = Answer(response.status, response.getheader("Content-Type", ""), response.read(MAX_ANSWER))
            if time.monotonic() > deadline:
                raise TimeoutError("timed out")
        except BaseException:
            connection.close()
            raise
        if response.will_close or not response.isclosed():
            connection.close()
        else:
            with self._lock:
                self._idle.setdefault((parts.scheme, parts.netloc), []).append(connection)
        return answer

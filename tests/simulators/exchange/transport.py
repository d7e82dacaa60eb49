# SPDX-License-Identifier: Apache-2.0
"""How notifications travel: HTTP/1.1 over few, kept connections for each listener, as .NET's HttpWebRequest does, or
each over a new one, as Exchange 2013 and later have it."""
import http.client
import select
import ssl
import threading
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from . import names
from .envelope import Style

# .NET waits this long for "100 Continue" before it sends the body all the same.
_CONTINUE_SECONDS = 0.35


@dataclass(frozen=True)
class Answer:
    """A whole HTTP response."""

    status: int
    content_type: str
    body: bytes


class Transport:
    """Posts notifications. `connections` are kept for each host; more callers wait for one. Thread-safe."""

    def __init__(self, timeout: float = 10.0, connections: int = 8, ca_file: str = "") -> None:
        self.timeout = timeout
        self._limit = connections
        # Exchange validates against its machine's store; the simulator against `ca_file`, or not at all.
        self._tls = ssl.create_default_context(cafile=ca_file or None)
        if not ca_file:
            self._tls.check_hostname = False
            self._tls.verify_mode = ssl.CERT_NONE
        self._lock = threading.Lock()
        self._hosts: dict[tuple[str, str], _Host] = {}
        self.opened = 0  # connections that were opened so far

    def post(self, url: str, body: bytes, style: Style) -> Answer:
        """Sends one notification. Raises OSError or http.client.HTTPException if no answer comes."""
        parts = urlsplit(url)
        host = self._host(parts)
        with host.slots:
            kept = host.take() if style.keep_alive else None
            if kept is not None:
                try:
                    return self._exchange(host, kept, parts, body, style)
                except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                    pass  # the listener closed an idle connection: once more on a new one, as HttpWebRequest does
            return self._exchange(host, self._open(parts), parts, body, style)

    def close(self) -> None:
        """Closes the kept connections."""
        with self._lock:
            hosts = list(self._hosts.values())
        for host in hosts:
            while (connection := host.take()) is not None:
                connection.close()

    def _host(self, parts: SplitResult) -> "_Host":
        with self._lock:
            return self._hosts.setdefault((parts.scheme, parts.netloc), _Host(self._limit))

    def _open(self, parts: SplitResult) -> http.client.HTTPConnection:
        self.opened += 1
        if parts.scheme == "https":
            return http.client.HTTPSConnection(parts.netloc, timeout=self.timeout, context=self._tls)
        return http.client.HTTPConnection(parts.netloc, timeout=self.timeout)

    def _exchange(self, host: "_Host", connection: http.client.HTTPConnection, parts: SplitResult, body: bytes,
                  style: Style) -> Answer:
        try:
            self._send(connection, parts, body, style)
            response = connection.getresponse()
            answer = Answer(response.status, response.getheader("Content-Type", ""), response.read())
        except BaseException:
            connection.close()
            raise
        if response.will_close or not style.keep_alive:
            connection.close()
        else:
            host.keep(connection)
        return answer

    @staticmethod
    def _send(connection: http.client.HTTPConnection, parts: SplitResult, body: bytes, style: Style) -> None:
        action = names.SEND_NOTIFICATION_ACTION
        connection.putrequest("POST", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
                              skip_accept_encoding=True)
        connection.putheader("Accept", "text/xml")
        connection.putheader("Content-Type", style.content_type())
        connection.putheader("SOAPAction", f'"{action}"' if style.quoted_action else action)
        if not style.keep_alive:
            connection.putheader("Connection", "close")
        if style.chunked:
            connection.putheader("Transfer-Encoding", "chunked")
        else:
            connection.putheader("Content-Length", str(len(body)))
        if style.expect_continue:
            connection.putheader("Expect", "100-continue")
        if style.expect_continue:
            connection.endheaders()
            select.select([connection.sock], [], [], _CONTINUE_SECONDS)  # http.client skips the 100 itself
            connection.send(_chunked(body) if style.chunked else body)
        else:
            connection.endheaders(_chunked(body) if style.chunked else body)


def _chunked(body: bytes) -> bytes:
    half = max(1, len(body) // 2)
    pieces = [body[i:i + half] for i in range(0, len(body), half)]
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"


class _Host:
    """The connections to one listener."""

    def __init__(self, limit: int) -> None:
        self.slots = threading.BoundedSemaphore(limit)
        self._idle: list[http.client.HTTPConnection] = []
        self._lock = threading.Lock()

    def take(self) -> http.client.HTTPConnection | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def keep(self, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            self._idle.append(connection)

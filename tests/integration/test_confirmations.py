# SPDX-License-Identifier: Apache-2.0
"""A mail server that asks back before it notifies: the test backend verifying, and a server that is this test."""
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from fault.machine import build_library, plugin_folder
from simulators.phone.http import request
from support.wait import stays, until
from support.world import World

VERIFYING = Path(__file__).parent / "data" / "verifying.cpp"


class MailServer:
    """Takes the tasks of the backend verifying."""

    def __init__(self) -> None:
        self.callback = ""  # of the last subscription
        self.confirmed: list[str] = []  # the codes that came back and were taken
        self.asked = 0  # codes that came back, taken or not
        self.takes_confirmations = True
        self.while_subscribing: Callable[[], None] = lambda: None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Ends the server."""
        self._server.shutdown()
        self._server.server_close()

    def post(self, code: str) -> int:
        """Asks for a code at the callback; the status of the answer."""
        return request("POST", self.callback, {"Content-Type": "text/plain"}, f"confirm {code}".encode()).status

    def _answer(self, path: str, body: str) -> tuple[int, bytes]:
        if path == "/subscribe":
            self.callback = body
            self.while_subscribing()
            return 200, b"subscription-1"
        self.asked += 1
        if not self.takes_confirmations:
            return 503, b""
        self.confirmed.append(body)
        return 200, b""

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        answer = self._answer

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                status, body = answer(self.path, self.rfile.read(int(self.headers["Content-Length"])).decode())
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *unused: object) -> None:
                pass

        return Handler


@pytest.fixture
def server() -> Iterator[MailServer]:
    made = MailServer()
    yield made
    made.stop()


@pytest.fixture
def world(server: MailServer, tmp_path: Path) -> Iterator[World]:
    folder = plugin_folder(tmp_path / "plugins")
    build_library(str(VERIFYING), folder / "verifying.so")
    config = f'''
[[backend]]
instance = "verifying"
plugin = "verifying"
enabled = true
grants = ["outbound"]
endpoint = "{server.url}"
'''
    with World(tmp_path / "world", plugins=folder, more_config=config) as made:
        yield made


def claim_mailbox(world: World) -> None:
    """A phone whose mailbox the gateway subscribes to from now on."""
    app = world.add_app()
    phone = world.phone(app, backend="verifying")
    account = phone.add_account(world.address())
    _, known = world.api.register(app.enrolment_key, **phone.registration_body(account),
                                  grants={"verifying": {"account": account.address}})
    assert known["managed"] == "verifying"


@pytest.mark.row("MANAGED-32")
def test_a_code_that_comes_while_the_server_is_being_subscribed_to_is_given_back_afterwards(
        world: World, server: MailServer) -> None:
    statuses: list[int] = []

    def ask_back() -> None:
        statuses.append(server.post("code-1"))
        stays(lambda: server.asked == 0, 1.0, "no confirmation before the subscription is there")

    server.while_subscribing = ask_back
    claim_mailbox(world)

    until(lambda: server.confirmed, 10, "the confirmation")
    assert statuses == [204]
    stays(lambda: server.confirmed == ["code-1"], 1.0, "it is given back once")


@pytest.mark.row("MANAGED-32")
def test_a_code_is_given_back_after_a_kill_and_a_start(world: World, server: MailServer) -> None:
    claim_mailbox(world)
    until(lambda: server.callback, 10, "the subscription")
    server.takes_confirmations = False
    assert server.post("code-2") == 204
    until(lambda: server.asked, 10, "the first attempt")

    world.gateway.kill()
    server.takes_confirmations = True
    world.start_gateway()

    until(lambda: server.confirmed, 20, "the confirmation")
    assert server.confirmed == ["code-2"]

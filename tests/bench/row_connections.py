# SPDX-License-Identifier: Apache-2.0
"""A new TLS connection for each notification, as Exchange 2013 and later have it: beside the handshakes that nginx
makes for the same client, key and cipher, each with a small answer."""
import os
import shutil
from pathlib import Path
from typing import Any

from support.openssl import ServerIdentity
from support.processes import end, free_ports, spawn

from . import messages
from .measure import Line, against
from .run import Run
from .stack import Load, Stack, flow, wait_for_port

_GOAL = 0.9
_KINDS = {"TLS 1.2, full": {"tls": 12}, "TLS 1.2, resumed": {"tls": 12, "resume": True},
          "TLS 1.3, full": {"tls": 13}, "TLS 1.3, resumed": {"tls": 13, "resume": True}}


def nginx() -> str | None:
    """The program; Debian's package is nginx-light."""
    return os.environ.get("NGINX") or shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")


def lines(run: Run) -> list[Line]:
    """Handshakes beside nginx's, then whole notifications beside those over kept connections."""
    stack = run.stack(tls=True)
    program = nginx()
    if program is None:
        print("  nginx is not there (NGINX names it): its handshakes are skipped")
    found = handshakes(run, stack, program) if program else []
    return [*found, *(notifications(run, stack, kind, options) for kind, options in _KINDS.items())]


def handshakes(run: Run, stack: Stack, program: str) -> list[Line]:
    """A request for nobody, so that the connection is what costs."""
    assert stack.tls is not None
    request = messages.request("GET", "/nothing", b"", {"Connection": "close"})
    ours = Load(stack.write("nothing", request), stack.gateway.config.ports[1], stack.tls.ca, status=404)
    with Nginx(stack.directory / "nginx", program, stack.tls) as peer:
        theirs = Load(ours.file, peer.port, stack.tls.ca, status=404)
        return [against(f"handshakes, {kind}", "/s", *_in_turns(run, ours, theirs, options), at_least=_GOAL)
                for kind, options in _KINDS.items()]


def _in_turns(run: Run, ours: Load, theirs: Load, options: dict[str, Any]) -> tuple[list[float], str, list[float]]:
    rates: dict[int, list[float]] = {0: [], 1: []}
    for _ in range(run.rounds):
        for which, load in enumerate((ours, theirs)):
            told = load.run(fresh=True, seconds=run.seconds, **options)
            if options.get("resume") and told["resumed"] < 0.9 * told["requests"]:
                raise RuntimeError(f"only {told['resumed']} of {told['requests']} sessions were resumed")
            rates[which].append(told["rate"])
    return rates[0], "nginx", rates[1]


def notifications(run: Run, stack: Stack, kind: str, options: dict[str, Any]) -> Line:
    """From Exchange to APNs."""
    closing = stack.write("closing", stack.way.notification().replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
    fresh, kept = [], []
    for _ in range(run.rounds):
        fresh.append(flow(stack, seconds=run.seconds, fresh=True, request=closing, **options))
        kept.append(flow(stack, seconds=run.seconds))
    return against(f"whole way, a new connection each, {kind}", "events/s", [f.rate for f in fresh],
                   "kept connections", [f.rate for f in kept],
                   more={"cpu_us": [f.cpu_us for f in fresh], "kept_cpu_us": [f.cpu_us for f in kept]})


class Nginx:
    """As many workers as the gateway's listener has threads. A context manager."""

    def __init__(self, directory: Path, program: str, tls: ServerIdentity) -> None:
        directory.mkdir()
        self.port = free_ports(1)[0]
        config = directory / "nginx.conf"
        config.write_text(f"""
daemon off; worker_processes 1; pid {directory}/pid; error_log {directory}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path {directory}; proxy_temp_path {directory}; fastcgi_temp_path {directory};
  uwsgi_temp_path {directory}; scgi_temp_path {directory};
  server {{
    listen 127.0.0.1:{self.port} ssl; ssl_certificate {tls.certificate}; ssl_certificate_key {tls.key};
    ssl_protocols TLSv1.2 TLSv1.3; ssl_ecdh_curve X25519:prime256v1; ssl_session_tickets on;
    location / {{ return 404; }}
  }}
}}
""")
        self._log = (directory / "log").open("wb")
        self._process = spawn([program, "-c", config, "-p", directory], self._log)
        wait_for_port(self.port)

    def __enter__(self) -> "Nginx":
        return self

    def __exit__(self, *unused: object) -> None:
        end(self._process)
        self._log.close()

# SPDX-License-Identifier: Apache-2.0
"""nghttpd as a push network, and the programs that push to it."""
import json
import re
import subprocess
from pathlib import Path
from typing import Any

from support import openssl
from support.cli import PLUGINS
from support.processes import end, free_ports, spawn

from .stack import program, wait_for_port

STREAMS = 100  # on a connection


class PushServer:
    """One nghttpd, which answers 200 to a push of ours. A context manager."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.tls = openssl.server_identity(directory)
        self.key = openssl.signing_key(directory / "AuthKey.p8")
        self.port = free_ports(1)[0]
        origin = f"https://127.0.0.1:{self.port}"
        self._engine = [program("bench_engine"), "--plugins", PLUGINS, "--key", self.key, "--origin", origin,
                        "--ca", self.tls.ca]
        self.push: dict[str, Any] = json.loads(output([*self._engine, "--show"]))
        (directory / "body").write_text(self.push["body"])
        # nghttpd answers 200 only for a file that is there.
        file = directory / self.push["path"].lstrip("/")
        file.parent.mkdir(parents=True)
        file.write_text("")
        headers = [part for name, value in self.push["headers"] for part in ("-H", f"{name}: {value}")]
        self._h2load = ["h2load", *headers, "-d", directory / "body", f"{origin}{self.push['path']}"]
        self._server = spawn(["nghttpd", "-d", directory, str(self.port), self.tls.key, self.tls.certificate],
                             subprocess.DEVNULL)

    def __enter__(self) -> "PushServer":
        try:
            wait_for_port(self.port)
        except BaseException:
            end(self._server)
            raise
        return self

    def __exit__(self, *unused: object) -> None:
        end(self._server)

    def engine(self, requests: int, connections: int) -> dict[str, float]:
        """The APNs plugin and the HTTP/2 engine."""
        measured: dict[str, float] = json.loads(output([
            *self._engine, "--requests", requests, "--connections", connections, "--streams", STREAMS]))
        return measured

    def h2load(self, requests: int, connections: int) -> float:
        """Requests a second of h2load with the same headers and body; it sends the same ones over and over."""
        told = output([*self._h2load, "-n", requests, "-c", connections, "-m", STREAMS])
        found = re.search(r"finished in .*?, ([\d.]+) req/s", told)
        if found is None or f"{requests} succeeded" not in told:
            raise RuntimeError(f"h2load: {told}")
        return float(found[1])

    def peer(self, command: list[Any], requests: int) -> dict[str, float]:
        """A program of peers/."""
        measured: dict[str, float] = json.loads(output([
            *command, f"127.0.0.1:{self.port}", self.tls.ca, self.key, self.push["path"].rsplit("/", 1)[1],
            self.push["body"], requests, STREAMS]))
        return measured


def output(command: list[Any]) -> str:
    """What a program prints; raises if it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, timeout=300)
    if done.returncode != 0:
        raise RuntimeError(f"{Path(command[0]).name}: {done.stderr}{done.stdout}")
    return done.stdout

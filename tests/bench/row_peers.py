# SPDX-License-Identifier: Apache-2.0
"""The same pushes through what others use, where it is installed: README.md beside this says how."""
import os
import shutil
import subprocess
from pathlib import Path
from statistics import median
from typing import Any

from .measure import Line, against
from .push_server import PushServer
from .run import Run

_PEERS = Path(__file__).parent / "peers"


def lines(run: Run) -> list[Line]:
    """One connection."""
    peers = {"@parse/node-apn (node)": _node_apn(), "sideshow/apns2 (Go)": _apns2(run.directory / "apns2")}
    for name, peer in peers.items():
        if isinstance(peer, str):
            print(f"         {name} is skipped: {peer}")
    installed = {name: peer for name, peer in peers.items() if not isinstance(peer, str)}
    if not installed:
        return []
    with PushServer(run.directory / "peers") as server:
        return [_line(run, server, name, command) for name, command in installed.items()]


def _line(run: Run, server: PushServer, name: str, command: list[Any]) -> Line:
    requests = 20_000 if run.quick else 50_000
    ours, theirs = [], []
    for _ in range(3):
        theirs.append(server.peer(command, requests))
        ours.append(server.engine(requests * 3, 1))
    return against("APNs plugin and HTTP/2 engine, beside a peer", "pushes/s", [m["rate"] for m in ours], name,
                   [m["rate"] for m in theirs], more={"cpu_us_per_push": median(m["cpu_us"] for m in ours),
                                                      "peers_cpu_us_per_push": median(m["cpu_us"] for m in theirs)})


def _node_apn() -> list[Any] | str:
    """How to run it, or why not."""
    if shutil.which("node") is None:
        return "node is not installed"
    if subprocess.run(["node", "-e", "require('@parse/node-apn')"], capture_output=True, check=False).returncode != 0:
        return "NODE_PATH leads to no @parse/node-apn"
    return ["node", _PEERS / "node_apn.js"]


def _apns2(binary: Path) -> list[Any] | str:
    if shutil.which("go") is None:
        return "go is not installed"
    built = subprocess.run(["go", "build", "-o", binary, "."], cwd=_PEERS / "apns2", capture_output=True, text=True,
                           check=False, env={**os.environ, "GO111MODULE": "off"})
    if built.returncode != 0:
        return f"GOPATH leads to no sideshow/apns2 that builds: {built.stderr.strip().splitlines()[-1:]}"
    return [binary]

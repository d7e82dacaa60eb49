# SPDX-License-Identifier: Apache-2.0
"""The APNs plugin through the HTTP/2 engine, beside h2load: same server, body, headers and streams."""
import json
import re
import subprocess
from pathlib import Path

from support import openssl
from support.cli import PLUGINS
from support.processes import end, free_ports, spawn

from .measure import Line, against
from .run import Run
from .stack import program, wait_for_port

STREAMS = 100


def lines(run: Run) -> list[Line]:
    """1 and 4 connections."""
    directory = run.directory / "engine"
    tls = openssl.server_identity(directory)
    key = openssl.signing_key(directory / "AuthKey.p8")
    port = free_ports(1)[0]
    origin = f"https://127.0.0.1:{port}"
    ours = [program("bench_engine"), "--plugins", PLUGINS, "--key", key, "--origin", origin, "--ca", tls.ca]
    push = json.loads(_output([*ours, "--show"]))
    (directory / "body").write_text(push["body"])
    # nghttpd answers 200 only for a file that is there.
    file = directory / push["path"].lstrip("/")
    file.parent.mkdir(parents=True)
    file.write_text("")
    server = spawn(["nghttpd", "-d", directory, str(port), tls.key, tls.certificate], subprocess.DEVNULL)
    try:
        wait_for_port(port)
        return [_line(run, ours, _h2load(directory / "body", origin, push), connections) for connections in (1, 4)]
    finally:
        end(server)


def _line(run: Run, ours: list[str | Path], theirs: list[str | Path], connections: int) -> Line:
    requests = 40_000 if run.quick else 150_000
    rates, costs, others = [], [], []
    for _ in range(run.rounds):
        told = _output([*theirs, "-n", str(requests), "-c", str(connections), "-m", str(STREAMS)])
        found = re.search(r"finished in .*?, ([\d.]+) req/s", told)
        if found is None or f"{requests} succeeded" not in told:
            raise RuntimeError(f"h2load: {told}")
        others.append(float(found[1]))
        measured = json.loads(_output([*ours, "--requests", str(requests), "--connections", str(connections),
                                       "--streams", str(STREAMS)]))
        rates.append(measured["rate"])
        costs.append(measured["cpu_us"])
    return against(f"APNs plugin and HTTP/2 engine, {connections} connection{'s' if connections > 1 else ''}",
                   "pushes/s", rates, "h2load", others, at_least=0.9, more={"cpu_us_per_push": sorted(costs)[len(costs) // 2]})


def _h2load(body: Path, origin: str, push: dict[str, object]) -> list[str | Path]:
    headers: list[str | Path] = []
    for name, value in push["headers"]:  # type: ignore[attr-defined]
        headers += ["-H", f"{name}: {value}"]
    return ["h2load", *headers, "-d", body, f"{origin}{push['path']}"]


def _output(command: list[str | Path]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode != 0:
        raise RuntimeError(f"{Path(command[0]).name}: {done.stderr}{done.stdout}")
    return done.stdout

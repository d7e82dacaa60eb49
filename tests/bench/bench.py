#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The HTTP/2 engine beside h2load against one nghttpd: ratios within one run, medians over several rounds.

Both send the same body to the same path over TLS on loopback, one after the other in each round.
"""
import argparse
import json
import platform
import re
import socket
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

BODY_BYTES = 160
PATH = "/3/device/" + "ab" * 32


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def certificate(folder: Path) -> tuple[Path, Path]:
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", key, "-out", cert, "-days", "1", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True)
    return key, cert


def rate_of(output: str, pattern: str) -> float:
    found = re.search(pattern, output)
    if not found:
        raise SystemExit(f"no rate in:\n{output}")
    return float(found[1])


def h2load(origin: str, body: Path, requests: int, connections: int, streams: int) -> float:
    out = subprocess.run(["h2load", "-n", str(requests), "-c", str(connections), "-m", str(streams), "-d", body,
                          "-H", "apns-topic: com.example.mail", "-H", "apns-push-type: alert", "-H", "apns-priority: 10",
                          origin + PATH], check=True, capture_output=True, text=True).stdout
    return rate_of(out, r"finished in .*?, ([\d.]+) req/s")


def engine(build: Path, origin: str, ca: Path, requests: int, connections: int, streams: int) -> float:
    out = subprocess.run([build / "bin/bench_engine", "--origin", origin, "--ca", ca, "--requests", str(requests),
                          "--connections", str(connections), "--streams", str(streams), "--path", PATH,
                          "--body", str(BODY_BYTES)], check=True, capture_output=True, text=True).stdout
    return rate_of(out, r"([\d.]+) requests/s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--streams", type=int, default=100)
    options = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory() as folder:
        key, cert = certificate(Path(folder))
        body = Path(folder) / "body"
        body.write_bytes(b"x" * BODY_BYTES)
        port = free_port()
        root = Path(folder) / "3/device"
        root.mkdir(parents=True)
        (root / ("ab" * 32)).write_text("")
        server = subprocess.Popen(["nghttpd", "-d", folder, str(port), key, cert], stdout=subprocess.DEVNULL)
        try:
            time.sleep(0.5)
            origin = f"https://127.0.0.1:{port}"
            for connections in (1, 4):
                ours, theirs = [], []
                for _ in range(options.rounds):
                    theirs.append(h2load(origin, body, options.requests, connections, options.streams))
                    ours.append(engine(options.build, origin, cert, options.requests, connections, options.streams))
                ratios = [a / b for a, b in zip(ours, theirs)]
                results.append({"connections": connections, "streams": options.streams,
                                "engine": statistics.median(ours), "h2load": statistics.median(theirs),
                                "ratio": statistics.median(ratios), "ratio_min": min(ratios), "ratio_max": max(ratios)})
        finally:
            server.terminate()
            server.wait()
    machine = {"cpus": len(open("/proc/cpuinfo").read().split("processor\t")) - 1, "kernel": platform.release()}
    print(f"{'connections':>11} {'engine req/s':>13} {'h2load req/s':>13} {'ratio':>7} {'min':>6} {'max':>6}")
    for r in results:
        print(f"{r['connections']:>11} {r['engine']:>13,.0f} {r['h2load']:>13,.0f} {r['ratio']:>7.2f} {r['ratio_min']:>6.2f}"
              f" {r['ratio_max']:>6.2f}")
    Path("build/bench.json").write_text(json.dumps({"machine": machine, "engine_beside_h2load": results}, indent=1))


if __name__ == "__main__":
    main()

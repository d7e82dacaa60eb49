#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Measures, prints a table, writes JSON. What the columns mean is in docs/performance.md.

Everything is measured beside something known, in the same run and in turns, on this machine with its load."""
import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import (measure, row_api, row_burst, row_connections, row_engine, row_fcm, row_graph, row_latency, row_peers,  # noqa: E402
                   row_scale, row_whole_way)
from bench.run import Run  # noqa: E402
from support.cli import REPOSITORY  # noqa: E402

# In this order. A row is a function of a Run that returns lines; a new one is added here and nowhere else.
ROWS = {"engine": row_engine.lines, "whole-way": row_whole_way.lines, "connections": row_connections.lines, "fcm": row_fcm.lines,
        "graph": row_graph.lines, "latency": row_latency.lines, "scale": row_scale.lines,
        "burst": row_burst.lines, "api": row_api.lines, "peers": row_peers.lines}


def main() -> int:
    """Exit code 0: everything was measured, whether the numbers were reached or not."""
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds, and no 1,000,000 registrations")
    parser.add_argument("--rows", nargs="+", choices=list(ROWS), default=list(ROWS), metavar="ROW",
                        help="only these: " + ", ".join(ROWS))
    parser.add_argument("--directory", type=Path, help="where to work: the disk is part of what is measured (TMPDIR)")
    parser.add_argument("--output", type=Path, default=REPOSITORY / "build" / "bench.json")
    options = parser.parse_args()
    began, lines = time.monotonic(), []
    with tempfile.TemporaryDirectory(prefix="postbell-bench-", dir=options.directory) as directory:
        about = {"machine": measure.machine(Path(directory)), "quick": options.quick, "version": version(),
                 "date": time.strftime("%Y-%m-%d")}
        print(", ".join(f"{name} {value}" for name, value in about["machine"].items()), flush=True)
        run = Run(Path(directory), options.quick)
        try:
            for name in options.rows:
                print(f"{time.monotonic() - began:5.0f} s  {name} ...", flush=True)
                lines += ROWS[name](run)
        except KeyboardInterrupt:
            print("interrupted", file=sys.stderr)
            return 130
        finally:
            run.close()
    about["seconds"] = round(time.monotonic() - began)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(measure.as_json(about, lines))
    options.output.with_suffix(".md").write_text(measure.table(lines) + "\n")
    print(f"\n{measure.table(lines)}\n\n{about['seconds']} s; all of it: {options.output}")
    return 0


def version() -> str:
    """Of the sources."""
    done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=REPOSITORY, capture_output=True, text=True,
                          check=False)
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds every #include against dependencies.txt. Exits 1 and names each that goes the wrong way."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.MULTILINE)


def read_rules() -> dict[str, set[str]]:
    rules = {}
    for line in (ROOT / "tests/lint/dependencies.txt").read_text().splitlines():
        line = line.split("#", 1)[0].strip()
        if line:
            folder, allowed = line.split(":")
            rules[folder] = set(allowed.split())
    return rules


def topic_of(include: str, topics: set[str]) -> str | None:
    """Which of our parts an include names; None for what is not ours."""
    first = include.split("/", 1)[0]
    if include.startswith("postbell/"):
        return "sdk"
    return first if "/" in include and first in topics else None


def main() -> int:
    rules = read_rules()
    topics = {folder.split("/", 1)[1] for folder in rules if folder.startswith("core/")}
    problems = []
    for folder, allowed in rules.items():
        own = folder.rsplit("/", 1)[-1]
        for file in sorted((ROOT / folder).rglob("*")):
            if file.suffix not in {".h", ".hpp", ".cpp", ".c"}:
                continue
            for include in INCLUDE.findall(file.read_text(errors="replace")):
                topic = topic_of(include, topics)
                if topic and topic != own and topic not in allowed:
                    problems.append(f"{file.relative_to(ROOT)}: {folder} may not include {include}")
    known = {p.parent.relative_to(ROOT).as_posix() for p in (ROOT / "core").glob("*/CMakeLists.txt")}
    problems += [f"{folder}: it has no line in dependencies.txt" for folder in sorted(known - rules.keys())]
    print("\n".join(problems) if problems else "every include goes the way that dependencies.txt says")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

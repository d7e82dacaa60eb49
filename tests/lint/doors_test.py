#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Shows that cmake/Topics.cmake keeps topics apart: of another topic, a source of core finds in its include folders each
door that dependencies.txt gives it, and nothing that a door does not need. The argument is a build folder."""
import json
import pathlib
import sys

from dependencies import ROOT, Check

check = Check()


def needed(topic: str) -> set[str]:
    """The doors of a topic, and the headers of the topic that they include."""
    reached: set[str] = set()
    waiting = sorted(check.topics[topic].doors)
    while waiting:
        header = waiting.pop()
        if header not in reached:
            reached.add(header)
            waiting += [rest for other, rest in check.includes(ROOT / "core" / topic / header) if other == topic]
    return reached


def topic_of(file: pathlib.Path) -> str:
    """Empty: it is no source of core."""
    parts = file.relative_to(ROOT).parts if file.is_relative_to(ROOT) else ()
    return parts[1] if len(parts) > 2 and parts[0] == "core" else ""


def include_folders(build: pathlib.Path) -> dict[str, list[pathlib.Path]]:
    """Those of each topic's sources in its own library: a test may compile a source once more, for itself."""
    folders = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        topic = topic_of(pathlib.Path(entry["file"]))
        if topic and f" -o core/{topic}/" in entry["command"]:
            folders.setdefault(topic, []).extend(
                pathlib.Path(word[2:]) for word in entry["command"].split() if word.startswith("-I"))
    return folders


def main(build: pathlib.Path) -> int:
    found_folders = include_folders(build)
    problems = [f"core/{topic} is compiled nowhere" for topic in sorted(check.topics.keys() - found_folders.keys())]
    for topic, folders in found_folders.items():
        for other in check.topics.keys() - {topic}:
            folder_of_other = ROOT / "core" / other
            headers = {str(file.relative_to(folder_of_other)) for file in folder_of_other.rglob("*.h")}
            found = {header for header in headers if any((folder / other / header).exists() for folder in folders)}
            doors = check.topics[other].doors if other in check.topics[topic].allowed else set()
            problems += [f"core/{topic} does not find {other}/{header}, a door" for header in sorted(doors - found)]
            problems += [f"core/{topic} finds {other}/{header}, which no door needs" for header in sorted(found - needed(other))]
    print("\n".join(problems) if problems else "each topic finds the doors of the others, and nothing else of theirs")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))

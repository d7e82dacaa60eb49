#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds every #include against dependencies.txt. Exits 1 and says of each that is not allowed what would allow it."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = "tests/lint/dependencies.txt"
SOURCES = {".h", ".hpp", ".cpp", ".c"}
INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.MULTILINE)


class Folder:
    def __init__(self, name: str, allowed: set[str]):
        self.name = name
        self.topic = name.rsplit("/", 1)[-1]
        self.allowed = allowed
        self.doors: set[str] = set()


def read_rules() -> list[Folder]:
    folders: list[Folder] = []
    for line in (ROOT / RULES).read_text().splitlines():
        line = line.split("#", 1)[0].rstrip()
        if not line:
            continue
        name, words = line.split(":")
        if name.strip() == "doors":
            folders[-1].doors = {f"{word}.h" for word in words.split()}
        else:
            folders.append(Folder(name, set(words.split())))
    return folders


def sources(folder: pathlib.Path) -> list[pathlib.Path]:
    return sorted(file for file in folder.rglob("*") if file.suffix in SOURCES)


class Check:
    def __init__(self) -> None:
        self.folders = read_rules()
        self.topics = {f.topic: f for f in self.folders if f.name.startswith("core/")}
        self.problems: list[str] = []

    def includes(self, file: pathlib.Path):
        """Each include of our own as (topic, header); None as topic is a path that climbs."""
        for include in INCLUDE.findall(file.read_text(errors="replace")):
            first, _, rest = include.partition("/")
            if first == "..":
                yield None, include
            elif first == "postbell":
                yield "sdk", rest
            elif rest and first in self.topics:
                yield first, rest

    def say(self, file: pathlib.Path, problem: str) -> None:
        self.problems.append(f"{file.relative_to(ROOT)}: {problem}")

    def door(self, file: pathlib.Path, topic: str, header: str) -> None:
        """A header of another topic must be one of its doors."""
        if topic == "sdk" or header in self.topics[topic].doors:
            return
        doors = " ".join(sorted(self.topics[topic].doors)) or "none"
        self.say(file, f"{topic}/{header} is no door of core/{topic} (its doors: {doors}). Include one of these, or "
                       f"add {header.removesuffix('.h')} to the doors of core/{topic} in {RULES}")

    def folder(self, folder: Folder) -> None:
        for file in sources(ROOT / folder.name):
            for topic, header in self.includes(file):
                if topic is None:
                    self.say(file, f"{header} climbs out of a folder; an include names the topic")
                elif topic == folder.topic:
                    continue
                elif topic in folder.allowed:
                    self.door(file, topic, header)
                else:
                    self.say(file, f"{folder.name} may not include {topic}/{header}. If it should, "
                                   f"add {topic} to its line in {RULES}")

    def unit_tests(self) -> None:
        """They see the whole of their own topic, and the doors of the others."""
        for topic in self.topics:
            for file in sources(ROOT / "tests/unit" / topic):
                for other, header in self.includes(file):
                    if other not in (None, topic):
                        self.door(file, other, header)

    def doors_exist(self) -> None:
        for folder in self.topics.values():
            for header in sorted(folder.doors):
                if not (ROOT / folder.name / header).exists():
                    self.problems.append(f"{RULES}: {folder.name} has no {header} to be a door")

    def every_topic_is_named(self) -> None:
        for file in sorted((ROOT / "core").glob("*/CMakeLists.txt")):
            if file.parent.name not in self.topics:
                self.problems.append(f"core/{file.parent.name}: it has no line in {RULES}")

    def run(self) -> int:
        for folder in self.folders:
            self.folder(folder)
        self.unit_tests()
        self.doors_exist()
        self.every_topic_is_named()
        print("\n".join(self.problems) if self.problems else f"every include is one that {RULES} allows")
        return 1 if self.problems else 0


if __name__ == "__main__":
    sys.exit(Check().run())

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
        self.floors: list[str] = []  # folders of the topic, lowest first


def read_rules() -> list[Folder]:
    folders: list[Folder] = []
    for line in (ROOT / RULES).read_text().splitlines():
        line = line.split("#", 1)[0].rstrip()
        if not line:
            continue
        name, words = line.split(":")
        if name.strip() == "doors":
            folders[-1].doors = {f"{word}.h" for word in words.split()}
        elif name.strip() == "floors":
            folders[-1].floors = words.split()
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
        self.used: set[tuple[str, str]] = set()  # (folder, topic), and (topic, header)

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

    def floor(self, folder: Folder, file: pathlib.Path, header: str) -> None:
        """A file of a floor includes its own floor and those below; one of no floor includes all."""
        own = file.relative_to(ROOT / folder.name).parent.as_posix()
        other = pathlib.PurePath(header).parent.as_posix()
        if own not in folder.floors or other not in folder.floors:
            return
        if folder.floors.index(other) > folder.floors.index(own):
            self.say(file, f"{header} is of a floor above {own} (from the lowest: {' '.join(folder.floors)}, in {RULES}). "
                           f"Move one of the two, or what they share, to a lower floor")

    def floors_exist(self) -> None:
        for folder in self.topics.values():
            present = {path.name for path in (ROOT / folder.name).iterdir() if path.is_dir()}
            for name in sorted(present.symmetric_difference(folder.floors)):
                self.problems.append(f"{RULES}: {folder.name}/{name} is a folder that is no floor, or a floor that is no folder")

    def folder(self, folder: Folder) -> None:
        for file in sources(ROOT / folder.name):
            for topic, header in self.includes(file):
                if topic is None:
                    self.say(file, f"{header} climbs out of a folder; an include names the topic")
                elif topic == folder.topic:
                    self.floor(folder, file, header)
                elif topic in folder.allowed:
                    self.used |= {(folder.name, topic), (topic, header)}
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
                        self.used.add((other, header))
                        self.door(file, other, header)

    def other_tests(self) -> None:
        """They see what their CMake file gives them; a door that only they need is one."""
        for folder in ("bench", "fuzz", "support"):
            for file in sources(ROOT / "tests" / folder):
                self.used.update(self.includes(file))

    def doors_exist(self) -> None:
        for folder in self.topics.values():
            for header in sorted(folder.doors):
                if not (ROOT / folder.name / header).exists():
                    self.problems.append(f"{RULES}: {folder.name} has no {header} to be a door")

    def nothing_is_allowed_in_vain(self) -> None:
        for folder in self.folders:
            self.problems += [f"{RULES}: {folder.name} includes nothing of {topic}; take {topic} from its line"
                              for topic in sorted(folder.allowed) if (folder.name, topic) not in self.used]
        for topic, folder in self.topics.items():
            self.problems += [f"{RULES}: nobody else includes {topic}/{header}; take {header.removesuffix('.h')} from "
                              f"its doors" for header in sorted(folder.doors) if (topic, header) not in self.used]

    def every_topic_is_named(self) -> None:
        for file in sorted((ROOT / "core").glob("*/CMakeLists.txt")):
            if file.parent.name not in self.topics:
                self.problems.append(f"core/{file.parent.name}: it has no line in {RULES}")

    def run(self) -> int:
        for folder in self.folders:
            self.folder(folder)
        self.unit_tests()
        self.other_tests()
        self.doors_exist()
        self.floors_exist()
        self.every_topic_is_named()
        self.nothing_is_allowed_in_vain()
        print("\n".join(self.problems) if self.problems else f"every include is one that {RULES} allows")
        return 1 if self.problems else 0


if __name__ == "__main__":
    sys.exit(Check().run())

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""clang-tidy (the checks of .clang-tidy) over the sources of the product: those that differ from main, or --all.

It takes the flags from build/release, which must be configured. With --all, some forty sources are checked as one
translation unit, since most of the time goes into headers; where two of them have the same name for something of their
own, which does not compile as one, each half is tried. Exits 1 if a check finds something."""
import argparse
import concurrent.futures
import itertools
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PRODUCT = ("core/", "plugins/")  # and the headers of sdk through them
MAX_TOGETHER = 40
# In a translation unit of several sources, these are headers to clang-tidy: .clang-tidy's HeaderFilterRegex and they.
SEEN = r"/(core|inside|doors|plugins|sdk)/.*\.(h|cpp)$|/postbell/.*\.hpp$"


def git(*arguments: str) -> list[str]:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.split() if done.returncode == 0 else []


def changed() -> set[str]:
    """What differs from where this branch left main, committed or not."""
    base = git("merge-base", "HEAD", "main") or git("merge-base", "HEAD", "origin/main") or ["HEAD"]
    return {*git("diff", "--name-only", base[0]), *git("ls-files", "--others", "--exclude-standard")}


def sources() -> dict[str, list[str]]:
    """The arguments of the compiler for each source of the product."""
    found = {}
    for entry in json.loads((ROOT / "build/release/compile_commands.json").read_text()):
        file = os.path.relpath(entry["file"], ROOT)
        if file.startswith(PRODUCT) and file.endswith(".cpp"):
            words = shlex.split(entry["command"])
            # The launcher, and flags that clang does not know, stay out. The product comes before tests that build it anew.
            found.setdefault(file, [
                word if words[at - 1] != "-isystem" else f"-isystem{word}" for at, word in enumerate(words)
                if word.startswith(("-I", "-D", "-std=")) or words[at - 1] == "-isystem"])
    return found


def concerned(files: list[str], differing: set[str]) -> list[str]:
    """A header is seen through the source of its name, or else through one that includes it, of its folder if there is."""
    chosen = set(differing.intersection(files))
    for header in (name for name in differing if name.endswith((".h", ".hpp")) and (ROOT / name).exists()):
        folder, name = os.path.split(header)
        own = header.rsplit(".", 1)[0] + ".cpp"
        if own in files:
            chosen.add(own)
        else:
            near = sorted(files, key=lambda file: os.path.dirname(file) != folder)
            include = re.compile(rf'#include ["<].*/{re.escape(name)}[">]')
            chosen.update(itertools.islice((file for file in near if include.search((ROOT / file).read_text())), 1))
    return sorted(chosen)


def tidy(file: str, flags: list[str], *options: str) -> str:
    """What clang-tidy finds; nothing if all is well."""
    done = subprocess.run(["clang-tidy", "--quiet", "--config-file=.clang-tidy", *options, file, "--", *flags], cwd=ROOT,
                          capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def tidy_together(files: dict[str, list[str]]) -> str:
    """The sources as one, with the flags of each; topics have namespaces of their own."""
    names = list(files)
    if len(names) == 1:
        return tidy(names[0], files[names[0]])
    flags = list(dict.fromkeys(flag for each in files.values() for flag in each))
    with tempfile.NamedTemporaryFile("w", suffix=".cpp") as unit:
        unit.writelines(f'#include "{ROOT / file}"\n' for file in files)
        unit.flush()
        compiled = subprocess.run(["clang++", "-fsyntax-only", "-w", unit.name, *flags], cwd=ROOT, capture_output=True)
        if compiled.returncode == 0:
            return tidy(unit.name, flags, "--checks=-bugprone-suspicious-include", f"--header-filter={SEEN}")
    middle = len(names) // 2
    return "".join(tidy_together({name: files[name] for name in half}) for half in (names[:middle], names[middle:]))


def units_of(files: dict[str, list[str]]) -> list[dict[str, list[str]]]:
    """A plugin by itself, since each exports the same symbol; of the core, as many at once as go well."""
    units = []
    for _, group in itertools.groupby(sorted(files), lambda file: "" if file.startswith("core/") else os.path.dirname(file)):
        together = list(group)
        for at in range(0, len(together), MAX_TOGETHER):
            units.append({file: files[file] for file in together[at:at + MAX_TOGETHER]})
    return units


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="every source of the product")
    parser.add_argument("-j", type=int, default=os.cpu_count(), help="so many at once")
    arguments = parser.parse_args()
    files = sources()
    if arguments.all:
        units = units_of(files)
    else:
        units = [{file: files[file]} for file in concerned(list(files), changed())]
    found = []
    with concurrent.futures.ThreadPoolExecutor(arguments.j) as pool:
        for text in pool.map(tidy_together if arguments.all else lambda unit: tidy(*next(iter(unit.items()))), units):
            print(text, end="", flush=True)
            found.append(bool(text))
    print(f"clang-tidy: {sum(map(len, units))} files" + (", with findings" if any(found) else ": nothing found"))
    return 1 if any(found) else 0


if __name__ == "__main__":
    sys.exit(main())

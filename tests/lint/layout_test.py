#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Shows that sdk/abi/layout.py finds each change of abi.h that gives built plugins another meaning, and no other change.
The argument is a C compiler."""
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
LAYOUT = ROOT / "sdk" / "abi" / "layout.py"
GOLDEN = ROOT / "sdk" / "abi" / "layout-0.txt"
ABI = (ROOT / "sdk" / "include" / "postbell" / "abi.h").read_text()

CHANGES = [
    ("int64_t occurred_ms;", "uint64_t occurred_ms;"),
    ("uint32_t size, kind;", "uint32_t size; int32_t kind;"),
    ("(*handle)(void* self, const postbell_request*, postbell_reply*)", "(*handle)(void* self, const postbell_request*, void*)"),
    ("void (*close)(void* self, void* task)", "int (*close)(void* self, void* task)"),
    ("typedef int32_t postbell_status;", "typedef uint32_t postbell_status;"),
    ("POSTBELL_EAGAIN = -4,", "POSTBELL_EAGAIN = -14,"),
]
HARMLESS = [
    ("uint32_t size, kind;", "uint32_t size;\n    uint32_t\n        kind;"),
    ("const char *id,", "const char* id,"),
]


def accepted(text: str, compiler: str) -> bool:
    """The layout's test, on another header."""
    with tempfile.TemporaryDirectory() as folder:
        header = pathlib.Path(folder, "postbell", "abi.h")
        header.parent.mkdir()
        header.write_text(text)
        command = [sys.executable, str(LAYOUT), "check", str(header), compiler, str(GOLDEN)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


def main(compiler: str) -> int:
    problems = []
    for before, after in CHANGES:
        if before not in ABI:
            problems.append(f"abi.h has no {before!r} any more: write a change that it can have")
        elif accepted(ABI.replace(before, after, 1), compiler):
            problems.append(f"{before!r} became {after!r}, and the layout passes")
    for before, after in HARMLESS:
        if not accepted(ABI.replace(before, after, 1), compiler):
            problems.append(f"{before!r} became {after!r}, and the layout does not pass")
    print("\n".join(problems) if problems else "the layout passes where nothing changed its meaning, and only there")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

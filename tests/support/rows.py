#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the rows of tests/rows.txt that no test names, and the names in tests that are no row.

Exit code 0 if every row has a test and every name is a row, else 1."""
import argparse
import ast
import re
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
_TAG = re.compile(r"\[row:([A-Z]+-\d+)\]")


def rows(file: Path = TESTS / "rows.txt") -> dict[str, str]:
    """ID to sentence, in the file's order. Raises ValueError for a line that is neither, or an ID that comes twice."""
    found: dict[str, str] = {}
    for number, line in enumerate(file.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        identifier, bar, sentence = (part.strip() for part in line.partition("|"))
        if not bar or not sentence or identifier in found:
            raise ValueError(f"{file}:{number}: not `ID | sentence`, or a second {identifier}")
        found[identifier] = sentence
    return found


def named(directory: Path = TESTS) -> dict[str, list[str]]:
    """ID to the files of the tests that name it."""
    found: dict[str, list[str]] = {}
    for file in sorted(directory.rglob("*.py")):
        for identifier in _python_rows(file.read_text()):
            found.setdefault(identifier, []).append(str(file.relative_to(directory)))
    for file in sorted(directory.rglob("*.cpp")):
        for identifier in _TAG.findall(file.read_text()):
            found.setdefault(identifier, []).append(str(file.relative_to(directory)))
    return found


def _python_rows(source: str) -> list[str]:
    """The arguments of decorators `row(...)` or `pytest.mark.row(...)`."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            for call in node.decorator_list:
                if isinstance(call, ast.Call) and ast.unparse(call.func).split(".")[-1] == "row":
                    found += [str(a.value) for a in call.args if isinstance(a, ast.Constant)]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="print every row with its tests")
    options = parser.parse_args()
    wanted, have = rows(), named()
    for identifier, sentence in wanted.items():
        if options.all or identifier not in have:
            print(f"{identifier:11} {sentence}" + (f"  [{', '.join(sorted(set(have.get(identifier, []))))}]"
                                                   if options.all else ""))
    unknown = sorted(set(have) - set(wanted))
    for identifier in unknown:
        print(f"{identifier:11} is named by {', '.join(have[identifier])} but is no row")
    missing = len(set(wanted) - set(have))
    print(f"{len(wanted) - missing} of {len(wanted)} rows have a test", file=sys.stderr)
    return 1 if missing or unknown else 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: Apache-2.0
"""What is said about a case that broke: what failed, who called it, what the gateway wrote, and how to repeat it."""
import subprocess
from dataclasses import dataclass
from pathlib import Path

from inject.page import Fault

_LOG_LINES = 12
_NAME_LENGTH = 200


@dataclass(frozen=True)
class Hit:
    """A call that failed, in the shim's words, and the functions that it came from."""

    words: str
    names: list[str]


@dataclass(frozen=True)
class Failure:
    """As it leaves the process that tried it."""

    fault: Fault
    reason: str
    hits: list[Hit]
    log: str

    def __str__(self) -> str:
        said = [f"FAILED {self.fault}: {self.reason}"]
        for hit in self.hits:
            said += [f"  {hit.words}", *(f"    {name[:_NAME_LENGTH]}" for name in hit.names)]
        written = [line[:400] for line in self.log.strip().splitlines()[-_LOG_LINES:]]
        return "\n".join([*said, "  the gateway's log:", *(f"    {line}" for line in written),
                          f"  again: ./dev test --inject {self.fault}"])


def read_hits(file: Path) -> list[Hit]:
    """The shim's file, with names for addresses."""
    hits: list[Hit] = []
    for line in file.read_text().splitlines() if file.exists() else []:
        program, _, offset = line.strip().rpartition(" ")
        if not line.startswith(" "):
            hits.append(Hit(line, []))
        elif "postbell_inject" not in program:
            hits[-1].names.append(_name(program, offset))
    return hits


def _name(program: str, offset: str) -> str:
    done = subprocess.run(["addr2line", "-f", "-C", "-p", "-e", program, offset], capture_output=True, text=True,
                          check=False)
    name = done.stdout.strip().partition(" at ??")[0]
    return f"{Path(program).name} {name if name and not name.startswith('??') else offset}"

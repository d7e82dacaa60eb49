# SPDX-License-Identifier: Apache-2.0
"""The postbell command."""
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("POSTBELL_BUILD", REPOSITORY / "build" / "release")).resolve()
BINARY = BUILD / "bin" / "postbell"
PLUGINS = BUILD / "lib" / "postbell" / "plugins"


@dataclass(frozen=True)
class CliResult:
    """How a command ended and what it said."""

    command: str
    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """Standard output of a command with --json."""
        return json.loads(self.stdout)

    @property
    def error(self) -> str:
        """The sentence of a command with --json that failed."""
        return str(self.json["error"]["title"])


class CliError(Exception):
    """A command that should have worked did not."""

    def __init__(self, result: CliResult) -> None:
        super().__init__(f"{result.command}: exit {result.code}\n{result.stdout}{result.stderr}")
        self.result = result


def postbell(*arguments: str | Path, check: bool = True, timeout: float = 30.0,
             environment: dict[str, str] | None = None) -> CliResult:
    """Runs a command to its end."""
    command = [str(BINARY), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False,
                          stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})})
    result = CliResult(" ".join(["postbell", *command[1:]]), done.returncode, done.stdout, done.stderr)
    if check and result.code != 0:
        raise CliError(result)
    return result

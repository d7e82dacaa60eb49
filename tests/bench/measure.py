# SPDX-License-Identifier: Apache-2.0
"""What a measurement comes to, how it is shown, and on what machine it was made."""
import json
import os
import platform
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Line:
    """One line of the table. With `beside`, what matters is the ratio, taken in each round and then the median; a
    figure alone says something only on the machine that it was measured on."""

    what: str
    ours: float
    unit: str
    beside: str = ""               # what it is held against
    beside_value: float | None = None
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    at_least: float | None = None  # of the ratio, or of `ours` where there is none
    at_most: float | None = None
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        """Nothing: no number is to be reached here."""
        value = self.ours if self.ratio is None else self.ratio
        if self.at_least is not None:
            return value >= self.at_least
        return value <= self.at_most if self.at_most is not None else None


def against(what: str, unit: str, ours: Sequence[float], beside: str, theirs: Sequence[float], **more: Any) -> Line:
    """Both were measured once in each round, one after the other."""
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    return Line(what, statistics.median(ours), unit, beside, statistics.median(theirs), statistics.median(ratios),
                min(ratios), max(ratios), **more)


def percentile(values: Sequence[float], part: float) -> float:
    """Of values in any order."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def machine(directory: Path) -> dict[str, Any]:
    """What the figures depend on."""
    info = Path("/proc/cpuinfo").read_text()
    model = next((line.split(":", 1)[1].strip() for line in info.splitlines() if line.startswith("model name")), "")
    memory = next(int(line.split()[1]) for line in Path("/proc/meminfo").read_text().splitlines()
                  if line.startswith("MemTotal"))
    disk = subprocess.run(["stat", "-f", "-c", "%T", directory], capture_output=True, text=True, check=False)
    return {"cpu": model or platform.machine(), "cpus": os.cpu_count(), "memory_mb": memory // 1024,
            "kernel": platform.release(), "file_system": disk.stdout.strip(),
            "load_before": round(os.getloadavg()[0], 2)}


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.2f}".rstrip("0").rstrip(".")


def _cells(line: Line) -> list[str]:
    goal = ""
    if line.at_least is not None:
        goal = f"≥ {_number(line.at_least)}"
    elif line.at_most is not None:
        goal = f"≤ {_number(line.at_most)}"
    spread = "" if line.low is None or line.high is None else f"{line.low:.2f} to {line.high:.2f}"
    return [line.what, f"{_number(line.ours)} {line.unit}", line.beside, _number(line.beside_value),
            "" if line.ratio is None else f"{line.ratio:.2f}", spread, goal,
            {None: "", True: "yes", False: "no"}[line.met]]


def table(lines: Sequence[Line]) -> str:
    """In Markdown, aligned, so that it can be read here and put into a page."""
    rows = [["what", "ours", "beside", "it has", "ratio", "in rounds", "goal", "met"], *map(_cells, lines)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    rows.insert(1, ["-" * width for width in widths])
    return "\n".join("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
                     for row in rows)


def as_json(about: dict[str, Any], lines: Sequence[Line]) -> str:
    """Everything, for programs."""
    return json.dumps({**about, "lines": [{**asdict(line), "met": line.met} for line in lines]}, indent=1) + "\n"

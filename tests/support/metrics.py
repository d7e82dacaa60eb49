# SPDX-License-Identifier: Apache-2.0
"""Prometheus' text format, as far as tests read it."""
import re

_SAMPLE = re.compile(r"^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: \d+)?$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class Metrics:
    """One scrape."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.samples: list[tuple[str, dict[str, str], float]] = []
        for line in text.splitlines():
            if line and not line.startswith("#"):
                match = _SAMPLE.match(line)
                if match is None:
                    raise ValueError(f"not a sample: {line!r}")
                self.samples.append((match[1], dict(_LABEL.findall(match[2] or "")), float(match[3])))

    def sum(self, name: str, **labels: str) -> float:
        """The sum over all samples of `name` with these labels; 0 if there is none."""
        return sum(value for sample, has, value in self.samples
                   if sample == name and labels.items() <= has.items())

    def names(self) -> set[str]:
        """Every name."""
        return {sample for sample, _, _ in self.samples}

# SPDX-License-Identifier: Apache-2.0
"""What the terminal shows: one line for each thing that happens, in columns; colour only on a terminal."""
import sys
import threading
import time
from typing import TextIO

_COLOURS = {"phone": "36", "exchange": "33", "gateway": "35", "push": "32", "bad": "31", "dim": "2", "bold": "1"}


class Screen:
    """Thread-safe. Times are seconds since the demo began."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out
        self._colour = out.isatty()
        self._began = time.time()
        self._lock = threading.Lock()

    def heading(self, text: str) -> None:
        """A new part of the story."""
        self._print(f"\n{self._paint('bold', text)}")

    def line(self, kind: str, who: str, what: str, detail: str, at: float | None = None) -> None:
        """Something happened: `at` is time.time(), now when left out."""
        seconds = (at or time.time()) - self._began
        self._print(f"{self._paint('dim', f'{seconds:7.3f} s')}  {who:<20} {self._paint(kind, f'{what:<18}')} {detail}")

    def text(self, text: str = "") -> None:
        """As it is."""
        self._print(text)

    def table(self, rows: list[list[str]]) -> None:
        """The first row is the heading; columns of numbers stand right."""
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        for number, row in enumerate(rows):
            cells = [cell.rjust(width) if _is_number(rows[-1][column]) else cell.ljust(width)
                     for column, (cell, width) in enumerate(zip(row, widths, strict=True))]
            line = "  " + "  ".join(cells).rstrip()
            self._print(self._paint("bold", line) if number == 0 else line)

    def _paint(self, kind: str, text: str) -> str:
        return f"\033[{_COLOURS[kind]}m{text}\033[0m" if self._colour else text

    def _print(self, text: str) -> None:
        with self._lock:
            print(text, file=self._out, flush=True)


def _is_number(cell: str) -> bool:
    return bool(cell) and cell[0].isdigit()

# SPDX-License-Identifier: Apache-2.0
"""The page of memory through which a gateway with the shim is told what fails, and tells what it called."""
import mmap
import struct
import time
from dataclasses import dataclass
from enum import IntEnum, auto
from pathlib import Path

_BYTES = 4096
_WORD = 8
_KIND, _FIRST, _CALLS, _MILLISECONDS, _VARIANT, _TRACED = range(6)  # of the driver
_HITS, _FIRST_HIT, _BEGUN, _COUNTS = range(6, 10)                    # of the shim
_TRACED_CALLS = 1 << 20


class Kind(IntEnum):
    """What can fail: as shim/plan.h has it, where 0 is the first. The last two are troubles of the machine: calls of
    several kinds, of which each fails as it does there."""

    OPEN = auto()
    READ = auto()
    WRITE = auto()
    RECEIVE = auto()
    SEND = auto()
    SYNC = auto()
    FILE = auto()
    SOCKET = auto()
    CONNECT = auto()
    ACCEPT = auto()
    LOOKUP = auto()
    WAIT = auto()
    THREAD = auto()
    TLS = auto()
    LIBRARY = auto()
    NEW = auto()
    SQLITE = auto()
    DISK = auto()
    DESCRIPTORS = auto()


@dataclass(frozen=True)
class Fault:
    """The call `first` of `kind` fails, and those after it: `calls` in all, none later than `milliseconds` (0: none is
    too late) after the first. `variant` says with which of a call's errors."""

    kind: Kind
    first: int
    calls: int = 1
    milliseconds: int = 0
    variant: int = 0

    def __str__(self) -> str:
        return f"{self.kind.name.lower()}:{self.first}:{self.calls}:{self.milliseconds}:{self.variant}"

    @staticmethod
    def parse(text: str) -> "Fault":
        """The other way round; what follows the number may be left out."""
        kind, first, *more = text.split(":")
        return Fault(Kind[kind.upper()], int(first), *map(int, more))


class Page:
    """A file that both map."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.hits_file, self._traces_file = Path(f"{file}.hits"), Path(f"{file}.traces")
        file.write_bytes(bytes(_BYTES))
        with file.open("r+b") as opened:
            self._memory = mmap.mmap(opened.fileno(), _BYTES)

    def clear(self) -> None:
        """Nothing fails, nothing was counted."""
        self._memory[:] = bytes(_BYTES)
        self.hits_file.unlink(missing_ok=True)

    def plan(self, fault: Fault) -> None:
        """Before the gateway starts."""
        for index, value in ((_FIRST, fault.first), (_CALLS, fault.calls), (_MILLISECONDS, fault.milliseconds),
                             (_VARIANT, fault.variant), (_KIND, fault.kind)):
            self._put(index, value)

    def trace(self, kind: Kind) -> None:
        """Before the gateway starts: its calls of this kind are told apart by their stacks."""
        self._traces_file.write_bytes(b"")
        with self._traces_file.open("r+b") as file:
            file.truncate(_TRACED_CALLS * _WORD)
        self._put(_TRACED, kind)

    def first_of_each_stack(self) -> list[int]:
        """The numbers of calls of the traced kind, one for each stack."""
        content = self._traces_file.read_bytes()
        self._traces_file.unlink()
        seen: dict[int, int] = {}
        for number in range(1, min(self.counts()[Kind(self._get(_TRACED))] + 1, _TRACED_CALLS)):
            seen.setdefault(struct.unpack_from("<Q", content, number * _WORD)[0], number)
        return sorted(seen.values())

    def end(self) -> None:
        """Nothing fails any more."""
        self._put(_KIND, 0)

    @property
    def hits(self) -> int:
        """How many calls failed."""
        return self._get(_HITS)

    @property
    def over(self) -> bool:
        """The fault came and is past, or was ended."""
        if self._get(_KIND) == 0 or self.hits >= self._get(_CALLS):
            return True
        return self._get(_MILLISECONDS) > 0 and self.hits > 0 and self.milliseconds_left == 0

    @property
    def milliseconds_left(self) -> int:
        """Of a stretch in time that has begun."""
        until = self._get(_FIRST_HIT) + self._get(_MILLISECONDS)
        return max(0, until - int(time.monotonic() * 1000))

    @property
    def loaded(self) -> bool:
        """The shim found main, and counts the same kinds as we do."""
        names = self._memory[(_COUNTS + len(Kind)) * _WORD:].split(b"\0")[0].decode().split()
        return self._get(_BEGUN) == 1 and [kind.name.lower() for kind in Kind] == names

    def counts(self) -> dict[Kind, int]:
        """Calls of each kind, from main on."""
        return {kind: self._get(_COUNTS + kind - 1) for kind in Kind}

    def _get(self, index: int) -> int:
        return int(struct.unpack_from("<Q", self._memory, index * _WORD)[0])

    def _put(self, index: int, value: int) -> None:
        struct.pack_into("<Q", self._memory, index * _WORD, value)

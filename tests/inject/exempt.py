# SPDX-License-Identifier: Apache-2.0
"""The call whose failure ends the process inside code that is not ours, and that no code of ours could keep from it.

valijson reads a plugin's own schema, at the start alone. Its constraints keep their parts in containers whose allocator
(CustomAllocator, valijson/internal/custom_allocator.hpp) asks `operator new(size, std::nothrow)` and hands the null pointer
to the container, which writes there. The parser makes the constraints itself, with that allocator."""
import signal

from inject.failure import Hit

_PLACE = "valijson::"
_INNERMOST = 3


def excuses(exit_code: int, hits: list[Hit]) -> bool:
    """Of a start that ended so."""
    return exit_code == -signal.SIGSEGV and any(
        name.partition(" ")[2].startswith(_PLACE) for hit in hits for name in hit.names[:_INNERMOST])

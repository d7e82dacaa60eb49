# SPDX-License-Identifier: Apache-2.0
"""The start of a case's gateway: it may fail, if it says why, and the next one works."""
import time

from inject.exempt import excuses
from inject.failure import read_hits
from inject.people import Broken
from inject.stand import Stand

_AFTER_READY = 0.3  # what is left of the start once /readyz answers


class Start:
    """One."""

    def __init__(self, stand: Stand, patience: float) -> None:
        self._gateway, self._page, self._stand, self._patience = stand.gateway, stand.page, stand, patience
        self._ready_since = 0.0

    def succeeds(self) -> bool:
        """False: it ended with a sentence because of the fault, and the next start worked. Raises Broken."""
        self._gateway.start(wait=False)
        deadline = time.monotonic() + self._patience
        while self._gateway.running and not self._has_started():
            if time.monotonic() > deadline:
                raise Broken("it neither serves nor ends")
            time.sleep(0.004)
        if self._gateway.running:
            return True
        self._check_end()
        self._page.end()
        self._stand.without_shim()
        self._gateway.start(wait=False)
        while not self._has_started():
            if not self._gateway.running or time.monotonic() > deadline:
                raise Broken("the start after it fails")
            time.sleep(0.004)
        return False

    def _has_started(self) -> bool:
        """It is ready, and has said so, unless the fault took that line of its log."""
        if self._gateway.admin_get("/readyz")[0] != 200:
            return False
        self._ready_since = self._ready_since or time.monotonic()
        lost = self._page.hits > 0 and time.monotonic() - self._ready_since > _AFTER_READY
        return lost or " ready version=" in self._gateway.log()

    def _check_end(self) -> None:
        said, code = self._gateway.log().strip().splitlines(), self._gateway.exit_code
        if self._page.hits == 0:
            raise Broken(f"it ended with {code} though nothing failed")
        if code is not None and excuses(code, read_hits(self._page.hits_file)):
            return
        if code not in (1, 2):
            raise Broken(f"its start ended with {code}")
        if not said or not said[-1].startswith("postbell: "):
            raise Broken(f"its start ended with {code}, and no sentence says why")

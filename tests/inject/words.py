# SPDX-License-Identifier: Apache-2.0
"""Where a gateway says that it is in trouble, while it is. README.md says which trouble is told where, and why."""
import re
import time

from support.gateway import Gateway
from support.metrics import Metrics

from inject.page import Kind

# What the store cannot do is what /readyz is about.
IN_READINESS = (Kind.READ, Kind.WRITE, Kind.SYNC, Kind.FILE, Kind.SQLITE, Kind.DISK)
# Of the others, /readyz says nothing, or cannot be asked: an alarm, or the log.
ELSEWHERE = (Kind.OPEN, Kind.SOCKET, Kind.CONNECT, Kind.ACCEPT, Kind.LOOKUP, Kind.TLS, Kind.DESCRIPTORS)

# Gauges by which docs/operations.md has an admin alarmed.
_ALARMS_AT_ONE = ("postbell_origin_failing", "postbell_authorization_failing", "postbell_managed_authorization_failing",
                  "postbell_log_failing", "postbell_loop_hanging", "postbell_unopened_rows")
_ALARMS_AT_ZERO = ("postbell_credential_usable",)
# A machine may have fewer descriptors than the default of max_connections needs: that is no trouble of a case.
_COMPLAINT = re.compile(r"^\S+Z (?:warning|error) (?!the limit of open files)", re.MULTILINE)
_SECONDS = 0.2  # that a trouble lasts before it must be said


def alarms(gateway: Gateway) -> list[str]:
    """The gauges that raise one now; none, if nobody answers."""
    status, text = gateway.admin_get("/metrics")
    samples = Metrics(text).samples if status == 200 else []
    return sorted({name for name, _, value in samples
                   if (name in _ALARMS_AT_ONE and value > 0) or (name in _ALARMS_AT_ZERO and value == 0)})


class Witness:
    """Of one trouble that lasts: was it felt, and was it said?"""

    def __init__(self, gateway: Gateway, kind: Kind) -> None:
        self._gateway, self._kind = gateway, kind
        self._first = self._last = 0.0
        self._said = False

    def feel(self) -> None:
        """A call is refused, or a push does not come, and the trouble lasts."""
        self._last = time.monotonic()
        self._first = self._first or self._last
        self._said = self._said or self._hears()

    @property
    def felt(self) -> bool:
        """It lasted long enough to be said."""
        return self._last - self._first >= _SECONDS

    def silence(self) -> str:
        """What the gateway kept to itself; "" if it said what it had to."""
        if self._said or not self.felt:
            return ""
        where = "/readyz said that all is well" if self._kind in IN_READINESS else "neither an alarm nor the log said why"
        return f"for {self._last - self._first:.1f} s it did not do its work, and {where}"

    def _hears(self) -> bool:
        if self._kind in IN_READINESS:
            return self._gateway.admin_get("/readyz")[0] == 503
        return _COMPLAINT.search(self._gateway.log()) is not None or bool(alarms(self._gateway))

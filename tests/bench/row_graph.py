# SPDX-License-Identifier: Apache-2.0
"""The whole way from Microsoft Graph to APNs."""
from . import messages
from .measure import Line
from .row_whole_way import whole_way
from .run import Run
from .stack import Way


def lines(run: Run) -> list[Line]:
    """Plain HTTP."""
    way = Way("graph-apns", "office365", messages.graph, 202, "")
    return whole_way(run, run.stack(way=way), "Graph to APNs")

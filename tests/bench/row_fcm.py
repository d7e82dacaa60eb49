# SPDX-License-Identifier: Apache-2.0
"""The whole way from Exchange to Android phones, through FCM."""
from dataclasses import replace

from .measure import Line
from .row_whole_way import whole_way
from .run import Run
from .stack import EXCHANGE_TO_APNS


def lines(run: Run) -> list[Line]:
    """Plain HTTP."""
    way = replace(EXCHANGE_TO_APNS, name="exchange-fcm", through_fcm=True)
    return whole_way(run, run.stack(way=way), "Exchange to FCM")

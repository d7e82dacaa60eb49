# SPDX-License-Identifier: Apache-2.0
"""A Microsoft Exchange Server as far as push notifications go. See simulator.py."""
from .clock import SimulatedClock
from .envelope import Style
from .record import Delivery, Record
from .simulator import ExchangeSimulator

__all__ = ["Delivery", "ExchangeSimulator", "Record", "SimulatedClock", "Style"]

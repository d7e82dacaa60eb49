# SPDX-License-Identifier: Apache-2.0
"""Microsoft Graph and its login, as far as mail notifications go. See simulator.py."""
from .directory import AppRegistration, Tenant
from .faults import Fault
from .mailbox import Mailbox
from .notification import Style
from .record import Call, Delivery, Record
from .simulator import GraphSimulator

__all__ = ["AppRegistration", "Call", "Delivery", "Fault", "GraphSimulator", "Mailbox", "Record", "Style", "Tenant"]

# SPDX-License-Identifier: Apache-2.0
"""A phone with a mail app: registers, subscribes at its mail server, reports, checks. See phone.py."""
from .api import ApiError, RegistrationApi
from .ews_client import EwsClient, EwsError
from .graph_client import GraphClient, GraphError
from .imap_client import ImapClient
from .phone import Account, AndroidPhone, Phone

__all__ = ["Account", "AndroidPhone", "ApiError", "EwsClient", "EwsError", "GraphClient", "GraphError", "ImapClient",
           "Phone", "RegistrationApi"]

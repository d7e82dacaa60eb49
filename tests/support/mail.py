# SPDX-License-Identifier: Apache-2.0
"""Events of an account's inbox, posted to its callback as its Exchange would."""
from simulators.exchange.mailbox import Event
from simulators.phone import Account

from . import listener
from .listener import folder_changed, new_mail


def notify(account: Account, *events: Event, subscription_id: str = "") -> str:
    """Posts these events; the verdict."""
    return listener.notify(str(account.callbacks["ews"]["url"]), subscription_id or account.subscription_id,
                           list(events))


def mail(account: Account, unread: int | None) -> str:
    """New mail in the inbox, with the count or without."""
    return notify(account, *new_mail(folder=account.folder_id), folder_changed(unread, account.folder_id))


def read(account: Account, unread: int | None) -> str:
    """The count of the inbox changed."""
    return notify(account, folder_changed(unread, account.folder_id))

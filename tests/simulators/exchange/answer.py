# SPDX-License-Identifier: Apache-2.0
"""What Exchange makes of a listener's answer: a SendNotificationResult to the letter, or no answer at all."""
import xml.etree.ElementTree as ElementTree

from . import names


class BadAnswer(Exception):
    """The answer counts as none. The text says why."""


def subscription_status(http_status: int, content_type: str, body: bytes) -> str:
    """"OK" or "Unsubscribe". Raises BadAnswer for everything else."""
    if http_status != 200:
        raise BadAnswer(f"HTTP {http_status}")
    if content_type.split(";")[0].strip().lower() != "text/xml":
        raise BadAnswer(f"Content-Type {content_type!r}, not text/xml")
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError as problem:
        raise BadAnswer(f"not XML: {problem}") from problem
    if root.tag != names.soap("Envelope"):
        raise BadAnswer(f"the root is {root.tag}, not a SOAP 1.1 Envelope")
    results = root.findall(f"{names.soap('Body')}/{names.messages('SendNotificationResult')}")
    if len(results) != 1 or len(list(root.find(names.soap("Body")) or [])) != 1:
        raise BadAnswer("the Body does not hold one SendNotificationResult")
    children = list(results[0])
    if len(children) != 1 or children[0].tag != names.messages("SubscriptionStatus"):
        raise BadAnswer("SendNotificationResult does not hold one SubscriptionStatus")
    status = children[0].text or ""
    if status not in ("OK", "Unsubscribe"):  # SubscriptionStatusType in messages.xsd: exactly these
        raise BadAnswer(f"SubscriptionStatus is {status!r}")
    return status

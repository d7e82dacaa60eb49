# SPDX-License-Identifier: Apache-2.0
"""Does a notification URL want what it will be sent? Asked while the client waits for its subscription."""
import http.client
import uuid
from urllib.parse import quote_plus

from .clock import GraphClock
from .errors import GraphError
from .record import Record
from .transport import Transport

SECONDS = 10.0  # real: to answer


def _refusal(text: str) -> GraphError:
    return GraphError(400, "InvalidRequest", f"Subscription validation request failed. {text}")


def shake_hands(url: str, transport: Transport, record: Record, clock: GraphClock, timeout: float) -> None:
    """Raises GraphError if the answer is not the token, as plain text, with 200, in time."""
    token = f"Validation: Testing client application reachability for subscription Request-Id: {uuid.uuid4()}"
    encoded = quote_plus(token).replace("%3A", "%3a")  # as captured: + is a blank, hex digits are lower case
    asked = f"{url}{'&' if '?' in url else '?'}validationToken={encoded}"
    delivery = record.add(kind="handshake", url=url, attempt=1, simulated_at=clock.now())
    try:
        answer = transport.post(asked, {"Content-Type": "text/plain; charset=utf-8", "Accept": "text/plain",
                                        "Content-Length": "0"}, b"", timeout)
    except (OSError, http.client.HTTPException) as problem:
        record.answered(delivery, None, str(problem) or type(problem).__name__)
        raise _refusal("Validation request timed out." if isinstance(problem, TimeoutError)
                       else f"Notification endpoint cannot be reached: {problem}") from problem
    refusal = None
    if answer.status != 200:
        refusal = _refusal("Notification endpoint must respond with 200 OK to validation request.")
    elif answer.content_type.split(";")[0].strip().lower() != "text/plain":
        refusal = _refusal(f"Content type must be text/plain, not {answer.content_type!r}.")
    elif answer.body != token.encode():
        refusal = _refusal("Response must exactly match validationToken query parameter.")
    record.answered(delivery, answer.status, refusal.message if refusal else "")
    if refusal:
        raise refusal

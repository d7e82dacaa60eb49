# SPDX-License-Identifier: Apache-2.0
"""A burst: very many events for few mailboxes, as fast as they are taken."""
from .measure import Line
from .run import Run
from .stack import flow

MAILBOXES = 1_000


def lines(run: Run) -> list[Line]:
    """Once: what counts is that the newest count of each mailbox went out, in far fewer pushes than events."""
    events = 20_000 if run.quick else 100_000
    seen = flow(run.stack(), MAILBOXES, requests=events)
    named = f"burst of {events:,} events over {MAILBOXES:,} mailboxes"
    return [Line(f"{named}: taken", seen.acknowledged, "events/s"),
            Line(f"{named}: pushes", seen.pushes, "", more={"pushes_per_event": seen.pushes_per_event}),
            Line(f"{named}: empty after the last answer", seen.seconds_to_empty * 1000, "ms")]

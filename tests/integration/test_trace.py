# SPDX-License-Identifier: Apache-2.0
"""One event followed through the log, from the notification to the outcome."""
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from simulators.phone import Account, Phone
from support.listener import post
from support.mail import mail, read
from support.wait import stays, until
from support.world import App, World

UNAVAILABLE = {"type": "answer", "status": 503, "reason": "ServiceUnavailable"}


@pytest.fixture(scope="module")
def debugging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A gateway that logs everything as JSON."""
    with World(tmp_path_factory.mktemp("trace"), more_config='[log]\nlevel = "debug"\nformat = "json"\n') as made:
        yield made


@pytest.fixture
def person(debugging: World) -> tuple[Phone, Account]:
    """A phone with one account, in an app of its own."""
    return debugging.signed_in(debugging.add_app())


def lines(world: World, **fields: Any) -> list[dict[str, Any]]:
    """Lines of the log with these fields, in order."""
    return [line for line in world.gateway.log_records() if fields.items() <= line.items()]


def wait_line(world: World, **fields: Any) -> dict[str, Any]:
    """The first line with these fields."""
    found = until(lambda: lines(world, **fields), 8.0, f"a line with {fields}")
    return found[0]


def messages(world: World, trace: str) -> list[str]:
    """What the log says of a trace."""
    return [line["message"] for line in lines(world, trace=trace)]


@pytest.mark.row("TRACE-1")
def test_one_trace_goes_from_the_notification_over_a_retry_to_the_outcome(debugging: World,
                                                                          person: tuple[Phone, Account]) -> None:
    phone, account = person
    debugging.apns.fault(UNAVAILABLE, token=phone.device_token, times=1)
    mail(account, 1)
    debugging.wait_badge(phone, 1)

    answer = wait_line(debugging, registration=account.registration_id, outcome="delivered")
    trace = answer["trace"]
    assert re.fullmatch("[0-9a-f]{16}", trace)
    assert messages(debugging, trace) == [
        "a notification was read", "a notification is durable", "a push is sent", "a push was answered",
        "a push will be tried again", "a push is sent", "a push was answered"]
    followed = lines(debugging, trace=trace)
    assert followed[0]["backend"] == "ews" and followed[0]["registration"] == account.registration_id
    assert followed[3]["outcome"] == "retry" and followed[3]["status"] == 503
    pushes = debugging.pushes(phone)
    assert [p.apns_id.lower() for p in pushes] == [line["push"] for line in followed if line["message"] == "a push is sent"]


@pytest.mark.row("TRACE-1")
def test_two_events_have_two_traces(debugging: World, person: tuple[Phone, Account]) -> None:
    phone, account = person
    mail(account, 1)
    debugging.wait_badge(phone, 1)
    mail(account, 2)
    debugging.wait_badge(phone, 2)

    until(lambda: len(lines(debugging, registration=account.registration_id, outcome="delivered")) == 2)
    answered = lines(debugging, registration=account.registration_id, outcome="delivered")
    assert len({line["trace"] for line in answered}) == 2


@pytest.mark.row("TRACE-2")
def test_a_merged_event_says_into_which(debugging: World, person: tuple[Phone, Account]) -> None:
    phone, account = person
    for left in (3, 2, 1):
        read(account, left)
    debugging.wait_badge(phone, 1)

    staged = lines(debugging, registration=account.registration_id, message="a notification was read", events=1)
    first, second, last = (line["trace"] for line in staged)
    answer = wait_line(debugging, registration=account.registration_id, outcome="delivered")
    assert answer["trace"] == last, "the last one's trace goes on"
    merged = {line["trace"]: line["into"] for line in debugging.gateway.log_records() if "into" in line}
    assert merged[first] == second and merged[second] == last


@pytest.mark.row("TRACE-2")
def test_what_came_during_a_flight_that_is_tried_again_was_merged(debugging: World,
                                                                  person: tuple[Phone, Account]) -> None:
    phone, account = person
    debugging.apns.fault({**UNAVAILABLE, "delay_ms": 400}, token=phone.device_token, times=1)
    mail(account, 1)
    until(lambda: debugging.apns.arrived(phone.device_token))
    mail(account, 2)
    debugging.wait_badge(phone, 2)

    staged = lines(debugging, registration=account.registration_id, message="a notification was read", events=1)
    first, last = (line["trace"] for line in staged)
    assert wait_line(debugging, registration=account.registration_id, outcome="delivered")["trace"] == last
    assert wait_line(debugging, trace=first, into=last)


@pytest.mark.row("TRACE-3")
def test_a_plugin_that_refuses_a_notification_says_so_under_its_trace(debugging: World,
                                                                      person: tuple[Phone, Account]) -> None:
    _, account = person
    assert post(str(account.callbacks["ews"]["url"]), b"<not xml").status == 400

    read_line = wait_line(debugging, registration=account.registration_id, status=400)
    assert "refused a notification" in messages(debugging, read_line["trace"])


@pytest.mark.row("TRACE-4")
def test_push_test_shows_the_trace_of_its_push(debugging: World, person: tuple[Phone, Account]) -> None:
    _, account = person
    answer = debugging.gateway.push_test(account.registration_id, 7).json

    assert messages(debugging, answer["trace"]) == ["a trial push is sent", "a push was answered"]


@pytest.mark.row("TRACE-5")
def test_a_trace_leaves_neither_for_the_database_nor_for_the_device(debugging: World,
                                                                    person: tuple[Phone, Account]) -> None:
    phone, account = person
    debugging.apns.fault({"type": "hold"}, token=phone.device_token, times=1)
    mail(account, 1)
    trace = wait_line(debugging, registration=account.registration_id, message="a push is sent")["trace"]

    number = int(trace, 16)
    forms = [trace.encode(), number.to_bytes(8, "big"), number.to_bytes(8, "little"), str(number).encode()]
    for file in filter(Path.is_file, debugging.gateway.config.directory.glob("postbell.db*")):
        stored = file.read_bytes()
        assert not any(form in stored for form in forms), file.name
    mail(account, 2)
    debugging.apns.clear_faults()
    assert not any(trace in str(push.payload) for push in debugging.pushes(phone))


@pytest.mark.row("TRACE-6")
def test_what_was_pending_before_a_start_is_followed_from_there(tmp_path: Path) -> None:
    with World(tmp_path, more_config='[log]\nlevel = "debug"\nformat = "json"\n') as world:
        phone, account = world.signed_in(world.add_app())
        world.apns.fault(UNAVAILABLE, token=phone.device_token)
        mail(account, 1)
        before = wait_line(world, registration=account.registration_id, message="a push was answered")["trace"]
        world.gateway.kill()
        world.apns.clear_faults()
        world.start_gateway()
        world.wait_badge(phone, 1)

        after = wait_line(world, registration=account.registration_id, outcome="delivered")["trace"]
        assert after != before and messages(world, after) == ["a push is sent", "a push was answered"]


@pytest.mark.row("TRACE-1")
def test_a_text_log_has_the_trace_too(tmp_path: Path) -> None:
    with World(tmp_path, more_config='[log]\nlevel = "debug"\nformat = "text"\n') as world:
        phone, account = world.signed_in(world.add_app())
        mail(account, 1)
        world.wait_badge(phone, 1)
        until(lambda: "outcome=delivered" in world.gateway.log())

        followed: dict[str, list[str]] = {}
        for line in world.gateway.log().splitlines():
            if found := re.search(" debug (.*?) trace=([0-9a-f]{16}) ", line):
                followed.setdefault(found[2], []).append(found[1])
        assert ["a notification was read", "a notification is durable", "a push is sent",
                "a push was answered"] in followed.values()


@pytest.mark.row("TRACE-7")
def test_at_the_level_info_an_event_leaves_no_line(world: World, app: App, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    world.when(lambda: f"a subscription was reported registration={account.registration_id}" in world.gateway.log())
    before = world.gateway.log()
    for unread in (1, 2, 3):
        mail(account, unread)
        world.wait_badge(phone, unread)

    stays(lambda: world.gateway.log() == before, 0.3, world.gateway.log()[len(before):])

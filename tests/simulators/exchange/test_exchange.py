# SPDX-License-Identifier: Apache-2.0
"""The simulator is what other tests assert against, so it is tested itself."""
import json
import urllib.request
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator

import pytest
from simulators.exchange import ExchangeSimulator
from simulators.exchange.answer import BadAnswer, subscription_status
from simulators.exchange.fake_listener import FakeListener, result
from simulators.exchange.names import messages, types
from simulators.phone import EwsClient, EwsError

ANNA = "anna@example.com"


@pytest.fixture
def listener() -> Iterator[FakeListener]:
    with FakeListener() as fake:
        yield fake


@pytest.fixture
def exchange() -> Iterator[ExchangeSimulator]:
    with ExchangeSimulator(answer_timeout=0.5) as simulator:
        simulator.mailbox(ANNA)
        yield simulator


def client(exchange: ExchangeSimulator, password: str = "password") -> EwsClient:
    return EwsClient(exchange.ews_url, ANNA, password)


def kinds(posted: bytes) -> list[str]:
    notification = next(ElementTree.fromstring(posted).iter(messages("Notification")))
    return [e.tag.split("}")[1] for e in notification if e.tag.endswith("Event")]


def test_the_first_status_event_reaches_the_listener_before_subscribe_is_answered(exchange, listener):
    identifier = client(exchange).subscribe(listener.url)

    assert [kinds(p.body) for p in listener.posted] == [["StatusEvent"]]
    assert listener.posted[0].path == "/ews/token?r=1"
    assert listener.posted[0].headers["soapaction"] == (
        "http://schemas.microsoft.com/exchange/services/2006/messages/SendNotification")
    assert next(ElementTree.fromstring(listener.posted[0].body).iter(types("SubscriptionId"))).text == identifier


def test_new_mail_makes_one_notification_with_three_events_and_the_unread_count(exchange, listener):
    client(exchange).subscribe(listener.url)

    exchange.mailbox(ANNA).deliver()

    exchange.record.wait(lambda all_: len(all_) == 2 and all_[1].acknowledged)
    assert kinds(listener.posted[1].body) == ["CreatedEvent", "NewMailEvent", "ModifiedEvent"]
    assert exchange.record.deliveries(ANNA)[1].unread == 1
    assert exchange.record.last_acknowledged_unread(ANNA) == 1
    assert exchange.subscriptions(ANNA)[0].watermark == exchange.record.deliveries()[1].watermark


def test_watermarks_form_a_chain(exchange, listener):
    client(exchange).subscribe(listener.url)
    for count in range(1, 4):
        exchange.mailbox(ANNA).deliver()
        exchange.record.wait(lambda all_, count=count: len([d for d in all_ if d.acknowledged]) == count + 1)

    texts = [ElementTree.fromstring(p.body) for p in listener.posted]
    previous = [next(t.iter(types("PreviousWatermark"))).text for t in texts]
    last = [list(t.iter(types("Watermark")))[-1].text for t in texts]
    assert previous[1:] == last[:-1]


def test_what_happens_while_a_notification_is_under_way_follows_together_and_in_order(exchange, listener):
    client(exchange).subscribe(listener.url)
    exchange.hold(True)
    exchange.mailbox(ANNA).deliver(count=3)
    exchange.hold(False)

    exchange.record.wait(lambda all_: len(all_) == 2 and all_[1].acknowledged)
    assert kinds(listener.posted[1].body) == ["CreatedEvent", "NewMailEvent", "ModifiedEvent"] * 3
    assert exchange.record.deliveries()[1].unread == 3


def test_more_than_a_batch_of_events_is_split_with_more_events(exchange, listener):
    exchange.configure(batch_size=4)
    client(exchange).subscribe(listener.url)
    exchange.hold(True)
    exchange.mailbox(ANNA).deliver(count=3)
    exchange.hold(False)

    exchange.record.wait(lambda all_: len(all_) == 4 and all_[3].acknowledged)
    assert [d.more_events for d in exchange.record.deliveries()[1:]] == [True, True, False]


def test_reading_on_the_desktop_modifies_the_item_and_its_folder(exchange, listener):
    exchange.mailbox(ANNA).deliver(count=2)
    client(exchange).subscribe(listener.url)

    exchange.mailbox(ANNA).read(1)

    exchange.record.wait(lambda all_: len(all_) == 2)
    assert exchange.record.deliveries()[1].events == ["ModifiedEvent", "ModifiedEvent"]
    assert exchange.record.deliveries()[1].unread == 1


def test_another_folder_is_not_the_inbox_s_business(exchange, listener):
    client(exchange).subscribe(listener.url)
    exchange.mailbox(ANNA).deliver("junkemail")
    exchange.mailbox(ANNA).deliver("inbox")

    exchange.record.wait(lambda all_: len(all_) == 2)
    assert exchange.record.deliveries()[1].new_mail


def test_a_server_that_leaves_the_unread_count_out_records_none(exchange, listener):
    exchange.configure(unread_count=False)
    client(exchange).subscribe(listener.url)
    exchange.mailbox(ANNA).deliver()

    exchange.record.wait(lambda all_: len(all_) == 2 and all_[1].acknowledged)
    assert b"UnreadCount" not in listener.posted[1].body
    assert exchange.record.deliveries()[1].unread is None


@pytest.mark.parametrize("style", [
    {"encoding": "utf-16"}, {"encoding": "utf-16-be"}, {"byte_order_mark": True}, {"prefix": ""}, {"prefix": "s"},
    {"types_prefix": "typ", "messages_prefix": "msg"}, {"declaration": False}, {"expect_continue": True},
    {"chunked": True}, {"quoted_action": True}, {"change_keys": False}, {"charset": False}])
def test_every_way_of_writing_is_the_same_notification(exchange, listener, style):
    exchange.configure(**style)
    client(exchange).subscribe(listener.url)
    exchange.mailbox(ANNA).deliver()

    exchange.record.wait(lambda all_: len(all_) == 2 and all_[1].acknowledged)
    assert kinds(listener.posted[1].body) == ["CreatedEvent", "NewMailEvent", "ModifiedEvent"]


def test_an_idle_subscription_is_told_so_every_status_frequency_minutes(listener):
    with ExchangeSimulator(speed=600) as exchange:  # a minute is 0.1 s
        exchange.mailbox(ANNA)
        client(exchange).subscribe(listener.url, status_frequency=2)

        deliveries = exchange.record.wait(lambda all_: len(all_) >= 3)

    gaps = [b.simulated_at - a.simulated_at for a, b in zip(deliveries, deliveries[1:], strict=False)]
    assert all(120 <= gap < 160 for gap in gaps[:2])


def test_retries_double_from_thirty_seconds_and_end_beyond_status_frequency(listener):
    with ExchangeSimulator(speed=600) as exchange:
        exchange.mailbox(ANNA)
        client(exchange).subscribe(listener.url, status_frequency=3)
        listener.answer = (503, b"")

        exchange.mailbox(ANNA).deliver()
        exchange.record.wait(lambda all_: len(all_) == 5)
        exchange.subscriptions(ANNA)[0].join(5)

    assert exchange.subscriptions(ANNA)[0].state == "given up"
    tries = exchange.record.deliveries(kind="events")
    gaps = [b.simulated_at - a.simulated_at for a, b in zip(tries, tries[1:], strict=False)]
    assert [d.attempt for d in tries] == [1, 2, 3, 4]
    assert all(planned <= gap < planned + 30 for planned, gap in zip((30, 60, 120), gaps, strict=True))
    assert {d.problem for d in tries} == {"HTTP 503"}


def test_a_retry_repeats_the_same_bytes_and_later_events_wait_behind_it(listener):
    with ExchangeSimulator(speed=600) as exchange:
        exchange.mailbox(ANNA)
        client(exchange).subscribe(listener.url, status_frequency=30)
        listener.answer = (500, b"")
        exchange.mailbox(ANNA).deliver()
        exchange.record.wait(lambda all_: len(all_) == 2 and all_[1].problem)
        exchange.mailbox(ANNA).deliver()
        listener.answer = (200, result("OK"))

        exchange.record.wait(lambda all_: len(all_) == 4 and all_[3].acknowledged)

    assert listener.posted[1].body == listener.posted[2].body
    assert [d.unread for d in exchange.record.deliveries(kind="events")] == [1, 1, 2]


def test_unsubscribe_ends_the_subscription(exchange, listener):
    client(exchange).subscribe(listener.url)
    listener.answer = (200, result("Unsubscribe"))

    exchange.mailbox(ANNA).deliver()
    exchange.record.wait(lambda all_: len(all_) == 2 and all_[1].acknowledged)
    exchange.mailbox(ANNA).deliver()
    exchange.subscriptions(ANNA)[0].join(5)

    assert exchange.subscriptions(ANNA)[0].state == "unsubscribed"
    assert len(exchange.record.deliveries()) == 2


def test_a_listener_that_is_slow_or_away_does_not_fail_subscribe(exchange, listener):
    listener.delay = 1.0
    slow = client(exchange).subscribe(listener.url)
    away = client(exchange).subscribe("http://127.0.0.1:1/away")

    assert slow and away
    assert [d.answer for d in exchange.record.deliveries()] == [None, None]
    assert "timed out" in exchange.record.deliveries()[0].problem


def test_an_error_notification_carries_its_id_in_message_xml_and_ends_the_subscription(exchange, listener):
    identifier = client(exchange).subscribe(listener.url)

    exchange.break_subscriptions(ANNA)

    exchange.record.wait(lambda all_: len(all_) == 2 and all_[1].acknowledged)
    exchange.subscription(identifier).join(5)
    root = ElementTree.fromstring(listener.posted[1].body)
    assert list(root.iter(messages("Notification"))) == []
    assert next(root.iter(types("Value"))).text == identifier
    assert exchange.subscription(identifier).state == "broken"


def test_connections_to_the_listener_are_kept(exchange, listener):
    client(exchange).subscribe(listener.url)
    for count in range(5):
        exchange.mailbox(ANNA).deliver()
        exchange.record.wait(lambda all_, count=count: len([d for d in all_ if d.acknowledged]) == count + 2)

    assert len({p.connection for p in listener.posted}) == 1


@pytest.mark.parametrize("url", ["", "ftp://host/x", "http://", "no url", "http://host/" + "x" * 2100, "http://h:99999/"])
def test_a_bad_listener_url_is_refused(exchange, url):
    with pytest.raises(EwsError, match="ErrorInvalidPushSubscriptionUrl"):
        client(exchange).subscribe(url)


@pytest.mark.parametrize("minutes", [0, -1, 1441])
def test_a_status_frequency_outside_the_schema_is_refused(exchange, listener, minutes):
    with pytest.raises(EwsError, match="StatusFrequency"):
        client(exchange).subscribe(listener.url, status_frequency=minutes)


@pytest.mark.parametrize("event_types", [(), ("StatusEvent",), ("Nonsense",)])
def test_event_types_outside_the_schema_are_refused(exchange, listener, event_types):
    with pytest.raises(EwsError, match="EventTypes"):
        client(exchange).subscribe(listener.url, event_types=event_types)


def test_a_push_subscription_cannot_be_ended_by_the_client(exchange, listener):
    identifier = client(exchange).subscribe(listener.url)

    with pytest.raises(EwsError, match="ErrorInvalidPullSubscriptionId"):
        client(exchange).unsubscribe(identifier)
    with pytest.raises(EwsError, match="ErrorSubscriptionNotFound"):
        client(exchange).unsubscribe("unknown")


def test_get_folder_counts_the_inbox(exchange):
    exchange.mailbox(ANNA).deliver(count=3)
    exchange.mailbox(ANNA).read(1)

    assert client(exchange).inbox() == (exchange.mailbox(ANNA).folders["inbox"].id, 2)


def test_a_wrong_password_is_refused(exchange):
    with pytest.raises(EwsError, match="401"):
        client(exchange, "wrong").inbox()


@pytest.mark.parametrize("status,content_type,body", [
    (201, "text/xml", result("OK")), (200, "application/json", result("OK")), (200, "text/xml", b""),
    (200, "text/xml", b"<x/>"), (200, "text/xml", result("UNSUBSCRIBE")), (200, "text/xml", result(" OK")),
    (200, "text/xml", result("OK").replace(b"SendNotificationResult", b"SendNotificationResponse")),
    (200, "text/xml", result("OK").replace(b"exchange/services", b"other/services"))])
def test_an_answer_that_is_not_a_result_to_the_letter_is_no_answer(status, content_type, body):
    with pytest.raises(BadAnswer):
        subscription_status(status, content_type, body)


def test_the_control_api_delivers_reads_and_shows_the_record(exchange, listener):
    def post(path: str, **arguments: object) -> dict:
        request = urllib.request.Request(exchange.url + path, json.dumps(arguments).encode(), method="POST")
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    client(exchange).subscribe(listener.url)
    assert post(f"/control/mailboxes/{ANNA}/deliver", count=2)["unread"] == 2
    assert post(f"/control/mailboxes/{ANNA}/read")["unread"] == 0
    exchange.record.wait(lambda all_: all_[-1].unread == 0 and all_[-1].acknowledged)
    with urllib.request.urlopen(exchange.url + "/control/record") as answer:
        assert json.load(answer)["deliveries"][-1]["answer"] == "OK"

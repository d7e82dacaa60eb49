# SPDX-License-Identifier: Apache-2.0
"""State, not a queue: what many events become."""
import time

import pytest
from simulators.phone import Account, Phone
from support.listener import folder_changed, new_mail
from support.mail import mail, notify, read
from support.wait import stays
from support.world import World


@pytest.mark.row("MERGE-1")
def test_a_burst_is_few_pushes_and_the_last_has_the_last_count(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    world.apns.fault({"type": "delay", "delay_ms": 100}, token=phone.device_token)
    world.exchange.mailbox(account.address).deliver(count=40)

    world.wait_badge(phone, 40)

    assert len(world.pushes(phone)) <= 12


@pytest.mark.row("MERGE-2")
def test_ten_mails_read_one_after_another_are_one_push(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    for left in range(9, -1, -1):
        read(account, left)
        time.sleep(0.05)

    world.wait_badge(phone, 0)
    stays(lambda: len(world.pushes(phone)) == 1, 0.5)


@pytest.mark.row("MERGE-3")
def test_new_mail_does_not_wait(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    read(account, 1)
    began = time.time()
    mail(account, 2)

    push = world.wait_push(phone)

    assert push.received_at - began < 1.0, "the quiet delay of 2 s is for changed counts only"
    assert push.badge == 2


@pytest.mark.row("MERGE-4")
def test_a_mail_that_is_read_before_its_push_left_still_rings(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    world.apns.fault({"type": "answer", "status": 503, "reason": "ServiceUnavailable"}, token=phone.device_token,
                     times=1)
    mail(account, 1)
    world.wait_push(phone)
    read(account, 0)

    push = world.wait_badge(phone, 0)
    assert push.about["event"] == "new_mail"


@pytest.mark.row("MERGE-5")
def test_an_event_of_unknown_count_makes_the_count_unknown(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    read(account, 5)
    read(account, None)

    push = world.wait_push(phone)
    assert push.badge is None and "unread" not in push.about


@pytest.mark.row("MERGE-6")
def test_one_push_at_a_time_for_a_device_and_never_an_older_count_later(world: World,
                                                                       signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    world.apns.fault({"type": "delay", "delay_ms": 60}, token=phone.device_token)
    for count in range(1, 31):
        mail(account, count)
        time.sleep(0.02)
    world.wait_badge(phone, 30)

    pushes = world.pushes(phone)
    assert [p.badge for p in pushes] == sorted(p.badge or 0 for p in pushes)
    overlaps = [b for a, b in zip(pushes, pushes[1:], strict=False) if b.received_at < a.answered_at - 0.005]
    assert overlaps == []


@pytest.mark.row("MERGE-7")
def test_what_came_during_a_delivered_flight_has_its_own_kind(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    world.apns.fault({"type": "delay", "delay_ms": 500}, token=phone.device_token, times=1)
    mail(account, 1)
    world.when(lambda: world.apns.arrived(phone.device_token))
    read(account, 0)

    push = world.wait_badge(phone, 0)
    assert push.about["event"] == "count_changed"
    assert push.priority == "5"


@pytest.mark.row("MERGE-8")
def test_what_came_during_a_flight_that_is_retried_merges_with_it(world: World,
                                                                 signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    world.apns.fault({"type": "answer", "status": 500, "reason": "InternalServerError", "delay_ms": 400},
                     token=phone.device_token, times=1)
    mail(account, 1)
    world.when(lambda: world.apns.arrived(phone.device_token))
    read(account, 0)

    push = world.wait_badge(phone, 0)
    assert push.about["event"] == "new_mail"
    assert len([p for p in world.pushes(phone) if p.delivered]) == 1


@pytest.mark.row("MERGE-10")
def test_a_check_goes_out_on_its_own_after_the_mail(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    world.apns.fault({"type": "delay", "delay_ms": 300}, token=phone.device_token, times=1)
    mail(account, 1)
    world.when(lambda: world.apns.arrived(phone.device_token))
    mail(account, 2)
    world.exchange.break_subscriptions(account.address)

    world.wait_push(phone, event="check_registration")
    assert [p.about["event"] for p in world.pushes(phone)] == ["new_mail", "new_mail", "check_registration"]


@pytest.mark.row("MERGE-11")
def test_the_backlog_of_an_outage_is_one_push_for_each_device(world: World) -> None:
    app = world.add_app()
    people = [world.signed_in(app) for _ in range(3)]
    world.apns.fault({"type": "answer", "status": 503, "reason": "ServiceUnavailable"}, topic=app.bundle_id)
    for count in range(1, 11):
        for _, account in people:
            mail(account, count)
    world.when(lambda: all(world.pushes(phone) for phone, _ in people))
    world.apns.clear_faults()

    for phone, _ in people:
        world.wait_badge(phone, 10, timeout=20)
    assert all(len([p for p in world.pushes(phone) if p.delivered]) == 1 for phone, _ in people)


@pytest.mark.row("LISTEN-8")
def test_several_events_in_one_notification_are_one_push_with_the_last_count(world: World,
                                                                            signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    inbox = account.folder_id
    notify(account, *new_mail("AAMkOne=", inbox), folder_changed(1, inbox), *new_mail("AAMkTwo=", inbox),
           folder_changed(2, inbox), folder_changed(3, inbox))

    assert world.wait_push(phone).badge == 3
    stays(lambda: len(world.pushes(phone)) == 1, 0.5)


@pytest.mark.row("LISTEN-9")
def test_more_events_are_followed_to_their_end(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    world.exchange.hold(True, account.address)
    world.exchange.mailbox(account.address).deliver(count=60)
    world.exchange.hold(False, account.address)

    world.wait_badge(phone, 60)
    assert any(d.more_events for d in world.exchange.record.deliveries(account.address))

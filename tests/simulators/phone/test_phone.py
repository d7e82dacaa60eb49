# SPDX-License-Identifier: Apache-2.0
"""What a phone tells the gateway, and how it acts on what the gateway asks."""
import hashlib
from collections.abc import Iterator

import pytest
from simulators.exchange import ExchangeSimulator
from simulators.exchange.fake_listener import FakeListener
from simulators.phone import ApiError, Phone, RegistrationApi
from simulators.phone.fake_gateway import FakeGateway

ANNA = "Anna@Example.com"


@pytest.fixture
def exchange() -> Iterator[ExchangeSimulator]:
    with ExchangeSimulator() as simulator:
        simulator.mailbox(ANNA).deliver(count=2)
        yield simulator


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    with FakeListener() as listener, FakeGateway(listener.url) as fake:
        yield fake


def phone(gateway: FakeGateway) -> Phone:
    return Phone(RegistrationApi(gateway.url), "com.example.mail", "key")


def test_signing_in_registers_subscribes_and_reports_hashes_and_the_unread_count(exchange, gateway):
    account = phone(gateway).sign_in(ANNA, exchange.ews_url)

    (post, put) = gateway.calls
    assert post[:3] == ("POST", "/v1/registrations", "key")
    assert post[3]["account_hash"] == hashlib.sha256(b"anna@example.com").hexdigest()
    assert ANNA.lower() not in str(post).lower()
    assert put[:3] == ("PUT", "/v1/registrations/r1/subscription", account.secret)
    assert put[3] == {"backend": "ews", "subscription_id": exchange.subscriptions()[0].id, "unread": 2,
                      "folder_id": exchange.mailbox(ANNA).folders["inbox"].id}


@pytest.mark.parametrize("action,methods", [
    ("none", ["GET"]), ("subscribe", ["GET", "PUT"]), ("renew", ["GET", "PUT"]), ("resubscribe", ["GET", "PUT"]),
    ("register", ["GET", "POST", "PUT"])])
def test_a_check_does_what_the_action_asks(exchange, gateway, action, methods):
    mobile = phone(gateway)
    account = mobile.sign_in(ANNA, exchange.ews_url)
    secret, before = account.secret, len(gateway.calls)
    gateway.action = action

    mobile.check(account)

    assert [call[0] for call in gateway.calls[before:]] == methods
    assert len(exchange.subscriptions()) == (1 if action == "none" else 2)
    if action == "register":
        assert gateway.calls[before + 1][3]["previous_secret"] == secret


def test_a_changed_token_and_a_sign_out_use_the_registration_s_secret(exchange, gateway):
    mobile = phone(gateway)
    account = mobile.sign_in(ANNA, exchange.ews_url)

    token = mobile.change_token()
    mobile.sign_out(account)

    assert gateway.calls[-2] == ("PATCH", "/v1/registrations/r1", account.secret, {"device_token": token})
    assert gateway.calls[-1][:3] == ("DELETE", "/v1/registrations/r1", account.secret)


def test_a_refusal_carries_the_gateway_s_sentence(exchange, gateway):
    stranger = Phone(RegistrationApi(gateway.url), "com.example.mail", "wrong")

    with pytest.raises(ApiError, match="enrolment key") as refused:
        stranger.sign_in(ANNA, exchange.ews_url)
    assert refused.value.status == 401


def test_a_push_with_a_badge_shows_it_and_one_without_makes_the_app_count(exchange, gateway):
    mobile = phone(gateway)
    mobile.sign_in(ANNA, exchange.ews_url)

    mobile.receive({"aps": {"badge": 7}})
    assert mobile.badge == 7
    mobile.receive({"aps": {"content-available": 1}, "postbell": {"registration_id": "r1", "event": "new_mail"}})
    assert mobile.badge == 2


def test_a_push_that_asks_to_check_the_registration_makes_the_app_check(exchange, gateway):
    mobile = phone(gateway)
    mobile.sign_in(ANNA, exchange.ews_url)

    mobile.receive({"aps": {"content-available": 1},
                    "postbell": {"registration_id": "r1", "event": "check_registration"}})
    assert gateway.calls[-1][0] == "GET"

# SPDX-License-Identifier: Apache-2.0
"""What a phone whose mail is at Microsoft 365 asks of Graph, and tells the gateway."""
from collections.abc import Iterator

import pytest
from simulators.graph import GraphSimulator
from simulators.graph.clock import read
from simulators.graph.fake_listener import FakeListener
from simulators.phone import Account, GraphClient, GraphError, Phone, RegistrationApi
from simulators.phone.fake_gateway import FakeGateway

DORA = "dora@contoso.example"


@pytest.fixture
def graph() -> Iterator[GraphSimulator]:
    with GraphSimulator() as simulator:
        simulator.mailbox(DORA).deliver(count=2)
        yield simulator


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    with FakeListener() as listener, FakeGateway(listener.url) as fake:
        yield fake


def signed_in(graph: GraphSimulator, gateway: FakeGateway, password: str = "password") -> tuple[Phone, Account]:
    phone = Phone(RegistrationApi(gateway.url), "com.example.mail", "key")
    account = phone.add(Account(DORA, GraphClient(graph.url, graph.login_url, "common", graph.phone_app.client_id, DORA,
                                                  password), "office365"))
    phone.register(account)
    phone.subscribe(account)
    return phone, account


def test_it_subscribes_with_what_the_gateway_gave_and_reports_when_that_ends(graph, gateway):
    _, account = signed_in(graph, gateway)

    (made,) = graph.subscriptions()
    assert made.notification_url == made.lifecycle_url == account.callback["url"]
    assert (made.client_state, made.change_type, made.resource.text) == ("the proof", "created,deleted", "me/messages")
    assert made.expires_at == pytest.approx(graph.clock.now() + 3600, abs=10)
    put = gateway.calls[-1]
    assert put[:2] == ("PUT", "/v1/registrations/r1/subscription")
    assert put[3]["subscription_id"] == made.id and put[3]["unread"] == 2 and put[3]["backend"] == "office365"
    assert read(put[3]["expires_at"]) == made.expires_at


def test_asked_to_renew_it_renews_the_same_and_anew_what_is_gone(graph, gateway):
    phone, account = signed_in(graph, gateway)
    first = account.subscription_id
    gateway.action = "renew"

    phone.check(account)
    assert account.subscription_id == first and len(graph.record.calls("PATCH", first)) == 1
    graph.lose_subscriptions()
    phone.check(account)
    assert account.subscription_id != first
    assert gateway.calls[-1][3]["subscription_id"] == account.subscription_id


def test_it_signs_in_again_when_its_token_has_ended(graph, gateway):
    phone, account = signed_in(graph, gateway)
    graph.directory.revoke()

    assert account.server.inbox()[1] == 2
    account.server.unsubscribe(account.subscription_id)
    account.server.unsubscribe(account.subscription_id)
    assert graph.subscriptions(live=True) == []


def test_a_wrong_password_is_an_error(graph, gateway):
    with pytest.raises(GraphError, match="400"):
        signed_in(graph, gateway, "wrong")

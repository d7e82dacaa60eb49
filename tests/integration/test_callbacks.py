# SPDX-License-Identifier: Apache-2.0
"""Whom a callback is for, when its URL is in the wrong hands."""
import re
from collections.abc import Iterator

import pytest
from support import listener
from support.graph_world import GraphWorld
from support.wait import stays


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphWorld]:
    """With Exchange and Microsoft 365."""
    with GraphWorld(tmp_path_factory.mktemp("callbacks")) as made:
        yield made


def without_folders(body: bytes) -> bytes:
    """So that no folder's id contradicts the reported one."""
    return re.sub(rb"<[^<>/]*(?:Parent)?FolderId [^<>]*/>", b"", body)


def without_subscription(body: bytes) -> bytes:
    """A notification that names no subscription."""
    return re.sub(rb"<[^<>]*SubscriptionId>[^<]*</[^<>]*SubscriptionId>", b"", body)


@pytest.mark.row("CALLBACK-1")
def test_another_instance_is_no_way_round_the_proof(world: GraphWorld) -> None:
    phone, account = world.signed_in_at_graph(world.add_app())
    leaked = str(account.callbacks["office365"]["url"])
    at_ews = leaked.replace("/office365/", "/ews/")
    made_up = listener.body("made-up", listener.new_mail())
    before = len(world.pushes(phone))

    verdicts = [listener.verdict(listener.post(at_ews, body)) for body in (
        without_folders(made_up),
        without_folders(listener.body("", listener.new_mail())),
        without_folders(without_subscription(listener.body("x", [listener.folder_changed(77)]))),
        listener.body(account.subscription_id, listener.new_mail()),
        listener.error_body("made-up"),
        listener.error_body(""))]

    assert verdicts == ["Unsubscribe"] * len(verdicts)
    stays(lambda: len(world.pushes(phone)) == before, 1.0)
    assert phone.state(account)["state"] == "active"


@pytest.mark.row("CALLBACK-2")
def test_before_a_report_no_instance_makes_a_badge(world: GraphWorld) -> None:
    phone = world.phone(world.add_app())
    account = phone.add(world.graph_account())
    phone.register(account)

    url = str(account.callbacks["ews"]["url"])
    body = without_folders(without_subscription(listener.body("x", [listener.folder_changed(77)])))

    assert listener.verdict(listener.post(url, body)) == "OK"
    assert world.wait_push(phone).badge is None
    assert phone.state(account)["state"] == "waiting"

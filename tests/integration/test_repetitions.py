# SPDX-License-Identifier: Apache-2.0
"""Messages that a mail server sends again, since it did not hear the answer."""
from collections.abc import Iterator
from dataclasses import replace

import pytest
from simulators.phone import Account, Phone
from support import graph_listener, listener
from support.graph_world import GraphWorld
from support.wait import stays
from support.world import World


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphWorld]:
    with GraphWorld(tmp_path_factory.mktemp("graph")) as made:
        yield made


@pytest.mark.row("METRIC-13")
def test_a_post_of_several_folders_rings_once(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    account.subscription_id = "SUB1"  # whose folder is not reported, so that every folder rings
    phone.api.report(account.registration_id, account.secret, backend="ews", subscription_id="SUB1")
    moved = replace(listener.folder_changed(None), kind="MovedEvent", folder_id="", parent_id="AQMkDeleted=",
                    item_id="AAMkOld=", old_parent_id=account.folder_id, unread=None)
    body = listener.body(account.subscription_id, [*listener.new_mail(folder=account.folder_id), moved])
    url = str(account.callbacks["ews"]["url"])

    for _ in range(3):
        assert listener.verdict(listener.post(url, body)) == "OK"
        world.wait_push(phone, event="new_mail")
        stays(lambda: len(world.pushes(phone)) == 1, 1.0)


@pytest.mark.row("METRIC-13")
def test_a_repetition_after_another_message_rings_nobody(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    url = str(account.callbacks["ews"]["url"])
    created = listener.body(account.subscription_id, listener.new_mail(folder=account.folder_id))
    changes = [listener.body(account.subscription_id, [listener.folder_changed(count, account.folder_id)])
               for count in range(5)]
    listener.post(url, created)
    world.wait_push(phone, event="new_mail")
    for body in changes:
        listener.post(url, body)
    world.wait_push(phone, event="count_changed")

    assert listener.verdict(listener.post(url, created)) == "OK"

    stays(lambda: len(world.pushes(phone, "new_mail")) == 1, 1.0)


@pytest.mark.row("METRIC-13")
@pytest.mark.row("O365-8")
def test_created_updated_created_again_rings_once(graph: GraphWorld) -> None:
    phone, account = graph.signed_in_at_graph(graph.add_app())
    created = graph_listener.change(account)
    changed = {**created["resourceData"], "@odata.etag": 'W/"later"'}
    updated = {**created, "changeType": "updated", "resourceData": changed}
    assert graph_listener.post(account, created) == 202
    graph.wait_push(phone, event="new_mail")
    assert graph_listener.post(account, updated) == 202
    graph.wait_push(phone, event="count_changed")

    assert graph_listener.post(account, created) == 202

    stays(lambda: len(graph.pushes(phone)) == 2, 1.0)

# SPDX-License-Identifier: Apache-2.0
"""/metrics of a gateway under load, held against what the simulators recorded and against docs/operations.md."""
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from simulators.phone import Account, Phone
from support.cli import REPOSITORY
from support.listener import folder_changed, new_mail, notify, post
from support.mail import mail, read
from support.managed import ManagedWorld
from support.metrics import Metrics
from support.push_network import Push
from support.wait import until
from support.world import App, World

PAGE = (REPOSITORY / "docs" / "operations.md").read_text()
UNAVAILABLE = {"type": "answer", "status": 503, "reason": "ServiceUnavailable"}
REJECTED = {"type": "answer", "status": 413, "reason": "PayloadTooLarge"}


class Load:
    """What a gateway went through: mails, a burst, a retry, a dead token, a rejected push, a stranger."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.app = world.add_app()
        self.people = [world.signed_in(self.app) for _ in range(6)]
        retried, dead, rejected = (phone for phone, _ in self.people[:3])
        world.apns.fault({**UNAVAILABLE, "delay_ms": 50}, token=retried.device_token, times=2)
        world.apns.kill_device(dead.device_token)
        world.apns.fault(REJECTED, token=rejected.device_token, times=1)
        for _, account in self.people:
            world.exchange.mailbox(account.address).deliver(count=3)
        # While one push is under way two more events come: the second's push speaks for both.
        slow_phone, slow = self.people[4]
        world.wait_badge(slow_phone, 3)
        world.apns.fault({"type": "delay", "delay_ms": 800}, token=slow_phone.device_token, times=1)
        for unread in (4, 5, 6):
            world.exchange.mailbox(slow.address).deliver()
            world.exchange.record.wait(lambda sent, unread=unread: any(
                d.mailbox == slow.address and d.unread == unread and d.answered_at for d in sent))
        world.wait_badge(slow_phone, 6)
        burst_phone, burst = self.people[5]
        world.exchange.mailbox(burst.address).deliver(count=40)
        stranger = str(burst.callbacks["ews"]["url"])
        assert post(stranger, b"not xml").status == 400
        assert notify(stranger[:-8] + "strangers", "id", [folder_changed(1)]) == "Unsubscribe"
        world.wait_badge(burst_phone, 43)
        world.wait_badge(retried, 3, timeout=20.0)
        until(lambda: world.deliveries_settled(), 10.0)
        until(lambda: world.gateway.metrics().sum("postbell_pending_pushes") == 0, 15.0, "everything is sent")
        until(lambda: world.gateway.metrics().sum("postbell_registrations", state="active") == 5, 10.0, "the census")
        self.metrics = world.gateway.metrics()
        self.pushes = [push for push in world.apns.pushes(topic=self.app.bundle_id) if push.status != 0]
        self.deliveries = world.exchange.record.deliveries()

    @property
    def mail_pushes(self) -> list[Push]:
        """Each once, however often it was tried."""
        first = {push.apns_id: push for push in reversed(self.pushes)}
        return [push for push in first.values() if push.about["event"] != "check_registration"]


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Load]:
    with World(tmp_path_factory.mktemp("metrics")) as world:
        yield Load(world)


def said(metrics: Metrics) -> dict[str, list[dict[str, str]]]:
    """The labels of each metric's samples; a histogram under its own name too."""
    found: dict[str, list[dict[str, str]]] = {}
    for name, labels, _ in metrics.samples:
        for known in {name, re.sub("_(bucket|sum|count)$", "", name)}:
            found.setdefault(known, []).append(labels)
    return found


# The page.

@pytest.mark.row("METRIC-1")
def test_every_metric_that_the_page_names_is_there_and_the_page_names_every_one(load: Load) -> None:
    # Those of plugins that are off are not there; test_office365_managed.py looks at what is managed.
    elsewhere = re.compile("postbell_managed_|postbell_plugin_(?!ews_)")
    on_page = {re.sub("_(bucket|sum|count)$", "", name) for name in re.findall(r"\bpostbell_[a-z0-9_]+\b", PAGE)
               if not elsewhere.match(name)}
    there = {re.sub("_(bucket|sum|count)$", "", name) for name in load.metrics.names()}

    assert on_page - there == set(), "the page names what is not there"
    assert there - on_page == set(), "the page does not name what is there"


@pytest.mark.row("METRIC-2")
def test_every_series_that_an_alarm_asks_for_is_there_before_anything_happened(tmp_path: Path) -> None:
    with ManagedWorld(tmp_path) as managed:
        world = managed.world
        world.add_app()
        until(lambda: world.gateway.metrics().names() >= {"postbell_credential_usable"}, 5.0)
        there = said(world.gateway.metrics())

    selectors = re.findall(r"(postbell_[a-z0-9_]+)(?:\{([^}]*)\})?", PAGE.split("## Metrics")[0])
    assert len(selectors) > 10
    for name, matchers in selectors:
        wanted = re.findall(r'(\w+)(!=|=)"([^"]*)"', matchers)
        assert any(all(label in series and (series[label] == value) == (sign == "=") for label, sign, value in wanted)
                   for series in there.get(name, [])), (name, matchers)


@pytest.mark.row("METRIC-3")
def test_names_keep_to_the_conventions(load: Load) -> None:
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", load.metrics.text, re.MULTILINE))
    helped = set(re.findall(r"^# HELP (\S+) .+$", load.metrics.text, re.MULTILINE))

    assert kinds.keys() == helped
    for name, kind in kinds.items():
        assert name.startswith("postbell_"), name
        assert (kind == "counter") == name.endswith("_total"), name
        assert kind != "histogram" or name.endswith(("_seconds", "_operations")), name


@pytest.mark.row("METRIC-4")
def test_nobody_outside_can_make_a_series(load: Load) -> None:
    url = load.world.gateway
    before = {(name, tuple(sorted(labels.items()))) for name, labels, _ in load.world.gateway.metrics().samples}
    for number in range(5):
        post(f"{url.mailbox_url}/made-up-{number}/token", b"x")
        post(f"{url.mailbox_url}/ews/made-up-{number}/more", b"x", method=f"MADE{number}")
        post(f"{url.registration_url}/v1/registrations", b"{}", method=f"MADE{number}", content_type="application/json")
        post(f"{url.registration_url}/made-up-{number}", b"{}", content_type="application/json")
    after = {(name, tuple(sorted(labels.items()))) for name, labels, _ in load.world.gateway.metrics().samples}

    new = {series for series in after - before if series[0] != "postbell_registration_calls_total"}
    assert new == set()
    methods = {labels["method"] for name, labels, _ in load.world.gateway.metrics().samples
               if name == "postbell_registration_calls_total"}
    assert methods <= {"GET", "POST", "PUT", "PATCH", "DELETE", "other"}


# The values.

@pytest.mark.row("METRIC-5")
def test_notifications_and_events_are_those_that_exchange_sent(load: Load) -> None:
    events = [d for d in load.deliveries if d.kind == "events" and d.answer == "OK"]
    results = {result: load.metrics.sum("postbell_notifications_total", backend="ews", result=result)
               for result in ("ok", "ended", "denied", "refused", "failed", "overload")}

    assert results == {"ok": sum(d.answer == "OK" for d in load.deliveries),
                       "ended": sum(d.answer == "Unsubscribe" for d in load.deliveries) + 1,  # the stranger
                       "denied": 0, "refused": 1, "failed": 0, "overload": 0}
    kinds = {kind: load.metrics.sum("postbell_events_total", backend="ews", kind=kind)
             for kind in ("new_mail", "count_changed", "check_registration")}
    assert kinds == {"new_mail": sum(d.new_mail for d in events), "count_changed": sum(not d.new_mail for d in events),
                     "check_registration": 0}
    assert load.metrics.sum("postbell_notification_durable_seconds_count") == len(events)


@pytest.mark.row("METRIC-6")
def test_pushes_by_outcome_are_what_apns_answered(load: Load) -> None:
    statuses = {"delivered": 200, "retry": 503, "token_dead": 410, "rejected": 413}
    outcomes = {outcome: load.metrics.sum("postbell_pushes_total", provider="apns", outcome=outcome)
                for outcome in statuses}

    assert outcomes == {outcome: sum(push.status == status for push in load.pushes)
                        for outcome, status in statuses.items()}
    assert all(outcomes.values())
    assert load.metrics.sum("postbell_pushes_total") == len(load.pushes)
    assert load.metrics.sum("postbell_push_reasons_total", reason="ServiceUnavailable") == 2
    assert load.metrics.sum("postbell_push_reasons_total") == len(load.pushes)


@pytest.mark.row("METRIC-7")
def test_every_event_had_a_push_or_was_coalesced(load: Load) -> None:
    tries = len(load.pushes) - len({push.apns_id for push in load.pushes})
    assert load.metrics.sum("postbell_push_retries_total", provider="apns") == tries

    events = load.metrics.sum("postbell_events_total") - load.metrics.sum("postbell_events_without_effect_total")
    coalesced = load.metrics.sum("postbell_events_coalesced_total")
    assert coalesced > 0
    assert events == len(load.mail_pushes) + coalesced + load.metrics.sum("postbell_push_drops_total")


@pytest.mark.row("METRIC-8")
def test_latencies_are_those_that_apns_saw(load: Load) -> None:
    assert load.metrics.sum("postbell_push_answer_seconds_count", provider="apns") == len(load.pushes)
    answered = sum(push.answered_at - push.received_at for push in load.pushes)
    measured = load.metrics.sum("postbell_push_answer_seconds_sum", provider="apns")
    assert 0.1 <= answered <= measured + 0.001 * len(load.pushes), "two answers were delayed by 50 ms each"
    assert load.metrics.sum("postbell_push_wait_seconds_count") == len(load.mail_pushes)
    for kind in ("new_mail", "count_changed"):
        assert load.metrics.sum("postbell_push_wait_seconds_count", kind=kind) == sum(
            push.about["event"] == kind for push in load.mail_pushes)


@pytest.mark.row("METRIC-8")
def test_a_changed_count_waits_for_the_quiet_delay_and_new_mail_does_not(own_world: World) -> None:
    phone, account = own_world.signed_in(own_world.add_app())
    mail(account, 1)
    own_world.wait_badge(phone, 1)
    read(account, 0)
    own_world.wait_badge(phone, 0)

    metrics = own_world.gateway.metrics()
    assert metrics.sum("postbell_push_wait_seconds_sum", kind="new_mail") < 1.5
    assert 1.5 < metrics.sum("postbell_push_wait_seconds_sum", kind="count_changed") < 4.0


@pytest.mark.row("METRIC-9")
def test_commits_their_size_and_connections(load: Load) -> None:
    metrics = load.metrics
    commits = metrics.sum("postbell_store_commits_total")
    assert metrics.sum("postbell_store_commit_seconds_count") == commits == metrics.sum(
        "postbell_store_commit_operations_count")
    operations = metrics.sum("postbell_store_operations_total")
    assert metrics.sum("postbell_store_commit_operations_sum") == operations >= metrics.sum(
        "postbell_notification_durable_seconds_count")
    assert metrics.sum("postbell_store_failed_commits_total") == 0
    assert metrics.sum("postbell_connections", app=load.app.bundle_id, provider="apns") == 1
    assert metrics.sum("postbell_connects_total", app=load.app.bundle_id) >= 1
    assert metrics.sum("postbell_open_streams") == 0


@pytest.mark.row("METRIC-10")
def test_pending_rows_and_the_age_of_the_oldest(load: Load) -> None:
    world, waiting = load.world, load.people[3:]
    world.apns.fault(UNAVAILABLE, topic=load.app.bundle_id)
    began = time.time()
    for _, account in waiting:
        mail(account, 9)
    metrics = until(lambda: (m := world.gateway.metrics()).sum("postbell_pending_pushes") == len(waiting) and m)
    oldest = metrics.sum("postbell_oldest_pending_timestamp_seconds", environment="production")
    assert began - 0.1 <= oldest <= time.time()
    assert metrics.sum("postbell_oldest_pending_timestamp_seconds", environment="sandbox") == 0
    until(lambda: world.gateway.metrics().sum("postbell_origin_failing") >= 1, 15.0)

    world.apns.clear_faults()
    for phone, _ in waiting:
        world.wait_badge(phone, 9, timeout=40.0)
    assert until(lambda: world.gateway.metrics().sum("postbell_pending_pushes") == 0)
    assert world.gateway.metrics().sum("postbell_oldest_pending_timestamp_seconds") == 0


@pytest.mark.row("METRIC-11")
def test_expiry_of_a_credential_that_nobody_pushed_with(world: World) -> None:
    app = world.add_app(credential="certificate")
    certificate = next((world.directory / "credentials").glob(f"*{app.bundle_id}*.p12"))
    ends = world.gateway.command("credential", "list", "--tenant", app.tenant, "--app", app.bundle_id)
    expected = subprocess.run(["/usr/bin/date", "-d", ends["credentials"][0]["expires_at"], "+%s"], check=True,
                              capture_output=True, text=True).stdout

    metrics = world.gateway.metrics()
    assert certificate.exists()
    assert abs(metrics.sum("postbell_credential_expiry_timestamp_seconds", app=app.bundle_id) - int(expected)) < 2
    assert until(lambda: world.gateway.metrics().sum("postbell_credential_usable", app=app.bundle_id) >= 1)


@pytest.mark.row("METRIC-12")
def test_silence_ends_with_a_mail_server_and_not_with_a_stranger(world: World, app: App) -> None:
    def silence() -> float:
        return world.gateway.metrics().sum("postbell_notification_silence_seconds", backend="ews")

    _, account = world.signed_in(app)
    until(lambda: silence() > 1.0, 5.0)
    stranger = f"{world.gateway.mailbox_url}/ews/a-token-that-nobody-was-given-0000000000000"
    assert notify(stranger, "id", [folder_changed(1)]) == "Unsubscribe"
    assert silence() > 1.0
    mail(account, 1)
    assert silence() < 1.0


@pytest.mark.row("METRIC-13")
def test_a_repeated_message_is_counted_and_pushes_nothing(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    before = world.gateway.metrics()
    events = [*new_mail(folder=account.folder_id), folder_changed(4, account.folder_id)]
    for _ in range(3):
        notify(str(account.callbacks["ews"]["url"]), account.subscription_id, events)
    world.wait_badge(phone, 4)

    after = world.gateway.metrics()
    name = "postbell_events_without_effect_total"
    assert after.sum(name) - before.sum(name) == 2
    assert len(world.pushes(phone)) == 1


@pytest.mark.row("METRIC-14")
def test_registrations_by_state(load: Load) -> None:
    states = {state: load.metrics.sum("postbell_registrations", backend="ews", state=state)
              for state in ("active", "stale", "disabled")}
    assert states == {"active": 5, "stale": 0, "disabled": 1}, "one of six devices is dead"

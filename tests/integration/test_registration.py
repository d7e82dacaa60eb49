# SPDX-License-Identifier: Apache-2.0
"""What a device may ask for, and what it is told when it asks wrongly."""
import json
import re
from datetime import datetime

import pytest
from simulators.phone import Account, ApiError, Phone
from simulators.phone.phone import sha256
from support.mail import mail
from support.wait import stays
from support.world import App, World

OPAQUE = re.compile(r"^[A-Za-z0-9_-]{16,}$")


def body(of: App, /, **changes: object) -> dict[str, object]:
    """A good registration of a new device, changed; None leaves a field out."""
    good = {"app": of.bundle_id, "device_token": sha256("token")[:64], "environment": "production",
            "account_hash": sha256("anna@example.com"), "device_hash": sha256("device"), "os_version": "17.5",
            "app_version": "1.0", **changes}
    return {key: value for key, value in good.items() if value is not None}


def refused(world: World, key: str, content: object, status: int) -> str:
    """Posts a registration that must be refused; the problem's title."""
    response = world.api.call("POST", "/v1/registrations", key, content)
    assert response.status == status, response.body
    assert response.headers["content-type"].split(";")[0] == "application/problem+json"
    title = json.loads(response.body)["title"]
    assert " " in title, f"not a sentence: {title!r}"
    return str(title)


@pytest.mark.row("API-1")
def test_a_registration_is_answered_with_everything_the_app_needs(world: World, app: App) -> None:
    status, answer = world.api.register(app.enrolment_key, **body(app))

    assert status == 201
    assert answer["region"] == "test"
    assert answer["check_every_seconds"] == 300
    assert set(answer) == {"registration_id", "secret", "region", "callbacks", "check_every_seconds"}


@pytest.mark.row("API-17")
def test_ids_secrets_and_callback_tokens_are_opaque_and_url_safe(world: World, app: App) -> None:
    _, one = world.api.register(app.enrolment_key, **body(app))
    _, two = world.api.register(app.enrolment_key, **body(app, device_hash=sha256("other"), device_token="ab" * 32))

    seen = [value for answer in (one, two) for value in (
        answer["registration_id"], answer["secret"], answer["callbacks"]["ews"]["url"].rsplit("/", 1)[1])]
    assert all(OPAQUE.match(value) for value in seen), seen
    assert len(set(seen)) == 6


@pytest.mark.row("API-18")
def test_the_callback_says_where_and_how_often_the_server_must_speak(world: World, app: App) -> None:
    _, answer = world.api.register(app.enrolment_key, **body(app))

    ews = answer["callbacks"]["ews"]
    assert ews["url"].startswith(world.gateway.mailbox_url + "/ews/")
    assert ews["status_frequency_minutes"] == 15
    assert ews["resubscribe_after_seconds"] == 1800


@pytest.mark.row("API-2")
@pytest.mark.parametrize("key", ["wrong", "", "x" * 5000])
def test_an_unknown_enrolment_key_is_refused(world: World, app: App, key: str) -> None:
    refused(world, key, body(app), 401)


@pytest.mark.row("API-2")
def test_without_a_key_or_with_another_scheme_it_is_refused(world: World, app: App) -> None:
    assert world.api.call("POST", "/v1/registrations", None, body(app)).status == 401
    basic = world.api.call("POST", "/v1/registrations", None, body(app), {"Authorization": "Basic YTpi"})
    assert basic.status == 401


@pytest.mark.row("API-2")
def test_any_number_of_blanks_behind_the_scheme_is_fine(world: World, app: App) -> None:
    for blanks in ("  ", "    "):
        answer = world.api.call("POST", "/v1/registrations", None, body(app),
                                {"Authorization": f"Bearer{blanks}{app.enrolment_key}"})
        assert answer.status in (200, 201)


@pytest.mark.row("API-2")
def test_a_key_is_good_for_its_own_app_only(world: World, app: App) -> None:
    other = world.add_app(credential="none")

    assert world.api.call("POST", "/v1/registrations", other.enrolment_key, body(app)).status in (401, 403)


@pytest.mark.row("API-3")
def test_a_plain_address_is_refused_with_the_reason(world: World, app: App) -> None:
    title = refused(world, app.enrolment_key, body(app, account_hash="anna@example.com"), 400)

    assert "SHA-256" in title or "hash" in title.lower()
    assert "anna" not in title


@pytest.mark.row("API-4")
@pytest.mark.parametrize("field,value", [
    ("app", None), ("app", 7), ("device_token", None), ("device_token", ""), ("device_token", ["a"]),
    ("account_hash", None), ("account_hash", "ab" * 31), ("account_hash", "zz" * 32), ("account_hash", 5),
    ("device_hash", None), ("device_hash", "short"), ("os_version", 17), ("app_version", {"a": 1}),
    ("os_version", "9" * 10_000), ("os_version", "17\u009b"), ("app_version", "1\u202e"), ("app_version", "1\u2028")])
def test_a_bad_field_is_refused_by_name(world: World, app: App, field: str, value: object) -> None:
    assert field in refused(world, app.enrolment_key, body(app, **{field: value}), 400)


@pytest.mark.row("API-5")
@pytest.mark.parametrize("token", ["not hex", "abc", "zz" * 32, "ab" * 2049, "ab" * 10_000])
def test_a_token_that_apple_could_not_have_issued_is_refused(world: World, app: App, token: str) -> None:
    refused(world, app.enrolment_key, body(app, device_token=token), 400)


@pytest.mark.row("API-6")
@pytest.mark.parametrize("environment", [None, "", "test", "Production", 1])
def test_the_environment_is_one_of_two(world: World, app: App, environment: object) -> None:
    assert "environment" in refused(world, app.enrolment_key, body(app, environment=environment), 400)


@pytest.mark.row("API-23")
@pytest.mark.parametrize("grants", [{"nobody": {}}, [], "x", {"ews": 5}])
def test_grants_that_fit_no_backend_are_refused(world: World, app: App, grants: object) -> None:
    refused(world, app.enrolment_key, body(app, grants=grants), 400)


@pytest.mark.row("API-20")
@pytest.mark.parametrize("content,status", [
    (b"", 400), (b"{", 400), (b"[]", 400), (b"null", 400), (b'"x"', 400), (b"\xff\xfe", 400),
    (b'{"app": 1e999}', 400), (b'{"a":' * 100_000, 400), (b"[" * 200_000, 400), (b'{"app": "' + b"x" * 2_000_000 + b'"}', 413)],
    ids=lambda value: str(value)[:12])
def test_a_body_that_is_no_registration_is_refused(world: World, app: App, content: bytes, status: int) -> None:
    refused(world, app.enrolment_key, content, status)
    assert world.api.register(app.enrolment_key, **body(app))[0] in (200, 201)


@pytest.mark.row("API-19")
def test_unknown_paths_and_methods_are_said_to_be_so(world: World) -> None:
    assert world.api.call("GET", "/v1/nothing").status == 404
    assert world.api.call("GET", "/").status == 404
    wrong = world.api.call("DELETE", "/v1/registrations")
    assert wrong.status == 405
    assert wrong.headers["allow"] == "POST"


@pytest.mark.row("API-7")
def test_a_report_makes_the_registration_active(world: World, app: App) -> None:
    phone = world.phone(app)
    account = phone.add_account(world.address(), world.exchange.ews_url)
    phone.register(account)
    assert phone.state(account)["state"] == "waiting"

    phone.subscribe(account)

    assert (phone.state(account)["state"], phone.state(account)["action"]) == ("active", "none")


@pytest.mark.row("API-8")
@pytest.mark.row("API-9")
def test_a_second_report_replaces_the_first_for_good(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    first = account.subscription_id

    second = phone.subscribe(account)
    account.subscription_id = first
    with pytest.raises(ApiError) as again:
        phone.report(account)
    account.subscription_id = second
    phone.report(account)

    assert again.value.status == 409


@pytest.mark.row("API-10")
def test_a_report_on_an_instance_that_is_not_there_is_refused(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in

    with pytest.raises(ApiError, match="backend|instance") as problem:
        world.api.report(account.registration_id, account.secret, backend="domino", subscription_id="x")
    assert problem.value.status == 400


@pytest.mark.row("API-4")
@pytest.mark.parametrize("report", [
    {"subscription_id": "x"}, {"backend": "ews"}, {"backend": "ews", "subscription_id": ""},
    {"backend": "ews", "subscription_id": 5}, {"backend": "ews", "subscription_id": "x" * 10_000},
    {"backend": "ews", "subscription_id": "x", "unread": -1}, {"backend": "ews", "subscription_id": "x", "unread": "3"},
    {"backend": "ews", "subscription_id": "x", "unread": 2 ** 40},
    {"backend": "ews", "subscription_id": "x", "expires_at": "tomorrow"},
    {"backend": "ews", "subscription_id": "x", "expires_at": 5},
    {"backend": "ews", "subscription_id": "x", "folder_id": 5}])
def test_a_bad_report_is_refused_and_changes_nothing(world: World, signed_in: tuple[Phone, Account],
                                                      report: dict[str, object]) -> None:
    phone, account = signed_in

    with pytest.raises(ApiError) as problem:
        world.api.report(account.registration_id, account.secret, **report)
    assert problem.value.status == 400
    world.exchange.mailbox(account.address).deliver()
    assert world.wait_push(phone).badge == 1


@pytest.mark.row("API-11")
def test_the_state_tells_when_something_last_happened(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    world.exchange.mailbox(account.address).deliver()
    world.wait_push(phone)
    world.when(lambda: phone.state(account).get("last_outcome"), because="the outcome is known")

    state = phone.state(account)

    assert {"state", "action", "note", "last_event_at", "last_push_at", "last_outcome"} <= set(state)
    for key in ("last_event_at", "last_push_at"):
        moment = datetime.fromisoformat(state[key].replace("Z", "+00:00"))
        assert abs(moment.timestamp() - datetime.now().timestamp()) < 60
    assert state["last_outcome"] == "delivered"


@pytest.mark.row("API-11")
@pytest.mark.row("ADMIN-7")
def test_what_was_told_is_never_taken_back(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    mail(account, 1)
    world.wait_badge(phone, 1)
    world.when(lambda: phone.state(account)["last_push_at"])
    told = phone.state(account)["last_push_at"]

    def admin_sees() -> object:
        return world.gateway.command("registration", "show", account.registration_id)["registration"]["last_push_at"]

    # It goes from memory to the database meanwhile.
    stays(lambda: phone.state(account)["last_push_at"] == admin_sees() == told, 4.0)


@pytest.mark.row("API-12")
@pytest.mark.parametrize("method,path,content", [
    ("GET", "", None), ("PUT", "/subscription", {"backend": "ews", "subscription_id": "x"}),
    ("PATCH", "", {"app_version": "2"}), ("DELETE", "", None)])
def test_every_call_needs_the_registration_s_own_secret(world: World, app: App, signed_in: tuple[Phone, Account],
                                                         method: str, path: str, content: object) -> None:
    _, account = signed_in
    _, other = world.signed_in(app)

    for secret in ("wrong", "", other.secret, app.enrolment_key):
        answer = world.api.call(method, f"/v1/registrations/{account.registration_id}{path}", secret, content)
        assert answer.status == 401, secret
    assert world.api.call(method, f"/v1/registrations/unknown{path}", account.secret, content).status == 401


@pytest.mark.row("API-13")
def test_a_new_token_moves_every_account_of_the_device_and_sends_what_is_known(world: World, app: App) -> None:
    phone, one = world.signed_in(app)
    two = phone.sign_in(world.address(), world.exchange.ews_url)
    world.exchange.mailbox(one.address).deliver()
    world.exchange.mailbox(two.address).deliver(count=2)
    world.wait_badge(phone, 3)

    phone.change_token()

    world.wait_badge(phone, 3)
    world.exchange.mailbox(two.address).deliver()
    world.wait_badge(phone, 4)


@pytest.mark.row("API-14")
def test_a_new_token_moves_nobody_else(world: World, app: App) -> None:
    phone, _ = world.signed_in(app)
    other, account = world.signed_in(app)

    phone.change_token()
    world.exchange.mailbox(account.address).deliver()

    assert world.wait_push(other).badge == 1


@pytest.mark.row("API-15")
@pytest.mark.row("STORE-7")
def test_after_deletion_the_mail_server_is_told_to_stop(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    before = len(world.gateway.registrations())

    phone.sign_out(account)
    world.exchange.mailbox(account.address).deliver()

    world.when(lambda: world.exchange.subscriptions(account.address)[0].state == "unsubscribed")
    assert world.pushes(phone) == []
    assert len(world.gateway.registrations()) == before - 1
    with pytest.raises(ApiError) as gone:
        phone.state(account)
    assert gone.value.status == 401


@pytest.mark.row("API-16")
def test_every_refusal_is_a_problem_with_a_title(world: World, app: App) -> None:
    for method, path, key, content in (
            ("POST", "/v1/registrations", "wrong", body(app)), ("GET", "/v1/registrations/x", "y", None),
            ("GET", "/nothing", None, None), ("PUT", "/v1/registrations", None, {}),
            ("POST", "/v1/registrations", app.enrolment_key, {})):
        answer = world.api.call(method, path, key, content)
        assert answer.status >= 400
        assert answer.headers["content-type"].split(";")[0] == "application/problem+json"
        assert json.loads(answer.body)["title"]


@pytest.mark.row("API-22")
@pytest.mark.row("BADGE-10")
def test_a_count_that_the_app_reports_is_in_the_badge_of_its_other_account(world: World, app: App) -> None:
    phone, one = world.signed_in(app)
    two = phone.sign_in(world.address(), world.exchange.ews_url)
    phone.report(one, unread=40)

    world.exchange.mailbox(two.address).deliver()

    world.wait_badge(phone, 41)

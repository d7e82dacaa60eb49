# SPDX-License-Identifier: Apache-2.0
"""The simulator does what Microsoft's documentation says of Graph."""
import base64
import concurrent.futures
import json
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from simulators.graph import AppRegistration, GraphSimulator
from simulators.graph.clock import read, written
from simulators.graph.endpoint import Endpoint
from simulators.graph.fake_listener import FakeListener
from simulators.graph.jwt import Certificate, base64url, unbase64url
from simulators.phone.http import Response, request
from support.openssl import server_identity
from support.wait import until

ANNA = "anna@example.com"
INBOX = "me/mailFolders('inbox')/messages"


@pytest.fixture
def graph() -> Iterator[GraphSimulator]:
    with GraphSimulator() as simulator:
        simulator.mailbox(ANNA)
        yield simulator


@pytest.fixture
def listener() -> Iterator[FakeListener]:
    with FakeListener() as fake:
        yield fake


def call(graph: GraphSimulator, method: str, path: str, body: Any = None, token: str = "") -> tuple[int, Any]:
    """As Anna's phone, unless `token` says otherwise; status and JSON."""
    token = token or graph.login.access_token(graph.mailbox(ANNA), graph.phone_app)
    answer = request(method, f"{graph.url}/v1.0{path}", {"Authorization": f"Bearer {token}"},
                     None if body is None else json.dumps(body).encode())
    return answer.status, json.loads(answer.body) if answer.body else None


def wanted(graph: GraphSimulator, listener: FakeListener, **changes: Any) -> dict[str, Any]:
    """A good request; None leaves a member out."""
    usual = {"changeType": "created,updated,deleted", "notificationUrl": listener.url,
             "lifecycleNotificationUrl": listener.url, "resource": INBOX, "clientState": "proof",
             "expirationDateTime": written(graph.clock.now() + 3600 * 24)}
    return {k: v for k, v in {**usual, **changes}.items() if v is not None}


def subscribe(graph: GraphSimulator, listener: FakeListener, **changes: Any) -> str:
    """The id."""
    status, answer = call(graph, "POST", "/subscriptions", wanted(graph, listener, **changes))
    assert status == 201, answer
    return str(answer["id"])


def form(graph: GraphSimulator, tenant: str, **fields: str) -> tuple[int, Any]:
    """The token endpoint."""
    answer = request("POST", f"{graph.login_url}/{tenant}/oauth2/v2.0/token",
                     {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(fields).encode())
    return answer.status, json.loads(answer.body)


# --- subscriptions

def test_creating_shakes_hands_with_both_urls_before_it_answers(graph, listener):
    status, answer = call(graph, "POST", "/subscriptions", wanted(graph, listener))

    assert status == 201
    assert len(listener.handshakes) == 2
    first = listener.handshakes[0]
    assert first.path.startswith("/office365/token?r=1&validationToken=Validation%3a+Testing+client+application")
    assert (first.headers["content-length"], first.headers["content-type"]) == ("0", "text/plain; charset=utf-8")
    assert answer["clientState"] == "proof" and answer["encryptionCertificate"] is None
    assert answer["applicationId"] == graph.phone_app.client_id and answer["creatorId"] == graph.mailbox(ANNA).id


@pytest.mark.parametrize("change,words", [
    ({"handshake_status": 202}, "must respond with 200 OK"), ({"handshake_type": "application/json"}, "text/plain"),
    ({"handshake_body": b"Validation%3a+Testing"}, "must exactly match"), ({"handshake_delay": 1.0}, "timed out")])
def test_a_wrong_or_late_handshake_is_400_and_nothing_is_created(listener, change, words):
    with GraphSimulator(handshake_seconds=0.3) as graph:
        graph.mailbox(ANNA)
        for name, value in change.items():
            setattr(listener, name, value)

        status, answer = call(graph, "POST", "/subscriptions", wanted(graph, listener))

        assert (status, answer["error"]["code"]) == (400, "InvalidRequest")
        assert words in answer["error"]["message"]
        assert graph.subscriptions() == []
        assert graph.record.deliveries("handshake")[0].problem


@pytest.mark.parametrize("changes", [
    {"changeType": None}, {"changeType": "moved"}, {"changeType": 5}, {"resource": None},
    {"resource": "me/mailFolders/inbox"}, {"resource": "me/events"}, {"resource": INBOX + "?$top=5"},
    {"notificationUrl": None}, {"notificationUrl": "http://example.com/"}, {"notificationUrl": "ftp://127.0.0.1/"},
    {"notificationUrl": "no url"}, {"lifecycleNotificationUrl": "http://example.com/"}, {"clientState": "x" * 129},
    {"clientState": 5}, {"expirationDateTime": None}, {"expirationDateTime": "soon"},
    {"expirationDateTime": "2020-01-01T00:00:00Z"}, {"latestSupportedTlsVersion": "v2"},
    {"includeResourceData": True}])
def test_a_request_outside_the_rules_is_400(graph, listener, changes):
    status, answer = call(graph, "POST", "/subscriptions", wanted(graph, listener, **changes))

    assert (status, graph.subscriptions()) == (400, []), answer


def test_a_subscription_lasts_seven_days_at_most_and_45_minutes_at_least(graph, listener):
    now = graph.clock.now()
    status, answer = call(graph, "POST", "/subscriptions",
                          wanted(graph, listener, expirationDateTime=written(now + 10_082 * 60)))
    assert (status, "10080 minutes" in answer["error"]["message"]) == (400, True)

    status, answer = call(graph, "POST", "/subscriptions", wanted(graph, listener, expirationDateTime=written(now + 60)))
    assert status == 201
    assert read(answer["expirationDateTime"]) == pytest.approx(now + 45 * 60, abs=5)


def test_the_same_again_is_409_and_may_be_taken_as_in_practice(graph, listener):
    first = subscribe(graph, listener)

    status, answer = call(graph, "POST", "/subscriptions", wanted(graph, listener, changeType="deleted,updated,created"))
    assert (status, answer["error"]["code"]) == (409, "Conflict")
    assert first in answer["error"]["message"]
    subscribe(graph, listener, changeType="created")
    graph.refuse_duplicates = False
    assert subscribe(graph, listener) != first


def test_a_full_mailbox_is_403(listener):
    with GraphSimulator(max_subscriptions=1) as graph:
        graph.mailbox(ANNA)
        subscribe(graph, listener)

        assert call(graph, "POST", "/subscriptions", wanted(graph, listener, changeType="created"))[0] == 403


def test_only_its_owner_sees_renews_and_deletes_a_subscription(graph, listener):
    identifier = subscribe(graph, listener)
    ben = graph.login.access_token(graph.mailbox("ben@example.com"), graph.phone_app)

    assert call(graph, "GET", f"/subscriptions/{identifier}", token=ben)[0] == 404
    assert call(graph, "DELETE", f"/subscriptions/{identifier}", token=ben)[0] == 404
    assert call(graph, "GET", "/subscriptions", token=ben)[1] == {"value": []}
    assert [s["id"] for s in call(graph, "GET", "/subscriptions")[1]["value"]] == [identifier]
    until_ = written(graph.clock.now() + 3600 * 48)
    status, answer = call(graph, "PATCH", f"/subscriptions/{identifier}", {"expirationDateTime": until_})
    assert (status, answer["expirationDateTime"]) == (200, until_)
    assert call(graph, "PATCH", f"/subscriptions/{identifier}", {"lifecycleNotificationUrl": listener.url})[0] == 400
    assert call(graph, "POST", f"/subscriptions/{identifier}/reauthorize")[0] == 204
    assert call(graph, "DELETE", f"/subscriptions/{identifier}")[0] == 204
    assert call(graph, "PATCH", f"/subscriptions/{identifier}", {"expirationDateTime": until_})[0] == 404


def test_a_new_notification_url_shakes_hands_as_well(graph, listener):
    identifier = subscribe(graph, listener)
    listener.handshake_status = 404

    assert call(graph, "PATCH", f"/subscriptions/{identifier}", {"notificationUrl": listener.url + "&n=2"})[0] == 400
    listener.handshake_status = 200
    assert call(graph, "PATCH", f"/subscriptions/{identifier}", {"notificationUrl": listener.url + "&n=2"})[0] == 200


def test_an_expired_subscription_is_gone(listener):
    with GraphSimulator(speed=6000) as graph:
        graph.mailbox(ANNA)
        identifier = subscribe(graph, listener, expirationDateTime=written(graph.clock.now() + 60))

        until(lambda: call(graph, "GET", f"/subscriptions/{identifier}")[0] == 404, 5)
        graph.mailbox(ANNA).deliver()
        assert graph.subscriptions()[0].state == "expired"
        assert graph.record.deliveries() == []


# --- who may

def test_a_token_reaches_its_own_users_mailbox_only(graph, listener):
    ben = graph.mailbox("ben@example.com")

    assert call(graph, "GET", f"/users/{ben.id}/mailFolders/inbox")[0] == 403
    assert call(graph, "POST", "/subscriptions", wanted(graph, listener, resource=f"users/{ben.id}/messages"))[0] == 403
    weak = graph.login.access_token(graph.mailbox(ANNA), graph.phone_app, frozenset({"openid"}))
    assert call(graph, "POST", "/subscriptions", wanted(graph, listener), weak)[0] == 403
    assert call(graph, "GET", "/me", token="made up")[0] == 401


def test_an_application_reaches_every_mailbox_of_a_tenant_but_has_none(graph, listener):
    app = graph.add_app(AppRegistration(secret="s&cret =", roles=frozenset({"Mail.ReadBasic.All"})))
    other = graph.mailbox("carl@other.example", graph.add_tenant("other").id)
    graph.mailbox(ANNA).deliver(count=3)
    fields = {"client_id": app.client_id, "grant_type": "client_credentials", "client_secret": "s&cret =",
              "scope": "https://graph.microsoft.com/.default"}
    status, answer = form(graph, graph.tenant.id, **fields)
    assert (status, answer["token_type"], answer["expires_in"]) == (200, "Bearer", 3599)
    token = answer["access_token"]

    status, folder = call(graph, "GET", f"/users/{ANNA}/mailFolders/inbox?$select=unreadItemCount", token=token)
    assert (status, folder["unreadItemCount"], "totalItemCount" in folder) == (200, 3, False)
    resource = f"users/{graph.mailbox(ANNA).id}/mailFolders('inbox')/messages"
    assert call(graph, "POST", "/subscriptions", wanted(graph, listener, resource=resource), token)[0] == 201
    assert call(graph, "GET", "/me", token=token)[0] == 400
    assert call(graph, "GET", f"/users/{other.id}/mailFolders/inbox", token=token)[0] == 404
    assert call(graph, "GET", "/users/nobody@example.com/mailFolders/inbox", token=token)[0] == 404


@pytest.mark.parametrize("changes,error", [
    ({"client_secret": "wrong"}, "invalid_client"), ({"client_id": "unknown"}, "unauthorized_client"),
    ({"scope": "Mail.Read"}, "invalid_scope"), ({"grant_type": "magic"}, "unsupported_grant_type")])
def test_the_login_refuses_what_is_wrong(graph, changes, error):
    app = graph.add_app(AppRegistration(secret="right"))
    fields = {"client_id": app.client_id, "grant_type": "client_credentials", "client_secret": "right",
              "scope": "https://graph.microsoft.com/.default", **changes}

    status, answer = form(graph, "example", **fields)
    assert (status >= 400, answer["error"]) == (True, error)
    assert form(graph, "nowhere", **{**fields, "client_id": app.client_id})[0] >= 400


def test_a_certificate_signs_an_assertion_that_is_good_once(graph, tmp_path):
    key, pem = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", pem, "-subj",
                    "/CN=app", "-days", "10"], check=True, capture_output=True)
    certificate = Certificate(pem.read_text())
    app = graph.add_app(AppRegistration(certificate=certificate))
    fields = {"client_id": app.client_id, "grant_type": "client_credentials",
              "scope": "https://graph.microsoft.com/.default",
              "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}
    good = {"aud": f"{graph.login_url}/{graph.tenant.id}/oauth2/v2.0/token", "iss": app.client_id,
            "sub": app.client_id, "exp": int(time.time()) + 300, "jti": "1"}

    def answer(**changes: Any) -> tuple[int, Any]:
        return form(graph, graph.tenant.id, **fields, client_assertion=_sign(key, certificate, {**good, **changes}))

    assert answer()[0] == 200
    assert answer()[1]["error"] == "invalid_client", "the same jti again"
    for wrong in ({"aud": "https://elsewhere"}, {"iss": "x"}, {"exp": int(time.time()) - 3600}):
        status, refused = answer(jti=str(wrong), **wrong)
        assert (status, refused["error"]) == (401, "invalid_client")


def test_an_id_token_verifies_with_the_published_keys_and_names_the_user(graph, tmp_path):
    status, tokens = form(graph, "organizations", client_id=graph.phone_app.client_id, grant_type="password",
                          username=ANNA, password="password", scope="openid offline_access Mail.Read", nonce="n1")
    assert status == 200
    found = json.loads(_get(f"{graph.login_url}/{graph.tenant.id}/v2.0/.well-known/openid-configuration").body)
    keys = json.loads(_get(found["jwks_uri"]).body)["keys"]

    claims = _verified(tokens["id_token"], keys, tmp_path)
    assert claims["iss"] == found["issuer"] == f"{graph.login_url}/{graph.tenant.id}/v2.0"
    assert (claims["aud"], claims["tid"]) == (graph.phone_app.client_id, graph.tenant.id)
    assert (claims["oid"], claims["preferred_username"], claims["nonce"]) == (graph.mailbox(ANNA).id, ANNA, "n1")
    graph.login.rotate_keys(keep_old=False)
    new = json.loads(_get(found["jwks_uri"]).body)["keys"]
    assert {k["kid"] for k in new}.isdisjoint(k["kid"] for k in keys)
    status, again = form(graph, "common", client_id=graph.phone_app.client_id, grant_type="refresh_token",
                         refresh_token=tokens["refresh_token"], scope="openid")
    assert (status, _verified(again["id_token"], new, tmp_path)["oid"]) == (200, claims["oid"])
    assert form(graph, "common", client_id=graph.phone_app.client_id, grant_type="password", username=ANNA,
                password="wrong")[1]["error"] == "invalid_grant"


def test_an_access_token_ends(listener):
    with GraphSimulator(speed=3600) as graph:
        token = graph.login.access_token(graph.mailbox(ANNA), graph.phone_app)

        assert call(graph, "GET", "/me", token=token)[0] == 200
        until(lambda: call(graph, "GET", "/me", token=token)[0] == 401, 5)


# --- notifications

def test_each_change_is_told_once_with_the_client_state(graph, listener):
    identifier = subscribe(graph, listener)
    anna = graph.mailbox(ANNA)

    (item,) = anna.deliver()
    anna.mark(item, True)
    anna.delete(item)
    anna.deliver("junkemail")

    until(lambda: sum(len(p.items) for p in listener.posted) == 3)
    items = [i for p in listener.posted for i in p.items]
    assert [i["changeType"] for i in items] == ["created", "updated", "deleted"]
    assert {i["subscriptionId"] for i in items} == {identifier} and {i["clientState"] for i in items} == {"proof"}
    assert items[0]["resource"] == f"Users/{anna.id}/Messages/{item}"
    assert items[0]["tenantId"] == graph.tenant.id
    assert items[0]["resourceData"]["@odata.etag"] != items[1]["resourceData"]["@odata.etag"]
    assert graph.settled() and all(d.acknowledged for d in graph.record.deliveries())


def test_with_a_filter_reading_is_a_deletion_and_unread_again_a_creation(graph, listener):
    subscribe(graph, listener, resource=INBOX + "?$filter=isRead eq false")
    anna = graph.mailbox(ANNA)

    (item,) = anna.deliver()
    anna.mark(item, True)
    anna.flag(item)
    anna.mark(item, False)

    until(lambda: sum(len(p.items) for p in listener.posted) == 3)
    assert [i["changeType"] for p in listener.posted for i in p.items] == ["created", "deleted", "created"]


def test_what_is_held_goes_out_in_one_post_that_mixes_subscriptions_and_tenants(graph, listener):
    carl = graph.mailbox("carl@other.example", graph.add_tenant("other").id)
    subscribe(graph, listener)
    token = graph.login.access_token(carl, graph.phone_app)
    call(graph, "POST", "/subscriptions", wanted(graph, listener), token)
    graph.hold(True)
    graph.mailbox(ANNA).deliver()
    carl.deliver()
    graph.hold(False)

    until(lambda: listener.posted)
    assert len({i["tenantId"] for i in listener.posted[0].items}) == 2


def test_a_failed_notification_is_sent_again_with_growing_pauses(listener):
    with GraphSimulator(speed=600) as graph:
        graph.mailbox(ANNA)
        subscribe(graph, listener)
        listener.status = 503
        graph.mailbox(ANNA).deliver()
        graph.record.wait(lambda all_: len(all_) == 4 and all_[3].answered_at is not None)
        listener.status = 202
        tries = graph.record.wait(lambda all_: all_[-1].acknowledged)

    assert [d.attempt for d in tries] == [1, 2, 3, 4, 5]
    assert {d.problem for d in tries[:4]} == {"HTTP 503"}
    gaps = [b.simulated_at - a.simulated_at for a, b in zip(tries, tries[1:], strict=False)]
    assert all(planned <= gap < planned + 60 for planned, gap in zip((10, 20, 40, 80), gaps, strict=True)), gaps
    assert listener.posted[0].body == listener.posted[4].body


def test_after_four_hours_it_is_given_up_and_missed_is_told(listener):
    with GraphSimulator(speed=36_000) as graph:
        graph.mailbox(ANNA)
        subscribe(graph, listener)
        listener.status = 500
        graph.mailbox(ANNA).deliver()

        graph.record.wait(lambda all_: bool(all_) and all_[-1].kinds == ["missed"], 15)
        listener.status = 202
        tries = [d for d in graph.record.deliveries() if d.kinds == ["created"]]
        assert tries[-1].simulated_at - tries[0].simulated_at < 4 * 3600 + 60
        until(lambda: graph.record.deliveries()[-1].acknowledged, 10)


def test_a_listener_that_answers_late_is_tried_again_with_more_time(listener):
    with GraphSimulator(speed=600, slow_seconds=0.1, too_slow_seconds=1.0) as graph:
        graph.mailbox(ANNA)
        subscribe(graph, listener)
        listener.delay = 0.3
        graph.mailbox(ANNA).deliver()

        tries = graph.record.wait(lambda all_: len(all_) == 2 and all_[1].acknowledged)
        assert "timed out" in tries[0].problem


def test_a_slow_host_is_spared_for_ten_minutes_and_a_very_slow_one_loses():
    slow, very_slow, healthy = Endpoint(), Endpoint(), Endpoint()
    for second in range(20):
        healthy.answered(1000.0 + second, 3.1 if second < 2 else 0.1)
        slow.answered(1000.0 + second, 3.1 if second < 3 else 0.1)
        very_slow.answered(1000.0 + second, 10.1 if second < 4 else 0.1)

    assert [e.verdict(1020.0) for e in (healthy, slow, very_slow)] == ["healthy", "slow", "drop"]
    assert [e.verdict(1619.0) for e in (slow, very_slow)] == ["slow", "drop"]
    assert [e.verdict(1621.0) for e in (slow, very_slow)] == ["healthy", "healthy"]
    few = Endpoint()
    few.answered(1000.0, 60.0)
    assert few.verdict(1001.0) == "healthy"


@pytest.mark.slow
def test_what_happens_while_a_listener_is_slow_comes_ten_minutes_later(listener):
    with GraphSimulator(speed=150, slow_seconds=0.05, too_slow_seconds=1.0) as graph:  # ten minutes are 4 s
        graph.mailbox(ANNA)
        subscribe(graph, listener)
        graph.configure(batch_size=1)
        listener.delay = 0.1
        graph.mailbox(ANNA).deliver(count=6)
        until(lambda: graph.verdict(listener.url) == "slow", 10)
        listener.delay = 0.0
        before = graph.clock.now()
        (item,) = graph.mailbox(ANNA).deliver()

        told = graph.record.wait(lambda all_: any(item in str(d.items) for d in all_), 15)
        later = next(d for d in told if item in str(d.items))
        assert later.simulated_at - before >= 590


def test_lifecycle_events_are_written_as_real_ones(graph, listener):
    identifier = subscribe(graph, listener)

    graph.challenge(ANNA)
    graph.tell_missed(ANNA)
    graph.remove_subscriptions(ANNA)

    until(lambda: sum(len(p.items) for p in listener.posted) == 3)
    items = [i for p in listener.posted for i in p.items]
    assert [i["lifecycleEvent"] for i in items] == ["reauthorizationRequired", "missed", "subscriptionRemoved"]
    assert items[0]["organizationId"] == graph.tenant.id and items[0]["encryptedContent"] is None
    assert call(graph, "GET", f"/subscriptions/{identifier}")[0] == 404


def test_a_challenge_that_is_not_met_pauses_until_it_is(graph, listener):
    identifier = subscribe(graph, listener)
    graph.challenge(ANNA, pause=True)
    until(lambda: listener.posted)
    graph.mailbox(ANNA).deliver()
    time.sleep(0.2)
    assert len(listener.posted) == 1

    assert call(graph, "POST", f"/subscriptions/{identifier}/reauthorize")[0] == 204
    until(lambda: len(listener.posted) == 2)
    assert listener.posted[1].items[0]["changeType"] == "created"


def test_rich_notifications_carry_content_and_tokens(graph, listener):
    subscribe(graph, listener, resource=INBOX + "?$select=subject", includeResourceData=True,
              encryptionCertificate=base64.b64encode(b"certificate").decode(), encryptionCertificateId="c1",
              expirationDateTime=written(graph.clock.now() + 3600))
    graph.mailbox(ANNA).deliver()

    until(lambda: listener.posted)
    assert listener.posted[0].items[0]["encryptedContent"]["encryptionCertificateId"] == "c1"
    (token,) = listener.posted[0].message["validationTokens"]
    claims = json.loads(unbase64url(token.split(".")[1]))
    assert (claims["appid"], claims["aud"]) == ("0bf30f3b-4a52-48df-9a82-234910c4a086", graph.phone_app.client_id)


def test_graph_itself_and_its_listener_speak_tls(listener, tmp_path):
    identity = server_identity(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(identity.certificate, identity.key)
    with GraphSimulator(tls=tls) as graph, FakeListener(tls) as secure, GraphSimulator(ca_file=str(identity.ca)) as other:
        token = graph.login.access_token(graph.mailbox(ANNA), graph.phone_app)
        assert request("GET", f"{graph.url}/v1.0/me", {"Authorization": f"Bearer {token}"}, None,
                       str(identity.ca)).status == 200
        other.mailbox(ANNA)
        assert secure.url.startswith("https://")
        subscribe(other, secure)


# --- misbehaviour and limits

def test_more_than_four_requests_at_once_for_a_mailbox_are_429(listener):
    with GraphSimulator() as graph:
        graph.mailbox(ANNA)
        listener.handshake_delay = 0.3
        token = graph.login.access_token(graph.mailbox(ANNA), graph.phone_app)
        kinds = ["created", "updated", "deleted", "created,updated", "created,deleted", "updated,deleted"]
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            statuses = sorted(pool.map(lambda kind: call(graph, "POST", "/subscriptions", wanted(
                graph, listener, changeType=kind, lifecycleNotificationUrl=None), token)[0], kinds))

        assert statuses == [201] * 4 + [429] * 2
        assert graph.throttle.most_at_once > 4


@pytest.mark.parametrize("retry_after", [2.128, 5, None])
def test_retry_after_may_be_a_fraction_or_missing(graph, retry_after):
    graph.throttle.requests, graph.throttle.retry_after = 0, retry_after
    token = graph.login.access_token(graph.mailbox(ANNA), graph.phone_app)

    answer = _get(f"{graph.url}/v1.0/me/mailFolders/inbox", token)

    assert answer.status == 429
    assert answer.headers.get("retry-after") == (None if retry_after is None else str(retry_after))


def test_a_fault_comes_as_often_as_it_was_asked_for(graph):
    graph.fault("/me$", status=503, headers={"Retry-After": "1.5"}, times=2)
    graph.fault("/token$", status=500, body="not JSON")

    assert [call(graph, "GET", "/me")[0] for _ in range(3)] == [503, 503, 200]
    assert request("POST", f"{graph.login_url}/x/oauth2/v2.0/token", {}, b"").body == b"not JSON"
    graph.fault("/me$", status=0)
    with pytest.raises(OSError):
        call(graph, "GET", "/me")


def test_the_control_api_delivers_misbehaves_and_shows_the_record(graph, listener):
    def post(to: str, **arguments: object) -> Any:
        sent = urllib.request.Request(f"{graph.url}/control/{to}", json.dumps(arguments).encode(), method="POST")
        with urllib.request.urlopen(sent) as answer:
            return json.load(answer)

    subscribe(graph, listener)
    assert post(f"mailboxes/{ANNA}/deliver", count=2)["unread"] == 2
    assert post(f"mailboxes/{ANNA}/read")["unread"] == 0
    app = post("apps", secret="s", roles=["Mail.Read"])["client_id"]
    assert post(f"mailboxes/{ANNA}/id-token", client_id=app, aud="other")["id_token"].count(".") == 2
    post("faults", path="/me$", status=418)
    assert call(graph, "GET", "/me")[0] == 418
    until(graph.settled)
    record = json.loads(_get(f"{graph.url}/control/record").body)
    assert {d["kind"] for d in record["deliveries"]} == {"handshake", "notification"}
    assert [c["status"] for c in record["calls"]] == [201, 418]


def _get(url: str, token: str = "") -> Response:
    return request("GET", url, {"Authorization": f"Bearer {token}"} if token else {}, None)


def _sign(key: Path, certificate: Certificate, claims: dict[str, Any]) -> str:
    header = {"alg": "RS256", "typ": "JWT", "x5t": sorted(certificate.thumbprints)[0]}
    signed = f"{base64url(json.dumps(header).encode())}.{base64url(json.dumps(claims).encode())}"
    done = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=signed.encode(), check=True,
                          capture_output=True)
    return f"{signed}.{base64url(done.stdout)}"


def _verified(token: str, keys: list[dict[str, str]], directory: Path) -> dict[str, Any]:
    """The claims, checked with the key that the header names, by arithmetic: nothing of the simulator's own."""
    head, body, signature = token.split(".")
    key = next(k for k in keys if k["kid"] == json.loads(unbase64url(head))["kid"])
    modulus = int.from_bytes(unbase64url(key["n"]), "big")
    exponent = int.from_bytes(unbase64url(key["e"]), "big")
    block = pow(int.from_bytes(unbase64url(signature), "big"), exponent, modulus).to_bytes(256, "big")
    digest = subprocess.run(["openssl", "dgst", "-sha256", "-binary"], input=f"{head}.{body}".encode(), check=True,
                            capture_output=True).stdout
    assert block.startswith(b"\x00\x01\xff") and block.endswith(digest)
    claims: dict[str, Any] = json.loads(unbase64url(body))
    return claims

# SPDX-License-Identifier: Apache-2.0
"""The simulator's own strictness, shown with curl and nghttp. APNS_SIMULATOR names the binary."""

import json
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "support"))

import apns_credentials  # noqa: E402
import apns_simulator  # noqa: E402

BINARY = os.environ.get("APNS_SIMULATOR", str(HERE.parents[2] / "build/dev/bin/apns-simulator"))
TOKEN = "ab" * 32
TOPIC = "com.example.mail"
BADGE = {"aps": {"badge": 3}}


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return tmp_path_factory.mktemp("apns")


@pytest.fixture(scope="module")
def key(directory):
    return apns_credentials.SigningKey(directory)


@pytest.fixture(scope="module")
def other_key(directory):
    return apns_credentials.SigningKey(directory, kid="ZZZ999ZZZZ", team="OTHERTEAM1")


@pytest.fixture(scope="module")
def jwt(key):
    return key.jwt()


@pytest.fixture(scope="module")
def running():
    with apns_simulator.start(BINARY) as simulator:
        yield simulator
    assert simulator.process.returncode == 0


@pytest.fixture
def apns(running, key):
    running.reset()
    running.add_key(key.kid, key.team, p8_pem=key.pem)
    return running


@pytest.fixture
def apns_without_first_limit(key):
    """For clients that do not wait for the settings."""
    with apns_simulator.start(BINARY, "--initial-streams", 0) as simulator:
        simulator.add_key(key.kid, key.team, p8_pem=key.pem)
        yield simulator


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.reason = json.loads(body)["reason"] if body.startswith("{") else body
        self.timestamp = json.loads(body).get("timestamp") if body.startswith("{") else None

    def __eq__(self, other):
        return (self.status, self.reason) == other

    def __repr__(self):
        return f"({self.status}, {self.reason!r})"


def default_headers(jwt):
    headers = {"apns-topic": TOPIC, "apns-push-type": "alert", "apns-priority": "10"}
    if jwt:
        headers["authorization"] = f"bearer {jwt}"
    return headers


def push(apns, jwt, payload=BADGE, path=f"/3/device/{TOKEN}", options=(), headers=None, more=1):
    """One curl; None as a header's value leaves it out. With `more`, so many pushes on the same connection."""
    chosen = {**default_headers(jwt), **(headers or {})}
    command = ["curl", "-s", "--http2", "--cacert", apns.ca_file, "--max-time", "20", "-X", "POST"]
    for name, value in chosen.items():
        for each in value if isinstance(value, list) else [value]:
            command += ["-H", f"{name}: {each}"] if each is not None else []
    data = payload if isinstance(payload, (str, bytes)) else json.dumps(payload)
    command += ["-H", "content-type:", "--data-binary", "@-", "-D", "-", *options]
    url = f"https://localhost:{apns.port}{path}"
    done = subprocess.run(command + [url] * more, input=data if isinstance(data, bytes) else data.encode(),
                          capture_output=True)
    if done.returncode != 0:
        raise ConnectionError(done.returncode)
    head, _, body = done.stdout.decode().replace("\r\n", "\n").rpartition("\n\n")
    lines = head.split("\n\n")[-1].splitlines()
    fields = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
    return Answer(int(lines[0].split()[1]), fields, body)


def nghttp(apns, jwt, count, *options, path=f"/3/device/{TOKEN}"):
    """`count` pushes at once on one connection; returns the log of frames."""
    body = pathlib.Path(apns.ca_file).with_name("body.json")
    body.write_text(json.dumps(BADGE))
    command = ["nghttp", "-nv", "-m", str(count), "-d", str(body), "-t", "5", *options]
    for name, value in default_headers(jwt).items():
        command += ["-H", f"{name}: {value}"]
    done = subprocess.run(command + [f"https://127.0.0.1:{apns.port}{path}"], capture_output=True, text=True)
    return re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)


def h2load(apns, jwt, *options):
    data = pathlib.Path(apns.ca_file).with_name("body.json")
    data.write_text(json.dumps(BADGE))
    headers = [part for name, value in default_headers(jwt).items() for part in ("-H", f"{name}: {value}")]
    return subprocess.run(["h2load", *options, "-d", str(data), *headers, f"{apns.url}/3/device/{TOKEN}"],
                          capture_output=True, text=True).stdout


def last(apns):
    return apns.pushes()[-1]


def eventually(condition):
    """What the simulator notices only when a connection's end reaches it."""
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def test_a_good_push_is_answered_200_and_recorded(apns, jwt, key):
    started = time.time() * 1000
    answer = push(apns, jwt, headers={"apns-collapse-id": "inbox", "apns-expiration": "0"})
    assert answer == (200, "")
    record = last(apns)
    assert record["token"] == TOKEN and record["payload"] == BADGE and record["processed"]
    assert record["headers"] == {"apns-topic": TOPIC, "apns-push-type": "alert", "apns-priority": "10",
                                 "apns-collapse-id": "inbox", "apns-expiration": "0"}
    assert record["credential"] == key.kid and record["answer"]["status"] == 200
    assert record["answer"]["id"] == answer.headers["apns-id"]
    assert started - 5 <= record["received_unix_ms"] <= record["ended_unix_ms"] <= time.time() * 1000 + 5
    assert jwt not in json.dumps(record)


def test_an_apns_id_is_echoed_and_must_be_a_uuid(apns, jwt):
    name = "eabeae54-14a8-11e5-b60b-1697f925ec7b"
    assert push(apns, jwt, headers={"apns-id": name}).headers["apns-id"] == name
    assert re.fullmatch(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", push(apns, jwt).headers["apns-id"])
    assert push(apns, jwt, headers={"apns-id": "42"}) == (400, "BadMessageId")


@pytest.mark.parametrize("path, expected", [
    ("/3/devices/" + TOKEN, (404, "BadPath")), ("/", (404, "BadPath")), ("/3/device", (404, "BadPath")),
    ("/3/device/", (400, "MissingDeviceToken")), ("/3/device/xyz0", (400, "BadDeviceToken")),
    ("/3/device/abc", (400, "BadDeviceToken")), ("/3/device/" + TOKEN + "/x", (400, "BadDeviceToken")),
    ("/3/device/" + "ab" * 300, (400, "BadDeviceToken")), ("/3/device/" + "AB" * 50, (200, ""))])
def test_the_path_is_that_of_a_token_in_hexadecimal(apns, jwt, path, expected):
    assert push(apns, jwt, path=path) == expected


def test_only_post_is_allowed(apns, jwt):
    assert push(apns, jwt, options=["-X", "PUT"]) == (405, "MethodNotAllowed")


@pytest.mark.parametrize("headers, expected", [
    ({"apns-push-type": None}, (400, "InvalidPushType")), ({"apns-push-type": "loud"}, (400, "InvalidPushType")),
    ({"apns-priority": "7"}, (400, "BadPriority")), ({"apns-priority": "5"}, (200, "")),
    ({"apns-priority": None}, (200, "")), ({"apns-expiration": "tomorrow"}, (400, "BadExpirationDate")),
    ({"apns-expiration": "-1"}, (400, "BadExpirationDate")), ({"apns-expiration": "2000000000"}, (200, "")),
    ({"apns-collapse-id": "c" * 64}, (200, "")), ({"apns-collapse-id": "c" * 65}, (400, "BadCollapseId")),
    ({"apns-topic": None}, (400, "MissingTopic")), ({"apns-topic": "com.example mail"}, (400, "BadTopic")),
    ({"apns-priority": ["10", "5"]}, (400, "DuplicateHeaders"))])
def test_each_header_is_judged(apns, jwt, headers, expected):
    assert push(apns, jwt, headers=headers) == expected


@pytest.mark.parametrize("payload, expected", [
    ("", (400, "PayloadEmpty")), ("not json", (400, "PayloadEmpty")), ("[1]", (400, "PayloadEmpty")),
    ({"aps": 1}, (400, "PayloadEmpty")), ({"badge": 1}, (400, "PayloadEmpty")),
    ({"aps": {"badge": "3"}}, (400, "PayloadEmpty")), ({"aps": {"badge": -1}}, (400, "PayloadEmpty")),
    ({"aps": {"badge": 1.5}}, (400, "PayloadEmpty")), ({"aps": {"badge": None}}, (400, "PayloadEmpty")),
    ({"aps": {"alert": 1}}, (400, "PayloadEmpty")), ({"aps": {"badge": 0}}, (200, "")),
    ({"aps": {"alert": {"title-loc-key": "K"}, "sound": "default", "mutable-content": 1}}, (200, "")),
    ({"aps": {"badge": 1}, "postbell": {"badge": "text", "aps": {"badge": "text"}}}, (200, "")),
    ('{"aps":{"badge":1}}' + " " * 4077, (200, "")), ('{"aps":{"badge":1}}' + " " * 4078, (413, "PayloadTooLarge")),
    ('{"aps":' + "[" * 500 + "]" * 500 + "}", (400, "PayloadEmpty")), (b'{"aps":{"alert":"\xff"}}', (400, "PayloadEmpty"))])
def test_the_payload_is_json_with_an_aps_dictionary_of_at_most_4096_bytes(apns, jwt, payload, expected):
    assert push(apns, jwt, payload) == expected


@pytest.mark.parametrize("aps, priority, expected", [
    ({"content-available": 1}, "5", (200, "")), ({"content-available": 1}, "10", (400, "BadPriority")),
    ({"content-available": 1}, None, (400, "BadPriority")), ({}, "5", (400, "InvalidPushType")),
    ({"content-available": 0}, "5", (400, "InvalidPushType")),
    ({"content-available": 1, "badge": 1}, "5", (400, "InvalidPushType")),
    ({"content-available": 1, "sound": "x"}, "5", (400, "InvalidPushType"))])
def test_a_background_push_needs_priority_5_and_nothing_visible(apns, jwt, aps, priority, expected):
    assert push(apns, jwt, {"aps": aps},
                headers={"apns-push-type": "background", "apns-priority": priority}) == expected


def test_what_a_phone_would_not_show_is_a_violation(apns, jwt):
    push(apns, jwt, {"aps": {"content-available": 1}}, headers={"apns-surprise": "1"})
    assert last(apns)["violations"] == ["an alert push with nothing to show", "an unknown apns- header"]
    assert last(apns)["headers"]["apns-surprise"] == "1"


def test_a_provider_token_is_needed_and_its_signature_is_verified(apns, jwt, key, other_key):
    assert push(apns, None) == (403, "MissingProviderToken")
    assert push(apns, None, headers={"authorization": "basic abc"}) == (403, "MissingProviderToken")
    flipped = jwt[:-10] + ("A" if jwt[-10] != "A" else "B") + jwt[-9:]
    for bad in (flipped, jwt[:-4], "a.b.c", jwt + ".x", "..", key.jwt(header={"alg": "RS256"}),
                key.jwt(header={"kid": None}), key.jwt(claims={"iss": "NOBODY0000"}), key.jwt(claims={"iat": None}),
                key.jwt(claims={"iat": str(int(time.time()))}), other_key.jwt(), other_key.jwt(
                    header={"kid": key.kid}, claims={"iss": key.team}), key.jwt(issued_at=time.time() + 600)):
        assert push(apns, bad) == (403, "InvalidProviderToken"), bad
    assert push(apns, jwt) == (200, "")


def test_a_provider_token_lives_an_hour(apns, jwt, key):
    assert push(apns, key.jwt(issued_at=time.time() - 3610)) == (403, "ExpiredProviderToken")
    assert push(apns, jwt) == (200, "")
    apns.clock(offset_seconds=3500)
    assert push(apns, jwt) == (200, "")
    apns.clock(offset_seconds=3700)
    assert push(apns, jwt) == (403, "ExpiredProviderToken")


def test_a_key_may_not_be_given_a_new_token_within_20_minutes(apns, key):
    now = time.time()
    first, second = key.jwt(issued_at=now - 30), key.jwt(issued_at=now)
    assert push(apns, first) == (200, "")
    assert push(apns, second) == (429, "TooManyProviderTokenUpdates")
    assert push(apns, first) == (200, "")
    apns.clock(offset_seconds=1250)
    assert push(apns, key.jwt(issued_at=now + 1250)) == (200, "")
    apns.reset()
    apns.add_key(key.kid, key.team, public_key_pem=subprocess.run(
        ["openssl", "pkey", "-in", key.file, "-pubout"], capture_output=True, text=True, check=True).stdout)
    apns.policy(token_updates="allow")
    assert push(apns, first) == (200, "") and push(apns, second) == (200, "")


def test_a_key_may_be_limited_to_topics_and_to_an_environment(apns, jwt, key):
    apns.add_key(key.kid, key.team, p8_pem=key.pem, topics=["com.example.other"])
    assert push(apns, jwt) == (400, "TopicDisallowed")
    assert push(apns, jwt, headers={"apns-topic": "com.example.other"}) == (200, "")
    apns.add_key(key.kid, key.team, p8_pem=key.pem, environment="sandbox")
    assert push(apns, jwt) == (403, "BadEnvironmentKeyIdInToken")


def test_one_connection_serves_one_team(apns, jwt, other_key):
    apns.add_key(other_key.kid, other_key.team, p8_pem=other_key.pem)
    tls = ["curl", "-s", "--http2", "--cacert", apns.ca_file, "-d", json.dumps(BADGE), "-H", "apns-push-type: alert",
           "-H", f"apns-topic: {TOPIC}"]
    url = f"https://localhost:{apns.port}/3/device/{TOKEN}"
    done = subprocess.run([*tls, "-H", f"authorization: bearer {jwt}", url, "--next", *tls[1:], "-H",
                           f"authorization: bearer {other_key.jwt()}", url], capture_output=True, text=True)
    assert json.loads(done.stdout)["reason"] == "UnrelatedKeyIdInToken"
    assert len({record["connection"] for record in apns.pushes()[:2]}) == 1


def test_a_device_is_of_one_topic_and_environment_and_can_be_dead(apns, jwt):
    apns.set_device(TOKEN, topic="com.example.other")
    assert push(apns, jwt) == (400, "DeviceTokenNotForTopic")
    apns.set_device(TOKEN, environment="sandbox")
    assert push(apns, jwt) == (400, "BadDeviceToken")
    apns.set_device(TOKEN, state="wrong_topic")
    assert push(apns, jwt) == (400, "DeviceTokenNotForTopic")
    apns.set_device(TOKEN, state="unregistered", timestamp=1700000000123)
    answer = push(apns, jwt)
    assert answer == (410, "Unregistered") and answer.timestamp == 1700000000123
    apns.set_device(TOKEN.upper(), state="expired")
    answer = push(apns, jwt)
    assert answer == (410, "ExpiredToken") and abs(answer.timestamp - time.time() * 1000) < 60000
    assert apns.remove_device(TOKEN)
    assert push(apns, jwt) == (200, "")
    apns.policy(unknown_tokens="reject")
    assert push(apns, jwt) == (400, "BadDeviceToken")


def test_a_client_certificate_speaks_for_its_topics(apns, jwt, directory):
    certificate, key_file = apns_credentials.client_certificate(directory, TOPIC)
    mutual = ["--cert", certificate, "--key", key_file]
    assert push(apns, None, options=mutual) == (200, "")
    assert f"UID={TOPIC}" in last(apns)["credential"]
    assert push(apns, None, headers={"apns-topic": None}, options=mutual) == (200, "")
    assert push(apns, None, headers={"apns-topic": "com.example.other"}, options=mutual) == (400, "TopicDisallowed")
    assert push(apns, jwt, options=mutual) == (200, "")
    assert last(apns)["violations"] == ["authorization beside a client certificate is ignored"]

    certificate, key_file = apns_credentials.client_certificate(
        directory, TOPIC, topics=[TOPIC, TOPIC + ".voip"], name="universal")
    mutual = ["--cert", certificate, "--key", key_file]
    assert push(apns, None, headers={"apns-topic": TOPIC + ".voip", "apns-push-type": "voip"},
                options=mutual) == (200, "")
    assert push(apns, None, headers={"apns-topic": None}, options=mutual) == (400, "MissingTopic")


def test_a_client_certificate_is_of_an_environment_and_not_expired(apns, directory):
    made = {name: apns_credentials.client_certificate(directory, name=name, **how) for name, how in {
        "development": {"user_id": TOPIC, "production": False, "development": True},
        "plain": {"user_id": TOPIC, "production": False}, "nobody": {"user_id": ""},
        "expired": {"user_id": TOPIC, "days": -1}}.items()}
    mutual = {name: ["--cert", files[0], "--key", files[1]] for name, files in made.items()}
    assert push(apns, None, options=mutual["development"]) == (403, "BadCertificateEnvironment")
    assert push(apns, None, options=mutual["plain"]) == (403, "BadCertificate")
    assert push(apns, None, options=mutual["nobody"]) == (403, "BadCertificate")
    apns.policy(certificate_environment="ignore")
    assert push(apns, None, options=mutual["plain"]) == (200, "")
    with pytest.raises(ConnectionError):
        push(apns, None, options=mutual["expired"])
    assert any("expired" in text or "verify failed" in text for text in apns.stats()["violation_counts"])


def test_one_stream_is_allowed_until_a_token_was_accepted(apns, jwt):
    log = nghttp(apns, jwt, 5)
    limits = re.findall(r"MAX_CONCURRENT_STREAMS\(0x03\):(\d+)", log.split("recv SETTINGS", 1)[1])
    assert [limit for limit in limits if limit != "100"] == ["1", "1000"]


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def literal(name, value):
    """One header field of HPACK without indexing, all of it plain."""
    def text(plain):
        size, length = len(plain), b""
        if size < 127:
            return bytes([size]) + plain
        size -= 127
        while size >= 128:
            length += bytes([size % 128 + 128])
            size //= 128
        return b"\x7f" + length + bytes([size]) + plain
    return b"\0" + text(name.encode()) + text(value.encode())


def read_frames(tls):
    """(type, stream, payload) of each frame until the connection ends or is quiet."""
    data = b""
    try:
        while chunk := tls.recv(65536):
            data += chunk
    except OSError:
        pass
    while data:
        size = int.from_bytes(data[:3], "big")
        yield data[3], int.from_bytes(data[5:9], "big"), data[9:9 + size]
        data = data[9 + size:]


def test_a_client_that_does_not_wait_for_the_stream_limit_is_refused_the_rest(apns, jwt):
    fields = {":method": "POST", ":scheme": "https", ":path": f"/3/device/{TOKEN}", ":authority": "localhost",
              **default_headers(jwt)}
    block = b"".join(literal(name, value) for name, value in fields.items())
    with open_tls(apns, timeout=0.5) as tls:
        tls.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0) + frame(1, 4, 1, block) +
                    frame(1, 4, 3, block) + frame(0, 1, 1, json.dumps(BADGE).encode()))
        frames = list(read_frames(tls))
    assert (3, 3, (7).to_bytes(4, "big")) in frames  # RST_STREAM, REFUSED_STREAM
    assert [(record["stream"], record["answer"]["status"]) for record in apns.pushes()] == [(1, 200)]


def test_headers_that_fill_the_hpack_table_are_noted(apns_without_first_limit, jwt):
    apns = apns_without_first_limit
    def indexed(name, value):
        return b"\x40" + literal(name, value)[1:]

    fields = {":method": "POST", ":scheme": "https", ":authority": "localhost", **default_headers(jwt)}
    constant = b"".join(literal(name, value) for name, value in fields.items())
    requests = b"".join(
        frame(1, 4, stream, constant.replace(b"\0\x0a:authority", indexed(":path", f"/3/device/{stream:08x}") +
                                             b"\0\x0a:authority")) + frame(0, 1, stream, json.dumps(BADGE).encode())
        for stream in range(3, 61, 2))
    first = frame(1, 4, 1, literal(":path", f"/3/device/{TOKEN}") + constant)
    with open_tls(apns, timeout=0.5) as tls:
        tls.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0) + first +
                    frame(0, 1, 1, json.dumps(BADGE).encode()))
        assert eventually(lambda: apns.stats()["requests"] == 1)
        tls.sendall(requests)
        list(read_frames(tls))
    assert "HPACK: headers that differ per request fill the table" in apns.stats()["violation_counts"]


def test_a_client_without_h2_is_not_served(apns):
    context = ssl.create_default_context(cafile=apns.ca_file)
    with socket.create_connection(("127.0.0.1", apns.port)) as tcp, \
            context.wrap_socket(tcp, server_hostname="localhost") as tls:
        assert tls.recv(1) == b""
    context.set_alpn_protocols(["http/1.1"])
    with pytest.raises(ssl.SSLError), socket.create_connection(("127.0.0.1", apns.port)) as tcp:
        context.wrap_socket(tcp, server_hostname="localhost")
    assert apns.stats()["connections"]["handshakes_failed"] == 2


def test_what_is_not_http2_is_a_violation(apns):
    context = ssl.create_default_context(cafile=apns.ca_file)
    context.set_alpn_protocols(["h2"])
    with socket.create_connection(("127.0.0.1", apns.port)) as tcp, \
            context.wrap_socket(tcp, server_hostname="localhost") as tls:
        tls.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n\r\n")
        while tls.recv(1000):
            pass
    assert any(text.startswith("HTTP/2") for text in apns.stats()["violation_counts"])


def test_a_content_length_that_is_wrong_is_reset_and_noted(apns, jwt):
    log = nghttp(apns, jwt, 1, "-H", "content-length: 5000")
    assert "PROTOCOL_ERROR" in log
    assert any("reset" in text for text in apns.stats()["violation_counts"])


def test_many_connections_in_a_minute_are_noted(apns, jwt):
    for _ in range(11):
        push(apns, jwt)
    assert apns.stats()["violation_counts"]["more than 10 connections within a minute"] == 1


@pytest.mark.parametrize("fault, expected", [
    ({"status": 503, "reason": "ServiceUnavailable", "retry_after": 7}, (503, "ServiceUnavailable")),
    ({"status": 429, "reason": "TooManyRequests"}, (429, "TooManyRequests")),
    ({"status": 410, "reason": "Unregistered", "timestamp": 5}, (410, "Unregistered")),
    ({"status": 500, "body": "<html>"}, (500, "<html>")), ({"status": 418}, (418, ""))])
def test_any_answer_can_be_asked_for(apns, jwt, fault, expected):
    apns.add_fault("answer", match={"next": 1}, headers={"x-sign": "here"}, **fault)
    answer = push(apns, jwt)
    assert answer == expected and answer.headers["x-sign"] == "here"
    assert answer.headers.get("retry-after") == (str(fault["retry_after"]) if "retry_after" in fault else None)
    assert answer.timestamp == fault.get("timestamp")
    assert last(apns)["fault"] == "answer" and not last(apns)["processed"]
    assert push(apns, jwt) == (200, "")


def test_an_intercepted_answer_has_no_id_and_reaches_no_device(apns, jwt):
    apns.add_fault("answer", match={"next": 1}, status=200, body="<html>", intercepted=True)
    answer = push(apns, jwt)
    assert answer.status == 200 and "apns-id" not in answer.headers
    assert not last(apns)["processed"]
    assert "apns-id" in push(apns, jwt).headers


def test_a_rule_picks_requests_by_token_topic_turn_and_dice(apns, jwt):
    def struck(count, token=TOKEN, **headers):
        return [push(apns, jwt, path=f"/3/device/{token}", headers=headers).status != 200 for _ in range(count)]

    apns.add_fault("answer", match={"token_prefix": "cd", "topic": "com.example.x"}, status=500)
    assert struck(1) == [False] and struck(1, "cd01") == [False]
    assert struck(1, "cd01", **{"apns-topic": "com.example.x"}) == [True]
    apns.clear_faults()
    apns.add_fault("answer", match={"skip": 1, "every": 2, "next": 2}, status=500, name="named")
    assert struck(7) == [False, False, True, False, True, False, False]
    assert apns.faults()[0]["hits"] == 2 and apns.faults()[0]["name"] == "named"
    runs = []
    for _ in range(2):
        apns.clear_faults()
        apns.add_fault("answer", match={"probability": 0.5, "seed": 7}, status=500)
        runs.append(struck(12))
    assert runs[0] == runs[1] and True in runs[0] and False in runs[0]


def test_an_answer_can_be_late_or_never_come(apns, jwt):
    apns.add_fault("delay", match={"next": 1}, delay_ms=300)
    started = time.monotonic()
    assert push(apns, jwt) == (200, "")
    assert time.monotonic() - started >= 0.3
    apns.add_fault("hold")
    with pytest.raises(ConnectionError):
        push(apns, jwt, options=["--max-time", "0.5"])
    assert eventually(lambda: last(apns)["outcome"] in ("closed", "cancelled"))
    assert not last(apns)["processed"]


def test_a_goaway_says_what_was_processed(apns_without_first_limit, jwt):
    apns = apns_without_first_limit
    apns.add_fault("goaway", match={"next": 1, "skip": 2}, reason="Shutdown", error_code="NO_ERROR")
    log = nghttp(apns, jwt, 8)
    sent = re.search(r"recv GOAWAY.*?\n.*?last_stream_id=(\d+).*?opaque_data\(\d+\)=\[(.*?)\]", log, re.S)
    assert json.loads(sent[2]) == {"reason": "Shutdown"}
    records = [record for record in apns.pushes() if record["connection"] == apns.pushes()[-1]["connection"]]
    answered = [record["stream"] for record in records if record["outcome"] == "answered"]
    assert max(answered) == int(sent[1])


def test_a_goaway_can_cut_a_batch(apns_without_first_limit, jwt):
    apns = apns_without_first_limit
    apns.add_fault("goaway", match={"next": 1, "skip": 4}, cut=3, error_code=0)
    log = nghttp(apns, jwt, 12)
    sent = re.search(r"recv GOAWAY.*?\n.*?last_stream_id=(\d+)", log, re.S)
    records = apns.pushes()
    answered = [record["stream"] for record in records if record["outcome"] == "answered"]
    unprocessed = [record["stream"] for record in records if record["outcome"] == "unprocessed"]
    assert len(answered) == 4 and len(unprocessed) >= 3
    assert max(answered) == int(sent[1]) < min(unprocessed)


def test_a_stream_can_be_reset(apns, jwt):
    apns.add_fault("rst_stream", match={"next": 1})
    assert "REFUSED_STREAM" in nghttp(apns, jwt, 1)
    apns.add_fault("rst_stream", match={"next": 1}, error_code="INTERNAL_ERROR", processed=True)
    assert "INTERNAL_ERROR" in nghttp(apns, jwt, 1)
    refused, internal = apns.pushes()
    assert refused["outcome"] == internal["outcome"] == "reset"
    assert not refused["processed"] and internal["processed"]
    assert apns.stats()["violation_counts"] == {}


@pytest.mark.parametrize("how", [{}, {"after_bytes": 20}, {"fin": True}, {"fin": True, "after_bytes": 1}])
def test_a_connection_can_be_dropped(apns, jwt, how):
    apns.add_fault("close", match={"next": 1}, **how)
    with pytest.raises(ConnectionError):
        push(apns, jwt)
    assert last(apns)["outcome"] == ("answered" if "after_bytes" in how else "closed")
    assert push(apns, jwt) == (200, "")


def test_the_stream_limit_changes_under_a_live_connection_and_back(apns, jwt):
    apns.add_fault("settings", match={"next": 1}, max_concurrent_streams=1, initial_window_size=100)
    log = nghttp(apns, jwt, 1)
    assert re.findall(r"recv SETTINGS.*?MAX_CONCURRENT_STREAMS\(0x03\):(\d+)", log, re.S)[-1] == "1"
    apns.add_fault("settings", on="now", max_concurrent_streams=7)
    log = nghttp(apns, jwt, 1)
    assert re.findall(r"recv SETTINGS.*?MAX_CONCURRENT_STREAMS\(0x03\):(\d+)", log, re.S)[-1] == "7"
    apns.clear_faults()
    log = nghttp(apns, jwt, 1)
    assert re.findall(r"recv SETTINGS.*?MAX_CONCURRENT_STREAMS\(0x03\):(\d+)", log, re.S)[-1] == "1000"


def open_tls(apns, alpn=("h2",), timeout=2):
    context = ssl.create_default_context(cafile=apns.ca_file)
    context.set_alpn_protocols(list(alpn))
    tcp = socket.create_connection(("127.0.0.1", apns.port), timeout=timeout)
    return context.wrap_socket(tcp, server_hostname="localhost")


def test_a_connection_can_meet_a_black_hole(apns, jwt):
    apns.add_fault("blackhole", on="accept", match={"next": 1})
    with pytest.raises(TimeoutError):
        open_tls(apns, timeout=0.5)
    apns.add_fault("blackhole", match={"next": 1})
    with pytest.raises(ConnectionError):
        push(apns, jwt, options=["--max-time", "0.5"])
    assert eventually(lambda: last(apns)["outcome"] == "closed")
    assert push(apns, jwt) == (200, "")


def test_a_tls_handshake_can_stop_half_way(apns):
    apns.add_fault("half_open_tls", match={"next": 1})
    with pytest.raises(TimeoutError):
        open_tls(apns, timeout=0.5)
    open_tls(apns).close()


def test_alpn_can_be_answered_wrongly_or_not_at_all(apns):
    apns.add_fault("not_h2", match={"next": 1})
    assert open_tls(apns, ("h2", "http/1.1")).selected_alpn_protocol() is None
    apns.clear_faults()
    apns.add_fault("not_h2", match={"next": 1}, alpn="http/1.1")
    with open_tls(apns, ("h2", "http/1.1")) as tls:
        assert tls.selected_alpn_protocol() == "http/1.1"
        tls.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        assert tls.recv(100).startswith(b"HTTP/1.1 400")


def test_connections_can_be_refused_limited_and_slow(apns, jwt):
    apns.add_fault("refuse", on="now")
    with pytest.raises(ConnectionRefusedError):
        open_tls(apns)
    apns.clear_faults()
    assert push(apns, jwt) == (200, "")
    apns.add_fault("refuse", for_ms=300)
    with pytest.raises(ConnectionRefusedError):
        open_tls(apns)
    time.sleep(0.5)
    assert push(apns, jwt) == (200, "")
    assert eventually(lambda: apns.stats()["connections"]["open"] == 0)
    apns.add_fault("max_connections", limit=1)
    with open_tls(apns):
        with pytest.raises(OSError):
            open_tls(apns)
    assert apns.stats()["connections"]["closed_at_accept"] == 1
    assert eventually(lambda: apns.stats()["connections"]["open"] == 0)
    apns.clear_faults()
    apns.add_fault("delay", on="accept", delay_ms=300)
    started = time.monotonic()
    open_tls(apns).close()
    assert time.monotonic() - started >= 0.3


@pytest.mark.parametrize("kind, survives", [
    ("unknown_frame", True), ("random", False), ("http1", False), ("oversized_frame", False), ("bad_hpack", False),
    ("headers_on_stream_0", False), ("data_on_idle_stream", False), ("window_overflow", False),
    ("bad_settings", False), ("push_promise", False)])
def test_garbage_can_stand_between_good_frames(apns, jwt, kind, survives):
    apns.add_fault("garbage", match={"next": 1}, kind=kind)
    if survives:
        assert push(apns, jwt) == (200, "")
    else:
        log = nghttp(apns, jwt, 1)
        assert "GOAWAY" in log or "ERROR" in log or "error" in log
    assert push(apns, jwt) == (200, "")


def test_a_fault_can_strike_every_open_connection_now(apns):
    with open_tls(apns) as tls:
        tls.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5))
        assert eventually(lambda: apns.stats()["connections"]["open"] == 1)
        apns.add_fault("close", on="now", fin=True)
        with pytest.raises(ssl.SSLEOFError):
            while tls.recv(1000):
                pass
            raise ssl.SSLEOFError("ended without a word")


def test_a_rule_that_makes_no_sense_is_refused(apns):
    for rule in ({"action": {"type": "explode"}}, {"action": {"type": "answer", "statu": 500}}, {"match": {}},
                 {"action": {"type": "answer"}, "match": {"tokenprefix": "a"}}, {"action": {"type": "answer", "on": "now"}},
                 {"action": {"type": "answer", "status": "500"}}, {"action": {"type": "max_connections"}}, 3,
                 {"action": {"type": "garbage", "kind": "nice"}}, {"action": {"type": "goaway", "error_code": "OOPS"}}):
        with pytest.raises(apns_simulator.SimulatorError):
            apns.call("POST", "/faults", rule)
    for call in (("GET", "/nothing"), ("POST", "/keys", {"kid": "a", "team": "b", "p8_pem": "c"}),
                 ("POST", "/policy", {"unknown_tokens": "maybe"}), ("POST", "/devices", {"topic": "x"})):
        with pytest.raises(apns_simulator.SimulatorError):
            apns.call(*call)
    assert apns.faults() == []


def test_wait_returns_when_so_many_pushes_have_come(apns, jwt):
    waiting = []
    thread = threading.Thread(target=lambda: waiting.append(apns.wait(2, timeout_ms=20000)))
    thread.start()
    push(apns, jwt)
    push(apns, jwt)
    thread.join(20)
    assert waiting == [True]
    assert not apns.wait(3, timeout_ms=50)


def test_the_statistics_tell_answers_connections_and_rate(apns, jwt):
    push(apns, jwt, more=3)
    push(apns, None)
    statistics = apns.stats()
    assert statistics["requests"] == 4 and statistics["processed"] == 3
    assert {(a["status"], a["reason"]): a["count"] for a in statistics["answers"]} == {
        (200, ""): 3, (403, "MissingProviderToken"): 1}
    assert statistics["connections"]["opened"] == 2
    assert sum(second["requests"] for second in statistics["seconds"]) == 4
    apns.reset(keep="registry")
    assert apns.stats()["requests"] == 0 and apns.pushes() == []
    assert push(apns, jwt) == (200, "")


def test_only_the_last_pushes_are_kept_and_nothing_with_the_record_off(key, jwt):
    with apns_simulator.start(BINARY, "--record-limit", 3) as apns:
        apns.add_key(key.kid, key.team, p8_pem=key.pem)
        push(apns, jwt, more=5)
        assert [record["number"] for record in apns.pushes()] == [3, 4, 5]
        with pytest.raises(apns_simulator.SimulatorError):
            apns.pushes(since=1)
    with apns_simulator.start(BINARY, "--record", "off") as apns:
        apns.add_key(key.kid, key.team, p8_pem=key.pem)
        apns.add_fault("delay", delay_ms=20)
        push(apns, jwt, more=2)
        assert apns.pushes() == [] and apns.stats()["processed"] == 2


def test_connections_are_dealt_out_to_threads(key, jwt):
    with apns_simulator.start(BINARY, "--threads", 3, "--initial-streams", 0) as apns:
        apns.add_key(key.kid, key.team, p8_pem=key.pem)
        assert "3000 succeeded" in h2load(apns, jwt, "-c6", "-m20", "-n3000")
        assert apns.stats()["processed"] == 3000 and len(apns.pushes()) == 3000
        apns.add_fault("settings", on="now", max_concurrent_streams=5)
        apns.clear_faults()


def test_the_clock_can_run_fast(key):
    with apns_simulator.start(BINARY, "--clock-speed", 1000) as apns:
        before = apns.state()["clock"]["simulated_unix"]
        time.sleep(0.2)
        assert apns.state()["clock"]["simulated_unix"] - before >= 200
        apns.clock(now_unix=5000, speed=0)
        assert apns.state()["clock"] == {"simulated_unix": 5000.0, "speed": 0.0}


def test_an_expired_server_certificate_can_be_had(jwt):
    with apns_simulator.start(BINARY, "--certificate-days", -1) as apns:
        with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
            open_tls(apns)


def test_it_ends_on_a_signal_and_when_its_standard_input_ends(tmp_path):
    apns = apns_simulator.start(BINARY, "--state-dir", tmp_path / "made")
    assert apns.ca_file == str(tmp_path / "made" / "ca.pem")
    apns.process.stdin.close()
    assert apns.process.wait(timeout=20) == 0
    apns = apns_simulator.start(BINARY)
    folder = pathlib.Path(apns.ca_file).parent
    apns.process.send_signal(signal.SIGINT)
    assert apns.process.wait(timeout=20) == 0
    assert not folder.exists()


@pytest.mark.parametrize("arguments", [["--port", "1"], ["--threads", "0"], ["--threads"], ["--listen", "here"],
                                       ["--key", "a.pem"], ["--record", "maybe"], ["--clock-speed", "-1"]])
def test_a_command_line_that_makes_no_sense_is_refused(arguments):
    done = subprocess.run([BINARY, *arguments], capture_output=True, text=True)
    assert done.returncode == 2 and done.stderr.startswith("apns-simulator: ")

# SPDX-License-Identifier: Apache-2.0
"""What mail servers may send, rightly and wrongly, and what they are answered."""
import gzip
import shutil
import signal
import socket
import ssl
import subprocess
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from simulators.exchange import Style
from simulators.exchange.answer import subscription_status
from simulators.phone import Account, Phone
from simulators.phone.http import request
from support import listener, openssl
from support.listener import folder_changed, new_mail, status_event
from support.mail import mail
from support.world import World

DATA = Path(__file__).parent / "data" / "ews"
GOOD = sorted(p.name for p in DATA.glob("*.xml") if "malformed" not in p.name)
MALFORMED = sorted(p.name for p in DATA.glob("*.malformed.xml"))


def url_of(account: Account) -> str:
    return str(account.callbacks["ews"]["url"])


@pytest.mark.row("LISTEN-1")
def test_the_answer_is_what_exchange_wants_to_the_letter(signed_in: tuple[Phone, Account]) -> None:
    _, account = signed_in
    answer = listener.post(url_of(account), listener.body(account.subscription_id, [status_event()]))

    assert subscription_status(answer.status, answer.headers["content-type"], answer.body) == "OK"
    assert answer.headers["content-type"].lower().replace(" ", "") == "text/xml;charset=utf-8"


@pytest.mark.row("LISTEN-14")
@pytest.mark.parametrize("name", GOOD)
def test_captured_messages_are_understood(signed_in: tuple[Phone, Account], name: str) -> None:
    _, account = signed_in
    content = (DATA / name).read_bytes()

    answer = listener.post(url_of(account), content)

    assert listener.verdict(answer) == "OK", "an id that was never reported is served for a while"


@pytest.mark.row("LISTEN-2")
@pytest.mark.parametrize("name", MALFORMED)
def test_captures_that_are_not_xml_are_400(signed_in: tuple[Phone, Account], name: str) -> None:
    assert listener.post(url_of(signed_in[1]), (DATA / name).read_bytes()).status == 400


@pytest.mark.row("LISTEN-2")
@pytest.mark.parametrize("content", [
    b"", b"x", b"<a/>", b"<?xml version='1.0'?>", b"\x00" * 100, b"\xff\xfe<\x00", b"{}",
    b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body/></s:Envelope>',
    listener.body("id", [status_event()])[:-20], listener.body("id", [status_event()]).replace(b"SendNotification>", b"X>")],
    ids=lambda content: content[:12].hex() or "empty")
def test_what_is_no_notification_is_400(signed_in: tuple[Phone, Account], content: bytes) -> None:
    assert listener.post(url_of(signed_in[1]), content).status == 400


@pytest.mark.row("LISTEN-3")
def test_more_than_a_mebibyte_is_413(signed_in: tuple[Phone, Account]) -> None:
    content = listener.body("id", [status_event()]) + b" " * (1 << 20)

    assert listener.post(url_of(signed_in[1]), content).status == 413


@pytest.mark.row("LISTEN-4")
@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "multipart/form-data; boundary=x"])
def test_another_content_type_is_415(signed_in: tuple[Phone, Account], content_type: str) -> None:
    content = listener.body("id", [status_event()])

    assert listener.post(url_of(signed_in[1]), content, content_type=content_type).status == 415


@pytest.mark.row("LISTEN-4")
def test_a_coded_body_is_415_and_the_answer_says_that_none_is_taken(world: World,
                                                                    signed_in: tuple[Phone, Account]) -> None:
    coded = gzip.compress(listener.body("id", [status_event()]))
    for url, content_type in ((url_of(signed_in[1]), "text/xml"),
                              (f"{world.gateway.registration_url}/v1/registrations", "application/json")):
        answer = request("POST", url, {"Content-Type": content_type, "Content-Encoding": "gzip"}, coded)

        assert answer.status == 415 and b"gzip" in answer.body, url
        assert answer.headers["accept-encoding"] == "identity"


@pytest.mark.row("LISTEN-5")
def test_a_target_in_absolute_form_is_the_same_callback(signed_in: tuple[Phone, Account]) -> None:
    url = urlsplit(url_of(signed_in[1]))
    content = listener.body(signed_in[1].subscription_id, [status_event()])
    for target in (url_of(signed_in[1]), f"http://{url.hostname}{url.path}"):
        host = urlsplit(target).netloc
        head = (f"POST {target} HTTP/1.1\r\nHost: {host}\r\nContent-Type: text/xml; charset=utf-8\r\n"
                f"Content-Length: {len(content)}\r\nConnection: close\r\n\r\n")

        answer = listener.raw(url_of(signed_in[1]), head.encode() + content)

        assert answer.startswith(b"HTTP/1.1 200 ") and b">OK<" in answer, target


@pytest.mark.row("LISTEN-5")
def test_another_method_or_instance_is_refused(world: World, signed_in: tuple[Phone, Account]) -> None:
    url = url_of(signed_in[1])
    content = listener.body("id", [status_event()])

    assert listener.post(url, content, method="PUT").status == 405
    assert listener.post(url, content, method="GET").status == 405
    assert listener.post(url.replace("/ews/", "/domino/"), content).status == 404
    assert listener.post(world.gateway.mailbox_url + "/", content).status == 404
    assert listener.post(world.gateway.mailbox_url + "/v1/registrations", content).status == 404


@pytest.mark.row("LISTEN-6")
@pytest.mark.row("LISTEN-7")
@pytest.mark.row("LISTEN-11")
@pytest.mark.parametrize("style", [
    {"encoding": "utf-16"}, {"encoding": "utf-16-le"}, {"encoding": "utf-16-be"}, {"byte_order_mark": True},
    {"prefix": ""}, {"prefix": "s"}, {"types_prefix": "a", "messages_prefix": "b"}, {"declaration": False},
    {"charset": False}, {"encoding": "utf-16", "charset": False}, {"quoted_action": True}, {"change_keys": False},
    {"expect_continue": True}, {"chunked": True}, {"chunked": True, "expect_continue": True},
    {"version": "V2017_07_11"}, {"keep_alive": False}], ids=str)
def test_every_way_of_writing_brings_the_count(world: World, signed_in: tuple[Phone, Account],
                                               style: dict[str, object]) -> None:
    phone, account = signed_in
    usual = world.exchange.style
    world.exchange.configure(**style)
    try:
        world.exchange.mailbox(account.address).deliver(count=3)
        world.wait_badge(phone, 3)
    finally:
        world.exchange.style = usual
    deliveries = world.exchange.record.deliveries
    # The push may be there before Exchange has read its answer.
    world.when(lambda: all(d.acknowledged for d in deliveries(account.address)), because="all were acknowledged")
    assert all(d.attempt == 1 for d in deliveries(account.address))


@pytest.mark.row("LISTEN-7")
def test_an_element_of_another_namespace_is_no_event(world: World, signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    content = listener.body(account.subscription_id, [*new_mail(folder=account.folder_id),
                                                      folder_changed(2, account.folder_id)])
    extended = content.replace(b"<t:MoreEvents>", b'<o:UnreadCount xmlns:o="urn:other">99</o:UnreadCount>'
                                                  b'<t:FutureEvent><t:Watermark>x</t:Watermark></t:FutureEvent>'
                                                  b"<t:MoreEvents>")
    assert listener.verdict(listener.post(url_of(account), extended)) == "OK"
    world.wait_badge(phone, 2)


@pytest.mark.row("LISTEN-10")
@pytest.mark.parametrize("content", [
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "' + b"x" * 1000 + b'">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 20) for i in range(9)) + b"]><a>&j;</a>",
    b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a/>',
    b"<a>" * 100_000, b"<a " + b" ".join(b'b%d="c"' % i for i in range(50_000)) + b"/>",
    b"<a>" + b"x" * 900_000, b"<" + b"a" * 900_000 + b"/>"],
    ids=["bomb", "external entity", "external DTD", "deep", "attributes", "text", "name"])
def test_hostile_xml_is_refused_quickly_in_bounded_memory(world: World, signed_in: tuple[Phone, Account],
                                                          content: bytes) -> None:
    before, began = world.gateway.resident_bytes(), time.monotonic()

    assert listener.post(url_of(signed_in[1]), content).status == 400
    assert time.monotonic() - began < 1.0
    assert world.gateway.resident_bytes() - before < 50 << 20


@pytest.mark.row("LISTEN-11")
def test_connections_are_kept(world: World, signed_in: tuple[Phone, Account]) -> None:
    _, account = signed_in
    opened = world.exchange.transport.opened
    for count in range(1, 11):
        world.exchange.mailbox(account.address).deliver()
        world.exchange.record.wait(lambda all_, count=count: any(
            d.mailbox == account.address and d.unread == count and d.acknowledged for d in all_))

    assert world.exchange.transport.opened - opened <= 1


def head(account: Account, *lines: str) -> bytes:
    """A request's head."""
    parts = urlsplit(url_of(account))
    return ("\r\n".join([f"POST {parts.path} HTTP/1.1", f"Host: {parts.netloc}", "Content-Type: text/xml", *lines])
            + "\r\n\r\n").encode()


@pytest.mark.row("LISTEN-12")
@pytest.mark.parametrize("lines", [
    ("Content-Length: 5", "Transfer-Encoding: chunked"), ("Content-Length: 5", "Content-Length: 6"),
    ("Content-Length: +5",), ("Content-Length: -5",), ("Content-Length: 5, 6",), ("Content-Length: 0x5",),
    ("Transfer-Encoding: gzip, chunked",), ("Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
    ("no colon", "Content-Length: 5"), ("Content-Length : 5",), ("X: a", " folded", "Content-Length: 5"),
    ("X: a\0b", "Content-Length: 5")], ids=str)
def test_what_lets_requests_be_smuggled_is_400(signed_in: tuple[Phone, Account], lines: tuple[str, ...]) -> None:
    answer = listener.raw(url_of(signed_in[1]), head(signed_in[1], *lines) + b"0\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 400"), answer[:100]
    assert answer.count(b"HTTP/1.1") == 1, "the connection ends with it"


@pytest.mark.row("LISTEN-11")
def test_two_requests_in_one_write_are_answered_in_order(signed_in: tuple[Phone, Account]) -> None:
    _, account = signed_in
    content = listener.body(account.subscription_id, [status_event()])
    one = head(account, f"Content-Length: {len(content)}") + content

    answer = listener.raw(url_of(account), one + one)

    assert answer.count(b"HTTP/1.1 200") == 2
    assert answer.count(b">OK<") == 2


@pytest.mark.row("LISTEN-13")
def test_hundreds_of_idle_connections_on_one_listener_do_not_slow_another(world: World,
                                                                         signed_in: tuple[Phone, Account]) -> None:
    phone, account = signed_in
    parts = urlsplit(world.gateway.registration_url)
    idle = [socket.create_connection((parts.hostname or "", parts.port or 0)) for _ in range(300)]
    try:
        for connection in idle:
            connection.sendall(b"POST /v1/regis")
        began = time.monotonic()
        mail(account, 1)
        assert time.monotonic() - began < 0.5
        world.wait_badge(phone, 1)
        assert phone.state(account)["state"] == "active"
    finally:
        for connection in idle:
            connection.close()


@pytest.mark.row("API-21")
@pytest.mark.row("LISTEN-15")
def test_both_listeners_serve_tls_that_verifies(tmp_path: Path) -> None:
    with World(tmp_path, tls=True) as world:
        assert world.gateway.registration_url.startswith("https://")
        phone, account = world.signed_in(world.add_app())
        assert url_of(account).startswith("https://")
        world.exchange.mailbox(account.address).deliver()

        world.wait_badge(phone, 1)
        assert phone.state(account)["state"] == "active"


@pytest.mark.row("ADMIN-21")
def test_a_renewed_tls_certificate_is_used_after_sighup(tmp_path: Path) -> None:
    with World(tmp_path, tls=True) as world:
        parts = urlsplit(world.gateway.registration_url)
        before = ssl.get_server_certificate((parts.hostname or "", parts.port or 0))
        identity = openssl.server_identity(tmp_path / "tls")
        world.gateway.signal(signal.SIGHUP)

        def renewed() -> bool:
            return ssl.get_server_certificate((parts.hostname or "", parts.port or 0)) != before

        world.when(renewed, because="the new certificate")
        assert identity.certificate.read_text().strip() == ssl.get_server_certificate(
            (parts.hostname or "", parts.port or 0)).strip()


@pytest.mark.row("ADMIN-21")
def test_a_tls_certificate_that_was_renewed_on_disk_is_served_without_a_signal(tmp_path: Path) -> None:
    with World(tmp_path, tls=True, speed=60) as world:
        parts = urlsplit(world.gateway.registration_url)
        identity = openssl.server_identity(tmp_path / "tls", days=60)

        def served() -> str:
            return ssl.get_server_certificate((parts.hostname or "", parts.port or 0)).strip()

        world.when(lambda: served() == identity.certificate.read_text().strip(), because="the new certificate")
        world.when(lambda: world.gateway.log().count("a renewed certificate is served") == 2)


@pytest.mark.row("ADMIN-21")
def test_a_certificate_that_cannot_be_used_is_told_with_its_listener_and_the_old_one_stays(tmp_path: Path) -> None:
    with World(tmp_path, tls=True) as world:
        parts = urlsplit(world.gateway.mailbox_url)
        before = ssl.get_server_certificate((parts.hostname or "", parts.port or 0))
        (tmp_path / "tls" / "server.pem").write_text("no certificate")
        world.gateway.signal(signal.SIGHUP)

        world.when(lambda: "those TLS files that can be used" in world.gateway.log())
        told = [line for line in world.gateway.log().splitlines() if "cannot be used" in line]
        assert [name for name in ("mailbox", "registration", "admin") if any(f"listener={name}" in t for t in told)] \
            == ["mailbox", "registration"]
        assert ssl.get_server_certificate((parts.hostname or "", parts.port or 0)) == before


@pytest.mark.row("LISTEN-1")
@pytest.mark.skipif(shutil.which("xmllint") is None, reason="xmllint (libxml2-utils) is not installed")
def test_the_answer_is_well_formed_for_another_parser_too(tmp_path: Path, signed_in: tuple[Phone, Account]) -> None:
    answer = listener.post(url_of(signed_in[1]), listener.body("x", [status_event()], style=Style(prefix="")))
    file = tmp_path / "answer.xml"
    file.write_bytes(answer.body)

    assert subprocess.run(["xmllint", "--noout", file], check=False).returncode == 0
    assert ElementTree.fromstring(answer.body).tag.endswith("}Envelope")

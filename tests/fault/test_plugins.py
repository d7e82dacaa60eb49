# SPDX-License-Identifier: Apache-2.0
"""A plugin that cannot be used: the gateway says which and why, and leaves nothing half done."""
import http.client
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.cli import BUILD
from support.config import GatewayConfig
from support.gateway import Gateway
from support.mail import mail
from support.wait import until
from support.world import World

from fault.conftest import Lengths
from fault.load import figures, signed_in
from fault.machine import build_library, plugin_folder, put
from fault.network import Network
from fault.odd import odd_people, post, provider_section
from fault.told import tell

FIXTURES = BUILD / "tests" / "unit" / "plugin" / "fixtures"


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    """A folder with copies of the shipped plugins."""
    return plugin_folder(tmp_path / "plugins")


def section(plugin: str, more: str = "") -> str:
    return f'[[backend]]\ninstance = "odd"\nplugin = "{plugin}"\nenabled = true\n{more}\n'


def ends_at_start(tmp_path: Path, plugins: Path, more: str = "") -> tuple[int, str]:
    """Starts a gateway that should not start: its exit code and what it wrote."""
    config = GatewayConfig(tmp_path / "gateway", plugins=plugins, apns_endpoint="https://127.0.0.1:9", more=more)
    with Gateway(config) as gateway:
        gateway.start(wait=False)
        until(lambda: not gateway.running, 10, "the gateway gives up")
        assert gateway.exit_code is not None
        return gateway.exit_code, gateway.log()


@pytest.mark.row("FAULT-13")
def test_a_missing_plugin_is_named(tmp_path: Path, plugins: Path) -> None:
    (plugins / "ews.so").unlink()

    code, said = ends_at_start(tmp_path, plugins)

    assert code == 2
    assert str(plugins / "ews.so") in said


@pytest.mark.row("FAULT-13")
@pytest.mark.row("ADMIN-23")
@pytest.mark.parametrize(("what", "mode"), [("file", 0o775), ("file", 0o757), ("folder", 0o775), ("folder", 0o757)])
def test_a_plugin_that_others_may_write_is_refused_by_name(tmp_path: Path, plugins: Path, what: str,
                                                           mode: int) -> None:
    (plugins / "ews.so" if what == "file" else plugins).chmod(mode)

    code, said = ends_at_start(tmp_path, plugins)

    assert code == 2
    assert str(plugins) in said and "write" in said
    assert what == "folder" or "ews.so" in said


@pytest.mark.row("FAULT-13")
@pytest.mark.parametrize("content", [b"", b"\x7fELF", b"no library\n" * 100],
                         ids=["empty", "magic alone", "text"])
def test_a_damaged_plugin_is_refused_by_name(tmp_path: Path, plugins: Path, content: bytes) -> None:
    (plugins / "ews.so").write_bytes(content)

    code, said = ends_at_start(tmp_path, plugins)

    assert code == 2
    assert "ews.so is refused" in said


@pytest.mark.row("FAULT-13")
def test_a_plugin_cut_off_in_the_middle_is_refused_by_name(tmp_path: Path, plugins: Path) -> None:
    whole = (plugins / "ews.so").read_bytes()
    for part in (0.1, 0.5, 0.75):  # what follows the last segment is not loaded
        (plugins / "ews.so").write_bytes(whole[:int(len(whole) * part)])

        code, said = ends_at_start(tmp_path, plugins)

        assert code == 2, f"cut off at {part}: {code} {said}"
        assert "ews.so" in said


@pytest.mark.row("FAULT-13")
def test_a_plugin_that_throws_while_it_is_made_is_named_with_its_words(tmp_path: Path, plugins: Path) -> None:
    put(FIXTURES / "cpp_throws.so", plugins)

    code, said = ends_at_start(tmp_path, plugins, section("cpp_throws"))

    assert code == 2
    assert "the mailbox is on another planet" in said
    assert "odd" in said or "cpp_throws" in said


@pytest.mark.row("FAULT-13")
@pytest.mark.parametrize("sin", ["create-garbage-status", "create-endless-error", "create-silent-error",
                                 "start-fails", "describe-not-json", "routes-null", "routes-huge"])
def test_a_plugin_that_breaks_the_contract_at_start_is_named(tmp_path: Path, plugins: Path, sin: str) -> None:
    put(FIXTURES / "sinner.so", plugins)

    code, said = ends_at_start(tmp_path, plugins, section("sinner", f'sin = "{sin}"'))

    assert code == 2
    assert "odd" in said or "sinner" in said


@pytest.mark.row("FAULT-13")
@pytest.mark.parametrize("moment", ["create", "start"])
def test_a_plugin_that_crashes_at_start_is_named(tmp_path: Path, plugins: Path, moment: str) -> None:
    build_library("crashes.c", plugins / "crashes.so")

    code, said = ends_at_start(tmp_path, plugins, section("crashes", f'when = "{moment}"'))

    assert code != 0
    assert "crashes" in said, f"nothing names the plugin: exit {code}, {said!r}"


def with_backend(tmp_path: Path, odd_plugins: Path, plugin: str) -> World:
    """A world with that backend as instance "odd" beside "ews"."""
    return World(tmp_path, plugins=odd_plugins, more_config=section(plugin))


@pytest.mark.row("FAULT-13")
@pytest.mark.parametrize("plugin", ["odd_backend", "promising"])
@pytest.mark.parametrize(("what", "status"), [("throw", 503), ("throw anything", 503), ("throw wrong input", 400),
                                              ("garbage", 503)])
def test_a_backend_that_throws_or_answers_garbage_is_named_and_others_go_on(
        tmp_path: Path, odd_plugins: Path, plugin: str, what: str, status: int) -> None:
    with with_backend(tmp_path, odd_plugins, plugin) as world:
        phone, account = world.signed_in(world.add_app())
        for _ in range(3):
            answer = post(account, "odd", what)
            assert answer.status == status
            assert status != 503 or answer.headers["retry-after"]
        assert mail(account, 1) == "OK"
        world.wait_badge(phone, 1)
        assert [push.badge for push in world.pushes(phone)] == [1]
        named = [line for line in world.gateway.log().splitlines() if "a backend failed" in line]
        # Once a minute: whoever posts garbage is not to fill the log.
        assert status == 400 or (len(named) == 1 and "odd" in named[0])


@pytest.mark.row("FAULT-13")
@pytest.mark.parametrize("plugin", ["odd_backend", "promising"])
def test_a_backend_that_crashes_on_a_message_is_named(tmp_path: Path, odd_plugins: Path, plugin: str) -> None:
    with with_backend(tmp_path, odd_plugins, plugin) as world:
        _, account = world.signed_in(world.add_app())

        with pytest.raises((OSError, http.client.HTTPException)):
            post(account, "odd", "crash")

        until(lambda: not world.gateway.running, 10, "the gateway's end")
        assert f"{plugin}.so of [[backend]] odd crashed in handle (SIGSEGV)" in world.gateway.log()


@pytest.mark.row("FAULT-13")
@pytest.mark.parametrize(("deed", "told"), [
    ("crash elsewhere", "odd_backend.so crashed in a thread of its own (SIGSEGV)"),
    ("exit", "odd_backend.so of [[backend]] odd ended the process in handle (exit())")])
def test_a_backend_that_ends_the_process_otherwise_is_named_and_it_is_a_failure(
        tmp_path: Path, odd_plugins: Path, deed: str, told: str) -> None:
    with with_backend(tmp_path, odd_plugins, "odd_backend") as world:
        _, account = world.signed_in(world.add_app())

        with pytest.raises((OSError, http.client.HTTPException)):
            post(account, "odd", deed)

        until(lambda: not world.gateway.running, 10, "the gateway's end")
        assert told in world.gateway.log()
        assert world.gateway.exit_code == (4 if deed == "exit" else -11)


@pytest.mark.row("FAULT-14")
@pytest.mark.slow
@pytest.mark.measures
def test_a_backend_that_blocks_is_named_and_slows_nobody_else(tmp_path: Path, odd_plugins: Path, lengths: Lengths,
                                                              say: Callable[[str], None]) -> None:
    with with_backend(tmp_path, odd_plugins, "odd_backend") as world:
        people = signed_in(world, world.add_app(), 5)
        alone = durable_latencies(people, 100)
        account = people[0][1]
        # Its 4 threads, the 256 places before them, and more.
        blocked = [threading.Thread(target=post, daemon=True, args=(account, "odd", f"block {lengths.block_seconds * 1e3:.0f}"),
                                    kwargs={"timeout": 200}) for _ in range(4)]
        for thread in blocked:
            thread.start()
        time.sleep(0.3)
        waiting = [threading.Thread(target=post, daemon=True, args=(account, "odd", "block 0"),
                                    kwargs={"timeout": 200}) for _ in range(256)]
        for thread in waiting:
            thread.start()
        time.sleep(1)
        begun = time.monotonic()
        refused = post(account, "odd", "block 0")
        assert (refused.status, refused.headers["retry-after"]) == (503, "5")
        assert time.monotonic() - begun < 1

        beside = durable_latencies(people, 200)

        say(f"alone  {figures(alone)}")
        say(f"beside {figures(beside)}, a backend that blocks for {lengths.block_seconds:.0f} s")
        assert sorted(beside)[len(beside) // 2] < 3 * sorted(alone)[len(alone) // 2] + 0.02
        assert "does not keep up" in world.gateway.log() and "odd" in world.gateway.log()
        for thread in blocked + waiting:
            thread.join(lengths.block_seconds + 20)
        assert post(account, "odd", "block 0").status == 204
        assert lengths.block_seconds < 10 or "took long for one message" in world.gateway.log()


@pytest.mark.row("FAULT-14")
@pytest.mark.slow
def test_a_backend_that_blocks_though_it_promised_not_to_does_so_once(tmp_path: Path, odd_plugins: Path,
                                                                      say: Callable[[str], None]) -> None:
    with with_backend(tmp_path, odd_plugins, "promising") as world:
        phone, account = world.signed_in(world.add_app())
        held = threading.Thread(target=post, daemon=True, args=(account, "odd", "block 2000"))
        held.start()
        time.sleep(0.3)
        # The mailbox listener's thread is held; the other listeners are not.
        begun = time.monotonic()
        assert phone.state(account)["state"] == "active"
        assert world.gateway.admin_get("/readyz")[0] == 200
        assert time.monotonic() - begun < 1
        assert mail(account, 1) == "OK"
        first = time.monotonic() - begun
        held.join(10)
        named = [line for line in world.gateway.log().splitlines() if "says that it never blocks" in line]
        assert len(named) == 1 and "odd" in named[0]

        held = threading.Thread(target=post, daemon=True, args=(account, "odd", "block 2000"))
        held.start()
        time.sleep(0.3)
        begun = time.monotonic()
        assert mail(account, 2) == "OK"
        second = time.monotonic() - begun
        assert held.is_alive() and second < 0.5
        say(f"a mail server beside it waited {first:.2f} s the first time, {second * 1e3:.1f} ms the second")
        world.wait_badge(phone, 2)
        held.join(10)


def durable_latencies(people: list, count: int) -> list[float]:
    """Seconds from posting a notification to its OK."""
    found = []
    for unread in range(1, count + 1):
        begun = time.monotonic()
        assert mail(people[unread % len(people)][1], unread) == "OK"
        found.append(time.monotonic() - begun)
    return found


@pytest.mark.row("FAULT-13")
@pytest.mark.parametrize("sin", ["request-fails", "request-elsewhere", "request-nothing", "request-absurd",
                                 "authorize-garbage", "authorize-absurd", "outcome-garbage"])
def test_a_provider_that_gives_garbage_is_named_and_another_s_pushes_go_on(tmp_path: Path, odd_plugins: Path,
                                                                         sin: str) -> None:
    with World(tmp_path, plugins=odd_plugins) as world:
        provider_section(world, world.apns.endpoint, sin)
        network = Network(world.apns)
        odd, people = odd_people(world, 3), signed_in(world, world.add_app(), 3)
        for unread in (1, 2, 3):
            tell(odd, unread)
            tell(people, unread)
            for phone, _ in people:
                world.wait_badge(phone, unread)

        time.sleep(1)
        assert world.gateway.running
        status, text = world.gateway.admin_get("/metrics")
        assert status == 200 and text.isascii()
        of_odd = [a for a in network.arrivals() if a.topic == "com.example.odd"]
        assert len(of_odd) <= 20, "no storm"
        assert sin in ("outcome-garbage",) or not any(a.topic == "com.example.odd" for a in of_odd)
        said = world.gateway.log()
        assert sin == "outcome-garbage" or '"odd"' in said or "=odd" in said, said[-2000:]
        if sin.startswith("request"):
            for _, account in odd:
                shown = world.gateway.command("registration", "show", account.registration_id)["registration"]
                assert shown["last_outcome"].startswith("provider failed: "), shown
            assert world.gateway.metrics().sum("postbell_pushes_set_aside_total", provider="odd") >= len(odd)

# SPDX-License-Identifier: Apache-2.0
"""kill -9 and torn files: an acknowledged event is shown, and no older count follows a newer one."""
import itertools
import random
import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.mail import mail
from support.wait import until
from support.world import World

from fault.conftest import Lengths
from fault.load import Load, lost, percentile, signed_in, went_back
from fault.network import Network


@pytest.mark.row("DURABLE-1")
@pytest.mark.row("MERGE-6")
@pytest.mark.row("FAULT-1")
@pytest.mark.slow
def test_kills_at_random_moments_under_load_lose_nothing_and_never_go_back(
        world: World, network: Network, lengths: Lengths, say: Callable[[str], None]) -> None:
    people = signed_in(world, world.add_app(), 50)
    badges: dict[str, list[int]] = {phone.device_token: [] for phone, _ in people}
    seen = while_starting = 0
    away: list[float] = []

    def read_record() -> None:
        nonlocal seen
        arrivals = network.arrivals(since=seen)
        arrivals = list(itertools.takewhile(lambda a: a.outcome != "pending", arrivals))  # the rest when it ended
        for arrival in arrivals:
            if arrival.processed and arrival.badge is not None:
                badges[arrival.token].append(arrival.badge)
        seen = arrivals[-1].number if arrivals else seen

    with Load(world.gateway.mailbox_url, people) as load:
        for number in range(lengths.kills):
            before = load.acknowledgements
            time.sleep(random.uniform(0.0, 0.6))
            world.gateway.kill()
            if number % 4 == 3:  # and once more while it starts
                world.gateway.start(wait=False)
                time.sleep(random.uniform(0.0, 0.1))
                world.gateway.kill()
                while_starting += 1
            begun = time.monotonic()
            world.start_gateway()
            until(lambda before=before: load.acknowledgements > before, 10, "mail servers are served again")
            away.append(time.monotonic() - begun)
            read_record()
        load.end()

        def all_shown() -> bool:
            read_record()
            return not lost(load, badges)

        try:
            until(all_shown, 15)
        except TimeoutError:
            assert not lost(load, badges)
    assert not went_back(badges)
    say(f"{lengths.kills + while_starting} kills ({while_starting} of them during a start), {load.acknowledgements} "
        f"events acknowledged on {len(people)} devices, {sum(map(len, badges.values()))} pushes shown: "
        "0 lost, 0 older after newer")
    say(f"from a start to the first acknowledgement: median {percentile(away, 0.5):.2f} s, most {max(away):.2f} s")
    assert load.acknowledgements > 100 * lengths.kills ** 0.5
    assert not load.refused.keys() - {503}, load.refused


@pytest.mark.row("FAULT-2")
@pytest.mark.slow
def test_a_torn_write_ahead_log_is_served_with_what_was_committed_before_the_tear(
        world: World, network: Network, lengths: Lengths, say: Callable[[str], None]) -> None:
    people = signed_in(world, world.add_app(), 5)
    tokens = [phone.device_token for phone, _ in people]
    network.fault("hold")  # what was committed stays pending
    # One thread posts 1 to all in turn, then 2: so every prefix of the commits can be told from anything else.
    with Load(world.gateway.mailbox_url, people, threads=1) as load:
        until(lambda: load.acknowledgements > 300, 20)
        world.gateway.kill()
    network.heal()
    config = world.gateway.config
    kept = world.directory / "kept"
    shutil.copytree(config.directory, kept, ignore=shutil.ignore_patterns("*.admin"))  # no file, but a socket
    assert (kept / "postbell.db-wal").stat().st_size > 100_000
    chance = random.Random(7)
    survived: list[str] = []

    for number in range(lengths.torn_tails):
        (config.directory / "postbell.db-shm").unlink(missing_ok=True)
        for part in ("postbell.db", "postbell.db-wal"):
            shutil.copy2(kept / part, config.directory / part)
        how = tear(config.directory / "postbell.db-wal", number, chance)
        before = len(network.arrivals())

        world.start_gateway()

        shown = badges_once_all_have_one(network, tokens, before)
        counts = [shown[token][-1] for token in tokens]
        assert counts == sorted(counts, reverse=True) and counts[0] - counts[-1] <= 1, f"no prefix, {how}: {counts}"
        assert counts[0] <= load.mailboxes[0].posted
        if how == "longer":
            assert counts[-1] >= load.mailboxes[-1].acknowledged
        survived.append(f"{how} {counts[0]}")
        assert mail(people[0][1], 100_000 + number) == "OK"
        world.wait_badge(people[0][0], 100_000 + number)
        assert world.gateway.stop() == 0
        assert_whole(config.database)
    say(f"{load.mailboxes[0].acknowledged} rounds acknowledged; rounds served after each tear: {', '.join(survived)}")


def badges_once_all_have_one(network: Network, tokens: list[str], since: int) -> dict[str, list[int]]:
    """The badges of pushes numbered above `since`."""
    def found() -> dict[str, list[int]] | None:
        shown = network.badges(since=since)
        return shown if shown.keys() >= set(tokens) else None

    shown = until(found, 10, "every device is told")
    assert shown is not None
    return shown


def assert_whole(file: Path) -> None:
    """SQLite finds nothing wrong."""
    database = sqlite3.connect(file)
    try:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    finally:
        database.close()


def tear(wal: Path, number: int, chance: random.Random) -> str:
    """Cuts it in a frame, spoils bytes in its last part, or appends what was never a frame; says which."""
    content = bytearray(wal.read_bytes())
    from_here = chance.randrange(len(content) // 2, len(content))
    if number % 3 == 0:
        del content[from_here:]
    elif number % 3 == 1:
        for at in range(from_here, min(len(content), from_here + 3000)):
            content[at] ^= 0x5A
    else:
        content += chance.randbytes(5000)
    wal.write_bytes(content)
    return ("shorter", "spoilt", "longer")[number % 3]

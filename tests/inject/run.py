# SPDX-License-Identifier: Apache-2.0
"""Fails each call of a gateway in turn (README.md).

    run.py                      every call of each kind
    run.py --kinds new,tls      of these kinds
    run.py --seconds 150        as many as there is time for: the same ones first, then those that --seed chooses
    run.py write:17 sync:3:20   these: KIND:FIRST[:CALLS[:MILLISECONDS[:VARIANT]]]
"""
import argparse
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from inject import choice  # noqa: E402
from inject.failure import Failure, read_hits  # noqa: E402
from inject.page import Fault, Kind  # noqa: E402
from inject.people import Broken  # noqa: E402
from inject.stand import Stand  # noqa: E402
from inject.story import Story, Told  # noqa: E402
from support.cli import BUILD  # noqa: E402

SHIM = BUILD / "lib" / "postbell_inject.so"
_FIXED = 200  # faults of a sample that are the same in each run
_PROGRESS = 500


def attempt(stand: Stand, fault: Fault) -> Told | Failure:
    """One case; afterwards the stand is free."""
    try:
        return Story(stand, fault).run()
    except Exception as e:  # a worker goes on, whatever breaks
        return Failure(fault, str(e) if isinstance(e, Broken) else traceback.format_exc(),
                       read_hits(stand.page.hits_file), stand.gateway.log())
    finally:
        stand.kill()


def work(directory: Path, faults: "multiprocessing.Queue[Fault | None]",
         results: "multiprocessing.Queue[tuple[Fault, Told | Failure] | None]") -> None:
    """A process with a stand of its own, until there is no fault left."""
    try:
        with Stand(directory, SHIM) as stand:
            while (fault := faults.get()) is not None:
                results.put((fault, attempt(stand, fault)))
    finally:
        results.put(None)


def run(directory: Path, faults: list[Fault], jobs: int, seconds: float) -> list[Failure]:
    """Tries them, says what fails, and at the end what was tried."""
    given: "multiprocessing.Queue[Fault | None]" = multiprocessing.Queue()
    results: "multiprocessing.Queue[tuple[Fault, Told | Failure] | None]" = multiprocessing.Queue()
    workers = [multiprocessing.Process(target=work, args=(directory / f"stand{number}", given, results))
               for number in range(jobs)]
    for worker in workers:
        worker.start()
    begun = time.monotonic()
    left, under_way, ended = list(reversed(faults)), 0, 0
    tried: dict[Kind, list[Told]] = {kind: [] for kind in Kind}
    failures: list[Failure] = []

    def give() -> None:
        nonlocal under_way
        in_time = not seconds or time.monotonic() - begun < seconds
        fault = left.pop() if left and in_time else None
        given.put(fault)
        under_way += fault is not None

    for _ in workers:
        give()
    while ended < len(workers):
        result = results.get()
        if result is None:
            ended += 1
            continue
        fault, told = result
        under_way -= 1
        if isinstance(told, Failure):
            failures.append(told)
            print(told, flush=True)
        else:
            tried[fault.kind].append(told)
        if (len(faults) - len(left)) % _PROGRESS == 0:
            print(f"{len(faults) - len(left)} of {len(faults)} given out, {len(failures)} broke the gateway", flush=True)
        give()
    for worker in workers:
        worker.join()
    if any(worker.exitcode != 0 for worker in workers):
        raise RuntimeError("a process that tries faults ended too early")
    for kind, all_told in tried.items():
        if all_told:
            print(f"{kind.name.lower():11} {len(all_told):5} tried, {sum(t.hits > 0 for t in all_told):5} hit, "
                  f"{sum(t.ended_at_start for t in all_told):4} ended the start, "
                  f"{sum(t.trouble_said for t in all_told):3} lasted and were said, "
                  f"{statistics.median(t.seconds for t in all_told):.2f} s each, longest {max(t.seconds for t in all_told):.1f} s")
    print(f"{sum(map(len, tried.values())) + len(failures)} faults in {time.monotonic() - begun:.0f} s, "
          f"{len(failures)} broke the gateway", flush=True)
    return failures


def try_again(directory: Path, failures: list[Failure]) -> list[Failure]:
    """What fails twice. What fails once is named, so that nobody loses it."""
    print("a second try of what failed", flush=True)
    failures_again = run(directory, [failure.fault for failure in failures], 1, 0)
    unsteady = [failure for failure in failures if failure.fault not in {f.fault for f in failures_again}]
    for failure in unsteady:
        print(f"UNSTEADY {failure.fault}: {failure.reason.strip().splitlines()[-1]}", flush=True)
    print(f"{len(failures_again)} fail twice, {len(unsteady)} are unsteady: once they failed, once not", flush=True)
    return failures_again


def choose(directory: Path, kinds: list[Kind], seconds: float, seed: int) -> list[Fault]:
    """All faults of these kinds, or as many as there is time for."""
    with Stand(directory, SHIM) as stand:
        faults = choice.every(stand, kinds, seed)
    print(f"{len(faults)} faults to choose from; the same again: --seed {seed}", flush=True)
    return choice.sample(faults, _FIXED, seed) if seconds else faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("faults", nargs="*", type=Fault.parse)
    parser.add_argument("--kinds", default="")
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--seed", type=lambda text: int(text, 0), default=int.from_bytes(os.urandom(4), "big"))
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    kinds = [Kind[name.upper()] for name in arguments.kinds.split(",") if name] or list(Kind)
    with tempfile.TemporaryDirectory(prefix="postbell-inject-") as name:
        directory = Path(name)
        faults = arguments.faults or choose(directory / "dry", kinds, arguments.seconds, arguments.seed)
        failures = run(directory, faults, arguments.jobs, arguments.seconds)
        if failures and not arguments.faults:  # a machine that was busy, as everywhere in the tests
            failures = try_again(directory / "again", failures)
        return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

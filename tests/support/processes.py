# SPDX-License-Identifier: Apache-2.0
"""Child processes that never outlive us, and free ports."""
import ctypes
import signal
import socket
import subprocess
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def _die_with_parent() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    for number in (signal.SIGHUP, signal.SIGINT):  # ignored under nohup, and in the background of a script
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, set())


def spawn(command: list[str | Path], output: IO[bytes] | int, environment: dict[str, str] | None = None,
          **more: object) -> subprocess.Popen[bytes]:
    """Starts a process in a session of its own (a Ctrl-C in the terminal is ours to pass on), killed when the thread
    that called this ends: call it from the main thread."""
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                            env=environment, start_new_session=True, preexec_fn=_die_with_parent,
                            **more)  # type: ignore[call-overload,no-any-return]


def end(process: subprocess.Popen[bytes], timeout: float = 10.0) -> int:
    """SIGTERM, after `timeout` SIGKILL; the exit code."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that are free now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()

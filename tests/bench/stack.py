# SPDX-License-Identifier: Apache-2.0
"""What is measured, and what it is measured with: a filled gateway before a simulated push network, a bare HTTP server,
load."""
import itertools
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support import apns_simulator, openssl
from support.cli import BUILD
from support.config import GatewayConfig
from support.fcm import Fcm
from support.gateway import Gateway
from support.graph_world import BACKEND as OFFICE365
from support.openssl import ServerIdentity
from support.processes import end, free_ports, spawn

from . import messages

TENANT, APP = "bench", "com.example.mail"
CONNECTIONS = 64  # of mail servers, and of devices
_CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
_serials = itertools.count(1)  # in millions: no two notifications of a run are the same


def program(name: str) -> Path:
    """One of ours."""
    return BUILD / "bin" / name


@dataclass(frozen=True)
class Way:
    """From a mail server to a push network."""

    name: str
    backend: str                        # the plugin, and its instance
    notification: Callable[[], bytes]
    status: int                         # what it is answered
    expect: str
    through_fcm: bool = False           # to Android phones; otherwise APNs


EXCHANGE_TO_APNS = Way("exchange-apns", "ews", messages.exchange, 200, "OK")


@dataclass
class Load:
    """A prepared request and where it goes."""

    file: Path
    port: int
    ca: Path | None = None
    expect: str = ""
    status: int = 200
    first: int = 0
    count: int = 1

    def run(self, **options: Any) -> dict[str, Any]:
        """bench_load with these options (in_turn=True is --in-turn); what it says. An answer that is not as expected
        fails the benchmark: a figure of errors is none."""
        told = {"address": f"127.0.0.1:{self.port}", "request": self.file, "connections": CONNECTIONS,
                "status": self.status, "first": self.first, "count": self.count,
                "first_serial": next(_serials) * 1_000_000, **options}
        if self.ca:
            told["ca"] = self.ca
        if self.expect:
            told["expect"] = self.expect
        command = [str(program("bench_load"))]
        for name, value in told.items():
            option = "--" + name.replace("_", "-")
            command += [option] if value is True else [option, str(value)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        if done.returncode != 0:
            raise RuntimeError(f"bench_load: {done.stderr.strip()}")
        answer: dict[str, Any] = json.loads(done.stdout)
        if answer["failed"]:
            raise RuntimeError(f"{answer['failed']} of {answer['requests']} answers were wrong: {done.stderr.strip()}")
        return {**answer, "first_serial": told["first_serial"]}


def cpu_seconds(pid: int) -> float:
    """What a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _CLOCK_TICKS


class BareServer:
    """A Poco HTTPServer that reads what comes and answers as many bytes as the gateway does. A context manager."""

    def __init__(self, directory: Path, answer_bytes: int, tls: ServerIdentity | None = None) -> None:
        self.port = free_ports(1)[0]
        self.ca = tls.ca if tls else None
        command = [program("bench_http_server"), "--address", f"127.0.0.1:{self.port}", "--answer-bytes",
                   str(answer_bytes), "--threads", str(CONNECTIONS + 1)]
        if tls:
            command += ["--certificate", tls.certificate, "--key", tls.key]
        self._log = (directory / f"bare-{self.port}.log").open("wb")
        self._process = spawn(command, self._log)
        wait_for_port(self.port)

    def __enter__(self) -> "BareServer":
        return self

    def __exit__(self, *unused: object) -> None:
        end(self._process)
        self._log.close()

    def cpu_seconds(self) -> float:
        """What it has used so far."""
        return cpu_seconds(self._process.pid)


def wait_for_port(port: int, timeout: float = 10.0) -> None:
    """Until somebody listens there."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


class Stack:
    """A gateway with registrations, its mail servers' load, and its push network. A context manager."""

    def __init__(self, directory: Path, registrations: int, *, way: Way = EXCHANGE_TO_APNS, tls: bool = False,
                 record: bool = False) -> None:
        directory.mkdir(parents=True)
        self.directory, self.registrations, self.way = directory, registrations, way
        self.network = self._start_network("memory" if record else "off")
        try:
            self.tls = openssl.server_identity(directory / "tls") if tls else None
            self.gateway = Gateway(self._config())
            self._prepare()
        except BaseException:
            self.network.stop()
            raise
        self.start_seconds = 0.0

    def __enter__(self) -> "Stack":
        try:
            self.start()
        except BaseException:
            self.network.stop()
            raise
        return self

    def __exit__(self, *unused: object) -> None:
        self.gateway.stop()
        self.network.stop()

    def _start_network(self, record: str) -> Any:
        if not self.way.through_fcm:
            return apns_simulator.start(program("apns-simulator"), "--state-dir", self.directory / "apns", "--record",
                                        record)
        fcm = Fcm(self.directory / "fcm", record=record)
        fcm.start()
        return fcm

    def _config(self) -> GatewayConfig:
        fcm = self.network if self.way.through_fcm else None
        # The provider apns is on in every gateway; where phones are Android's, nothing goes through it.
        config = GatewayConfig(self.directory / "gateway", 1.0, fcm.endpoint if fcm else self.network.url,
                               str(self.network.ca_file), self.tls, more='[log]\nlevel = "warning"\n')
        if fcm:
            config.fcm_endpoint, config.fcm_token_endpoint = fcm.endpoint, fcm.token_endpoint
        if self.way.backend == "office365":
            config.more += OFFICE365
        return config

    def _prepare(self) -> None:
        self.gateway.add_tenant(TENANT)
        self.enrolment_key = self.gateway.add_app(TENANT, APP, platform="android" if self.way.through_fcm else "ios")
        devices = ["--instance", self.way.backend]
        if self.way.through_fcm:
            self.gateway.add_service_account(TENANT, APP, self.network.service_account().file)
            devices += ["--no-environment", "--token-prefix", "bench:APA91b" + "0" * 130]
        else:
            key = openssl.signing_key(self.directory / "AuthKey.p8")
            self.network.add_key("KEY1234567", "TEAM123456", p8_pem=key.read_text())
            self.gateway.add_key(TENANT, APP, key, "KEY1234567", "TEAM123456")
        filled = subprocess.run([program("bench_fill"), "--database", self.gateway.config.database, "--master-key",
                                 self.gateway.config.master_key, "--count", str(self.registrations), *devices],
                                capture_output=True, text=True, check=False)
        if filled.returncode != 0:
            raise RuntimeError(filled.stderr)
        self.fill_seconds = float(json.loads(filled.stdout)["seconds"])
        self._notification = self.write("notification", self.way.notification())

    def write(self, name: str, content: bytes) -> Path:
        """A request's file."""
        file = self.directory / name
        file.write_bytes(content)
        return file

    def start(self) -> None:
        """Starts the gateway; `start_seconds` is what it took to be ready."""
        began = time.monotonic()
        self.gateway.start(wait=False)
        while self.gateway.admin_get("/readyz")[0] != 200:
            if not self.gateway.running or time.monotonic() - began > 60:
                raise RuntimeError(f"the gateway did not start:\n{self.gateway.log()[-4000:]}")
            time.sleep(0.005)
        self.start_seconds = time.monotonic() - began

    @property
    def pid(self) -> int:
        """The gateway's."""
        assert self.gateway.process is not None
        return self.gateway.process.pid

    def mail(self, registrations: int = 0) -> Load:
        """Notifications for all registrations, or the first so many."""
        return Load(self._notification, self.gateway.config.ports[1], self.tls.ca if self.tls else None,
                    self.way.expect, self.way.status, count=registrations or self.registrations)

    def api(self, name: str, content: bytes, status: int, **numbers: int) -> Load:
        """A call of the registration API."""
        return Load(self.write(name, content), self.gateway.config.ports[0], self.tls.ca if self.tls else None,
                    status=status, **numbers)

    def drained(self, timeout: float = 120.0) -> float:
        """Waits until everything was pushed and its outcome is stored; when that was seen, by time.monotonic()."""
        deadline = time.monotonic() + timeout
        while True:
            seen = time.monotonic()
            metrics = self.gateway.metrics()
            if metrics.sum("postbell_pending_pushes") == 0 and metrics.sum("postbell_store_queue") == 0:
                return seen
            if seen > deadline:
                raise RuntimeError(f"not drained within {timeout} s: {metrics.sum('postbell_pending_pushes'):.0f} "
                                   f"pushes wait")
            time.sleep(0.02)

    def pushes(self) -> float:
        """How many were delivered so far. Another outcome fails the benchmark, as wrong answers do."""
        metrics = self.gateway.metrics()
        delivered = metrics.sum("postbell_pushes_total", outcome="delivered")
        if failed := metrics.sum("postbell_pushes_total") - delivered:
            raise RuntimeError(f"{failed:.0f} pushes were not delivered beside {delivered:.0f} that were")
        return delivered


@dataclass
class Flow:
    """What came of a load of notifications, sent as fast as they were answered."""

    rate: float             # events a second, until the last outcome was stored
    acknowledged: float     # the same until the last answer
    pushes_per_event: float
    pushes: float
    cpu_us: float           # of the gateway, an event
    seconds_to_empty: float  # after the last answer
    commits: float           # a second
    p99_ms: float            # of the answers
    load_cpu_us: float       # of the load generator, an event
    network_cpu_us: float    # of the simulated push network, an event


def flow(stack: Stack, registrations: int = 0, **options: Any) -> Flow:
    """One load and its drain."""
    stack.drained()
    pushes, cpu, network_cpu = stack.pushes(), cpu_seconds(stack.pid), cpu_seconds(stack.network.process.pid)
    commits = stack.gateway.metrics().sum("postbell_store_commits_total")
    load = stack.mail(registrations).run(**options)
    empty = stack.drained()
    commits = stack.gateway.metrics().sum("postbell_store_commits_total") - commits
    seconds = empty - load["start_us"] / 1e6
    events, pushed = load["requests"], stack.pushes() - pushes
    return Flow(events / seconds, load["rate"], pushed / events, pushed,
                (cpu_seconds(stack.pid) - cpu) * 1e6 / events, max(0.0, seconds - load["seconds"]), commits / seconds,
                load["p99_us"] / 1000, load["cpu_us"],
                (cpu_seconds(stack.network.process.pid) - network_cpu) * 1e6 / events)


def interrupted(*_: object) -> None:
    """SIGTERM ends a benchmark as Ctrl-C does: with everything that it started."""
    raise KeyboardInterrupt


signal.signal(signal.SIGTERM, interrupted)

# SPDX-License-Identifier: Apache-2.0
"""The gateway as a process: started, asked, stopped, killed, started again on the same data."""
import http.client
import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .cli import BINARY, CliResult, postbell
from .config import GatewayConfig
from .metrics import Metrics
from .processes import end, spawn
from .wait import until


class Gateway:
    """Use as a context manager: whatever happens, the process ends. Start it from the main thread."""

    def __init__(self, config: GatewayConfig) -> None:
        self.config = config
        config.write()
        self.log_file = config.directory / "gateway.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.environment: dict[str, str] = {}  # beside our own

    def __enter__(self) -> "Gateway":
        return self

    def __exit__(self, *unused: object) -> None:
        self.stop()

    # The process.

    def start(self, *, wait: bool = True, timeout: float = 20.0) -> None:
        """Starts it; returns when /readyz says so. Raises with the end of the log if it ends instead."""
        if self.running:
            raise RuntimeError("the gateway runs already")
        with self.log_file.open("ab") as log:
            self.process = spawn([BINARY, "serve", "--config", self.config.file], log,
                                 {**os.environ, **self.environment})
        if wait:
            self.wait_ready(timeout)

    def wait_ready(self, timeout: float = 20.0) -> None:
        """Waits for /readyz."""
        def ready() -> bool:
            if not self.running:
                raise RuntimeError(f"the gateway ended with {self.exit_code}:\n{self.log()[-4000:]}")
            return self.admin_get("/readyz")[0] == 200

        until(ready, timeout, "the gateway is ready")

    def stop(self, timeout: float = 15.0) -> int | None:
        """SIGTERM; the exit code, None if it was never started."""
        return None if self.process is None else end(self.process, timeout)

    def kill(self) -> None:
        """kill -9, and gone when this returns."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def signal(self, number: int) -> None:
        """Sends a signal."""
        assert self.process is not None
        self.process.send_signal(number)

    def restart(self) -> None:
        """Stops it in order and starts it again on the same data."""
        self.stop()
        self.start()

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return None if self.process is None else self.process.poll()

    def log(self) -> str:
        """Everything it wrote."""
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def clock(self) -> float:
        """The moment on its clock: a fast one runs on between starts, from the time that a file names."""
        began = self.config.database.with_name(self.config.database.name + ".clock")
        now, speed = time.time(), self.config.clock_speed
        return now if speed == 1.0 else now + (now - int(began.read_text()) / 1000) * (speed - 1)

    def resident_bytes(self) -> int:
        """Memory in use."""
        assert self.process is not None
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        return 0

    def cpu_seconds(self) -> float:
        """Time of all its threads on processors since it was started."""
        assert self.process is not None
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    # Its listeners.

    @property
    def registration_url(self) -> str:
        return self.config.url("registration")

    @property
    def mailbox_url(self) -> str:
        return self.config.url("mailbox")

    @property
    def admin_url(self) -> str:
        return self.config.url("admin")

    def admin_get(self, path: str) -> tuple[int, str]:
        """GET on the admin listener; 0 if no gateway listens."""
        connection = http.client.HTTPConnection(urlsplit(self.admin_url).netloc, timeout=5)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        except OSError:
            return 0, ""
        finally:
            connection.close()

    def metrics(self) -> Metrics:
        """One scrape of /metrics."""
        status, text = self.admin_get("/metrics")
        if status != 200:
            raise RuntimeError(f"/metrics answered {status}")
        return Metrics(text)

    # Its commands.

    def cli(self, *arguments: str | Path, check: bool = True, as_json: bool = True) -> CliResult:
        """A command for this gateway, whether it runs or not."""
        return postbell(*arguments, "--config", self.config.file, *(["--json"] if as_json else []), check=check)

    def command(self, *arguments: str | Path) -> Any:
        """A command's JSON answer. Raises CliError."""
        return self.cli(*arguments).json

    def add_tenant(self, name: str) -> None:
        """tenant add."""
        self.command("tenant", "add", name)

    def add_app(self, tenant: str, app: str, *, platform: str = "ios", style: str = "") -> str:
        """app add; its enrolment key."""
        answer = self.command("app", "add", "--tenant", tenant, "--app", app, "--platform", platform,
                              *(["--style", style] if style else []))
        return str(answer["enrolment_key"])

    def app(self, verb: str, tenant: str, app: str) -> Any:
        """app enable, disable or rotate-key."""
        return self.command("app", verb, "--tenant", tenant, "--app", app)

    def add_key(self, tenant: str, app: str, file: Path, key_id: str, team_id: str) -> Any:
        """credential add with a .p8."""
        return self.command("credential", "add", "--tenant", tenant, "--app", app, "--provider", "apns", "--file", file,
                            "--key-id", key_id, "--team-id", team_id)["credential"]

    def add_certificate(self, tenant: str, app: str, file: Path, password_file: Path) -> Any:
        """credential add with a .p12."""
        return self.command("credential", "add", "--tenant", tenant, "--app", app, "--provider", "apns", "--file", file,
                            "--password-file", password_file)["credential"]

    def add_service_account(self, tenant: str, app: str, file: Path) -> Any:
        """credential add with a service account's key."""
        return self.command("credential", "add", "--tenant", tenant, "--app", app, "--provider", "fcm", "--file",
                            file)["credential"]

    def registrations(self, *filters: str) -> list[dict[str, Any]]:
        """registration list."""
        listed: list[dict[str, Any]] = self.command("registration", "list", *filters)["registrations"]
        return listed

    def push_test(self, registration_id: str, badge: int) -> CliResult:
        """push test, whatever the network answers."""
        return self.cli("push", "test", "--registration", registration_id, "--badge", str(badge), check=False)

    def log_records(self) -> list[dict[str, Any]]:
        """The lines of the log that are JSON."""
        records = []
        for line in self.log().splitlines():
            if line.startswith("{"):
                records.append(json.loads(line))
        return records

# SPDX-License-Identifier: Apache-2.0
"""Starts the APNs simulator and speaks its control API. Standard library only.

    with apns_simulator.start("build/release/bin/apns-simulator") as apns:
        apns.add_key(kid, team, p8_pem=pem)
        ...
        apns.wait(3)
        for push in apns.pushes(): ...
"""

import http.client
import json
import select
import subprocess
import time


class SimulatorError(Exception):
    """The simulator did not start, or refused a call of the control API."""


class ApnsSimulator:
    """A running simulator. Ends it at the end of the `with` block; so does closing our end of its standard input,
    so that none is left behind when a test is killed."""

    def __init__(self, process, ready):
        self.process = process
        self.port = ready["port"]
        self.control_port = ready["control_port"]
        self.ca_file = ready["ca_file"]
        self.url = f"https://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Returns the exit code, 0 when it ended as it should."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
        finally:
            self.process.stdin.close()
            self.process.stdout.close()

    def call(self, method, path, body=None, timeout=60):
        connection = http.client.HTTPConnection("127.0.0.1", self.control_port, timeout=timeout)
        try:
            data = None if body is None else json.dumps(body)
            connection.request(method, path, data)
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:
            raise SimulatorError(f"{method} {path}: {answer.get('error', response.status)}")
        return answer

    def state(self):
        return self.call("GET", "/state")

    def add_key(self, kid, team, p8_pem=None, public_key_pem=None, topics=None, environment=None):
        key = {"kid": kid, "team": team, "p8_pem": p8_pem, "public_key_pem": public_key_pem,
               "topics": topics, "environment": environment}
        return self.call("POST", "/keys", {name: value for name, value in key.items() if value})

    def remove_key(self, kid):
        return self.call("DELETE", "/keys", {"kid": kid})["removed"]

    def set_device(self, token, **fields):
        """topic, environment, state (ok, unregistered, expired, wrong_topic), timestamp (ms)."""
        return self.call("POST", "/devices", {"token": token, **fields})

    def set_devices(self, devices):
        return self.call("POST", "/devices", devices)

    def remove_device(self, token):
        return self.call("DELETE", "/devices", {"token": token})["removed"]

    def policy(self, **rules):
        return self.call("POST", "/policy", rules)

    def clock(self, **fields):
        """offset_seconds or now_unix, and speed."""
        return self.call("POST", "/clock", fields)

    def add_fault(self, type, match=None, name=None, **action):
        """For example add_fault("answer", match={"next": 3}, status=503, reason="ServiceUnavailable")."""
        rule = {"action": {"type": type, **action}}
        if match:
            rule["match"] = match
        if name:
            rule["name"] = name
        return self.call("POST", "/faults", rule)["rules"]

    def faults(self):
        return self.call("GET", "/faults")["rules"]

    def clear_faults(self):
        self.call("DELETE", "/faults")

    def pushes(self, since=0):
        """Every recorded request numbered above `since`, in the order of arrival."""
        found = []
        while True:
            page = self.call("GET", f"/pushes?since={since}")
            if since + 1 < page["oldest"] and since > 0:
                raise SimulatorError(f"pushes {since + 1} to {page['oldest'] - 1} are no longer kept")
            if not page["pushes"]:
                return found
            found += page["pushes"]
            since = page["next"]

    def stats(self):
        return self.call("GET", "/stats")

    def wait(self, count, timeout_ms=10000):
        """Until `count` pushes reached devices since the start or the last reset. False: they did not in time."""
        answer = self.call("GET", f"/wait?count={count}&timeout_ms={timeout_ms}", timeout=timeout_ms / 1000 + 10)
        return answer["reached"]

    def reset(self, keep=None):
        """Forgets everything, or with keep="registry" all but keys, devices, policy and clock."""
        return self.call("POST", "/reset", {"keep": keep} if keep else {})


def start(binary, *options, timeout=30):
    """`options` as on the command line. Raises SimulatorError when it does not say that it is ready."""
    process = subprocess.Popen([str(binary), "--exit-with-stdin", *map(str, options)], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + timeout
    readable, _, _ = select.select([process.stdout], [], [], max(0, deadline - time.monotonic()))
    line = process.stdout.readline() if readable else ""
    if not line:
        process.kill()
        _, errors = process.communicate()
        raise SimulatorError(f"{binary} did not start: {errors.strip()}")
    process.stderr.close()
    return ApnsSimulator(process, json.loads(line))

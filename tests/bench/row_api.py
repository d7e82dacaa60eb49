# SPDX-License-Identifier: Apache-2.0
"""What devices call, as fast as it is answered; beside the bare HTTP server under the same load."""
import itertools
import json

from .measure import Line, against
from .messages import request
from .run import Run
from .stack import APP, BareServer, Load, Stack

_NEW = itertools.count(1)  # in tens of millions: numbers of registrations that are not there yet


def lines(run: Run) -> list[Line]:
    """Registrations and state checks."""
    stack = run.stack()
    return [_line(run, stack, "registrations", _registering(stack)),
            _line(run, stack, "state checks", _checking(stack))]


def _line(run: Run, stack: Stack, what: str, load: Load) -> Line:
    probe = _once(load, requests=1, connections=1)
    ours, theirs = [], []
    with BareServer(run.directory, probe["answer_bytes"]) as bare:
        beside = Load(load.file, bare.port, count=load.count)
        for _ in range(3):
            theirs.append(beside.run(seconds=run.seconds)["rate"])
            ours.append(_once(load, seconds=run.seconds)["rate"])
    stack.drained()
    return against(what, f"{what.split()[-1]}/s", ours, "bare Poco HTTPServer", theirs)


def _once(load: Load, **options: float) -> dict:
    if load.status == 201:
        load.first = next(_NEW) * 10_000_000
    return load.run(in_turn=True, **options)


def _registering(stack: Stack) -> Load:
    body = json.dumps({"app": APP, "device_token": "f" * 54 + "@@NUMBER@@", "environment": "production",
                       "account_hash": "a" * 54 + "@@NUMBER@@", "device_hash": "b" * 54 + "@@NUMBER@@",
                       "os_version": "17.5.1", "app_version": "3.2.0"}).encode()
    return stack.api("register", request("POST", "/v1/registrations", body, {
        "Authorization": f"Bearer {stack.enrolment_key}", "Content-Type": "application/json"}), 201, count=10_000_000)


def _checking(stack: Stack) -> Load:
    return stack.api("check", request("GET", "/v1/registrations/bench-registration-@@NUMBER@@", b"", {
        "Authorization": "Bearer bench-secret-@@NUMBER@@"}), 200, count=stack.registrations)

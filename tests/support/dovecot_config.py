# SPDX-License-Identifier: Apache-2.0
"""Dovecot's config for tests: dovecot-2.3.conf and dovecot-2.4.conf, with a test's push drivers in the language of each."""
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Driver:
    """A push driver. `options` are those of the OX driver of 2.3, or the settings of the script."""

    url: str
    script: Path | None = None  # None: the OX driver
    options: dict[str, str] = field(default_factory=dict)  # an empty value: a word alone


def config(version: str, drivers: list[Driver], places: dict[str, object]) -> str:
    """The file for a Dovecot of this version; `places` are the values of its @NAMES@."""
    is_2_3 = version.startswith("2.3.")
    text = Path(__file__).with_name(f"dovecot-{'2.3' if is_2_3 else '2.4'}.conf").read_text()
    written = [_in_2_3(driver, number) if is_2_3 else _in_2_4(driver) for number, driver in enumerate(drivers, 1)]
    for name, value in {**places, "DRIVERS": "\n".join(written)}.items():
        text = text.replace(f"@{name}@", str(value))
    return text


def _in_2_3(driver: Driver, number: int) -> str:
    key = f"  push_notification_driver{'' if number == 1 else number}"
    if driver.script is None:
        return f"{key} = ox:url={driver.url} " + " ".join(f"{k}={v}" if v else k for k, v in driver.options.items())
    settings = {"url": driver.url, **driver.options}
    return "\n".join([f"{key} = lua:file={driver.script}", *(f"  postbell_{k} = {v}" for k, v in settings.items())])


def _in_2_4(driver: Driver) -> str:
    if driver.script is None:
        settings = [f"ox_url = {driver.url}", *(_ox_setting(*option) for option in driver.options.items())]
        return "push_notification ox {\n  " + "\n  ".join(settings) + "\n}"
    settings = [f"{k} = {v}" for k, v in {"url": driver.url, **driver.options}.items()]
    return (f"push_notification lua {{\n  lua_file = {driver.script}\n  lua_settings {{\n    " + "\n    ".join(settings)
            + "\n  }\n}")


def _ox_setting(option: str, value: str) -> str:
    if option == "timeout_msecs":
        return f"http_client_request_timeout = {value}ms"
    if option == "max_retries":
        return f"http_client_request_max_attempts = {int(value) + 1}"
    return f"ox_{option} = yes"

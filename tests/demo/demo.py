#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the demo; exit code 0 if every expected push arrived. --dovecot: with a real Dovecot; --keep leaves everything
running to be played with."""
import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from demo.dovecot_story import ADDRESS, DovecotStory  # noqa: E402 (the path comes first)
from demo.screen import Screen  # noqa: E402
from demo.story import Story  # noqa: E402
from support.cli import BINARY, CliError  # noqa: E402
from support.dovecot import PASSWORD  # noqa: E402
from support.dovecot_world import DovecotWorld  # noqa: E402
from support.graph_world import GraphWorld  # noqa: E402
from support.world import TENANT  # noqa: E402


def hints(world: GraphWorld, story: Story) -> str:
    """Addresses, and lines to copy."""
    gateway, owner = world.gateway, story.owners[0]
    account = owner.phone.accounts[0]
    config = f"--config {gateway.config.file}"
    mailbox = f"{world.exchange.url}/control/mailboxes/{account.address}"
    return f"""
Everything keeps running until Ctrl-C.

  gateway, for devices        {gateway.registration_url}
  gateway, for mail servers   {gateway.mailbox_url}
  gateway, for admins         {gateway.admin_url}
  Exchange                    {world.exchange.ews_url}
  Graph and its login         {world.graph.url}
  APNs                        {world.apns.endpoint}
  FCM                         {world.fcm.endpoint}
  data and log                {gateway.config.directory}

Let mail arrive, read it, see what Exchange sent, and APNs and FCM received:
  curl -d '{{"count": 3}}' {mailbox}/deliver
  curl -d '{{}}' {mailbox}/read
  curl -s {world.exchange.url}/control/record
  curl -d '{{"count": 3}}' {world.graph.url}/control/mailboxes/dora@contoso.example/deliver
  curl -s {world.apns.control_url}/pushes
  curl -s {world.fcm.control_url}/pushes

End {owner.name}'s subscriptions with an error (the app is asked to check its registration):
  curl -d '{{}}' {mailbox}/break

Ask the gateway as its app would, and as an admin:
  curl -s -H 'Authorization: Bearer {account.secret}' {gateway.registration_url}/v1/registrations/{account.registration_id}
  curl -s {gateway.admin_url}/metrics
  {BINARY} registration list {config}
  {BINARY} push test --registration {account.registration_id} --badge 7 {config}
  {BINARY} app disable --tenant {TENANT} --app {owner.phone.app} {config}
"""


def run(screen: Screen, directory: Path, keep: bool) -> int:
    """The whole demo below `directory`."""
    screen.text("Postbell demo: a gateway, a simulated Exchange, Microsoft Graph, APNs and FCM, and five phones on this machine.")
    with GraphWorld(directory, fcm=True) as world:
        screen.line("gateway", "gateway", "ready", f"{world.gateway.registration_url} (devices), "
                    f"{world.gateway.mailbox_url} (mail servers)")
        story = Story(world, screen)
        try:
            story.sign_in()
            story.tell()
            if keep:
                story.summary()
                screen.text(hints(world, story))
                while True:
                    time.sleep(3600)
        finally:
            story.watcher.stop()
        story.summary()
        return 0 if story.complete else 1


def dovecot_hints(world: DovecotWorld, story: DovecotStory) -> str:
    """Addresses, and lines to copy."""
    imap = f"imap://127.0.0.1:{world.dovecot.imap_port}/INBOX -u {ADDRESS}:{PASSWORD}"
    return f"""
Everything keeps running until Ctrl-C. Dovecot and its log: {world.dovecot.directory}

Deliver a mail by LMTP, read all over IMAP, see what APNs received:
  python3 -c 'from smtplib import LMTP; LMTP("127.0.0.1", {world.dovecot.lmtp_port}).sendmail("", "{ADDRESS}", "Subject: hello")'
  curl -X 'STORE 1:* +FLAGS (\\Seen)' {imap}
  curl -s {world.apns.control_url}/pushes

  {BINARY} registration show {story.account.registration_id} --config {world.gateway.config.file}
"""


def run_dovecot(screen: Screen, directory: Path, keep: bool) -> int:
    """The demo with a real Dovecot below `directory`."""
    screen.text("Postbell demo: a gateway, a real Dovecot, a simulated APNs and a phone on this machine.")
    with DovecotWorld(directory) as world:
        story = DovecotStory(world, screen)
        story.sign_in()
        story.tell()
        story.summary()
        if keep:
            screen.text(dovecot_hints(world, story))
            while True:
                time.sleep(3600)
        return 0 if story.complete else 1


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev demo", description=__doc__)
    parser.add_argument("--dovecot", action="store_true", help="with a real Dovecot in place of the simulated mail servers")
    parser.add_argument("--keep", action="store_true", help="leave everything running and print what to try")
    options = parser.parse_args()
    if not BINARY.exists():
        print(f"{BINARY} is missing: ./dev build makes it", file=sys.stderr)
        return 2
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell that starts us in the background has SIGINT ignored
        signal.signal(number, signal.default_int_handler)
    screen = Screen()
    try:
        with tempfile.TemporaryDirectory(prefix="postbell-demo-") as directory:
            return (run_dovecot if options.dovecot else run)(screen, Path(directory), options.keep)
    except KeyboardInterrupt:
        screen.text("\nEnded.")
        return 0 if options.keep else 130
    except (CliError, RuntimeError, TimeoutError, OSError) as problem:
        print(f"\nThe demo stopped: {problem}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())

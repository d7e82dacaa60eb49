# SPDX-License-Identifier: Apache-2.0
"""`cmake --install` into a prefix of its own: what lies where, and that it runs from there."""
import os
import re
import subprocess
from pathlib import Path

import pytest
from support.cli import BINARY

BUILD = BINARY.parent.parent


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    prefix = tmp_path_factory.mktemp("prefix")
    # A plugin that others may write is refused.
    subprocess.run(["cmake", "--install", BUILD, "--prefix", prefix, "--component", "gateway"],
                   check=True, capture_output=True, preexec_fn=lambda: os.umask(0o022))
    return prefix


def test_the_gateway_lies_where_an_admin_looks_for_it(prefix: Path) -> None:
    for file in ("bin/postbell", "lib/systemd/system/postbell.service",
                 "lib/postbell/plugins/dovecot.so", "share/postbell/dovecot/postbell.lua",
                 "lib/postbell/plugins/ews.so", "lib/postbell/plugins/office365.so",
                 "lib/postbell/plugins/webhook.so", "share/postbell/cyrus/cyrus-notify",
                 "lib/postbell/plugins/apns.so", "lib/postbell/plugins/fcm.so", "lib/postbell/plugins/webpush.so",
                 "share/doc/postbell/postbell.toml", "share/doc/postbell/LICENSE", "share/doc/postbell/README.md",
                 "share/doc/postbell/CHANGELOG.md", "share/doc/postbell/docs/administration.md"):
        assert (prefix / file).is_file(), file


def test_every_link_of_the_installed_documents_leads_to_a_file(prefix: Path) -> None:
    pages = sorted((prefix / "share/doc/postbell").rglob("*.md"))
    links = [(page, link) for page in pages
             for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()) if "://" not in link]

    assert len(pages) > 15 and len(links) > 50
    assert [f"{page}: {link}" for page, link in links if not (page.parent / link).exists()] == []


def test_an_upgrade_leaves_the_config_alone(prefix: Path) -> None:
    assert not (prefix / "etc").exists()


def test_the_unit_starts_the_program_beside_it(prefix: Path) -> None:
    unit = (prefix / "lib/systemd/system/postbell.service").read_text()
    assert f"ExecStart={prefix}/bin/postbell serve --config /etc/postbell/postbell.toml\n" in unit


def test_the_installed_program_finds_its_plugins(prefix: Path, tmp_path: Path) -> None:
    program, config = prefix / "bin/postbell", tmp_path / "gateway/postbell.toml"
    subprocess.run([program, "init", config.parent], check=True, capture_output=True)
    written = config.read_text()
    config.write_text(written.replace('plugin = "apns"\n', 'plugin = "apns"\nendpoint = "https://127.0.0.1:9"\n'))

    checked = subprocess.run([program, "--config", config, "check"], capture_output=True, text=True)

    assert f'directory = "{prefix}/lib/postbell/plugins"' in written
    assert re.search(r"^yes +backend ews +Exchange Web Services$", checked.stdout, re.MULTILINE), checked
    assert re.search(r"^yes +provider apns +Apple Push Notification service$", checked.stdout, re.MULTILINE), checked

# SPDX-License-Identifier: Apache-2.0
"""A plugin that cannot be used: the gateway says which and why, and leaves nothing half done."""
import shutil
import subprocess
from pathlib import Path

import pytest
from support.cli import BUILD, PLUGINS, REPOSITORY
from support.config import GatewayConfig
from support.gateway import Gateway
from support.wait import until

FIXTURES = BUILD / "tests" / "unit" / "plugin" / "fixtures"


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    """A folder with copies of the shipped plugins."""
    folder = tmp_path / "plugins"
    folder.mkdir(mode=0o755)
    for plugin in PLUGINS.glob("*.so"):
        put(plugin, folder)
    return folder


def put(plugin: Path, folder: Path) -> None:
    """A copy that only its owner may write."""
    Path(shutil.copy(plugin, folder)).chmod(0o755)


def section(plugin: str, more: str = "") -> str:
    return f'[[backend]]\ninstance = "odd"\nplugin = "{plugin}"\nenabled = true\n{more}\n'


def ends_at_start(tmp_path: Path, plugins: Path, more: str = "") -> tuple[int, str]:
    """Starts a gateway that should not start: its exit code and what it wrote."""
    config = GatewayConfig(tmp_path / "gateway", plugins=plugins, apns_endpoint="https://127.0.0.1:9", more=more)
    with Gateway(config) as gateway:
        gateway.start(wait=False)
        until(lambda: not gateway.running, 10, "the gateway gives up")
        assert gateway.exit_code is not None
        return gateway.exit_code, gateway.log()


@pytest.mark.row("FAULT-13")
def test_a_missing_plugin_is_named(tmp_path: Path, plugins: Path) -> None:
    (plugins / "ews.so").unlink()

    code, said = ends_at_start(tmp_path, plugins)

    assert code == 2
    assert str(plugins / "ews.so") in said


@pytest.mark.row("FAULT-13")
@pytest.mark.row("ADMIN-23")
@pytest.mark.parametrize(("what", "mode"), [("file", 0o775), ("file", 0o757), ("folder", 0o775), ("folder", 0o757)])
def test_a_plugin_that_others_may_write_is_refused_by_name(tmp_path: Path, plugins: Path, what: str,
                                                           mode: int) -> None:
    (plugins / "ews.so" if what == "file" else plugins).chmod(mode)

    code, said = ends_at_start(tmp_path, plugins)

    assert code == 2
    assert str(plugins) in said and "write" in said
    assert what == "folder" or "ews.so" in said


@pytest.mark.row("FAULT-13")
@pytest.mark.parametrize("content", [b"", b"\x7fELF", b"no library\n" * 100],
                         ids=["empty", "magic alone", "text"])
def test_a_damaged_plugin_is_refused_by_name(tmp_path: Path, plugins: Path, content: bytes) -> None:
    (plugins / "ews.so").write_bytes(content)

    code, said = ends_at_start(tmp_path, plugins)

    assert code == 2
    assert "ews.so is refused" in said


@pytest.mark.row("FAULT-13")
def test_a_plugin_cut_off_in_the_middle_is_refused_by_name(tmp_path: Path, plugins: Path) -> None:
    whole = (plugins / "ews.so").read_bytes()
    for part in (0.1, 0.5, 0.75):  # what follows the last segment is not loaded
        (plugins / "ews.so").write_bytes(whole[:int(len(whole) * part)])

        code, said = ends_at_start(tmp_path, plugins)

        assert code == 2, f"cut off at {part}: {code} {said}"
        assert "ews.so" in said


@pytest.mark.row("FAULT-13")
def test_a_plugin_that_throws_while_it_is_made_is_named_with_its_words(tmp_path: Path, plugins: Path) -> None:
    put(FIXTURES / "cpp_throws.so", plugins)

    code, said = ends_at_start(tmp_path, plugins, section("cpp_throws"))

    assert code == 2
    assert "the mailbox is on another planet" in said
    assert "odd" in said or "cpp_throws" in said


@pytest.mark.row("FAULT-13")
@pytest.mark.parametrize("sin", ["create-garbage-status", "create-endless-error", "create-silent-error",
                                 "start-fails", "describe-not-json", "routes-null", "routes-huge"])
def test_a_plugin_that_breaks_the_contract_at_start_is_named(tmp_path: Path, plugins: Path, sin: str) -> None:
    put(FIXTURES / "sinner.so", plugins)

    code, said = ends_at_start(tmp_path, plugins, section("sinner", f'sin = "{sin}"'))

    assert code == 2
    assert "odd" in said or "sinner" in said


@pytest.mark.row("FAULT-13")
@pytest.mark.parametrize("moment", ["create", "start"])
def test_a_plugin_that_crashes_at_start_is_named(tmp_path: Path, plugins: Path, moment: str) -> None:
    subprocess.run(["cc", "-shared", "-fPIC", "-I", REPOSITORY / "sdk" / "include", "-o", plugins / "crashes.so",
                    Path(__file__).parent / "data" / "crashes.c"], check=True, timeout=60)
    (plugins / "crashes.so").chmod(0o755)

    code, said = ends_at_start(tmp_path, plugins, section("crashes", f'when = "{moment}"'))

    assert code != 0
    assert "crashes" in said, f"nothing names the plugin: exit {code}, {said!r}"

# SPDX-License-Identifier: Apache-2.0
"""Faults of the gateway's machine, and plugins to try, built from data/."""
import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from support.cli import PLUGINS, REPOSITORY
from support.world import World

_SOURCES = Path(__file__).parent / "data"


def build_library(source: str, library: Path, *options: str) -> Path:
    """A shared library of one file of data/, which only its owner may write."""
    compiler = ["c++", "-std=c++17"] if source.endswith(".cpp") else ["cc"]
    subprocess.run([*compiler, *options, "-shared", "-fPIC", "-I", REPOSITORY / "sdk" / "include", "-o", library,
                    _SOURCES / source, "-ldl"], check=True, timeout=120)
    library.chmod(0o755)
    return library


def put(plugin: Path, folder: Path) -> None:
    """A copy that only its owner may write."""
    Path(shutil.copy(plugin, folder)).chmod(0o755)


def plugin_folder(folder: Path) -> Path:
    """A folder with copies of the shipped plugins."""
    folder.mkdir(mode=0o755)
    for plugin in PLUGINS.glob("*.so"):
        put(plugin, folder)
    return folder


class Machine:
    """Takes a world's gateway and starts it again with data/machine.c between it and the system."""

    def __init__(self, world: World) -> None:
        self._switches = world.directory / "machine"
        self._switches.mkdir()
        world.gateway.stop()
        world.gateway.environment = {
            "LD_PRELOAD": str(build_library("machine.c", world.directory / "machine.so")),
            "POSTBELL_FAULTS": str(self._switches)}
        world.start_gateway()

    @contextlib.contextmanager
    def fault(self, name: str, content: str = "") -> Iterator[None]:
        """Until the end of the block."""
        switch = self._switches / name
        switch.write_text(content)
        try:
            yield
        finally:
            switch.unlink()

# SPDX-License-Identifier: Apache-2.0
"""Packages of npm that tests use, as a lock file names them."""
import fcntl
import shutil
import subprocess
from pathlib import Path

from .cli import BUILD


def packages(source: Path) -> Path:
    """The node_modules of the package.json and package-lock.json in `source`, below the build; installed when they are
    not there, or others."""
    made = BUILD / "npm" / source.name
    made.mkdir(parents=True, exist_ok=True)
    lock = (source / "package-lock.json").read_bytes()
    installed = made / "installed.json"  # the lock file of what is in node_modules
    with (made / "busy").open("w") as busy:
        fcntl.flock(busy, fcntl.LOCK_EX)
        if not installed.exists() or installed.read_bytes() != lock:
            installed.unlink(missing_ok=True)
            if shutil.which("npm") is None:
                raise RuntimeError("npm is missing: ./dev test installs it, and so does apt-get install nodejs npm")
            for name in ("package.json", "package-lock.json"):
                shutil.copy(source / name, made)
            done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=made, text=True,
                                  capture_output=True, check=False, stdin=subprocess.DEVNULL, timeout=300)
            if done.returncode != 0:
                raise RuntimeError(f"npm ci in {made}: {done.stdout}{done.stderr}")
            installed.write_bytes(lock)
    return made / "node_modules"

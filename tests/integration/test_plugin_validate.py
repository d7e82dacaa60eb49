# SPDX-License-Identifier: Apache-2.0
"""`postbell plugin validate` on the real binary, with a plugin that sins."""
import shutil
from pathlib import Path

from support.cli import BUILD, CliResult, postbell

SINNER = BUILD / "tests/unit/validate/fixtures/sinning_provider.so"


def validate(folder: Path, sin: str) -> CliResult:
    """The verdicts of a provider whose section has the key `sin`, with a credential."""
    postbell("init", folder / "gateway")
    config = folder / "gateway/postbell.toml"
    with config.open("a") as file:
        file.write(f'\n[[provider]]\ninstance = "sinner"\nplugin = "sinning_provider"\nenabled = true\nsin = "{sin}"\n')
    plugin = folder / "sinning_provider.so"
    shutil.copyfile(SINNER, plugin)
    plugin.chmod(0o644)
    credential = folder / "key"
    credential.write_text("key")
    return postbell("plugin", "validate", plugin, "--instance", "sinner", "--config", config, "--credential",
                    credential, "--device-token", "abcd", "--json", check=False, timeout=120)


def test_a_good_plugin_passes(tmp_path: Path) -> None:
    result = validate(tmp_path, "")
    assert result.code == 0, result.stdout
    assert result.stderr == ""


def test_memory_that_is_freed_twice_is_a_sin(tmp_path: Path) -> None:
    result = validate(tmp_path, "double-free")
    assert result.code == 1
    details = {check["check"]: check["detail"] for check in result.json["checks"]}
    assert details["makes-requests-that-can-be-sent"] == "it ended the process (SIGABRT)"

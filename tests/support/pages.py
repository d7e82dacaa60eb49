# SPDX-License-Identifier: Apache-2.0
"""Examples of the documentation, as an admin copies them."""
from pathlib import Path

from .cli import REPOSITORY

WEBHOOK_PAGE = REPOSITORY / "plugins/backends/webhook/README.md"


def sections(page: Path) -> str:
    """The page's sections of the config."""
    return "\n".join(block.partition("```")[0] for block in page.read_text().split("```toml\n")[1:])

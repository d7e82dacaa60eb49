# SPDX-License-Identifier: Apache-2.0
"""The simulated APNs as a process of its own, in the words of these tests."""
from pathlib import Path
from typing import Any

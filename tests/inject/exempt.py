# SPDX-License-Identifier: Apache-2.0
"""Calls whose failure ends the process inside code that is not ours: functions of libraries that may not throw, and ask
for memory all the same."""

# How the name of a function of the stack begins, without its program; and why its end is left alone.
_NOT_OURS = {
    "toml::v3::": "toml++ reads the config, at the start, in functions that it declares noexcept",
    "valijson::": "valijson writes where its allocator got nothing, at the start, for a plugin's own schema",
    "nlohmann::": "the destructor and the moves of nlohmann's JSON are noexcept and keep a stack of their own",
}
_INNERMOST = 3


def not_ours(names: list[str]) -> str:
    """Why a call from these functions, innermost first, may end the process; "": it may not."""
    functions = [name.partition(" ")[2] for name in names[:_INNERMOST]]
    return next((why for function in functions for begin, why in _NOT_OURS.items() if function.startswith(begin)), "")

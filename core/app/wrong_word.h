// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <CLI/CLI.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace postbell::app {

/// A sentence on the first of the typed words that is no command and no option where it stands,
/// with the one that was meant, if one is near; empty: every word is known.
std::string sayWrongWord(const CLI::App& app, const std::vector<std::string_view>& typed);

/// A call's sentence on its arguments as the command line names them: `"older_than" is missing` is
/// one on --older-than. `options`: Invocation::options.
std::string inOptionWords(const std::string& sentence,
                          const std::map<std::string, std::string>& options);

}  // namespace postbell::app

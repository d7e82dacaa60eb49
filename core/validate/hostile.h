// SPDX-License-Identifier: Apache-2.0
// Hostile input, the same in every run.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace postbell::validate {

/// Texts for bodies, tokens, files and answers: empty, huge, cut off, nested, of every byte, and
/// `seeds` with damaged bytes. The same ones for the same seeds.
std::vector<std::string> hostileTexts(const std::vector<std::string>& seeds);

/// Whole messages of common protocols, to make damaged ones of.
std::vector<std::string> commonMessages();

}  // namespace postbell::validate

// SPDX-License-Identifier: Apache-2.0
// `postbell plugin validate`: whether a plugin keeps the contract, said before a gateway runs it.
#pragma once
#include <string>
#include <vector>

#include "validate/subject.h"

namespace postbell::validate {

struct Verdict {
    std::string name;  ///< of the case
    std::string sin;   ///< a sentence; empty if the plugin is good
    /// Not empty: the case was passed over, and the options that it needs.
    std::string missing;
};

/// Tries every case for the plugin's kind, each in a process of its own. A file that is no plugin
/// gets a single verdict. To be called while this process has no other thread.
std::vector<Verdict> validate(Subject subject);

}  // namespace postbell::validate

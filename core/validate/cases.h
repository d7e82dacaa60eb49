// SPDX-License-Identifier: Apache-2.0
// What is tried, one function for each sin.
#pragma once
#include <string_view>
#include <vector>

#include "validate/subject.h"

namespace postbell::validate {

enum class For { Any, Backend, Provider };

struct Case {
    std::string_view name;  ///< of the virtue: "exports-only-the-entry"
    For kind;
    void (*run)(const Subject&);  ///< throws what is wrong; runs in a process of its own
};

std::vector<Case> fileCases();      ///< what can be told without running the plugin's code
std::vector<Case> lifeCases();      ///< create, start, stop, destroy
std::vector<Case> outCases();       ///< OUT structs of every size
std::vector<Case> backendCases();   ///< routes, hostile messages, threads
std::vector<Case> providerCases();  ///< tokens, credentials, requests, answers

}  // namespace postbell::validate

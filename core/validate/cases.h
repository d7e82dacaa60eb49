// SPDX-License-Identifier: Apache-2.0
// The cases that a plugin goes through, one function for each sin.
#pragma once
#include <string_view>
#include <vector>

#include "validate/subject.h"

namespace postbell::validate {

enum class For { Any, Backend, Provider };

/// The options that a case cannot do without.
enum class Needs { Nothing, Credential, Token, CredentialAndToken };

struct Case {
    std::string_view name;  ///< of the virtue: "exports-only-the-entry"
    For kind;
    void (*run)(const Subject&);  ///< throws a Sin; runs in a process of its own
    Needs needs = Needs::Nothing;
};

std::vector<Case> fileCases();      ///< the file and its descriptor; no code of the plugin runs
std::vector<Case> lifeCases();      ///< create, start, stop, destroy
std::vector<Case> outCases();       ///< OUT structs of every size
std::vector<Case> schemaCases();    ///< the settings of credentials and apps
std::vector<Case> backendCases();   ///< routes, hostile messages, threads
std::vector<Case> managedCases();   ///< tasks, authorizations, requests to the mail server
std::vector<Case> providerCases();  ///< tokens, credentials, requests, answers

}  // namespace postbell::validate

// SPDX-License-Identifier: Apache-2.0
#include "app/egress_roots.h"

#include <stdexcept>
#include <utility>

namespace postbell::app {

void EgressRoots::look() {
    const std::lock_guard lock(told_mutex_);
    lookLocked(Tell::News);
}

bool EgressRoots::reload() {
    const std::lock_guard lock(told_mutex_);
    lookLocked(Tell::AllTrouble);
    return told_problem_.empty();
}

void EgressRoots::lookLocked(Tell tell) {
    if (file_.empty()) return;
    const util::TrustedRoots::Store before = told_;
    try {
        told_ = roots_.get(util::realNow());
    } catch (const std::runtime_error&) {
        // The problem is told below.
    }
    std::string problem = roots_.problem();
    if (!problem.empty() && (tell == Tell::AllTrouble || problem != told_problem_))
        tellTrouble(problem);
    else if (problem.empty() && told_ != before && (before || !told_problem_.empty()))
        log_.info("the trusted certificates were read again", {{"file", file_}});
    told_problem_ = std::move(problem);
}

void EgressRoots::tellTrouble(const std::string& problem) {
    log_.error(told_ ? "the new trusted certificates cannot be used: those before stay in use"
                     : "no push network and no login of a mail server can be reached: there are no "
                       "trusted certificates",
               {{"reason", problem}});
}

}  // namespace postbell::app

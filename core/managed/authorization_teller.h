// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

#include "log/log.h"
#include "log/seldom.h"
#include "plugin/authorizer.h"
#include "util/clock.h"

namespace postbell::managed {

/// Tells the log when a managed backend begins to lack an authorization, and when it has another:
/// a refused credential once, as an error, since an admin must act; all else once a minute while it
/// lasts. Confined to one thread; the references must outlive it.
class AuthorizationTeller {
  public:
    AuthorizationTeller(std::string instance, const util::Clock& clock, log::Log& log);

    /// To be called whenever a task wants the authorization, and no exchange is under way.
    void look(const plugin::AuthorizationKeeper& keeper);

  private:
    enum class Trouble { None, Refused, NotNow };

    const std::string instance_;
    const util::Clock& clock_;
    log::Log& log_;
    Trouble trouble_ = Trouble::None;
    std::uint64_t number_ = 0;  // of the authorization that was held when the trouble was seen
    log::Seldom<util::SteadyTime> lines_;
};

}  // namespace postbell::managed

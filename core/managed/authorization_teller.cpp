// SPDX-License-Identifier: Apache-2.0
#include "managed/authorization_teller.h"

#include <utility>

namespace postbell::managed {

AuthorizationTeller::AuthorizationTeller(std::string instance, const util::Clock& clock,
                                         log::Log& log)
    : instance_(std::move(instance)), clock_(clock), log_(log) {}

void AuthorizationTeller::look(const plugin::AuthorizationKeeper& keeper) {
    if (keeper.refused()) {
        number_ = keeper.number();
        if (std::exchange(trouble_, Trouble::Refused) != Trouble::Refused)
            log_.error(
                "the gateway has no authorization for a mail server: managed subscriptions wait",
                {{"backend", instance_}, {"reason", keeper.problem()}});
    } else if (!keeper.usable()) {
        number_ = keeper.number();
        trouble_ = Trouble::NotNow;
        if (lines_.admit(clock_.steady()))
            log_.warning("a managed backend gets no authorization: its tasks wait",
                         {{"backend", instance_}, {"reason", keeper.problem()}});
    } else if (trouble_ != Trouble::None && keeper.number() != number_) {
        const bool refused = std::exchange(trouble_, Trouble::None) == Trouble::Refused;
        lines_ = {};
        log_.info(refused ? "a mail server accepts the gateway's credential again"
                          : "a managed backend gets authorizations again",
                  {{"backend", instance_}});
    }
}

}  // namespace postbell::managed

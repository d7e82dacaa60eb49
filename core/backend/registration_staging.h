// SPDX-License-Identifier: Apache-2.0
// The meaning of an event for one registration.
#pragma once
#include "backend/mail_event.h"
#include "backend/staged.h"
#include "registry/life_cycle.h"
#include "store/records/records.h"

namespace postbell::backend {

/// An event of mail for one registration as the store takes it, with its count unknown.
/// `data_version`: of the read that gave the recipient; 0: unknown.
store::StagedEvent stagedMail(const store::Recipient& recipient, const MailEvent& event,
                              util::WallTime now, std::uint64_t data_version = 0);

/// Stages an event of mail, with its count if the count is known to be the inbox's. An event of
/// another folder than the reported one comes late.
void stageMail(const store::Recipient& recipient, const MailEvent& event, registry::Serving serving,
               util::WallTime now, std::uint64_t data_version, Staged& staged);

/// Stages an event of a subscription that the app holds. `serving`: how the subscription that the
/// event names stands to the reported one; Nobody stages nothing.
void stageForSubscription(const store::Recipient& recipient, const MailEvent& event,
                          registry::Serving serving, const registry::LifeClock& clock,
                          std::uint64_t data_version, Staged& staged);

}  // namespace postbell::backend

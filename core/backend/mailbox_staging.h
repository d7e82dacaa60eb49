// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "backend/mail_event.h"
#include "backend/staged.h"
#include "store/records/records.h"

namespace postbell::backend {

/// Stages an event of a subscription that the gateway holds. Mail is for every registration of the
/// mailbox; a change of the subscription is for the scheduler.
Acceptance stageForMailbox(const store::MailboxCallback& mailbox, const MailEvent& event,
                           util::WallTime now, Staged& staged);

}  // namespace postbell::backend

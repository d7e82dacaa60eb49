// SPDX-License-Identifier: Apache-2.0
// The records of the store, as values.
#pragma once
#include "store/records/basics.h"
#include "store/records/callback.h"
#include "store/records/credential.h"
#include "store/records/mailbox.h"
#include "store/records/pending_row.h"
#include "store/records/registration.h"
#include "store/records/seen.h"
#include "store/records/settlement.h"
#include "store/records/tenant.h"

// SPDX-License-Identifier: Apache-2.0
// The records of the store, as values.
#pragma once
#include "store/basics.h"
#include "store/callback.h"
#include "store/credential.h"
#include "store/mailbox.h"
#include "store/pending_row.h"
#include "store/registration.h"
#include "store/seen.h"
#include "store/settlement.h"
#include "store/tenant.h"

// SPDX-License-Identifier: Apache-2.0
// Tasks that need the login's published keys: refreshing them, claims, and the check of everything.
#pragma once
#include <memory>

#include "login.h"
#include "managed_settings.h"
#include "postbell/managed.hpp"
#include "published_keys.h"

namespace postbell::office365 {

std::unique_ptr<Work> makeRefresh(const ManagedSettings& settings, PublishedKeys& keys);
std::unique_ptr<Work> makeClaim(const ManagedSettings& settings, PublishedKeys& keys,
                                const Task& task);
std::unique_ptr<Work> makeCheck(const ManagedSettings& settings, PublishedKeys& keys,
                                const Login& login);

}  // namespace postbell::office365

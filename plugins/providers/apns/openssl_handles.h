// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "postbell/kit/openssl.hpp"
#include "postbell/kit/private_key.hpp"

namespace postbell::apns {

using kit::areQuickToRead;
using kit::belongTogether;
using kit::BioHandle;
using kit::CertificateHandle;
using kit::DigestHandle;
using kit::ErrorQueueGuard;
using kit::Handle;
using kit::isQuickToRead;
using kit::KeyHandle;
using kit::noPassword;
using kit::readerOf;

}  // namespace postbell::apns

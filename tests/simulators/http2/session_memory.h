// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nghttp2/nghttp2.h>

namespace http2_simulator {

/// An allocator for nghttp2 sessions that keeps what is freed in lists by size, one set for each
/// thread: a hundred streams that come and go together are more than malloc's own per-thread cache
/// holds (seven of a size).
nghttp2_mem* sessionMemory();

}  // namespace http2_simulator

// SPDX-License-Identifier: Apache-2.0
// Frames that no server should send (RFC 9113), to be put between good ones.
#pragma once

#include <cstdint>
#include <string>

namespace http2_simulator {

bool isGarbageKind(const std::string& kind);
/// All of them, for a sentence.
std::string garbageKinds();
/// `stream_id` is that of the request at hand, or 0.
std::string makeGarbage(const std::string& kind, std::uint32_t stream_id);

}  // namespace http2_simulator

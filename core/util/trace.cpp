// SPDX-License-Identifier: Apache-2.0
#include "util/trace.h"

#include <cstring>

#include "util/crypto.h"

namespace postbell::util {
namespace {

std::uint64_t anyNumber() {
    const std::string bytes = randomBytes(sizeof(std::uint64_t));
    std::uint64_t number = 0;
    std::memcpy(&number, bytes.data(), sizeof number);
    return number;
}

}  // namespace

std::string traceText(Trace trace) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text(16, '0');
    for (auto digit = text.rbegin(); digit != text.rend(); ++digit, trace >>= 4)
        *digit = kDigits[trace & 0xf];
    return text;
}

TraceSource::TraceSource() : start_(anyNumber()) {}

Trace TraceSource::next() {
    // SplitMix64: a bijection, so that different numbers give different traces, which look
    // different.
    std::uint64_t mixed =
        start_ + (made_.fetch_add(1, std::memory_order_relaxed) + 1) * 0x9e3779b97f4a7c15;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    mixed ^= mixed >> 31;
    return mixed != 0 ? mixed : 1;
}

}  // namespace postbell::util

// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace postbell::util {

/// Values counted by size, for a histogram. A value, not thread-safe.
template <std::size_t Bounds>
struct Distribution {
    std::array<double, Bounds> bounds{};             ///< ascending
    std::array<std::uint64_t, Bounds + 1> counts{};  ///< up to each bound; the last: beyond all
    double sum = 0;

    void add(double value) {
        const auto bound = std::lower_bound(bounds.begin(), bounds.end(), value);
        ++counts[static_cast<std::size_t>(bound - bounds.begin())];
        sum += value;
    }
};

}  // namespace postbell::util

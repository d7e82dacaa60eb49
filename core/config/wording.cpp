// SPDX-License-Identifier: Apache-2.0
#include "config/wording.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace postbell::config {
namespace {

constexpr std::size_t kMaxCompared = 64;  // a longer key is no misspelling of a known key
constexpr std::size_t kMaxQuoted = 60;

/// Levenshtein's distance, where two neighbours that changed places count as one slip.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min(
                {last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0u : 1u)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        std::swap(before, last);
        std::swap(last, row);
    }
    return last[b.size()];
}

}  // namespace

std::string didYouMean(std::string_view written, std::span<const std::string> known) {
    if (written.size() > kMaxCompared) return {};
    const std::string* best = nullptr;
    std::size_t best_distance = 0;
    for (const std::string& candidate : known) {
        const std::size_t d = distance(written, candidate);
        const std::size_t allowed = std::max<std::size_t>(1, candidate.size() / 3);
        if (d > allowed || (best != nullptr && d >= best_distance)) continue;
        best = &candidate;
        best_distance = d;
    }
    return best == nullptr ? std::string() : " Did you mean \"" + *best + "\"?";
}

std::string quotedList(std::span<const std::string> names) {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0) text += i + 1 == names.size() ? " or " : ", ";
        text += "\"" + names[i] + "\"";
    }
    return text;
}

std::string inQuotes(std::string_view text) {
    std::string out = "\"";
    for (const char c : text.substr(0, kMaxQuoted))
        out += (static_cast<unsigned char>(c) < ' ' || c == 0x7f) ? '?' : c;
    if (text.size() > kMaxQuoted) {
        // Not in the middle of a UTF-8 sequence.
        while ((static_cast<unsigned char>(out.back()) & 0xc0) == 0x80) out.pop_back();
        if (static_cast<unsigned char>(out.back()) >= 0xc0) out.pop_back();
        out += "...";
    }
    return out + '"';
}

bool mayBeSecret(std::string_view key) {
    for (const std::string_view ending : {"_file", "_env", "_url", "_endpoint"})
        if (key.ends_with(ending)) return false;
    for (const std::string_view word : {"secret", "password", "token", "key", "credential"})
        if (key.find(word) != key.npos) return true;
    return false;
}

}  // namespace postbell::config

// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/problem.h"
#include "config/toml.h"
#include "util/time.h"

namespace postbell::config {

Position positionOf(const toml::node& node);
/// The value as it is written there, for people: `the text "abc"`, `the number 9`, `a table`. The
/// value is left out where the key's name says that it may be a secret.
std::string describe(std::string_view key, const toml::node& node);

/// Reads one table into variables that hold the defaults. A key that is absent or "" leaves its
/// variable alone; so does a wrong value, which becomes a problem at its place.
/// Confined to load().
class SectionReader {
  public:
    /// `table` may be null: the section is not there. Both must outlive the reader.
    SectionReader(const toml::table* table, std::string name, Problems& problems);

    void text(std::string_view key, std::string& out);
    /// A relative path starts at `base`.
    void path(std::string_view key, const std::filesystem::path& base, std::string& out);
    void flag(std::string_view key, bool& out);
    void real(std::string_view key, double& out, double least, double most);
    void texts(std::string_view key, std::vector<std::string>& out);

    template <std::integral T>
    void number(std::string_view key, T& out, std::int64_t least, std::int64_t most) {
        if (const auto value = wholeNumber(key, least, most)) out = static_cast<T>(*value);
    }
    /// A whole number of them; the key says "_ms".
    void milliseconds(std::string_view key, util::Milliseconds& out, util::Milliseconds least,
                      util::Milliseconds most) {
        if (const auto value = wholeNumber(key, least.count(), most.count()))
            out = util::Milliseconds(*value);
    }
    template <class T>
    void choice(std::string_view key, std::span<const std::pair<std::string, T>> accepted, T& out) {
        std::vector<std::string> names;
        for (const auto& [name, value] : accepted) names.push_back(name);
        if (const auto index = oneOf(key, names)) out = accepted[*index].second;
    }

    /// Marks a key as known; another reader takes its value.
    void expect(std::string_view key) { known_.emplace_back(key); }
    /// Is the key there with something else than ""?
    bool has(std::string_view key) const;
    /// An error, or a warning, at the key's value, or at the section if the key is not there.
    void wrong(std::string_view key, std::string text);
    void warn(std::string_view key, std::string text);
    /// "found ...; accepted is ..." at the key.
    void refuse(std::string_view key, std::string_view accepted);

    /// Every key that was not asked for is an error.
    void refuseUnknown();
    /// The known keys, for the next reader of the section.
    std::vector<const toml::key*> unread() const;
    const toml::table* table() const { return table_; }
    Position at() const;
    /// Of the key's value, or of the section if the key is not there.
    Position whereIs(std::string_view key) const;

  private:
    /// Marks the key as known; null if it is absent or "".
    const toml::node* find(std::string_view key);
    std::optional<std::int64_t> wholeNumber(std::string_view key, std::int64_t least,
                                            std::int64_t most);
    std::optional<std::size_t> oneOf(std::string_view key, std::span<const std::string> names);

    const toml::table* table_;
    std::string name_;
    Problems& problems_;
    std::vector<std::string> known_;
};

}  // namespace postbell::config

// SPDX-License-Identifier: Apache-2.0
// The log: one line for each entry, as text or as JSON. A caller waits for no disk, pipe or
// terminal: a log that cannot be written ends and delays nothing else.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "util/time.h"

namespace postbell::log {

enum class Level { Debug, Info, Warning, Error };
enum class Format { Text, Json };

/// A name and a value beside the sentence: {"tenant", name}, {"attempt", 3}. Never a token, a
/// secret, a subscription id or an address of a person.
class Field {
  public:
    Field(std::string_view name, std::string_view value) : name_(name), text_(value) {}
    Field(std::string_view name, const char* value) : name_(name), text_(value) {}
    Field(std::string_view name, const std::string& value) : name_(name), text_(value) {}
    template <class Integer>
    requires std::is_integral_v<Integer> Field(std::string_view name, Integer value)
        : name_(name), number_(static_cast<std::int64_t>(value)), is_number_(true) {}

    std::string_view name() const { return name_; }
    void appendText(std::string& line) const;
    void appendJson(std::string& line) const;

  private:
    std::string_view name_;
    std::string_view text_;
    std::int64_t number_ = 0;
    bool is_number_ = false;
};

struct Settings {
    Level level = Level::Info;
    Format format = Format::Text;
    std::string file;  ///< empty: standard error
};

class LogWriter;

/// Thread-safe. Passed by reference. Lines keep their order; lines that cannot be written now are
/// kept, within a bound, and tried again.
class Log {
  public:
    explicit Log(const Settings& settings);
    /// Waits a moment for lines that are not written yet.
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    bool enabled(Level level) const { return level >= settings_.level; }
    void write(Level level, std::string_view text, const Field* fields, std::size_t count);

    void debug(std::string_view text, std::initializer_list<Field> fields = {}) {
        write(Level::Debug, text, fields.begin(), fields.size());
    }
    void info(std::string_view text, std::initializer_list<Field> fields = {}) {
        write(Level::Info, text, fields.begin(), fields.size());
    }
    void warning(std::string_view text, std::initializer_list<Field> fields = {}) {
        write(Level::Warning, text, fields.begin(), fields.size());
    }
    void error(std::string_view text, std::initializer_list<Field> fields = {}) {
        write(Level::Error, text, fields.begin(), fields.size());
    }

    /// For SIGHUP: opens the file again by its name. While that fails, the old one stays in use.
    void reopen();
    /// Waits until all lines so far are written; false: they were not within `patience`.
    bool flush(util::Milliseconds patience = util::Milliseconds(10'000)) const;
    /// As flush(), for a crash's handler, which may take no lock and no memory.
    void flushInCrash() const noexcept;

    /// Lines that were lost because the log could not be written for too long.
    std::uint64_t lost() const;
    /// The log cannot be written now.
    bool failing() const;

  private:
    const Settings settings_;
    const std::unique_ptr<LogWriter> writer_;
};

/// A line for the reader of standard error, if it can be written without waiting.
void tellStandardError(std::string line);

/// Text in JSON's quoting, quotes included. A text that is not printable is escaped to ASCII; bytes
/// that are not UTF-8 become U+FFFD.
void appendJsonString(std::string& out, std::string_view text);

}  // namespace postbell::log

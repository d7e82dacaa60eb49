// SPDX-License-Identifier: Apache-2.0
#include "log/line_format.h"

#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeFormatter.h>
#include <Poco/Timestamp.h>

#include <nlohmann/json.hpp>

#include "util/printable.h"

namespace postbell::log {
namespace {

std::string_view name(Level level) {
    switch (level) {
        case Level::Debug:
            return "debug";
        case Level::Info:
            return "info";
        case Level::Warning:
            return "warning";
        case Level::Error:
            return "error";
    }
    return "error";
}

bool needsQuotes(std::string_view text) {
    return text.empty() || text.find_first_of(" \"=") != std::string_view::npos ||
           !util::isPrintable(text);
}

}  // namespace

void appendJsonString(std::string& out, std::string_view text) {
    const bool escaped = !util::isPrintable(text);
    out += nlohmann::json(text).dump(-1, ' ', escaped, nlohmann::json::error_handler_t::replace);
}

void Field::appendText(std::string& line) const {
    if (is_number_)
        line += std::to_string(number_);
    else if (needsQuotes(text_))
        appendJsonString(line, text_);
    else
        line += text_;
}

void Field::appendJson(std::string& line) const {
    if (is_number_)
        line += std::to_string(number_);
    else
        appendJsonString(line, text_);
}

std::string formatLine(Format format, Level level, std::string_view text, const Field* fields,
                       std::size_t count) {
    const std::string time = Poco::DateTimeFormatter::format(
        Poco::Timestamp(), Poco::DateTimeFormat::ISO8601_FRAC_FORMAT);
    std::string line;
    line.reserve(128 + text.size());
    if (format == Format::Json) {
        line.append("{\"time\":\"").append(time).append("\",\"level\":\"").append(name(level));
        line += "\",\"message\":";
        appendJsonString(line, text);
        for (std::size_t i = 0; i < count; ++i) {
            line += ',';
            appendJsonString(line, fields[i].name());
            line += ':';
            fields[i].appendJson(line);
        }
        line += '}';
        return line;
    }
    line.append(time).append(" ").append(name(level)).append(" ");
    // The sentence may quote a remote party, which must neither begin a line of its own nor steer a
    // terminal.
    line += util::printable(text);
    for (std::size_t i = 0; i < count; ++i) {
        line.append(" ").append(fields[i].name()).append("=");
        fields[i].appendText(line);
    }
    return line;
}

}  // namespace postbell::log

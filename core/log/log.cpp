// SPDX-License-Identifier: Apache-2.0
#include "log/log.h"

#include <Poco/ConsoleChannel.h>
#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeFormatter.h>
#include <Poco/Exception.h>
#include <Poco/Message.h>
#include <Poco/SimpleFileChannel.h>
#include <Poco/Timestamp.h>

#include <iostream>
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

Poco::AutoPtr<Poco::Channel> openChannel(const Settings& settings) {
    if (settings.file.empty()) return new Poco::ConsoleChannel(std::cerr);
    Poco::AutoPtr<Poco::Channel> channel(new Poco::SimpleFileChannel(settings.file));
    channel->setProperty("flush", "true");
    channel->open();
    return channel;
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

Log::Log(const Settings& settings) : settings_(settings), channel_(openChannel(settings)) {}
Log::~Log() = default;

void Log::write(Level level, std::string_view text, const Field* fields, std::size_t count) {
    if (!enabled(level)) return;
    const std::string time = Poco::DateTimeFormatter::format(
        Poco::Timestamp(), Poco::DateTimeFormat::ISO8601_FRAC_FORMAT);
    std::string line;
    line.reserve(128 + text.size());
    if (settings_.format == Format::Json) {
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
    } else {
        line.append(time).append(" ").append(name(level)).append(" ");
        // The sentence may quote a remote party, which must neither begin a line of its own nor
        // steer a terminal.
        line += util::printable(text);
        for (std::size_t i = 0; i < count; ++i) {
            line.append(" ").append(fields[i].name()).append("=");
            fields[i].appendText(line);
        }
    }
    // After a write that failed the stream would swallow all others, though there may be room
    // again.
    if (!std::cerr.good()) std::cerr.clear();
    try {
        channel_->log(Poco::Message({}, line, Poco::Message::PRIO_INFORMATION));
    } catch (const Poco::FileException&) {
        // A log that cannot be written must not end what it tells of.
        std::cerr << line << std::endl;
    }
}

void Log::reopen() {
    if (settings_.file.empty()) return;
    channel_->close();
    channel_->open();
}

}  // namespace postbell::log

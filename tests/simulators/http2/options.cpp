// SPDX-License-Identifier: Apache-2.0
#include "options.h"

#include <charconv>
#include <string_view>

namespace http2_simulator {

namespace {

template <typename Number>
Number parseNumber(std::string_view option, std::string_view text, Number least, Number most) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most)
        throw UsageError(std::string(option) + " accepts a number from " + std::to_string(least) +
                         " to " + std::to_string(most) + ", not \"" + std::string(text) + "\"");
    return value;
}

Address parseAddress(std::string_view option, std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0)
        throw UsageError(std::string(option) + " accepts HOST:PORT, not \"" + std::string(text) +
                         "\"");
    Address address;
    address.host = text.substr(0, colon);
    if (address.host.front() == '[' && address.host.back() == ']')
        address.host = address.host.substr(1, address.host.size() - 2);
    if (address.host == "localhost") address.host = "127.0.0.1";
    address.port = parseNumber<std::uint16_t>(option, text.substr(colon + 1), 0, 65535);
    return address;
}

std::string parseChoice(std::string_view option, std::string_view text, std::string_view one,
                        std::string_view other) {
    if (text != one && text != other)
        throw UsageError(std::string(option) + " accepts " + std::string(one) + " or " +
                         std::string(other) + ", not \"" + std::string(text) + "\"");
    return std::string(text);
}

}  // namespace

Options parseOptions(int argc, char** argv, Options options) {
    for (int i = 1; i < argc; ++i) {
        const std::string_view name = argv[i];
        if (name == "--help") {
            options.help = true;
            return options;
        }
        if (name == "--exit-with-stdin") {
            options.exit_with_stdin = true;
            continue;
        }
        if (i + 1 == argc) throw UsageError(std::string(name) + " is unknown or lacks its value");
        const std::string_view value = argv[++i];
        if (name == "--listen")
            options.listen = parseAddress(name, value);
        else if (name == "--control")
            options.control = parseAddress(name, value);
        else if (name == "--certificate")
            options.certificate_file = value;
        else if (name == "--key")
            options.key_file = value;
        else if (name == "--state-dir")
            options.state_dir = value;
        else if (name == "--certificate-days")
            options.certificate_days = parseNumber<int>(name, value, -3650, 3650);
        else if (name == "--environment" && !options.environment.empty())
            options.environment = parseChoice(name, value, "production", "sandbox");
        else if (name == "--threads")
            options.threads = parseNumber<unsigned>(name, value, 1, 64);
        else if (name == "--max-streams")
            options.max_streams = parseNumber<std::uint32_t>(name, value, 0, 1'000'000);
        else if (name == "--initial-streams")
            options.initial_streams = parseNumber<std::uint32_t>(name, value, 0, 1'000'000);
        else if (name == "--record")
            options.record = parseChoice(name, value, "memory", "off") == "memory";
        else if (name == "--record-limit")
            options.record_limit = parseNumber<std::size_t>(name, value, 1, 100'000'000);
        else if (name == "--clock-speed")
            options.clock_speed = parseNumber<double>(name, value, 0.0, 1e6);
        else
            throw UsageError(std::string(name) + " is unknown; --help lists what there is");
    }
    if (options.certificate_file.empty() != options.key_file.empty())
        throw UsageError("--certificate and --key go together");
    return options;
}

}  // namespace http2_simulator

// SPDX-License-Identifier: Apache-2.0
#include "garbage.h"

#include <functional>
#include <map>
#include <random>
#include <string_view>

namespace http2_simulator {

namespace {

std::string frame(std::uint32_t length, unsigned type, unsigned flags, std::uint32_t stream_id,
                  std::string_view payload) {
    std::string bytes;
    for (const unsigned shift : {16U, 8U, 0U})
        bytes.push_back(static_cast<char>(length >> shift & 0xff));
    bytes.push_back(static_cast<char>(type));
    bytes.push_back(static_cast<char>(flags));
    for (const unsigned shift : {24U, 16U, 8U, 0U})
        bytes.push_back(static_cast<char>(stream_id >> shift & 0xff));
    bytes += payload;
    return bytes;
}

std::string whole(unsigned type, unsigned flags, std::uint32_t stream_id,
                  std::string_view payload) {
    return frame(static_cast<std::uint32_t>(payload.size()), type, flags, stream_id, payload);
}

std::string randomBytes() {
    static thread_local std::mt19937 random(20);
    std::string bytes(512, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random() & 0xff);
    return bytes;
}

std::string repeat(const std::string& bytes, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += bytes;
    return all;
}

using Maker = std::function<std::string(std::uint32_t)>;

const std::map<std::string, Maker>& makers() {
    using namespace std::string_view_literals;
    static const std::map<std::string, Maker> map = {
        {"random", [](std::uint32_t) { return randomBytes(); }},
        {"http1", [](std::uint32_t) { return std::string("HTTP/1.1 400 Bad Request\r\n\r\n"); }},
        // Must be ignored by the peer (section 4.1).
        {"unknown_frame", [](std::uint32_t id) { return whole(0xbb, 0xff, id, "whatever"sv); }},
        {"oversized_frame", [](std::uint32_t id) { return frame(0xffffff, 0, 0, id, "x"sv); }},
        {"bad_hpack", [](std::uint32_t id) { return whole(1, 0x4, id, "\x80"sv); }},
        {"headers_on_stream_0", [](std::uint32_t) { return whole(1, 0x4, 0, "\x88"sv); }},
        {"data_on_idle_stream", [](std::uint32_t) { return whole(0, 0, 0x7fffffff, "x"sv); }},
        {"data_before_headers", [](std::uint32_t id) { return whole(0, 0x1, id, "x"sv); }},
        {"push_promise",
         [](std::uint32_t id) { return whole(5, 0x4, id, "\x00\x00\x00\x02\x82"sv); }},
        {"window_overflow",
         [](std::uint32_t) { return repeat(whole(8, 0, 0, "\x7f\xff\xff\xff"sv), 2); }},
        {"bad_settings",
         [](std::uint32_t) { return whole(4, 0, 0, "\x00\x04\xff\xff\xff\xff"sv); }},
        {"ping_flood", [](std::uint32_t) { return repeat(whole(6, 0, 0, "floodpng"sv), 2000); }}};
    return map;
}

}  // namespace

bool isGarbageKind(const std::string& kind) {
    return makers().count(kind) > 0;
}

std::string garbageKinds() {
    std::string list;
    for (const auto& [name, maker] : makers()) list += (list.empty() ? "" : ", ") + name;
    return list;
}

std::string makeGarbage(const std::string& kind, std::uint32_t stream_id) {
    return makers().at(kind)(stream_id);
}

}  // namespace http2_simulator

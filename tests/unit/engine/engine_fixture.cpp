// SPDX-License-Identifier: Apache-2.0
#include "engine_fixture.h"

#include <stdexcept>

namespace postbell::test {

void RecordingSink::answered(std::uint64_t tag, const engine::Answer& answer) {
    SeenAnswer seen{
        answer.failure,   answer.status, {}, std::string(answer.body), std::string(answer.detail),
        answer.connection};
    for (const auto& header : answer.headers) seen.headers.emplace_back(header.name, header.value);
    {
        std::lock_guard lock(mutex_);
        if (!answers_.emplace(tag, std::move(seen)).second)
            throw std::logic_error("answered twice");
        changed_.notify_all();
    }
    if (on_answer) on_answer(tag);
}

void RecordingSink::ready() {
    {
        std::lock_guard lock(mutex_);
        ++ready_;
        changed_.notify_all();
    }
    if (on_ready) on_ready();
}

SeenAnswer RecordingSink::wait(std::uint64_t tag) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(10), [&] { return answers_.count(tag) > 0; }))
        throw std::runtime_error("no answer with tag " + std::to_string(tag));
    return answers_.at(tag);
}

bool RecordingSink::has(std::uint64_t tag) const {
    std::lock_guard lock(mutex_);
    return answers_.count(tag) > 0;
}

std::size_t RecordingSink::count() const {
    std::lock_guard lock(mutex_);
    return answers_.size();
}

int RecordingSink::readyCount() const {
    std::lock_guard lock(mutex_);
    return ready_;
}

EngineFixture::EngineFixture(double clock_speed, engine::LoopOptions loop_options)
    : clock(clock_speed),
      log({log::Level::Error, log::Format::Text, {}}),
      loop(clock, std::move(loop_options)) {}

EngineFixture::~EngineFixture() {
    close();
}

engine::PoolOptions EngineFixture::options(const std::string& origin) const {
    engine::PoolOptions options;
    options.origin = util::Origin::parse(origin).value();
    options.ca_file = ca_file.path();
    return options;
}

void EngineFixture::open(engine::PoolOptions options) {
    loop.runAndWait(
        [&] { pool = std::make_unique<engine::Pool>(loop, std::move(options), sink, log); });
}

void EngineFixture::close() {
    loop.runAndWait([&] { pool.reset(); });
}

void EngineFixture::submit(std::uint64_t tag, const std::string& path,
                           const std::vector<engine::Header>& headers, const std::string& body) {
    loop.runAndWait([&] { pool->submit({"POST", path, headers, body}, tag); });
}

SeenAnswer EngineFixture::ask(std::uint64_t tag) {
    submit(tag);
    return sink.wait(tag);
}

void EngineFixture::onAnswer(std::function<void(std::uint64_t)> hook) {
    loop.runAndWait([&] { sink.on_answer = std::move(hook); });
}

void EngineFixture::onReady(std::function<void()> hook) {
    loop.runAndWait([&] { sink.on_ready = std::move(hook); });
}

unsigned EngineFixture::slots() {
    unsigned slots = 0;
    loop.runAndWait([&] { slots = pool->slots(); });
    return slots;
}

engine::PoolStats EngineFixture::stats() {
    engine::PoolStats stats;
    loop.runAndWait([&] { stats = pool->stats(); });
    return stats;
}

}  // namespace postbell::test

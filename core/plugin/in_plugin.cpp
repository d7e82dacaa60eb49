// SPDX-License-Identifier: Apache-2.0
#include "plugin/in_plugin.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <type_traits>

#include <pthread.h>

#include "util/printable.h"

namespace postbell::plugin {
namespace {

thread_local constinit const char* current_plugin = nullptr;
thread_local constinit const char* current_function = nullptr;
thread_local constinit bool been_in_plugin = false;

/// The same, for other threads to read. In a list that needs no memory: a thread enters a plugin
/// even without memory.
class Call {
  public:
    Call() noexcept;
    ~Call();
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    void set(const char* plugin, const char* function) {
        function_.store(function, std::memory_order_relaxed);
        plugin_.store(plugin, std::memory_order_release);
    }
    bool isOf(std::string_view thread) const { return thread_name_.data() == thread; }
    std::string inWords() const {
        const char* plugin = plugin_.load(std::memory_order_acquire);
        const char* function = function_.load(std::memory_order_relaxed);
        if (plugin == nullptr || function == nullptr) return {};
        return std::string(plugin) + ", function " + function;
    }

    const Call* next() const { return next_; }

  private:
    std::array<char, 16> thread_name_{};
    std::atomic<const char*> plugin_ = nullptr;
    std::atomic<const char*> function_ = nullptr;
    Call* before_ = nullptr;
    Call* next_ = nullptr;
};

/// Of all threads that have been in a plugin.
struct Calls {
    std::mutex mutex;
    Call* first = nullptr;
};
static_assert(std::is_trivially_destructible_v<Calls>);  // outlives every thread
constinit Calls calls;

Call::Call() noexcept {
    ::pthread_getname_np(::pthread_self(), thread_name_.data(), thread_name_.size());
    const std::lock_guard lock(calls.mutex);
    next_ = calls.first;
    if (next_ != nullptr) next_->before_ = this;
    calls.first = this;
}

Call::~Call() {
    const std::lock_guard lock(calls.mutex);
    if (next_ != nullptr) next_->before_ = before_;
    (before_ != nullptr ? before_->next_ : calls.first) = next_;
}

Call& ownCall() {
    static thread_local Call call;
    return call;
}

/// Where the handler runs: a plugin that crashes may have used up the thread's own stack.
class HandlersStack {
  public:
    HandlersStack() {
        stack_t other{};
        // A sanitizer's, perhaps, which does as well.
        if (::sigaltstack(nullptr, &other) != 0 || (other.ss_flags & SS_DISABLE) == 0) return;
        memory_.reset(new (std::nothrow) char[kBytes]);
        if (!memory_) return;
        stack_t stack{};
        stack.ss_sp = memory_.get();
        stack.ss_size = kBytes;
        ::sigaltstack(&stack, nullptr);
    }
    ~HandlersStack() {
        if (!memory_) return;
        stack_t none{};
        none.ss_flags = SS_DISABLE;
        ::sigaltstack(&none, nullptr);
    }
    HandlersStack(const HandlersStack&) = delete;
    HandlersStack& operator=(const HandlersStack&) = delete;

  private:
    // With AVX-512 and the like, a signal's frame alone is some kilobytes.
    static constexpr std::size_t kBytes = 64 * 1024;
    std::unique_ptr<char[]> memory_;
};

}  // namespace

CurrentCall currentCall() noexcept {
    return {current_plugin, current_function, been_in_plugin};
}

InPlugin::InPlugin(const char* plugin, const char* function) noexcept
    : outer_plugin_(current_plugin), outer_function_(current_function) {
    static thread_local const HandlersStack stack;
    been_in_plugin = true;
    current_plugin = plugin;
    current_function = function;
    ownCall().set(plugin, function);
}

InPlugin::~InPlugin() {
    current_plugin = outer_plugin_;
    current_function = outer_function_;
    ownCall().set(outer_plugin_, outer_function_);
}

std::string callUnderWay(std::string_view thread) {
    const std::lock_guard lock(calls.mutex);
    for (const Call* call = calls.first; call != nullptr; call = call->next())
        if (std::string words = call->isOf(thread) ? call->inWords() : ""; !words.empty())
            return words;
    return {};
}

std::string anyCallUnderWay() {
    const std::lock_guard lock(calls.mutex);
    for (const Call* call = calls.first; call != nullptr; call = call->next())
        if (std::string words = call->inWords(); !words.empty()) return words;
    return {};
}

std::string nameForCrash(std::string_view text) {
    std::string name = util::printable(text, 2048);
    std::replace_if(
        name.begin(), name.end(), [](char c) { return c == '"' || c == '\\'; }, '?');
    return name;
}

}  // namespace postbell::plugin

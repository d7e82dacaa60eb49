// SPDX-License-Identifier: Apache-2.0
// The name that a crash is reported with: the plugin whose code the thread is in.
#pragma once
#include <string>
#include <string_view>

namespace postbell::plugin {

/// While an object lives, a crash of its thread is blamed on the plugin. Costs two writes to
/// thread-local memory, so it may stand around every call. Objects may be nested; both texts must
/// outlive them.
class InPlugin {
  public:
    /// `plugin`: from nameForCrash(); `function`: of the contract, a literal.
    InPlugin(const char* plugin, const char* function) noexcept;
    ~InPlugin();
    InPlugin(const InPlugin&) = delete;
    InPlugin& operator=(const InPlugin&) = delete;

  private:
    const char* const outer_plugin_;
    const char* const outer_function_;
};

/// The call of a plugin that the thread of this name is in now: "the plugin ... of [[backend]] x,
/// function handle"; empty: it is in none. For a thread that hangs: a call that is about to end may
/// take its plugin's name along.
std::string callUnderWay(std::string_view thread);

/// The same of any thread, for a gateway that does not end.
std::string anyCallUnderWay();

/// Fit for a line of JSON as it is, since a crash leaves no time for escapes.
std::string nameForCrash(std::string_view text);

/// The call that the thread is in, for a handler of signals.
struct CurrentCall {
    const char* plugin;  ///< null: none
    const char* function;
    bool been_in_plugin;  ///< the thread is the gateway's, and has called plugins
};
CurrentCall currentCall() noexcept;

}  // namespace postbell::plugin

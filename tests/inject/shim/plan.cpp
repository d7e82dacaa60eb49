// SPDX-License-Identifier: Apache-2.0
#include "plan.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "real.h"

namespace inject {
namespace {

constexpr std::size_t kPageBytes = 4'096;
constexpr int kMaxDepth = 40;
constexpr std::uint64_t kToldHits = 3;
constexpr std::size_t kTracedCalls = 1 << 20;

/// page.py has the same layout.
struct Page {
    // Of the driver.
    std::atomic<std::uint64_t> kind;  // its number and 1; 0: no call fails
    std::uint64_t first;              // the number of the call that fails first, from 1
    std::uint64_t calls;              // so many from there on
    std::uint64_t milliseconds;       // from the first failure on; 0: for ever
    std::uint64_t variant;            // which of a call's errors
    std::uint64_t traced;             // a kind, as above: who makes its calls is written down
    // Of the shim.
    std::atomic<std::uint64_t> hits;
    std::atomic<std::uint64_t> first_hit;  // milliseconds of the steady clock
    std::atomic<std::uint64_t> begun;      // main was called
    std::atomic<std::uint64_t> counts[kKinds];
    char names[1'024];
};
static_assert(sizeof(Page) <= kPageBytes);

Page* page = nullptr;
std::uint64_t* traces = nullptr;  // for each call of the traced kind a hash of its stack
char hits_file[512];
std::atomic<bool> counting = false;
thread_local bool inside = false;

std::uint64_t steadyMilliseconds() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000 +
           static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
}

/// Appends the call and who made it, as places in files of programs.
void tell(std::uint64_t n, const char* call, int error) {
    void* frames[kMaxDepth];
    const int depth = ::backtrace(frames, kMaxDepth);
    const long file =
        ::syscall(SYS_openat, AT_FDCWD, hits_file, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (file < 0) return;
    char thread[32] = "?";
    ::pthread_getname_np(::pthread_self(), thread, sizeof thread);
    char text[8'192];
    std::size_t size = 0;
    const auto add = [&](int written) {
        if (written > 0) size = std::min(size + static_cast<std::size_t>(written), sizeof text - 1);
    };
    add(std::snprintf(text, sizeof text, "call %llu %s error %d thread %s\n",
                      static_cast<unsigned long long>(n), call, error, thread));
    for (int i = 0; i < depth; ++i) {
        Dl_info place{};
        if (::dladdr(frames[i], &place) == 0 || place.dli_fname == nullptr) continue;
        const auto offset = static_cast<char*>(frames[i]) - static_cast<char*>(place.dli_fbase) - 1;
        add(std::snprintf(text + size, sizeof text - size, " %s %#lx\n", place.dli_fname,
                          static_cast<unsigned long>(offset)));
    }
    ::syscall(SYS_write, file, text, size);
    ::syscall(SYS_close, file);
}

/// Addresses do: hashes are compared within one run.
void trace(std::uint64_t n) {
    constexpr std::uint64_t kPrime = 1'099'511'628'211u;  // FNV-1a's
    void* frames[kMaxDepth];
    const int depth = ::backtrace(frames, kMaxDepth);
    std::uint64_t hash = 14'695'981'039'346'656'037u;
    for (int i = 0; i < depth; ++i)
        hash = (hash ^ reinterpret_cast<std::uintptr_t>(frames[i])) * kPrime;
    traces[n] = hash;
}

void* mapped(const char* name, std::size_t size) {
    const long file = ::syscall(SYS_openat, AT_FDCWD, name, O_RDWR);
    if (file < 0) return nullptr;
    const long at =
        ::syscall(SYS_mmap, nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0L);
    ::syscall(SYS_close, file);
    return at == -1 ? nullptr : reinterpret_cast<void*>(at);
}

/// Maps the page that POSTBELL_INJECT names, and beside it the file for traces, if there is any.
__attribute__((constructor)) void begin() {
    const char* name = std::getenv("POSTBELL_INJECT");
    if (name == nullptr) return;
    char traces_file[512];
    std::snprintf(traces_file, sizeof traces_file, "%s.traces", name);
    std::snprintf(hits_file, sizeof hits_file, "%s.hits", name);
    void* frames[2];
    ::backtrace(frames, 2);  // loads what it needs
    traces = static_cast<std::uint64_t*>(mapped(traces_file, kTracedCalls * sizeof *traces));
    page = static_cast<Page*>(mapped(name, kPageBytes));
    if (page == nullptr) return;
    std::size_t size = 0;
    for (const char* kind : kNames)
        size += static_cast<std::size_t>(
            std::snprintf(page->names + size, sizeof page->names - size, "%s ", kind));
}

/// Counts this call of `call` as one of `kind`. 0: it is to be made, as far as this kind goes.
int countedFailure(Kind kind, const char* call, std::initializer_list<int> errors) {
    const auto number = static_cast<unsigned>(kind);
    const std::uint64_t n = page->counts[number].fetch_add(1, std::memory_order_relaxed) + 1;
    if (page->traced == number + 1 && traces != nullptr && n < kTracedCalls) {
        inside = true;
        trace(n);
        inside = false;
    }
    if (page->kind.load(std::memory_order_acquire) != number + 1 || n < page->first) return 0;
    if (page->hits.load(std::memory_order_relaxed) >= page->calls) return 0;
    if (page->milliseconds != 0) {
        const std::uint64_t now = steadyMilliseconds();
        std::uint64_t none = 0;
        page->first_hit.compare_exchange_strong(none, now);
        if (now > page->first_hit.load() + page->milliseconds) return 0;
    }
    const int error = errors.begin()[page->variant % errors.size()];
    if (page->hits.fetch_add(1) < kToldHits) {
        const int kept = errno;
        inside = true;
        tell(n, call, error);
        inside = false;
        errno = kept;
    }
    return error;
}

bool has(std::initializer_list<int> errors, int error) {
    return std::find(errors.begin(), errors.end(), error) != errors.end();
}

}  // namespace

bool isUncounted() {
    return inside || !counting.load(std::memory_order_relaxed) || page == nullptr;
}

int failure(Kind kind, const char* call, std::initializer_list<int> errors) {
    if (isUncounted()) return 0;
    if (const int error = countedFailure(kind, call, errors); error != 0) return error;
    // Of epoll's, ENOSPC is a limit of its own. Codes of SQLite and getaddrinfo are no errno.
    const bool is_errno = kind != Kind::Sqlite && kind != Kind::Lookup;
    if (is_errno && kind != Kind::Wait && has(errors, ENOSPC))
        return countedFailure(Kind::Disk, call, {ENOSPC});
    if (is_errno && has(errors, EMFILE)) return countedFailure(Kind::Descriptors, call, {EMFILE});
    return 0;
}

bool fails(Kind kind, const char* call, std::initializer_list<int> errors) {
    const int error = failure(kind, call, errors);
    if (error != 0) errno = error;
    return error != 0;
}

}  // namespace inject

namespace {

using Main = int (*)(int, char**, char**);
Main real_main;

int countedMain(int argc, char** argv, char** environment) {
    if (inject::page != nullptr) inject::page->begun.store(1);
    inject::counting.store(true);
    const int code = real_main(argc, argv, environment);
    inject::counting.store(false);
    return code;
}

}  // namespace

/// What comes before main, or after it, can say no sentence: constructors of libraries.
extern "C" int __libc_start_main(Main main, int argc, char** argv, void (*init)(), void (*fini)(),
                                 void (*rtld_fini)(), void* stack_end) {
    real_main = main;
    return REAL(__libc_start_main)(countedMain, argc, argv, init, fini, rtld_fini, stack_end);
}

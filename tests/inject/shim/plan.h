// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>

/// Which calls of the process fail: written by the driver into a page of memory that both map
/// (tests/inject/page.py), and counted there.
namespace inject {

/// What can fail. The order is that of Kind in page.py, which compares the names.
enum class Kind : unsigned {
    Open,
    Read,   // of files
    Write,  // of files
    Receive,
    Send,
    Sync,
    File,    // what else is done with files: stat, locks, rename, maps
    Socket,  // socket, bind, listen, options
    Connect,
    Accept,
    Lookup,
    Wait,  // epoll, poll, eventfd, timerfd
    Thread,
    Tls,      // memory that OpenSSL asks for
    Library,  // memory that SQLite, nghttp2, expat and Poco ask malloc for
    New,
    Sqlite,
    // Troubles of the machine: of the calls above, each that can fail by them.
    Disk,         // is full: ENOSPC
    Descriptors,  // are used up: EMFILE
};
inline constexpr unsigned kKinds = 19;
inline constexpr const char* kNames[kKinds] = {
    "open",    "read",    "write",  "receive", "send",       "sync",   "file",
    "socket",  "connect", "accept", "lookup",  "wait",       "thread", "tls",
    "library", "new",     "sqlite", "disk",    "descriptors"};

/// Counts this call of `call`. 0: it is to be made; otherwise the error with which it fails, of
/// `errors`, where none is 0.
int failure(Kind kind, const char* call, std::initializer_list<int> errors);

/// As failure(), and errno says so.
bool fails(Kind kind, const char* call, std::initializer_list<int> errors);

/// Whether that call is the shim's own, or comes before main or after it.
bool isUncounted();

}  // namespace inject

// SPDX-License-Identifier: Apache-2.0
// Inside core/log only: where lines go.
#pragma once
#include <string>
#include <string_view>

#include "util/file_descriptor.h"
#include "util/time.h"

namespace postbell::log {

/// A file, or standard error. Neither a pipe without a reader nor a terminal that is stopped makes
/// a call wait longer than it says; a disk that hangs may. Confined to one thread.
class LogOutput {
  public:
    enum class Result { Written, Busy, Failed };

    /// Empty: standard error. Opens nothing yet.
    explicit LogOutput(std::string file) : file_(std::move(file)) {}

    /// Opens the file by its name. False: problem() says why, and the file open before stays so.
    bool open();
    /// False: the file's name leads to another file by now, or to none.
    bool isThere() const;
    bool isOpen() const { return file_.empty() || opened_; }
    bool isFile() const { return !file_.empty(); }

    /// Writes the beginning of `lines`, whole lines where the output allows it, and takes the
    /// written bytes off. Busy: there was no room within `patience`. Failed: problem() says why.
    Result write(std::string_view& lines, util::Milliseconds patience);

    /// A sentence.
    const std::string& problem() const { return problem_; }

  private:
    int descriptor() const;
    Result fail(const char* what, int error);

    const std::string file_;
    util::FileDescriptor opened_;
    bool is_regular_ = false;
    std::string problem_;
};

}  // namespace postbell::log

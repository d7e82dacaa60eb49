// SPDX-License-Identifier: Apache-2.0
#include "log/log_writer.h"

#include <time.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "log/line_format.h"
#include "log/log_output.h"
#include "util/named_thread.h"
#include "util/real_time.h"

namespace postbell::log {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxKeptBytes = 4 * 1024 * 1024;
constexpr util::Milliseconds kRetry = 1s;
constexpr util::Milliseconds kRoomPatience = 100ms;
constexpr util::Milliseconds kBusyPause = 10ms;
/// For a reader that is slow, at the end; and beyond it for a thread that a disk holds.
constexpr util::Milliseconds kFarewell = 1s;
constexpr util::Milliseconds kEndPatience = 2s;

}  // namespace

class LogWriter::Work {
  public:
    Work(const Settings& settings, util::Milliseconds look_after)
        : format_(settings.format), look_after_(look_after), output_(settings.file) {}

    void add(std::string line) {
        line += '\n';
        {
            const std::lock_guard lock(kept_mutex_);
            if (kept_.size() + line.size() > kMaxKeptBytes) {
                loseUnderLock();
                return;
            }
            kept_ += line;
            added_ += line.size();
        }
        changed_.notify_one();
    }

    void lose() {
        const std::lock_guard lock(kept_mutex_);
        loseUnderLock();
    }

    void reopen() {
        const std::lock_guard lock(kept_mutex_);
        reopen_ = true;
        changed_.notify_one();
    }

    void stop() {
        const std::lock_guard lock(kept_mutex_);
        stopping_ = true;
        give_up_ = util::realNow() + kFarewell;
        changed_.notify_one();
    }

    bool awaitEnd(util::Milliseconds patience) {
        std::unique_lock lock(kept_mutex_);
        return progress_.wait_for(lock, patience, [this] { return ended_; });
    }

    bool flush(util::Milliseconds patience) {
        std::unique_lock lock(kept_mutex_);
        const std::uint64_t wanted = added_;
        return progress_.wait_for(lock, patience, [&] { return written_ >= wanted && !reopen_; });
    }

    bool allWritten() const noexcept { return written_ >= added_; }
    std::uint64_t lost() const { return lost_; }
    bool failing() const { return failing_; }

    void run() {
        std::unique_lock lock(kept_mutex_);
        while (awaitLines(lock)) {
            if (!reopen_ && util::realNow() >= look_at_) {
                lock.unlock();
                lookForFile();
                lock.lock();
            }
            if (batch_left_.empty()) takeBatch();
            const bool reopen = reopen_;
            lock.unlock();
            const util::Milliseconds pause = step(reopen);
            lock.lock();
            if (pause == 0ms) continue;
            // At the end there is no later; but a reader may only be slow.
            if (stopping_ && (pause == kRetry || util::realNow() >= give_up_)) break;
            changed_.wait_for(lock, pause, [this] { return stopping_; });
        }
        ended_ = true;
        progress_.notify_all();
    }

  private:
    void loseUnderLock() {
        ++lost_;
        ++lost_untold_;
    }

    /// How long to wait before the next; 0: all is done.
    util::Milliseconds step(bool reopen) noexcept {
        try {
            const bool reopened = !reopen || openAgain();
            return std::max(writeBatch(), reopened ? 0ms : kRetry);
        } catch (const std::exception&) {
            failing_ = true;
            return kRetry;
        }
    }

    /// False: the end.
    bool awaitLines(std::unique_lock<std::mutex>& lock) {
        const auto has_work = [this] {
            return reopen_ || !batch_left_.empty() || !kept_.empty() || lost_untold_ > 0;
        };
        const auto is_due = [&] { return stopping_ || has_work(); };
        if (output_.isFile() && !is_due())
            changed_.wait_until(lock, look_at_, is_due);
        else
            changed_.wait(lock, is_due);
        return has_work() || !stopping_;
    }

    /// A file that was removed or renamed is opened anew, as after SIGHUP.
    void lookForFile() noexcept {
        look_at_ = util::realNow() + look_after_;
        try {
            if (output_.isThere()) return;
            add(formatLine(format_, Level::Warning,
                           "the log file was removed or renamed: it is opened again", nullptr, 0));
            reopen();
        } catch (const std::exception&) {
            // With the next look.
        }
    }

    void takeBatch() {
        batch_.clear();
        std::swap(batch_, kept_);
        batch_bytes_ = batch_.size();
        // The lost lines came when all lines of the batch were there already.
        if (lost_untold_ > 0) tellLost();
        batch_left_ = batch_;
    }

    void tellLost() noexcept {
        try {
            const Field field("lines", lost_untold_);
            batch_ += formatLine(format_, Level::Warning,
                                 "lines of the log were lost, since the log could not be written",
                                 &field, 1) +
                      '\n';
            lost_untold_ = 0;
        } catch (const std::exception&) {
            // With the next batch.
        }
    }

    /// How long to wait before the next attempt; 0: all is written.
    util::Milliseconds writeBatch() {
        if (!output_.isOpen() && !output_.open()) return failed();
        while (!batch_left_.empty()) {
            switch (output_.write(batch_left_, kRoomPatience)) {
                case LogOutput::Result::Written:
                    break;
                case LogOutput::Result::Failed:
                    return failed();
                case LogOutput::Result::Busy:
                    failing_ = true;
                    return kBusyPause;
            }
        }
        failing_ = false;
        told_ = false;
        const std::lock_guard lock(kept_mutex_);
        written_ += std::exchange(batch_bytes_, 0);
        progress_.notify_all();
        return 0ms;
    }

    util::Milliseconds failed() {
        failing_ = true;
        if (!std::exchange(told_, true) && output_.isFile())
            tellStandardError("postbell: " + output_.problem() +
                              "; it is tried again every second, and lines are kept until then");
        return kRetry;
    }

    /// False: to be tried again; the file that was open stays in use.
    bool openAgain() {
        if (!output_.open()) {
            if (!std::exchange(told_of_reopening_, true)) {
                tellStandardError("postbell: " + output_.problem() +
                                  "; it is tried again every second");
                const Field reason("reason", output_.problem());
                add(formatLine(format_, Level::Error,
                               "the log goes on in its old file, since its name leads to none",
                               &reason, 1));
            }
            return false;
        }
        told_of_reopening_ = false;
        // A line that the old file has the beginning of is the new one's.
        const std::size_t done = batch_.size() - batch_left_.size();
        const std::size_t end = done == 0 ? std::string::npos : batch_.rfind('\n', done - 1);
        batch_left_ = std::string_view(batch_).substr(end == std::string::npos ? 0 : end + 1);
        const std::lock_guard lock(kept_mutex_);
        reopen_ = false;
        progress_.notify_all();
        return true;
    }

    const Format format_;
    const util::Milliseconds look_after_;

    mutable std::mutex kept_mutex_;
    std::condition_variable changed_;   // for the thread
    std::condition_variable progress_;  // of the thread
    std::string kept_;
    std::uint64_t lost_untold_ = 0;
    bool reopen_ = false;
    bool stopping_ = false;
    util::RealTime give_up_;
    bool ended_ = false;

    // Bytes of lines. Changed under the lock, and read by a crash without it.
    std::atomic<std::uint64_t> added_{0};
    std::atomic<std::uint64_t> written_{0};
    std::atomic<std::uint64_t> lost_{0};
    std::atomic<bool> failing_{false};

    // The thread's alone.
    LogOutput output_;
    util::RealTime look_at_ = util::realNow() + look_after_;
    std::string batch_;
    std::string_view batch_left_;
    std::size_t batch_bytes_ = 0;
    bool told_ = false;
    bool told_of_reopening_ = false;
};

LogWriter::LogWriter(const Settings& settings, util::Milliseconds look_after)
    : work_(std::make_shared<Work>(settings, look_after)),
      thread_(util::startThread("log", [work = work_] { work->run(); })) {}

LogWriter::~LogWriter() {
    work_->stop();
    if (work_->awaitEnd(kEndPatience))
        thread_.join();
    else
        thread_.detach();
}

void LogWriter::add(std::string line) {
    work_->add(std::move(line));
}

void LogWriter::lose() {
    work_->lose();
}

void LogWriter::reopen() {
    work_->reopen();
}

bool LogWriter::flush(util::Milliseconds patience) const {
    return work_->flush(patience);
}

void LogWriter::flushInCrash(util::Milliseconds patience) const noexcept {
    for (std::int64_t waited = 0; waited < patience.count() && !work_->allWritten(); ++waited) {
        const timespec moment{0, 1'000'000};
        ::nanosleep(&moment, nullptr);
    }
}

std::uint64_t LogWriter::lost() const {
    return work_->lost();
}

bool LogWriter::failing() const {
    return work_->failing();
}

}  // namespace postbell::log

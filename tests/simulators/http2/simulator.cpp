// SPDX-License-Identifier: Apache-2.0
#include "simulator.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "certificates.h"
#include "control_api.h"
#include "control_server.h"
#include "fault.h"
#include "ledger.h"
#include "server.h"
#include "simulated_clock.h"

namespace http2_simulator {

namespace {

// Signals are read, not handled: they must be blocked before the first thread starts.
int blockSignals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    return ::signalfd(-1, &signals, SFD_CLOEXEC);
}

void waitForEnd(int signal_fd, bool with_stdin) {
    std::array<pollfd, 2> watched = {pollfd{signal_fd, POLLIN, 0},
                                     pollfd{with_stdin ? STDIN_FILENO : -1, POLLIN, 0}};
    for (;;) {
        if (::poll(watched.data(), watched.size(), -1) < 0) continue;
        if (watched[0].revents != 0) return;
        std::array<char, 256> ignored;
        if (watched[1].revents != 0 && ::read(STDIN_FILENO, ignored.data(), ignored.size()) <= 0)
            return;
    }
}

/// The folder for made certificates; removed at the end when it was made here.
class StateDirectory {
  public:
    explicit StateDirectory(const std::string& given) : path_(given), temporary_(given.empty()) {
        if (!temporary_) return;
        std::string pattern =
            (std::filesystem::temp_directory_path() / "push-simulator-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr)
            throw std::runtime_error("cannot make a folder like " + pattern);
        path_ = pattern;
    }
    ~StateDirectory() {
        std::error_code ignored;
        if (temporary_) std::filesystem::remove_all(path_, ignored);
    }
    StateDirectory(const StateDirectory&) = delete;
    StateDirectory& operator=(const StateDirectory&) = delete;

    const std::string& path() const { return path_; }

  private:
    std::string path_;
    bool temporary_;
};

void run(const Options& options, const MakeNetwork& make) {
    const int signal_fd = blockSignals();
    const StateDirectory directory(options.state_dir);
    const ServerCertificate certificate =
        options.certificate_file.empty()
            ? makeServerCertificate(directory.path(), options.certificate_days)
            : ServerCertificate{options.certificate_file, options.key_file, ""};

    SimulatedClock clock(options.clock_speed);
    const std::unique_ptr<Network> network = make(options, clock);
    Ledger ledger(options.record, options.record_limit);
    FaultBook faults;
    Services services{options, clock, *network, ledger, faults};
    Server server(services, certificate);
    ControlApi api(options, certificate.ca_file, clock, *network, ledger, faults, server);
    const ControlServer control(
        options.control, [&api](const ControlRequest& request) { return api.handle(request); });

    std::cout << nlohmann::json{{"port", server.port()},
                                {"control_port", control.port()},
                                {"ca_file", certificate.ca_file},
                                {"pid", ::getpid()}}
                     .dump()
              << std::endl;
    waitForEnd(signal_fd, options.exit_with_stdin);
    ledger.stop();
}

}  // namespace

int runSimulator(int argc, char** argv, const Options& defaults, const MakeNetwork& make) {
    const std::string name = std::filesystem::path(argv[0]).filename();
    try {
        const Options options = parseOptions(argc, argv, defaults);
        if (options.help)
            std::cout << options.help_text;
        else
            run(options, make);
        return EXIT_SUCCESS;
    } catch (const UsageError& error) {
        std::cerr << name << ": " << error.what() << '\n';
        return 2;
    } catch (const std::exception& error) {
        std::cerr << name << ": " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}

}  // namespace http2_simulator

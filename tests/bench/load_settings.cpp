// SPDX-License-Identifier: Apache-2.0
#include "load_settings.h"

#include <CLI/CLI.hpp>

namespace postbell::bench {

std::optional<int> readLoadSettings(int argc, char** argv, LoadSettings& settings) {
    CLI::App app("Sends a prepared HTTP/1.1 request over and over; prints one line of JSON");
    app.add_option("--address", settings.address, "host:port")->required();
    app.add_option("--request", settings.request_file,
                   "a file with the whole request; @@NUMBER@@ and @@SERIAL@@ become ten digits")
        ->required();
    app.add_option("--ca", settings.ca_file, "TLS, trusting this PEM file");
    app.add_option("--connections", settings.connections);
    app.add_flag("--fresh", settings.fresh, "a new TLS connection for each request; needs --ca");
    app.add_flag("--resume", settings.resume, "new connections resume the newest session");
    app.add_option("--tls", settings.tls, "12 or 13: that version alone");
    app.add_option("--requests", settings.requests, "how many; 0: until --seconds are over");
    app.add_option("--seconds", settings.seconds, "0: until --requests are done");
    app.add_option("--rate", settings.rate, "requests a second; 0: as fast as answers come");
    app.add_option("--patience", settings.patience, "seconds without an answer that end it");
    app.add_option("--first", settings.first, "the first number");
    app.add_option("--count", settings.count, "how many numbers");
    app.add_flag("--in-turn", settings.in_turn, "numbers one after the other, not at random");
    app.add_option("--first-serial", settings.first_serial);
    app.add_option("--seed", settings.seed);
    app.add_option("--status", settings.status, "what an answer must have");
    app.add_option("--expect", settings.expect, "what an answer's body must hold");
    app.add_option("--samples", settings.samples_file,
                   "a file for: serial, when due, when answered (steady clock, microseconds)");
    app.add_option("--commit", settings.commit_file,
                   "a database: each answer is followed by one durable commit, which counts");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error);
    }
    return std::nullopt;
}

}  // namespace postbell::bench

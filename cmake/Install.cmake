# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` gives of the gateway; the SDK has rules of its own (sdk/CMakeLists.txt).
include(GNUInstallDirs)
set(postbell_docs ${CMAKE_INSTALL_DATADIR}/doc/postbell)

install(TARGETS postbell RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT gateway)

# Not CMAKE_INSTALL_LIBDIR, which names the machine's architecture below /usr: the program looks for its plugins in
# ../lib/postbell/plugins, wherever it lies (core/app/plugin_directory.h).
install(TARGETS postbell_backend_dovecot postbell_backend_ews postbell_backend_office365 postbell_backend_webhook
    postbell_provider_apns postbell_provider_fcm postbell_provider_webpush LIBRARY DESTINATION lib/postbell/plugins COMPONENT gateway)
# For mail servers: an admin copies the program to where Dovecot or Cyrus runs.
install(FILES plugins/backends/dovecot/postbell.lua DESTINATION ${CMAKE_INSTALL_DATADIR}/postbell/dovecot COMPONENT gateway)
install(PROGRAMS plugins/backends/webhook/cyrus-notify DESTINATION ${CMAKE_INSTALL_DATADIR}/postbell/cyrus COMPONENT gateway)

# The unit starts the program that was installed with it, under whatever prefix.
set(unit ${CMAKE_CURRENT_BINARY_DIR}/postbell.service)
install(CODE "
    file(READ \"${PROJECT_SOURCE_DIR}/conf/postbell.service\" text)
    string(REPLACE \"=/usr/bin/\" \"=\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/\" text \"\${text}\")
    file(WRITE \"${unit}\" \"\${text}\")"
    COMPONENT gateway)
install(FILES ${unit} DESTINATION lib/systemd/system COMPONENT gateway)

# The config is an example among the documents, for the admin to copy: an upgrade never touches /etc/postbell.
install(FILES conf/postbell.toml README.md CHANGELOG.md CONTRIBUTING.md LICENSE
    DESTINATION ${postbell_docs} COMPONENT gateway)
install(DIRECTORY docs DESTINATION ${postbell_docs} COMPONENT gateway)
# Where the pages' links lead: the files lie to one another as in the sources.
install(FILES conf/postbell.toml ${unit} DESTINATION ${postbell_docs}/conf COMPONENT gateway)
install(DIRECTORY plugins sdk DESTINATION ${postbell_docs} COMPONENT gateway
    FILES_MATCHING PATTERN "*.md" PATTERN "abi.h" PATTERN "*.hpp"
    PATTERN "kit" EXCLUDE PATTERN "testing" EXCLUDE PATTERN "cmake" EXCLUDE PATTERN "abi" EXCLUDE)
install(FILES tests/bench/README.md DESTINATION ${postbell_docs}/tests/bench COMPONENT gateway)
install(FILES tests/lint/dependencies.txt DESTINATION ${postbell_docs}/tests/lint COMPONENT gateway)

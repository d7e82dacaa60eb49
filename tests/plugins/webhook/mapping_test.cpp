// SPDX-License-Identifier: Apache-2.0
#include "mapping.h"

#include <catch2/catch.hpp>

#include "postbell/plugin.hpp"
#include "sections.h"

using namespace postbell;
using namespace postbell::webhook;

namespace {

std::string refusalOf(const Section& section) {
    try {
        (void)mappingOf(section);
    } catch (const InvalidInput& error) {
        return error.what();
    }
    return {};
}

}  // namespace

TEST_CASE("an address alone is a mapping", "[webhook]") {
    const Mapping mapping = mappingOf({{"account", "/to"}});
    CHECK_FALSE(mapping.type);
    CHECK_FALSE(mapping.folder);
    CHECK(mapping.new_mail.empty());
}

TEST_CASE("a wrong key is named with what it needs", "[webhook]") {
    using Row = std::pair<Section, const char*>;
    for (const auto& [section, words] :
         {Row{{}, "account is missing"}, Row{{{"account", "to"}}, "account must be a JSON pointer"},
          Row{{{"account", "/to"}, {"unread", "~"}}, "unread must be a JSON pointer"},
          Row{{{"account", "/to"}, {"type", "/type"}}, "type needs new or count_changed"},
          Row{{{"account", "/to"}, {"new", R"(["a"])"}}, "new or count_changed needs type"},
          Row{{{"account", "/to"}, {"folder", "/f"}}, "folder needs inbox"},
          Row{{{"account", "/to"}, {"inbox", R"(["INBOX"])"}}, "inbox needs folder"},
          Row{{{"account", "/to"}, {"type", "/type"}, {"new", "[]"}}, "new must be a list"},
          Row{{{"account", "/to"}, {"type", "/type"}, {"new", R"(["a",1])"}},
              "new must be a list"}}) {
        INFO(words);
        CHECK_THAT(refusalOf(section), Catch::Contains(words));
    }
}

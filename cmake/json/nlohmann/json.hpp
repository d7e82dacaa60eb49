// SPDX-License-Identifier: Apache-2.0
// nlohmann's JSON, with a destructor that needs no memory, and compiled once: most of its templates
// are instantiated in ../json.cpp, and nowhere else.
//
// The library's own destructor (3.7.2 and later) moves nested values into a vector first, so that
// deep ones do not exhaust the stack. A destructor may not throw: where memory is short it ends the
// process, and JSON comes from strangers. CMake puts this folder before the library's, so that no
// source has another destructor than the others.
#pragma once
#include_next <nlohmann/json.hpp>

#include <string>

template <>
void nlohmann::json::json_value::destroy(nlohmann::detail::value_t type);

extern template class nlohmann::basic_json<>;
extern template class nlohmann::detail::serializer<nlohmann::json>;
extern template class nlohmann::detail::json_sax_dom_parser<nlohmann::json>;
extern template class nlohmann::detail::json_sax_dom_callback_parser<nlohmann::json>;

namespace postbell::json_memory {

/// Those that texts are parsed with.
using StringInput = nlohmann::detail::iterator_input_adapter<std::string::const_iterator>;
using BytesInput = nlohmann::detail::iterator_input_adapter<const char*>;

}  // namespace postbell::json_memory

extern template class nlohmann::detail::lexer<nlohmann::json, postbell::json_memory::StringInput>;
extern template class nlohmann::detail::lexer<nlohmann::json, postbell::json_memory::BytesInput>;
extern template class nlohmann::detail::parser<nlohmann::json, postbell::json_memory::StringInput>;
extern template class nlohmann::detail::parser<nlohmann::json, postbell::json_memory::BytesInput>;

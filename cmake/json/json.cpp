// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include <iterator>
#include <memory>
#include <utility>

namespace postbell {
namespace {

using nlohmann::json;

/// A container that got no memory when it was made has none to look at.
bool hasChildren(const json& value) {
    if (const auto* const array = value.get_ptr<const json::array_t*>()) return !array->empty();
    const auto* const object = value.get_ptr<const json::object_t*>();
    return object != nullptr && !object->empty();
}

/// Of a container with children.
json& lastChild(json& value) {
    if (value.is_array()) return value.get_ref<json::array_t&>().back();
    return std::prev(value.get_ref<json::object_t&>().end())->second;
}

void removeLastChild(json& value) {
    if (value.is_array()) return value.get_ref<json::array_t&>().pop_back();
    json::object_t& members = value.get_ref<json::object_t&>();
    members.erase(std::prev(members.end()));
}

/// Takes everything out of a value, however deep: the place of the child that is worked on keeps
/// the container above its own one.
void takeApart(json& value) noexcept {
    if (!hasChildren(value)) return;
    json current = std::move(value), above;
    while (true) {
        if (!hasChildren(current)) {
            if (above.is_null()) return;
            current = std::move(above);
            above = std::move(lastChild(current));
            removeLastChild(current);
            continue;
        }
        json& place = lastChild(current);
        if (!hasChildren(place)) {
            removeLastChild(current);
            continue;
        }
        json child = std::move(place);
        place = std::move(above);
        above = std::move(current);
        current = std::move(child);
    }
}

template <class Content>
void release(Content* content) noexcept {
    std::destroy_at(content);
    std::allocator<Content>().deallocate(content, 1);
}

}  // namespace
}  // namespace postbell

template <>
void nlohmann::json::json_value::destroy(nlohmann::detail::value_t type) {
    using nlohmann::detail::value_t;
    switch (type) {
        case value_t::object:
            if (object == nullptr) return;
            for (auto& member : *object) postbell::takeApart(member.second);
            return postbell::release(object);
        case value_t::array:
            if (array == nullptr) return;
            for (auto& element : *array) postbell::takeApart(element);
            return postbell::release(array);
        case value_t::string:
            return postbell::release(string);
        case value_t::binary:
            return postbell::release(binary);
        case value_t::null:
        case value_t::boolean:
        case value_t::number_integer:
        case value_t::number_unsigned:
        case value_t::number_float:
        case value_t::discarded:
            return;
    }
}

template class nlohmann::basic_json<>;
template class nlohmann::detail::serializer<nlohmann::json>;
template class nlohmann::detail::json_sax_dom_parser<nlohmann::json>;
template class nlohmann::detail::json_sax_dom_callback_parser<nlohmann::json>;
template class nlohmann::detail::lexer<nlohmann::json, postbell::json_memory::StringInput>;
template class nlohmann::detail::lexer<nlohmann::json, postbell::json_memory::BytesInput>;
template class nlohmann::detail::parser<nlohmann::json, postbell::json_memory::StringInput>;
template class nlohmann::detail::parser<nlohmann::json, postbell::json_memory::BytesInput>;

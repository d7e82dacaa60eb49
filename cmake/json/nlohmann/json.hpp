// SPDX-License-Identifier: Apache-2.0
// nlohmann's JSON, with a destructor that needs no memory.
//
// The library's own (3.7.2 and later) moves nested values into a vector first, so that deep ones do
// not exhaust the stack. A destructor may not throw: where memory is short it ends the process, and
// JSON comes from strangers. CMake puts this folder before the library's, so that no source has
// another destructor than the others.
#pragma once
#include_next <nlohmann/json.hpp>

#include <iterator>
#include <memory>
#include <utility>

namespace postbell::json_memory {

using nlohmann::json;

/// A container that got no memory when it was made has none to look at.
inline bool hasChildren(const json& value) {
    if (const auto* const array = value.get_ptr<const json::array_t*>()) return !array->empty();
    const auto* const object = value.get_ptr<const json::object_t*>();
    return object != nullptr && !object->empty();
}

/// Of a container with children.
inline json& lastChild(json& value) {
    if (value.is_array()) return value.get_ref<json::array_t&>().back();
    return std::prev(value.get_ref<json::object_t&>().end())->second;
}

inline void removeLastChild(json& value) {
    if (value.is_array()) return value.get_ref<json::array_t&>().pop_back();
    json::object_t& members = value.get_ref<json::object_t&>();
    members.erase(std::prev(members.end()));
}

/// Takes everything out of a value, however deep: the place of the child that is worked on keeps
/// the container above its own one.
inline void takeApart(json& value) noexcept {
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

}  // namespace postbell::json_memory

template <>
inline void nlohmann::json::json_value::destroy(nlohmann::detail::value_t type) {
    using nlohmann::detail::value_t;
    using postbell::json_memory::release, postbell::json_memory::takeApart;
    switch (type) {
        case value_t::object:
            if (object == nullptr) return;
            for (auto& member : *object) takeApart(member.second);
            return release(object);
        case value_t::array:
            if (array == nullptr) return;
            for (auto& element : *array) takeApart(element);
            return release(array);
        case value_t::string:
            return release(string);
        case value_t::binary:
            return release(binary);
        case value_t::null:
        case value_t::boolean:
        case value_t::number_integer:
        case value_t::number_unsigned:
        case value_t::number_float:
        case value_t::discarded:
            return;
    }
}

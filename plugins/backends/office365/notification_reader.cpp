// SPDX-License-Identifier: Apache-2.0
#include "notification_reader.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace postbell::office365 {
namespace {

using nlohmann::json;

/// A place in a body. A value of no use is Skipped, with all that is in it.
enum class Place { Document, Message, Items, Item, ResourceData, Tokens, Skipped };

/// Takes the parser's events. The methods' names are nlohmann::json's SAX interface.
class Reader {
  public:
    Notification take() { return std::move(notification_); }
    Refusal refusal() const { return refusal_; }
    bool complete() const { return has_items_; }

    bool null() { return noText(true); }
    bool boolean(bool) { return noText(false); }
    bool number_integer(json::number_integer_t) { return noText(false); }
    bool number_unsigned(json::number_unsigned_t) { return noText(false); }
    bool number_float(json::number_float_t, const std::string&) { return noText(false); }
    bool binary(json::binary_t&) { return refuse(Refusal::Malformed); }

    bool string(std::string& text) {
        if (!countValue()) return false;
        switch (place()) {
            case Place::Tokens:
                if (notification_.validation_tokens.size() >= kMaxValidationTokens)
                    return refuse(Refusal::TooComplex);
                notification_.validation_tokens.push_back(std::move(text));
                return true;
            case Place::Item:
            case Place::ResourceData:
                if (field_ != nullptr) *field_ = std::move(text);
                return true;
            case Place::Message:
                return next_ != Place::Items || refuse(Refusal::Unexpected);
            case Place::Document:
            case Place::Items:
                return refuse(Refusal::Unexpected);
            case Place::Skipped:
                return true;
        }
        return true;
    }

    bool key(std::string& name) {
        field_ = nullptr;
        switch (place()) {
            case Place::Message:
                next_ = name == "value"              ? Place::Items
                        : name == "validationTokens" ? Place::Tokens
                                                     : Place::Skipped;
                if (next_ != Place::Items) return true;
                return !std::exchange(has_items_, true) || refuse(Refusal::Unexpected);
            case Place::Item:
                return itemKey(name);
            case Place::ResourceData:
                next_ = Place::Skipped;
                if (name == "id") return choose(item().resource_id);
                if (name == "@odata.etag") return choose(item().etag);
                return true;
            case Place::Document:
            case Place::Items:
            case Place::Tokens:
            case Place::Skipped:
                return true;
        }
        return true;
    }

    bool start_object(std::size_t) {
        switch (place()) {
            case Place::Document:
                return enter(Place::Message);
            case Place::Items:
                if (notification_.items.size() >= kMaxItems) return refuse(Refusal::TooComplex);
                notification_.items.emplace_back();
                return enter(Place::Item);
            case Place::Item:
                if (needs_text_) return refuse(Refusal::Unexpected);
                if (names_content_) item().has_content = true;
                return enter(next_);
            case Place::Message:
                return next_ == Place::Items ? refuse(Refusal::Unexpected) : enter(Place::Skipped);
            case Place::ResourceData:
            case Place::Tokens:
            case Place::Skipped:
                return enter(Place::Skipped);
        }
        return true;
    }
    bool start_array(std::size_t) {
        switch (place()) {
            case Place::Document:
            case Place::Items:
                return refuse(Refusal::Unexpected);
            case Place::Message:
                return enter(next_);
            case Place::Item:
                if (needs_text_) return refuse(Refusal::Unexpected);
                return enter(Place::Skipped);
            case Place::ResourceData:
            case Place::Tokens:
            case Place::Skipped:
                return enter(Place::Skipped);
        }
        return true;
    }
    bool end_object() { return leave(); }
    bool end_array() { return leave(); }

    bool parse_error(std::size_t, const std::string&, const json::exception&) {
        return refuse(Refusal::Malformed);
    }

  private:
    Place place() const { return depth_ == 0 ? Place::Document : places_[depth_ - 1]; }
    NotificationItem& item() { return notification_.items.back(); }

    bool refuse(Refusal why) {
        refusal_ = why;
        return false;
    }
    bool countValue() { return ++values_ <= kMaxValues || refuse(Refusal::TooComplex); }

    /// null is as good as a member that is not there.
    bool noText(bool is_null) {
        if (!countValue()) return false;
        switch (place()) {
            case Place::Message:
                return next_ != Place::Items || refuse(Refusal::Unexpected);
            case Place::Item:
                return is_null || !needs_text_ || refuse(Refusal::Unexpected);
            case Place::Document:
            case Place::Items:
                return refuse(Refusal::Unexpected);
            case Place::ResourceData:
            case Place::Tokens:
            case Place::Skipped:
                return true;
        }
        return true;
    }

    bool itemKey(const std::string& name) {
        next_ = name == "resourceData" ? Place::ResourceData : Place::Skipped;
        names_content_ = name == "encryptedContent";
        needs_text_ = true;
        if (name == "subscriptionId") return choose(item().subscription_id);
        if (name == "clientState") return choose(item().client_state);
        if (name == "changeType") return choose(item().change_type);
        if (name == "lifecycleEvent") return choose(item().lifecycle_event);
        needs_text_ = false;
        if (name == "id") return choose(item().id);
        return true;
    }
    /// The next text goes into `field`. Told twice, a body means different things to different
    /// readers.
    bool choose(std::string& field) {
        field_ = &field;
        return field.empty() || refuse(Refusal::Unexpected);
    }

    bool enter(Place place) {
        if (!countValue()) return false;
        if (depth_ == kMaxDepth) return refuse(Refusal::TooComplex);
        places_[depth_++] = place;
        field_ = nullptr;
        return true;
    }
    bool leave() {
        --depth_;
        field_ = nullptr;
        return true;
    }

    Notification notification_;
    Refusal refusal_ = Refusal::Malformed;
    std::size_t values_ = 0;
    std::size_t depth_ = 0;
    Place places_[kMaxDepth] = {};
    Place next_ = Place::Skipped;   // the place that the value of the last name would open
    std::string* field_ = nullptr;  // where a text that follows the last name goes
    bool needs_text_ = false;       // the last name's value is a text, or null
    bool names_content_ = false;    // the last name was encryptedContent
    bool has_items_ = false;
};

}  // namespace

std::variant<Notification, Refusal> readNotification(std::string_view body) {
    Reader reader;
    if (!json::sax_parse(body, &reader)) return reader.refusal();
    if (!reader.complete()) return Refusal::Unexpected;
    return reader.take();
}

}  // namespace postbell::office365

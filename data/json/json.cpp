#include "data/json/json.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include <hone/core/error.h>
#include "core/quote.h"

namespace hone {

// Builds values bottom up: the last element of `open_` is the array or object being filled.
class JsonBuilder final : public JsonEvents {
 public:
  explicit JsonBuilder(const std::string& what) : file_(std::make_shared<const std::string>(what)) {}
  Json take() { return std::move(root_); }

  void on_null() override { add(nullptr); }
  void on_bool(bool value) override { add(value); }
  void on_negative(int64_t value) override { add(value); }
  void on_unsigned(uint64_t value) override { add(value); }
  void on_real(double value) override { add(value); }
  void on_string(std::string&& value) override { add(std::move(value)); }
  void on_key(std::string&& key) override {
    std::get<Json::Object>(open_.back().value_).members.emplace_back(std::move(key), Json());
  }
  void on_array_begin() override { open_.emplace_back().value_ = Json::Array(); }
  void on_object_begin() override { open_.emplace_back().value_ = Json::Object{{}, {}, file_}; }
  void on_array_end() override { close(); }
  void on_object_end() override {
    auto& object = std::get<Json::Object>(open_.back().value_);
    object.sorted.resize(object.members.size());
    std::iota(object.sorted.begin(), object.sorted.end(), 0u);
    const auto key = [&](uint32_t i) -> const std::string& { return object.members[i].first; };
    std::sort(object.sorted.begin(), object.sorted.end(), [&](auto a, auto b) { return key(a) < key(b); });
    close();
  }

 private:
  template <class T>
  void add(T&& value) {
    Json json;
    json.value_ = std::forward<T>(value);
    place(std::move(json));
  }
  void close() {
    Json done = std::move(open_.back());
    open_.pop_back();
    place(std::move(done));
  }
  void place(Json&& json) {
    if (open_.empty()) {
      root_ = std::move(json);
    } else if (auto* array = std::get_if<Json::Array>(&open_.back().value_)) {
      array->push_back(std::move(json));
    } else {
      std::get<Json::Object>(open_.back().value_).members.back().second = std::move(json);
    }
  }

  std::shared_ptr<const std::string> file_;
  std::vector<Json> open_;
  Json root_;
};

namespace {

[[noreturn]] void wrong_type(const std::string& where, const char* expected, const Json& found) {
  throw ModelError(where + ": expected " + expected + ", found " + found.type_name());
}

}  // namespace

bool Json::is_integer() const {
  return std::holds_alternative<int64_t>(value_) || std::holds_alternative<uint64_t>(value_);
}

std::string Json::type_name() const {
  if (is_null()) return "null";
  if (is_bool()) return "a boolean";
  if (is_integer()) return "an integer";
  if (is_number()) return "a number";
  if (is_string()) return "a string";
  return is_array() ? "an array" : "an object";
}

bool Json::as_bool(const std::string& where) const {
  if (!is_bool()) wrong_type(where, "a boolean", *this);
  return std::get<bool>(value_);
}

int64_t Json::as_int(const std::string& where) const {
  if (const auto* value = std::get_if<int64_t>(&value_)) return *value;
  const auto* value = std::get_if<uint64_t>(&value_);
  if (value == nullptr) wrong_type(where, "an integer", *this);
  if (*value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    throw ModelError(where + ": " + std::to_string(*value) + " is too large");
  }
  return static_cast<int64_t>(*value);
}

double Json::as_number(const std::string& where) const {
  if (const auto* value = std::get_if<double>(&value_)) return *value;
  if (const auto* value = std::get_if<uint64_t>(&value_)) return static_cast<double>(*value);
  if (const auto* value = std::get_if<int64_t>(&value_)) return static_cast<double>(*value);
  wrong_type(where, "a number", *this);
}

const std::string& Json::as_string(const std::string& where) const {
  if (!is_string()) wrong_type(where, "a string", *this);
  return std::get<std::string>(value_);
}

const Json::Array& Json::as_array(const std::string& where) const {
  if (!is_array()) wrong_type(where, "an array", *this);
  return std::get<Array>(value_);
}

const Json::Members& Json::as_object(const std::string& where) const {
  if (!is_object()) wrong_type(where, "an object", *this);
  return std::get<Object>(value_).members;
}

const Json::Object& Json::object() const {
  if (!is_object()) wrong_type("JSON", "an object", *this);
  return std::get<Object>(value_);
}

const Json* Json::find(std::string_view key) const {
  const Object& here = object();
  const auto before = [&](uint32_t i, std::string_view wanted) { return here.members[i].first < wanted; };
  const auto at = std::lower_bound(here.sorted.begin(), here.sorted.end(), key, before);
  if (at == here.sorted.end() || here.members[*at].first != key) return nullptr;
  return &here.members[*at].second;
}

const Json& Json::at(std::string_view key) const {
  if (const Json* member = find(key)) return *member;
  throw ModelError(where(key) + " is missing");
}

std::string Json::where(std::string_view key) const { return *object().file + ": key " + shown(key); }

bool Json::get_bool(std::string_view key, bool otherwise) const {
  const Json* member = find(key);
  return member == nullptr ? otherwise : member->as_bool(where(key));
}

int64_t Json::get_int(std::string_view key, int64_t otherwise) const {
  const Json* member = find(key);
  return member == nullptr ? otherwise : member->as_int(where(key));
}

double Json::get_number(std::string_view key, double otherwise) const {
  const Json* member = find(key);
  return member == nullptr ? otherwise : member->as_number(where(key));
}

std::string Json::get_string(std::string_view key, const std::string& otherwise) const {
  const Json* member = find(key);
  return member == nullptr ? otherwise : member->as_string(where(key));
}

Json parse_json(std::string_view text, const std::string& what, int max_depth) {
  JsonBuilder builder(what);
  parse_json_events(text, what, max_depth, builder);
  return builder.take();
}

}  // namespace hone

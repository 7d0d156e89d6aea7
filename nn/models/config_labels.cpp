#include "nn/models/config_labels.h"

#include <algorithm>
#include <set>

#include <hone/core/error.h>
#include "core/quote.h"

namespace hone {
namespace {

constexpr int64_t kMaxLabels = 100'000;  // limits the memory that num_labels alone can claim

const Json* non_null(const Json& json, const char* key) {
  const Json* value = json.find(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

// The names of {"0": "negative", "1": "positive"}, in any order there, by id.
std::vector<std::string> names_by_id(const Json& ids, const std::string& where) {
  const auto& members = ids.as_object(where);
  std::vector<std::string> labels(members.size());
  for (size_t i = 0; i < labels.size(); ++i) {
    const Json* label = ids.find(std::to_string(i));
    if (label == nullptr) {
      throw ModelError(where + " has " + std::to_string(labels.size()) + " entries, but none for \"" +
                       std::to_string(i) + "\": the keys must be 0 to n-1");
    }
    labels[i] = label->as_string(where);
  }
  const std::set<std::string> distinct(labels.begin(), labels.end());
  if (labels.empty()) throw ModelError(where + " is empty, expected at least one label");
  if (distinct.size() != labels.size()) throw ModelError(where + " gives two ids the same label");
  return labels;
}

void check_inverse(const Json& ids, const std::vector<std::string>& labels, const std::string& where) {
  const size_t size = ids.as_object(where).size();
  if (size != labels.size()) {
    throw ModelError(where + " has " + std::to_string(size) + " entries, but there are " +
                     std::to_string(labels.size()) + " labels");
  }
  for (size_t i = 0; i < labels.size(); ++i) {
    const Json* id = ids.find(labels[i]);
    if (id == nullptr || id->as_int(where) != static_cast<int64_t>(i)) {
      throw ModelError(where + " is not the inverse of id2label: label " + shown(labels[i]) + " should be " +
                       std::to_string(i));
    }
  }
}

}  // namespace

std::vector<std::string> read_labels(const Json& config) {
  const Json *names = non_null(config, "id2label"), *ids = non_null(config, "label2id");
  const Json* number = non_null(config, "num_labels");
  std::vector<std::string> labels;
  if (names != nullptr) labels = names_by_id(*names, config.where("id2label"));
  const int64_t count = number != nullptr ? number->as_int(config.where("num_labels"))
                        : labels.empty()  ? 2
                                          : static_cast<int64_t>(labels.size());
  if (count < 1 || count > kMaxLabels || (names != nullptr && count != static_cast<int64_t>(labels.size()))) {
    throw ModelError(config.where("num_labels") + " is " + std::to_string(count) + ", expected " +
                     (names != nullptr ? std::to_string(labels.size()) + " as in id2label"
                                       : "1 to " + std::to_string(kMaxLabels)));
  }
  for (int64_t i = static_cast<int64_t>(labels.size()); i < count; ++i)
    labels.push_back("LABEL_" + std::to_string(i));
  if (ids != nullptr) check_inverse(*ids, labels, config.where("label2id"));
  if (count == 1 && non_null(config, "problem_type") == nullptr) {
    throw ModelError(config.where(names != nullptr ? "id2label" : "num_labels") +
                     " gives one label, which means regression; hone trains classifiers only");
  }
  return labels;
}

}  // namespace hone

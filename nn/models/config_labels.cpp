#include "nn/models/config_labels.h"

#include <charconv>
#include <optional>
#include <set>

#include <hone/core/error.h>
#include "core/quote.h"
#include "data/files/parse_number.h"

namespace hone {
namespace {

constexpr int64_t kMaxLabels = 100'000;  // limits the memory that num_labels alone can claim

const Json* non_null(const Json& json, const char* key) {
  const Json* value = json.find(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

// A number as Python writes it: 1.0 and not 1.
std::string real_text(double value) {
  char buffer[32];
  std::string text(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
  return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

std::string label_text(const Json& label, const std::string& where) {
  if (label.is_bool()) return label.as_bool(where) ? "True" : "False";  // as Python writes them
  if (label.is_integer()) return std::to_string(label.as_int(where));
  if (label.is_number()) return real_text(label.as_number(where));
  if (label.is_string()) return label.as_string(where);
  throw ModelError(where + ": a label is " + label.type_name() + ", expected text or a number");
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
    labels[i] = label_text(*label, where);
  }
  const std::set<std::string> distinct(labels.begin(), labels.end());
  if (labels.empty()) throw ModelError(where + " is empty, expected at least one label");
  if (distinct.size() != labels.size()) throw ModelError(where + " gives two ids the same label");
  return labels;
}

// The id of a label2id: a number, or one written as text.
std::optional<double> id_of(const Json& value, const std::string& where) {
  if (value.is_number()) return value.as_number(where);
  return value.is_string() ? parse_number<double>(value.as_string(where)) : std::nullopt;
}

bool is_inverse(const Json& ids, const std::vector<std::string>& labels, const std::string& where) {
  if (!ids.is_object() || ids.as_object(where).size() != labels.size()) return false;
  for (size_t i = 0; i < labels.size(); ++i) {
    const Json* id = ids.find(labels[i]);
    if (id == nullptr || id_of(*id, where) != static_cast<double>(i)) return false;
  }
  return true;
}

// A head that transformers trains as something other than a classifier of one label for each text.
void refuse_other_problems(const Json& config, size_t labels, const char* key) {
  const Json* problem = non_null(config, "problem_type");
  const std::string where = config.where("problem_type");
  const std::string type = problem == nullptr ? "" : problem->as_string(where);
  if (!type.empty() && type != kProblemType) {
    throw ModelError(where + " is " + shown(type) + ", supported is " + kProblemType);
  }
  if (labels == 1 && type.empty()) {
    throw ModelError(config.where(key) +
                     " gives one label, which means regression; hone trains classifiers only");
  }
}

// _num_labels alone says nothing to transformers, which then takes two labels.
void refuse_old_number(const Json& config) {
  const Json* number = non_null(config, "_num_labels");
  if (number == nullptr || (number->is_integer() && number->as_int("") == 2)) return;
  const std::string value = number->is_integer() ? std::to_string(number->as_int("")) : number->type_name();
  throw ModelError(config.where("_num_labels") + " is " + value +
                   ", but id2label is missing, which gives the labels: add \"id2label\": {\"0\": ..., \"1\": "
                   "...} with their names in the order of the classifier's rows");
}

}  // namespace

std::vector<std::string> read_labels(const Json& config, std::vector<std::string>& warnings) {
  const Json *names = non_null(config, "id2label"), *ids = non_null(config, "label2id");
  const Json* number = non_null(config, "num_labels");
  std::vector<std::string> labels;
  if (names == nullptr && number == nullptr) refuse_old_number(config);
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
  if (ids != nullptr && !is_inverse(*ids, labels, config.where("label2id"))) {
    warnings.push_back(config.where("label2id") + " is not the inverse of id2label, which counts");
  }
  refuse_other_problems(config, labels.size(), names != nullptr ? "id2label" : "num_labels");
  return labels;
}

}  // namespace hone

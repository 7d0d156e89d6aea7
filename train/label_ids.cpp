#include "train/label_ids.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include <hone/core/error.h>
#include "core/quote.h"
#include "data/sets/split_builder.h"

namespace hone {
namespace {

std::string text_of(const Label& label) {
  const auto* name = std::get_if<std::string>(&label);
  return name != nullptr ? shown(*name) : std::to_string(std::get<int>(label));
}

int id_of(const Label& label, const std::vector<std::string>& labels, size_t row) {
  const auto count = static_cast<int>(labels.size());
  const auto* name = std::get_if<std::string>(&label);
  const int id = name != nullptr ? static_cast<int>(std::ranges::find(labels, *name) - labels.begin())
                                 : std::get<int>(label);
  if (id >= 0 && id < count) return id;
  throw DataError(fmt::format("row {}: label {} is none of {}, nor an id below {}", row + 1, text_of(label),
                              fmt::join(labels, ", "), count));
}

}  // namespace

Split split_of(std::span<const LabelledText> rows, const std::vector<std::string>& labels) {
  Split split = new_split("rows", false, labels.size());
  for (const auto& [text, label] : rows) {
    add_row(split, {text, "", id_of(label, labels, split.rows.size())});
  }
  return split;
}

Split split_of(std::span<const LabelledPair> rows, const std::vector<std::string>& labels) {
  Split split = new_split("rows", true, labels.size());
  for (const auto& [first, second, label] : rows) {
    add_row(split, {first, second, id_of(label, labels, split.rows.size())});
  }
  return split;
}

}  // namespace hone

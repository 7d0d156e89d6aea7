#include "train/label_ids.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include <hone/core/error.h>
#include "core/quote.h"
#include "data/sets/label_index.h"
#include "data/sets/split_builder.h"

namespace hone {
namespace {

std::string text_of(const Label& label) {
  const auto* name = std::get_if<std::string>(&label);
  return name != nullptr ? shown(*name) : std::to_string(std::get<int>(label));
}

// The first dozen of some names.
std::string first_of(const std::vector<std::string>& names) {
  const size_t shown = std::min<size_t>(12, names.size());
  return fmt::format("{}{}",
                     fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                     shown < names.size() ? ", ..." : "");
}

// Finds the ids of rows' labels among a classifier's.
class Ids {
 public:
  explicit Ids(const std::vector<std::string>& labels) : labels_(labels), index_(labels) {}

  int of(const Label& label, size_t row) const {
    const auto* name = std::get_if<std::string>(&label);
    const auto found = name != nullptr ? index_.find(*name) : std::nullopt;
    const int id = found ? found->id : name != nullptr ? -1 : std::get<int>(label);
    if (id >= 0 && id < static_cast<int>(labels_.size())) return id;
    throw DataError(
        fmt::format("row {}: label {} is none of {}, nor an id below {}; Head::fresh begins a head "
                    "for other labels",
                    row + 1, text_of(label), first_of(labels_), labels_.size()));
  }

 private:
  const std::vector<std::string>& labels_;
  LabelIndex index_;
};

}  // namespace

Split split_of(std::span<const LabelledText> rows, const std::vector<std::string>& labels) {
  const Ids ids(labels);
  Split split = new_split("rows", false, labels.size());
  for (const auto& [text, label] : rows) {
    add_row(split, {text, "", ids.of(label, split.rows.size())});
  }
  return split;
}

Split split_of(std::span<const LabelledPair> rows, const std::vector<std::string>& labels) {
  const Ids ids(labels);
  Split split = new_split("rows", true, labels.size());
  for (const auto& [first, second, label] : rows) {
    add_row(split, {first, second, ids.of(label, split.rows.size())});
  }
  return split;
}

}  // namespace hone

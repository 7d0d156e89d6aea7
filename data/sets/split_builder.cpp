#include "data/sets/split_builder.h"

#include <algorithm>
#include <utility>

#include <hone/core/error.h>
#include "data/sets/label_index.h"

namespace hone {
namespace {

bool is_blank(const std::string& text) { return text.find_first_not_of(" \t") == std::string::npos; }

}  // namespace

Split new_split(const std::string& name, bool pairs, size_t labels) {
  Split split;
  split.name = name;
  split.pairs = pairs;
  split.label_counts.assign(labels, 0);
  return split;
}

void add_row(Split& split, Example row) {
  if (row.label >= 0) ++split.label_counts.at(static_cast<size_t>(row.label));
  split.empty_texts += is_blank(row.a);
  if (split.pairs) split.empty_texts += is_blank(row.b);
  split.rows.push_back(std::move(row));
}

bool is_no_label(std::string_view text) {
  const std::string folded = folded_label(text);
  return folded.empty() || folded == "-1" || folded == "nan" || folded == "<na>";
}

void leave_out_unlabelled(Split& split, bool may_lack_labels) {
  const auto is_unlabelled = [](const Example& row) { return row.label < 0; };
  const auto count = std::ranges::count_if(split.rows, is_unlabelled);
  if (!split.labelled || count == 0) return;
  if (may_lack_labels && count == static_cast<int64_t>(split.rows.size())) {
    split.labelled = false;
    return;
  }
  split.unlabelled = count;
  split.empty_texts = 0;
  std::ranges::fill(split.label_counts, 0);
  for (Example& row : std::exchange(split.rows, {})) {
    if (!is_unlabelled(row)) add_row(split, std::move(row));
  }
}

void warn_of_unlabelled(Dataset& data, const std::filesystem::path& folder) {
  const auto warn = [&](const Split& split) {
    if (split.unlabelled == 0) return;
    data.warnings.push_back(folder.string() + ": " + std::to_string(split.unlabelled) + " rows of the " +
                            split.name + " split have no label (empty, nan or -1) and are skipped");
  };
  warn(data.train);
  warn(data.validation);
  if (data.test) warn(*data.test);
}

void require_rows(const Split& split, const std::filesystem::path& file) {
  if (!split.rows.empty()) return;
  std::string why = split.dropped == 0 ? "" : " (" + std::to_string(split.dropped) + " were dropped)";
  if (split.unlabelled != 0) why += " (" + std::to_string(split.unlabelled) + " have no label)";
  throw DataError(file.string() + ": no rows left for the split " + split.name + why);
}

}  // namespace hone

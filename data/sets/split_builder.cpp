#include "data/sets/split_builder.h"

#include <utility>

#include <hone/core/error.h>

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

void require_rows(const Split& split, const std::filesystem::path& file) {
  if (!split.rows.empty()) return;
  const auto dropped = split.dropped == 0 ? "" : " (" + std::to_string(split.dropped) + " were dropped)";
  throw DataError(file.string() + ": no rows left for the split " + split.name + dropped);
}

}  // namespace hone

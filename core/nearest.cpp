#include "core/nearest.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "core/quote.h"

namespace hone {
namespace {

// Levenshtein's distance: how many bytes to insert, delete or replace.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);  // distances of a[0, i) to each b[0, j)
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i + 1);
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = std::exchange(row[j + 1], std::min({row[j] + 1, row[j + 1] + 1, replaced}));
    }
  }
  return row.back();
}

}  // namespace

std::string nearest_names(std::string_view wanted, std::span<const std::string> known) {
  constexpr size_t kCount = 3, kLongest = 200;
  if (wanted.size() > kLongest) return "";
  const size_t limit = std::max<size_t>(wanted.size() / 3, 1);
  std::vector<std::pair<size_t, std::string_view>> near;
  for (const std::string& name : known) {
    const size_t shorter = std::min(name.size(), wanted.size()),
                 longer = std::max(name.size(), wanted.size());
    if (longer - shorter > limit) continue;  // the distance is at least the difference of lengths
    if (const size_t distance = edit_distance(wanted, name); distance <= limit)
      near.emplace_back(distance, name);
  }
  const size_t count = std::min(kCount, near.size());
  std::partial_sort(near.begin(), near.begin() + static_cast<std::ptrdiff_t>(count), near.end());
  std::string text;
  for (size_t i = 0; i < count; ++i) text += (i == 0 ? "" : ", ") + shown(near[i].second);
  return text;
}

}  // namespace hone

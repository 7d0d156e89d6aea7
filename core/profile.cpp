#include "core/profile.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace hone {
namespace {

bool g_profiling = false;

}  // namespace

void set_profiling(bool on) { g_profiling = on; }
bool profiling() { return g_profiling; }

Profile& profile() {
  static Profile rows;
  return rows;
}

std::string profile_table() {
  std::vector<std::pair<std::string, ProfileRow>> rows(profile().begin(), profile().end());
  std::ranges::sort(rows, [](const auto& a, const auto& b) { return a.second.seconds > b.second.seconds; });
  double total = 0;
  for (const auto& [name, row] : rows) total += row.seconds;
  std::string out = fmt::format("{:<28}{:>9}{:>11}{:>8}{:>10}{:>10}\n", "kernel", "calls", "seconds", "share",
                                "GFLOP/s", "GB/s");
  for (const auto& [name, row] : rows) {
    const double seconds = std::max(row.seconds, 1e-12);
    out += fmt::format("{:<28}{:>9}{:>11.3f}{:>7.1f}%{:>10.1f}{:>10.1f}\n", name, row.calls, row.seconds,
                       100 * row.seconds / std::max(total, 1e-12), row.flops / seconds / 1e9,
                       row.bytes / seconds / 1e9);
  }
  return out;
}

}  // namespace hone

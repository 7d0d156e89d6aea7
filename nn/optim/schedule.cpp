#include <hone/nn/optim/schedule.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace hone {

double Schedule::factor(int64_t done) const {
  if (done < warmup) return static_cast<double>(done) / static_cast<double>(std::max<int64_t>(1, warmup));
  const double span = static_cast<double>(std::max<int64_t>(1, total - warmup));
  switch (kind) {
    case ScheduleKind::constant:
      return 1;
    case ScheduleKind::linear:
      return std::max(0.0, static_cast<double>(total - done) / span);
    case ScheduleKind::cosine:
      return (1 + std::cos(std::numbers::pi * static_cast<double>(done - warmup) / span)) / 2;
  }
  return 1;
}

}  // namespace hone

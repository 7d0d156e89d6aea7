#include <hone/nn/optim/schedule.h>

#include <algorithm>

namespace hone {

double Schedule::factor(int64_t done) const {
  if (done < warmup) return static_cast<double>(done) / static_cast<double>(std::max<int64_t>(1, warmup));
  if (kind == ScheduleKind::constant) return 1;
  const double span = static_cast<double>(std::max<int64_t>(1, total - warmup));
  return std::max(0.0, static_cast<double>(total - done) / span);
}

}  // namespace hone

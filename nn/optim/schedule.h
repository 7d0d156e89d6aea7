#pragma once

#include <cstdint>
#include <string>

namespace hone {

// How the learning rate changes over training: a factor for each step.
enum class ScheduleKind { constant, linear };

struct Schedule {
  ScheduleKind kind = ScheduleKind::constant;
  int64_t warmup = 0;  // steps over which the factor rises from 0 to 1
  int64_t total = 0;   // steps of the whole run; linear reaches 0 there

  // The factor for a step when `done` steps have been made before it (transformers'
  // get_linear_schedule_with_warmup and get_constant_schedule_with_warmup).
  double factor(int64_t done) const;
};

}  // namespace hone

#pragma once

#include <cstdint>

namespace hone {

// The course of the learning rate after its warm-up: constant, falling in a straight line to 0, or falling to
// 0 as half a cosine (Loshchilov and Hutter 2017).
enum class ScheduleKind { constant, linear, cosine };

// The learning rate's factor for each step: transformers' get_{constant,linear,cosine}_schedule_with_warmup.
struct Schedule {
  ScheduleKind kind = ScheduleKind::constant;
  int64_t warmup = 0;  // steps over which the factor rises from 0 to 1
  int64_t total = 0;   // steps of the whole run, and no more: then linear is 0, and cosine rises again

  // The factor for a step that follows `done` steps.
  double factor(int64_t done) const;
};

}  // namespace hone

#pragma once

#include "core/types.h"

namespace hone {

// While one lives, what this thread launches on the device may run beside what it launches afterwards: on CUDA in a second
// stream. It sees the results of all that was launched before. Until join_side_work() nothing else may read what it writes, or
// write what it reads; memory that is freed meanwhile is not handed out again before. One thread at a time has side work on a
// device. Does nothing on the CPU, and while every kernel is looked at (profiling, HONE_CHECK_FINITE=1).
class SideWork {
 public:
  explicit SideWork(Device device);
  ~SideWork();
  SideWork(const SideWork&) = delete;
  SideWork& operator=(const SideWork&) = delete;

 private:
  Device device_;
  bool begun_;
};

// What is launched from now on sees the results of all side work.
void join_side_work(Device device);

}  // namespace hone

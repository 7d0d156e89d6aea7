#include "core/side_work.h"

#include "core/device_runtime.h"
#include "core/launch.h"
#include "core/profile.h"

namespace hone {

SideWork::SideWork(Device device) : device_(device), begun_(!device.is_cpu() && !profiling() && !checks_finite()) {
  if (begun_) runtime_of(device_).begin_side_work();
}

SideWork::~SideWork() {
  if (begun_) runtime_of(device_).end_side_work();
}

void join_side_work(Device device) { runtime_of(device).join_side_work(); }

}  // namespace hone

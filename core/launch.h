#pragma once

#include <string>
#include <vector>

#include "core/build_config.h"
#include "core/view.h"

namespace hone {

using Views = std::vector<View>;

// The queue that a kernel runs in: on the CPU the only one, over the thread pool; on a CUDA device its stream
// (cuda/stream.h).
struct CpuStream {};
CpuStream& cpu_stream();
struct CudaStream;
CudaStream& cuda_stream(Device device);

// The facts that launch() needs of a kernel's contract.
struct LaunchInfo {
  const char* name;
  Views inputs, outputs;
  double flops;
};

// Spans one kernel: checks that all memory is on the device before it; after it, looks for NaN and infinity
// in what it wrote when HONE_CHECK_FINITE=1, and adds a row to the profile when that is on (core/profile.h).
class LaunchScope {
 public:
  LaunchScope(Device device, LaunchInfo info);
  ~LaunchScope() noexcept(false);
  LaunchScope(const LaunchScope&) = delete;
  LaunchScope& operator=(const LaunchScope&) = delete;

 private:
  Device device_;
  LaunchInfo info_;
  const char* outer_;
  int exceptions_;
  double start_ = 0;  // seconds of the steady clock
};

// Runs kernel contract `k` on a device: the one way to run a kernel. A contract (core/kernels/) is a struct
// with inputs(), outputs(), check() and flops(), and a free function run() for each device.
template <class K>
void launch(Device device, const K& k) {
  k.check();
  LaunchScope scope(device, {K::name, k.inputs(), k.outputs(), k.flops()});
  if (device.is_cpu()) return run(cpu_stream(), k);
  if constexpr (kHasCuda) run(cuda_stream(device), k);
}

// True under HONE_CHECK_FINITE=1: everything that kernels write is checked for NaN and infinity.
bool checks_finite();

// The name of the kernel that this thread is launching, for messages; "" between launches.
const char* current_kernel();

// Messages in one form: "layer_norm: x has 3 columns, gamma has 4".
[[noreturn]] void refuse(const char* kernel, const std::string& what);
void require(bool condition, const char* kernel, const std::string& what);
// View `v`, called `what`, must have this shape (and be contiguous).
void require_shape(const char* kernel, const char* what, const View& v, const Shape& shape);
// All present views must share one floating type, which is returned.
Dtype require_same_type(const char* kernel, const Views& views);
// All present views must have exactly this type.
void require_type(const char* kernel, Dtype dtype, const Views& views);

}  // namespace hone

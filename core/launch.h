#pragma once

#include <string>
#include <vector>

#include "core/build_config.h"
#include "core/kernels/require.h"

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
  const char* op;  // that was called: messages begin with it
  Arguments inputs, outputs;
  double flops;
};

// Spans one kernel. The constructor checks that all memory is on the device; report(), called after the
// kernel, adds its time to the profile when that is on (core/profile.h) and, under HONE_CHECK_FINITE=1,
// throws NonFiniteError for NaN and infinity in what it wrote.
class LaunchScope {
 public:
  LaunchScope(Device device, LaunchInfo info);
  ~LaunchScope();
  LaunchScope(const LaunchScope&) = delete;
  LaunchScope& operator=(const LaunchScope&) = delete;

  void report() const;

 private:
  void add_to_profile() const;
  void check_outputs() const;

  Device device_;
  LaunchInfo info_;
  const char* outer_;  // the kernel that launches this one, "" without
  double start_ = 0;   // seconds of the steady clock
};

// Runs kernel contract `k` on a device: the one way to run a kernel. A contract (core/kernels/) is a struct
// with inputs(), outputs(), check() and flops(), and a free function run() for each device; it is filled by
// named fields, of which those without a default must be given. Where an op of another name runs it, messages
// begin with `op`.
template <class K>
void launch(Device device, const K& k, const char* op = K::name) {
  k.check(op);
  const LaunchScope scope(device, {K::name, op, k.inputs(), k.outputs(), k.flops()});
  if (device.is_cpu()) {
    run(cpu_stream(), k);
  } else if constexpr (kHasCuda) {
    run(cuda_stream(device), k);
  }
  scope.report();
}

// True under HONE_CHECK_FINITE=1: everything that kernels write is checked for NaN and infinity.
bool checks_finite();

// The name of the op whose kernel this thread is launching, for messages; "" between launches.
const char* current_op();

}  // namespace hone

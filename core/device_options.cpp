#include <map>
#include <mutex>

#include <hone/core/device_options.h>

namespace hone {
namespace {

struct Options {
  std::mutex mutex;
  std::map<int, CudaOptions> by_device;
};

Options& all() {
  static Options& options = *new Options;  // NOLINT: kernels may run until the process ends
  return options;
}

}  // namespace

CudaOptions cuda_options(int index) {
  const std::lock_guard lock(all().mutex);
  return all().by_device[index];
}

void set_cuda_options(int index, const CudaOptions& options) {
  const std::lock_guard lock(all().mutex);
  all().by_device[index] = options;
}

}  // namespace hone

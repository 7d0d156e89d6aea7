#include <fmt/core.h>

#include <hone/core/device_options.h>
#include <hone/core/error.h>
#include "cpu/isa.h"
#include "cpu/thread_pool.h"

namespace hone {

CpuOptions default_cpu_options() { return {default_threads(), default_isa()}; }

CpuOptions cpu_options() { return {threads(), current_isa()}; }

void set_cpu_options(const CpuOptions& options) {
  if (!supports(options.isa)) {
    throw UsageError(fmt::format("isa {}: this machine does not have it", name_of(options.isa)));
  }
  set_threads(options.threads);
  set_isa(options.isa);
}

}  // namespace hone

#include "apps/common/device.h"

#include <fmt/format.h>

#include <charconv>

#include "core/build_config.h"
#include "core/device_runtime.h"
#include "core/error.h"
#include "cpu/isa.h"
#include "cpu/thread_pool.h"
#include "cuda/gemm_settings.h"
#include "data/json_events.h"

namespace hone {
namespace {

// N of "cuda:N"; 0 for "cuda".
int cuda_index(const std::string& device) {
  int index = 0;
  const std::string_view number = std::string_view(device).substr(4);
  if (number.empty()) return index;
  const auto [end, error] = std::from_chars(number.data() + 1, number.data() + number.size(), index);
  if (number[0] != ':' || number.size() == 1 || error != std::errc() ||
      end != number.data() + number.size() || index < 0) {
    throw UsageError("--device: " + shown(device) + " is neither auto, cpu, cuda nor cuda:N");
  }
  return index;
}

Device choose_cuda(const std::string& device) {
  const int index = cuda_index(device);
  if (!kHasCuda) {
    throw Error(
        fmt::format("--device {}: this build of hone computes on the CPU only; use --device cpu", device));
  }
  if constexpr (kHasCuda) {
    try {
      cuda_runtime(index);  // starts it
    } catch (const Error& error) {
      throw Error(fmt::format("--device {}: {}", device, error.what()));
    }
  }
  return {DeviceType::cuda, index};
}

// An emulated device is for tests: it must be asked for.
bool has_gpu() {
  if constexpr (kHasCuda && !kEmulatedCuda) return cuda_device_count() > 0;
  return false;
}

std::string cuda_name([[maybe_unused]] Device device) {
  if constexpr (kHasCuda) return cuda_device_name(device.index);
  return "";
}

bool tf32() {
  if constexpr (kHasCuda) return tf32_allowed();
  return false;
}

}  // namespace

Device choose_device(const std::string& device, std::optional<int64_t> threads, bool tf32) {
  const bool cuda = device.starts_with("cuda");
  if (!cuda && device != "auto" && device != "cpu") {
    throw UsageError("--device: " + shown(device) + " is neither auto, cpu, cuda nor cuda:N");
  }
  current_isa();  // refuses a bad HONE_CPU_ISA now
  set_threads(threads ? static_cast<int>(*threads) : default_threads());
  const bool gpu = cuda || (device == "auto" && has_gpu());
  const Device chosen = gpu ? choose_cuda(cuda ? device : "cuda") : Device{};
  if (tf32 && chosen.is_cpu()) throw UsageError("--tf32: only CUDA devices have TF32, and this runs on the CPU");
  if constexpr (kHasCuda) allow_tf32(tf32);
  return chosen;
}

std::string device_name(Device device) {
  return device.is_cpu() ? fmt::format("cpu ({})", name_of(current_isa()))
                         : fmt::format("{} ({})", to_string(device), cuda_name(device));
}

std::string device_text(Device device, const std::string& dtype) {
  if (!device.is_cpu()) return fmt::format("{}, {}{}", device_name(device), dtype, tf32() ? "; f32 products in TF32" : "");
  const int count = threads();
  const bool none_found = kHasCuda && !kEmulatedCuda && !has_gpu();
  return fmt::format("{}, {} thread{}, {}{}", device_name(device), count, count == 1 ? "" : "s", dtype,
                     none_found ? "; no usable CUDA device was found" : "");
}

}  // namespace hone

#include "apps/cli/device.h"

#include <fmt/core.h>

#include <charconv>

#include <hone/core/error.h>
#include "apps/cli/resources.h"
#include "core/build_config.h"
#include "core/device_runtime.h"
#include "core/quote.h"
#include "cpu/isa.h"
#include "cpu/thread_pool.h"
#include "cuda/cudnn.h"
#include "cuda/settings.h"

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
      if (const std::string why = kEmulatedCuda ? "" : why_no_cuda(index); !why.empty())
        throw Error(fmt::format("device cuda:{}: {}", index, why));
      cuda_runtime(index);  // starts it
    } catch (const Error& error) {
      throw Error(fmt::format("--device {}: {}", device, error.what()));
    }
  }
  return {DeviceType::cuda, index};
}

// An emulated device is for tests: it must be asked for.
bool has_gpu() {
  if constexpr (kHasCuda && !kEmulatedCuda) return why_no_cuda(0).empty();
  return false;
}

// What there is to say of it when the CPU computes.
std::string missing_gpu() {
  if constexpr (kHasCuda && !kEmulatedCuda) {
    const std::string why = why_no_cuda(0);
    if (!why.empty()) return "; no usable CUDA device: " + why;
  }
  return "";
}

std::string cuda_name([[maybe_unused]] Device device) {
  if constexpr (kHasCuda) return cuda_device_name(device.index);
  return "";
}

// What was chosen besides the device.
std::string cuda_ways() {
  std::string ways;
  if constexpr (kHasCuda) {
    if (tf32_allowed()) ways += "; f32 products in TF32";
    if (attention_choice() == AttentionChoice::cudnn) ways += "; attention by cuDNN";
  }
  return ways;
}

void check_cuda_options(const ComputeSettings& settings, Device device) {
  if (settings.tf32 && device.is_cpu())
    throw UsageError("--tf32: only CUDA devices have TF32, and this runs on the CPU");
  if (settings.attention != "cudnn") return;
  if (device.is_cpu())
    throw UsageError("--attention cudnn: only CUDA devices have cuDNN, and this runs on the CPU");
  if (settings.dtype != "bf16")
    throw UsageError("--attention cudnn: it computes in bf16; give --dtype bf16, too");
  if constexpr (kHasCuda) {
    if (const std::string why = kernels::why_no_cudnn(); !why.empty())
      throw Error("--attention cudnn: " + why + "; use --attention auto");
  }
}

}  // namespace

void add_compute_options(CommandLine& command, ComputeSettings& settings) {
  command.add("device", settings.device, "auto, cpu or cuda[:N]: what to compute on");
  command.add("tf32", settings.tf32, kTf32Help);
  command.add_choice("attention", settings.attention, {"auto", "plain", "cudnn"}, kAttentionHelp);
  command.add("threads", settings.threads,
              "threads to compute on (default: the cores that the process may use)",
              {.least = 1, .most = 1024});
  command.add_choice("dtype", settings.dtype, {"f32", "bf16"}, "type that the encoder computes in");
}

Device choose_device(const ComputeSettings& settings) {
  const std::string& device = settings.device;
  const bool cuda = device.starts_with("cuda");
  if (!cuda && device != "auto" && device != "cpu") {
    throw UsageError("--device: " + shown(device) + " is neither auto, cpu, cuda nor cuda:N");
  }
  current_isa();  // refuses a bad HONE_CPU_ISA now
  set_threads(settings.threads ? static_cast<int>(*settings.threads) : default_threads());
  const bool gpu = cuda || (device == "auto" && has_gpu());
  const Device chosen = gpu ? choose_cuda(cuda ? device : "cuda") : Device{};
  check_cuda_options(settings, chosen);
  if constexpr (kHasCuda) {
    allow_tf32(settings.tf32);
    choose_attention(settings.attention == "plain"   ? AttentionChoice::plain
                     : settings.attention == "cudnn" ? AttentionChoice::cudnn
                                                     : AttentionChoice::automatic);
  }
  return chosen;
}

std::string device_name(Device device) {
  return device.is_cpu() ? fmt::format("cpu ({})", name_of(current_isa()))
                         : fmt::format("{} ({})", to_string(device), cuda_name(device));
}

std::string device_text(Device device, const std::string& dtype) {
  if (!device.is_cpu()) return fmt::format("{}, {}{}", device_name(device), dtype, cuda_ways());
  const int count = threads();
  return fmt::format("{}, {} thread{}, {}{}", device_name(device), count, count == 1 ? "" : "s", dtype,
                     missing_gpu());
}

std::string peak_memory_text(Device device) {
  const std::string here = fmt::format("{} MB", peak_memory_bytes() / 1000000);
  if (device.is_cpu()) return here;
  return fmt::format("{} and {} MB on cuda:{}", here, runtime_of(device).peak() / 1000000, device.index);
}

}  // namespace hone

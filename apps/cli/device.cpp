#include "apps/cli/device.h"

#include <fmt/core.h>

#include <limits>

#include <hone/core/error.h>
#include "apps/cli/errors.h"
#include "apps/cli/resources.h"
#include "core/build_config.h"
#include "core/device_runtime.h"
#include "core/quote.h"
#include "cuda/cudnn.h"
#include "data/files/parse_number.h"

namespace hone {
namespace {

std::string text_of(const DeviceWish& device) {
  if (!device.type) return "auto";
  if (*device.type == DeviceType::cpu) return "cpu";
  return device.index ? fmt::format("cuda:{}", *device.index) : "cuda";
}

// Parses "auto", "cpu", "cuda" or "cuda:N"; none for any other text.
std::optional<DeviceWish> parse_device(const std::string& text) {
  if (text == "auto") return DeviceWish{};
  if (text == "cpu") return DeviceWish{DeviceType::cpu, {}};
  if (text == "cuda") return DeviceWish{DeviceType::cuda, {}};
  if (!text.starts_with("cuda:")) return std::nullopt;
  const auto index = parse_number<int64_t>(text.substr(std::string_view("cuda:").size()));
  if (!index || *index < 0 || *index > std::numeric_limits<int>::max()) return std::nullopt;
  return DeviceWish{DeviceType::cuda, static_cast<int>(*index)};
}

Device choose_cuda(const DeviceWish& wish) {
  const int index = wish.index.value_or(0);
  if (!kHasCuda) {
    throw Error(fmt::format("--device {}: this build of hone computes on the CPU only; use --device cpu",
                            text_of(wish)));
  }
  if constexpr (kHasCuda) {
    try {
      if (const std::string why = kEmulatedCuda ? "" : why_no_cuda(index); !why.empty())
        throw Error(fmt::format("device cuda:{}: {}", index, why));
      cuda_runtime(index);  // starts it
    } catch (const Error& error) {
      throw Error(fmt::format("--device {}: {}", text_of(wish), message_of(error)));
    }
  }
  return {DeviceType::cuda, index};
}

// True when `auto` chooses CUDA: an emulated device, which is for tests, must be asked for by name.
bool has_gpu() {
  if constexpr (kHasCuda && !kEmulatedCuda) return why_no_cuda(0).empty();
  return false;
}

// The reason why no CUDA device is used, as "; no usable CUDA device: ...", on a build or machine that might
// have one.
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

// The device's options that differ from their defaults, for messages.
std::string unusual_options(Device device) {
  const CudaOptions options = cuda_options(device.index);
  std::string text = options.tf32 ? "; f32 products in TF32" : "";
  if (options.attention == AttentionChoice::cudnn) text += "; attention by cuDNN";
  return text;
}

void check_cuda_options(const ComputeSettings& settings, Device device) {
  if (settings.tf32 && device.is_cpu())
    throw UsageError("--tf32: only CUDA devices have TF32, and this runs on the CPU");
  if (settings.attention != AttentionChoice::cudnn) return;
  if (device.is_cpu())
    throw UsageError("--attention cudnn: only CUDA devices have cuDNN, and this runs on the CPU");
  if (settings.dtype != Dtype::bf16)
    throw UsageError("--attention cudnn: it computes in bf16; give --dtype bf16, too");
  if constexpr (kHasCuda) {
    if (const std::string why = kernels::why_no_cudnn(); !why.empty())
      throw Error("--attention cudnn: " + why + "; use --attention auto");
  }
}

}  // namespace

Option device_option(DeviceWish& device) {
  const auto set = [&](const std::string& text) {
    const auto parsed = parse_device(text);
    if (parsed) device = *parsed;
    return parsed ? "" : shown(text) + " is neither auto, cpu, cuda nor cuda:N";
  };
  return {.name = "device",
          .help = "auto, cpu or cuda[:N]: what to compute on",
          .target = TextTarget{[&] { return text_of(device); }, set}};
}

void add_compute_options(CommandLine& command, ComputeSettings& settings) {
  command.add(device_option(settings.device));
  command.add("tf32", settings.tf32, kTf32Help);
  command.add_choice("attention", settings.attention, kAttentions, kAttentionHelp);
  command.add("threads", settings.threads,
              "threads to compute on (default: the cores that the process may use)",
              {.least = 1, .most = 1024});
  command.add_choice("dtype", settings.dtype, kDtypes, "type that the encoder computes in");
}

Device choose_device(const ComputeSettings& settings) {
  CpuOptions cpu = default_cpu_options();
  if (settings.threads) cpu.threads = static_cast<int>(*settings.threads);
  set_cpu_options(cpu);
  const DeviceWish& wish = settings.device;
  const bool gpu = wish.type ? *wish.type == DeviceType::cuda : has_gpu();
  const Device chosen = gpu ? choose_cuda(wish) : Device{};
  check_cuda_options(settings, chosen);
  if (gpu) set_cuda_options(chosen.index, {settings.tf32, settings.attention});
  return chosen;
}

std::string device_name(Device device) {
  return device.is_cpu() ? fmt::format("cpu ({})", name_of(cpu_options().isa))
                         : fmt::format("{} ({})", to_string(device), cuda_name(device));
}

std::string device_text(Device device, Dtype dtype) {
  if (!device.is_cpu())
    return fmt::format("{}, {}{}", device_name(device), name_of(dtype), unusual_options(device));
  const int count = cpu_options().threads;
  return fmt::format("{}, {} thread{}, {}{}", device_name(device), count, count == 1 ? "" : "s",
                     name_of(dtype), missing_gpu());
}

std::string peak_memory_text(Device device) {
  const std::string here = fmt::format("{} MB", peak_memory_bytes() / 1000000);
  if (device.is_cpu()) return here;
  return fmt::format("{} and {} MB on cuda:{}", here, runtime_of(device).peak() / 1000000, device.index);
}

}  // namespace hone

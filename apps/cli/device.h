#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <hone/core/device_options.h>
#include <hone/core/types.h>
#include "apps/cli/choice.h"
#include "apps/cli/cli.h"

namespace hone {

// The device that a user asks for: auto, cpu, cuda or cuda:N.
struct DeviceWish {
  std::optional<DeviceType> type;  // none: auto
  std::optional<int> index;        // that of cuda:N; none: cuda alone
};

// The options of all programs that compute.
struct ComputeSettings {
  DeviceWish device;
  std::optional<int64_t> threads;  // none: as many as the process may use
  Dtype dtype = Dtype::f32;        // the encoder computes in it: f32 or bf16
  bool tf32 = false;
  AttentionChoice attention = AttentionChoice::automatic;
};
inline constexpr Choices<Dtype, 2> kDtypes{{{"f32", Dtype::f32}, {"bf16", Dtype::bf16}}};
inline constexpr Choices<AttentionChoice, 3> kAttentions{{{"auto", AttentionChoice::automatic},
                                                          {"plain", AttentionChoice::plain},
                                                          {"cudnn", AttentionChoice::cudnn}}};
Option device_option(DeviceWish& device);
// The help of the two options that only CUDA devices have.
inline constexpr const char* kTf32Help =
    "on a CUDA device: f32 products with 10 bits of precision, far faster";
inline constexpr const char* kAttentionHelp =
    "on a CUDA device: hone's own kernels, or cuDNN's for bf16 without dropout; auto: cuDNN's for long texts";
// The options themselves, for programs without a table of settings.
void add_compute_options(CommandLine& command, ComputeSettings& settings);

// The device that `--device` names (auto: the first CUDA device where there is a usable one, else the CPU),
// with its options set (core/device_options.h). Throws Error when the device or cuDNN is not there,
// UsageError when the CPU is to do what only CUDA devices can.
Device choose_device(const ComputeSettings& settings);

// "cpu (avx2)": what bits of results may depend on.
std::string device_name(Device device);
// "cpu (avx2), 2 threads, f32", with the reason where CUDA was to be had but for a device; dtype is what the
// encoder computes in.
std::string device_text(Device device, Dtype dtype);
// "531 MB", or "531 MB and 1234 MB on cuda:0": the most that this process has had so far.
std::string peak_memory_text(Device device);

}  // namespace hone

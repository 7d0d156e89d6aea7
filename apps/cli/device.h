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
  std::optional<int> index;        // N of cuda:N; none: plain "cuda"
};

// The options of all programs that compute.
struct ComputeSettings {
  DeviceWish device;
  std::optional<int64_t> threads;  // none: as many as the process may use
  Dtype dtype = Dtype::f32;        // the encoder's compute type: f32 or bf16
  bool tf32 = false;
  AttentionChoice attention = AttentionChoice::automatic;
};
inline constexpr Choices<Dtype, 2> kDtypes{{{"f32", Dtype::f32}, {"bf16", Dtype::bf16}}};
inline constexpr Choices<AttentionChoice, 3> kAttentions{{{"auto", AttentionChoice::automatic},
                                                          {"plain", AttentionChoice::plain},
                                                          {"cudnn", AttentionChoice::cudnn}}};
Option device_option(DeviceWish& device);
// The --help texts of the two options that only CUDA devices have.
inline constexpr const char* kTf32Help =
    "on a CUDA device: f32 products with 10 bits of precision, far faster";
inline constexpr const char* kAttentionHelp =
    "on a CUDA device: hone's own kernels, or cuDNN's for bf16 without dropout; auto: cuDNN's for long texts";
// Adds the compute options to a program that has no table of settings.
void add_compute_options(CommandLine& command, ComputeSettings& settings);

// The device that `--device` names (auto: the first CUDA device where there is a usable one, else the CPU),
// with its options set (core/device_options.h). Throws Error when the device or cuDNN is not there,
// UsageError when the CPU is to do what only CUDA devices can.
Device choose_device(const ComputeSettings& settings);

// The device with what the bits of results may depend on, such as the CPU's instruction set: "cpu (avx2)".
std::string device_name(Device device);
// The device for a program's first lines, as "cpu (avx2), 2 threads, f32", with the reason why CUDA is not
// used where this build supports it; dtype is the encoder's compute type.
std::string device_text(Device device, Dtype dtype);
// The most memory that this process has had so far: "531 MB", or "531 MB and 1234 MB on cuda:0".
std::string peak_memory_text(Device device);

}  // namespace hone

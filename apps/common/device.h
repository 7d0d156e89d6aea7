#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/types.h"

namespace hone {

// The device that `--device` names (auto: the first CUDA device where there is a usable one, else the CPU),
// with the number of threads of the CPU set (none: its default), and TF32 allowed or not. Throws Error when the
// device is not there, UsageError when no device has that name or the CPU is to use TF32.
Device choose_device(const std::string& device, std::optional<int64_t> threads, bool tf32);

// "cpu (avx2)": what bits of results may depend on.
std::string device_name(Device device);
// "cpu (avx2), 2 threads, f32", with the reason where CUDA was to be had but for a device; dtype is what the
// encoder computes in.
std::string device_text(Device device, const std::string& dtype);

}  // namespace hone

#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace hone {

// Prepares the device that `--device` names and the number of threads (none: all processors). Throws Error
// when the device is not there, UsageError when no device has that name.
void choose_device(const std::string& device, std::optional<int64_t> threads);

// "cpu (avx2)": what bits of results may depend on.
std::string device_name();
// "cpu (avx2), 2 threads, f32"; dtype is what the encoder computes in.
std::string device_text(const std::string& dtype);

}  // namespace hone

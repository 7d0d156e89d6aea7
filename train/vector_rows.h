#pragma once

#include <span>

#include <hone/nn/module.h>
#include <hone/train/rows.h>

namespace hone {

// Throws Error unless x and labels are on the CPU and have as many rows, one at least.
void check_rows(const VectorBatch& rows);

// Gathers rows order[i] of `all`, for all i, on a device.
VectorBatch gather(const VectorBatch& all, std::span<const int64_t> order, Device device);

// The device of a module's parameters; the CPU for a module without any.
Device device_of(const Module& module);

}  // namespace hone

#pragma once

#include <string>
#include <vector>

#include <hone/core/error.h>
#include "core/view.h"

// The demands of ops and kernels on their arguments. A message has one form: the op that was called, the
// argument by its name, what came and what was expected.
//   linear: x has 3 columns, weight 4
//   layer_norm: gamma is f32 [4] on cpu, expected shape [3]
namespace hone {

// An argument under the name that its op's header gives it.
struct Argument {
  const char* name;
  View view;
};
using Arguments = std::vector<Argument>;

// Throws Error with "op: message"; `settings` that it speaks of are those of Error.
[[noreturn]] void refuse(const char* op, const std::string& message, Error::Settings settings = {});
void require(bool condition, const char* op, const std::string& message);

// All of these arguments must be there.
void require_present(const char* op, const Arguments& arguments);
// The argument must be there, with no gaps between its rows.
void require_contiguous(const char* op, const Argument& x);
// The argument must have this shape, and no gaps between its rows.
void require_shape(const char* op, const Argument& x, const Shape& shape);
// The argument must have two dimensions.
void require_matrix(const char* op, const Argument& x);
// All arguments that are there must share one floating type, which is returned.
Dtype require_same_type(const char* op, const Arguments& arguments);
// All arguments that are there must have exactly this type.
void require_type(const char* op, Dtype dtype, const Arguments& arguments);
// All arguments that are there must be in this device's memory.
void require_device(const char* op, Device device, const Arguments& arguments);

// A result or gradient that somebody wants must have this shape.
void require_out(const char* op, const char* name, const GradOut& out, const Shape& shape);
// A sum of numbers of `type` is kept in that type or in the type of its sums (the gradients of parameters are
// f32 under bf16).
void require_sum_type(const char* op, const char* name, const GradOut& out, Dtype type);

// Indices must be i32 and, where the host can read them, from `least` on and below `entries`.
void require_index(const char* op, const Argument& index, int64_t entries, int32_t least = 0);

}  // namespace hone

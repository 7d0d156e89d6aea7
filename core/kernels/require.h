#pragma once

#include <string>
#include <vector>

#include <hone/core/error.h>
#include "core/view.h"

// Checks of the arguments of ops and kernels. All messages have one form: the op that was called, the
// argument's name, its shape or type, and the expected one.
//   linear: x has 3 columns, weight 4
//   layer_norm: gamma is f32 [4] on cpu, expected shape [3]
namespace hone {

// An argument under the name that its op's header gives it.
struct Argument {
  const char* name;
  View view;
};
using Arguments = std::vector<Argument>;

// Throws Error with "op: message"; `settings` are those that the message mentions (hone::Error).
[[noreturn]] void refuse(const char* op, const std::string& message, Error::Settings settings = {});
void require(bool condition, const char* op, const std::string& message);

// Throws unless all arguments are present.
void require_present(const char* op, const Arguments& arguments);
// Throws unless the argument is present, without gaps between its rows.
void require_contiguous(const char* op, const Argument& x);
// Throws unless the argument has this shape, without gaps between its rows.
void require_shape(const char* op, const Argument& x, const Shape& shape);
// Throws unless the argument has two dimensions.
void require_matrix(const char* op, const Argument& x);
// Returns the floating type that all present arguments share; throws when they differ.
Dtype require_same_type(const char* op, const Arguments& arguments);
// Throws unless all present arguments have exactly this type.
void require_type(const char* op, Dtype dtype, const Arguments& arguments);
// Throws unless all present arguments are in this device's memory.
void require_device(const char* op, Device device, const Arguments& arguments);

// Throws unless a result or gradient is absent or has this shape.
void require_out(const char* op, const char* name, const GradOut& out, const Shape& shape);
// Throws unless a result that is a sum of numbers of `type` has that type or the type of its sums (the
// gradients of bf16 parameters are f32).
void require_sum_type(const char* op, const char* name, const GradOut& out, Dtype type);

// Throws unless indices are i32 and, where the host can read them, at least `least` and below `entries`.
void require_index(const char* op, const Argument& index, int64_t entries, int32_t least = 0);

}  // namespace hone

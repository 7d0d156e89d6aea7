#include "core/kernels/require.h"

#include <fmt/core.h>

#include <utility>

namespace hone {

void refuse(const char* op, const std::string& message, Error::Settings settings) {
  throw Error(fmt::format("{}: {}", op, message), std::move(settings));
}

void require(bool condition, const char* op, const std::string& message) {
  if (!condition) refuse(op, message);
}

void require_present(const char* op, const Arguments& arguments) {
  for (const auto& [name, view] : arguments) {
    if (!view) refuse(op, fmt::format("{} is nothing, expected a tensor", name));
  }
}

void require_contiguous(const char* op, const Argument& x) {
  require_present(op, {x});
  if (!x.view.contiguous()) {
    refuse(op, fmt::format("{} is {} with gaps between rows, expected none", x.name, describe(x.view)));
  }
}

void require_shape(const char* op, const Argument& x, const Shape& shape) {
  if (x.view && x.view.shape == shape) return require_contiguous(op, x);
  refuse(op, fmt::format("{} is {}, expected shape {}", x.name, describe(x.view), to_string(shape)));
}

void require_matrix(const char* op, const Argument& x) {
  if (x.view && x.view.shape.rank() == 2) return;
  refuse(op, fmt::format("{} is {}, expected a matrix", x.name, describe(x.view)));
}

Dtype require_same_type(const char* op, const Arguments& arguments) {
  const Argument* first = nullptr;
  for (const Argument& x : arguments) {
    if (!x.view) continue;
    if (x.view.dtype == Dtype::i32) {
      refuse(op, fmt::format("{} is {}, expected a floating type", x.name, describe(x.view)));
    }
    if (first == nullptr) first = &x;
    if (x.view.dtype != first->view.dtype) {
      refuse(op, fmt::format("{} is {}, {} {}, expected one floating type", first->name,
                             describe(first->view), x.name, describe(x.view)));
    }
  }
  if (first == nullptr) refuse(op, "no arguments");
  return first->view.dtype;
}

void require_type(const char* op, Dtype dtype, const Arguments& arguments) {
  for (const auto& [name, view] : arguments) {
    if (view && view.dtype != dtype)
      refuse(op, fmt::format("{} is {}, expected {}", name, describe(view), name_of(dtype)));
  }
}

void require_device(const char* op, Device device, const Arguments& arguments) {
  for (const auto& [name, view] : arguments) {
    if (view && view.device != device)
      refuse(op, fmt::format("{} is {}, expected on {}", name, describe(view), to_string(device)));
  }
}

void require_out(const char* op, const char* name, const GradOut& out, const Shape& shape) {
  if (out && out.view.shape != shape)
    refuse(op, fmt::format("{} is {}, expected shape {}", name, describe(out.view), to_string(shape)));
}

void require_sum_type(const char* op, const char* name, const GradOut& out, Dtype type) {
  if (out && out.view.dtype != type) require_type(op, acc_of(type), {{name, out.view}});
}

void require_index(const char* op, const Argument& index, int64_t entries, int32_t least) {
  if (!index.view || index.view.dtype != Dtype::i32)
    refuse(op, fmt::format("{} is {}, expected i32", index.name, describe(index.view)));
  if (!index.view.device.is_cpu()) return;  // such indices were checked on the host
  for (int64_t i = 0; i < index.view.elements(); ++i) {
    const int32_t value = index.view.as<int32_t>()[i];
    if (value < least || value >= entries) {
      refuse(op, fmt::format("{}[{}] is {}, expected {} or more and below {}", index.name, i, value, least,
                             entries));
    }
  }
}

}  // namespace hone

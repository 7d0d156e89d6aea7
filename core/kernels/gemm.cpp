#include "core/kernels/gemm.h"

#include <fmt/core.h>

namespace hone::kernels {
namespace {

void check_activation(const char* op, const Gemm& g, Dtype type) {
  const Activation& f = g.activation;
  require(f || !f.backward(), op, "an activation's x needs its y");
  if (!f) return;
  for (const Argument& view : Arguments{{"the activation's x", f.x}, {"the activation's y", f.y}}) {
    if (!view.view) continue;
    require_shape(op, view, g.c.view.shape);
    require_type(op, g.c.view.dtype, {view});
  }
  require(!g.c.add && g.c.view.row_stride == g.n() && g.c.view.dtype == type, op,
          "an activation needs a c of the operands' type, contiguous and overwritten");
}

}  // namespace

void Gemm::check(const char* op) const {
  require_matrix(op, {"a", a});
  require_matrix(op, {"b", b});
  const int64_t k_of_b = transpose_b ? b.columns() : b.rows();
  if (k() != k_of_b) {
    refuse(op, fmt::format("a has {} {}, b {} {}", k(), transpose_a ? "rows" : "columns", k_of_b,
                           transpose_b ? "columns" : "rows"));
  }
  require_present(op, {{"c", c.view}});
  require_out(op, "c", c, {m(), n()});
  if (bias) require_shape(op, {"bias", bias}, {n()});
  const Dtype type = require_same_type(op, {{"a", a}, {"b", b}});
  require_type(op, acc_of(type), {{"bias", bias}});
  require_sum_type(op, "c", c, type);
  check_activation(op, *this, type);
}

void check_linear(const char* op, const Argument& x, const Argument& weight, const Argument& bias) {
  require_matrix(op, x);
  require_matrix(op, weight);
  if (x.view.columns() != weight.view.columns()) {
    refuse(op, fmt::format("{} has {} columns, {} {}", x.name, x.view.columns(), weight.name,
                           weight.view.columns()));
  }
  if (bias.view) require_shape(op, bias, {weight.view.rows()});
  const Dtype type = require_same_type(op, {x, weight});
  require_type(op, acc_of(type), {bias});
  require_device(op, x.view.device, {weight, bias});
}

}  // namespace hone::kernels

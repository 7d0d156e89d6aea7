#include "core/kernels/layer_norm.h"

#include <fmt/core.h>

#include "core/kernels/dropout.h"

namespace hone::kernels {

void LayerNorm::check(const char* op) const {
  require_contiguous(op, {"x", x});
  const Shape vector{x.columns()}, rows{x.rows()};
  if (gamma.shape != vector || beta.shape != vector) {
    refuse(op, fmt::format("x has {} columns, gamma is {}, beta {}", x.columns(), describe(gamma),
                           describe(beta)));
  }
  if (bias) require_shape(op, {"bias", bias}, vector);
  if (residual) require_shape(op, {"residual", residual}, x.shape);
  require_shape(op, {"h", h}, x.shape);
  require_shape(op, {"y", y}, x.shape);
  require_shape(op, {"mean", mean}, rows);
  require_shape(op, {"rstd", rstd}, rows);
  check_dropout(op, dropout, x.rows());
  const Dtype type = require_same_type(op, {{"x", x}, {"residual", residual}, {"h", h}, {"y", y}});
  require_type(op, acc_of(type),
               {{"bias", bias}, {"gamma", gamma}, {"beta", beta}, {"mean", mean}, {"rstd", rstd}});
}

void LayerNormBackward::check(const char* op) const {
  const Shape vector{h.columns()}, rows{h.rows()};
  require_shape(op, {"dy", dy}, h.shape);
  require_shape(op, {"mean", mean}, rows);
  require_shape(op, {"rstd", rstd}, rows);
  require_out(op, "dx", dx, h.shape);
  require_out(op, "dresidual", dresidual, h.shape);
  require_out(op, "dbias", dbias, vector);
  require_out(op, "dgamma", dgamma, vector);
  require_out(op, "dbeta", dbeta, vector);
  check_dropout(op, dropout, h.rows());
  const Dtype type =
      require_same_type(op, {{"h", h}, {"dy", dy}, {"dx", dx.view}, {"dresidual", dresidual.view}});
  require_type(op, acc_of(type),
               {{"gamma", gamma},
                {"mean", mean},
                {"rstd", rstd},
                {"dbias", dbias.view},
                {"dgamma", dgamma.view},
                {"dbeta", dbeta.view}});
}

}  // namespace hone::kernels

#pragma once

#include <hone/core/bf16.h>
#include "core/kernels/rows.h"

namespace hone::kernels {

// The tensors of a LayerNorm (core/kernels/layer_norm.h) of type T. h is null when it is x itself.
template <class T>
struct LayerNormRows {
  int64_t rows, columns;
  Rows<const T> x, residual;
  const Acc<T>*bias, *gamma, *beta;
  double eps;
  Rows<T> h, y;
  Acc<T>*mean, *rstd;

  template <class Contract>
  explicit LayerNormRows(const Contract& k)
      : rows(k.x.rows()),
        columns(k.x.columns()),
        x(k.x),
        residual(k.residual),
        bias(k.bias.template as<Acc<T>>()),
        gamma(k.gamma.template as<Acc<T>>()),
        beta(k.beta.template as<Acc<T>>()),
        eps(k.eps),
        y(k.y),
        mean(k.mean.template as<Acc<T>>()),
        rstd(k.rstd.template as<Acc<T>>()) {
    if (k.h.data != k.x.data) h = Rows<T>(k.h);
  }
};

// The tensors of a LayerNormBackward of type T.
template <class T>
struct LayerNormBackwardRows {
  int64_t rows, columns;
  Rows<const T> h, dy;
  const Acc<T>*gamma, *mean, *rstd;
  GradRows<T> dx, dresidual;
  GradRows<Acc<T>> dbias, dgamma, dbeta;

  template <class Contract>
  explicit LayerNormBackwardRows(const Contract& k)
      : rows(k.h.rows()),
        columns(k.h.columns()),
        h(k.h),
        dy(k.dy),
        gamma(k.gamma.template as<Acc<T>>()),
        mean(k.mean.template as<Acc<T>>()),
        rstd(k.rstd.template as<Acc<T>>()),
        dx(k.dx),
        dresidual(k.dresidual),
        dbias(k.dbias),
        dgamma(k.dgamma),
        dbeta(k.dbeta) {}
};

}  // namespace hone::kernels

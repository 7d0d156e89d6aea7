#pragma once

#include <hone/core/dropout.h>
#include "core/launch.h"

namespace hone::kernels {

// Layer normalisation (Ba, Kiros, Hinton 2016) of a residual sum, row by row over [rows, columns]:
//   h = residual + dropout(x + bias)     (bias [columns] and residual may be absent)
//   y = gamma (h - mean) rstd + beta,    mean and biased variance of each row of h, rstd = 1 / sqrt(var +
//   eps)
// h, mean [rows] and rstd [rows] are kept for the backward pass. h may share x's memory, and is not written,
// when there is neither bias nor residual nor dropout.
struct LayerNorm {
  static constexpr auto name = "layer_norm";
  View x, bias, residual, gamma, beta;
  double eps = 1e-12;
  DropoutMask dropout;
  View h, y, mean, rstd;

  Views inputs() const { return {x, bias, residual, gamma, beta}; }
  Views outputs() const { return {h, y, mean, rstd}; }
  double flops() const { return 8.0 * static_cast<double>(x.elements()); }
  void check() const;
};
void run(CpuStream&, const LayerNorm&);
void run(CudaStream&, const LayerNorm&);

//   g = dy gamma,  xhat = (h - mean) rstd,  dh = rstd (g - average(g) - xhat average(g xhat))
//   dresidual += dh,  dx += dropout(dh),  dbias += sum over rows of dropout(dh),  dgamma += sum of dy xhat,
//   dbeta += sum of dy
// (each "+=" by its GradOut's beta)
struct LayerNormBackward {
  static constexpr auto name = "layer_norm_backward";
  View h, gamma, mean, rstd, dy;
  DropoutMask dropout;
  GradOut dx, dbias, dresidual, dgamma, dbeta;

  Views inputs() const { return {h, gamma, mean, rstd, dy}; }
  Views outputs() const { return {dx.view, dbias.view, dresidual.view, dgamma.view, dbeta.view}; }
  double flops() const { return 12.0 * static_cast<double>(h.elements()); }
  void check() const;
};
void run(CpuStream&, const LayerNormBackward&);
void run(CudaStream&, const LayerNormBackward&);

}  // namespace hone::kernels

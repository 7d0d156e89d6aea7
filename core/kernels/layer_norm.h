#pragma once

#include <hone/core/dropout.h>
#include "core/launch.h"

namespace hone::kernels {

// Layer normalisation (Ba, Kiros, Hinton 2016) of a residual sum, row by row over [rows, columns]:
//   h = residual + dropout(x + bias)     (bias [columns] and residual may be absent)
//   y = gamma (h - mean) rstd + beta,    mean and biased variance of each row of h, rstd =
//   1 / sqrt(var + eps)
// h, mean [rows] and rstd [rows] are kept for the backward pass. h may share x's memory, and is not written,
// when there is neither bias nor residual nor dropout.
struct LayerNorm {
  static constexpr auto name = "layer_norm";
  View x, bias = {}, residual = {}, gamma, beta;
  double eps = 1e-12;
  DropoutMask dropout = {};
  View h, y, mean, rstd;

  Arguments inputs() const {
    return {{"x", x}, {"bias", bias}, {"residual", residual}, {"gamma", gamma}, {"beta", beta}};
  }
  Arguments outputs() const { return {{"h", h}, {"y", y}, {"mean", mean}, {"rstd", rstd}}; }
  double flops() const { return 8.0 * static_cast<double>(x.elements()); }
  void check(const char* op = name) const;
};
void run(CpuStream&, const LayerNorm&);
void run(CudaStream&, const LayerNorm&);

// With g = dy gamma, xhat = (h - mean) rstd and dh = rstd (g - average(g) - xhat average(g xhat)):
//   dresidual (+)= dh,  dx (+)= dropout(dh),  dbias (+)= sum over rows of dropout(dh)
//   dgamma (+)= sum over rows of dy xhat,  dbeta (+)= sum over rows of dy
struct LayerNormBackward {
  static constexpr auto name = "layer_norm_backward";
  View h, gamma, mean, rstd, dy;
  DropoutMask dropout = {};
  GradOut dx = {}, dbias = {}, dresidual = {}, dgamma = {}, dbeta = {};

  Arguments inputs() const {
    return {{"h", h}, {"gamma", gamma}, {"mean", mean}, {"rstd", rstd}, {"dy", dy}};
  }
  Arguments outputs() const {
    return {{"dx", dx.view},
            {"dbias", dbias.view},
            {"dresidual", dresidual.view},
            {"dgamma", dgamma.view},
            {"dbeta", dbeta.view}};
  }
  double flops() const { return 12.0 * static_cast<double>(h.elements()); }
  void check(const char* op = name) const;
};
void run(CpuStream&, const LayerNormBackward&);
void run(CudaStream&, const LayerNormBackward&);

}  // namespace hone::kernels
